"""Time stamps of a real local authority: verified before they are kept, refused for every reason there is."""

import re
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive.errors import TimeStampError
from archive.proof.time_stamps import Authority, read_certificates, request_time_stamp, verify_time_stamp
from tests.archive.proof.authority import TimeStampAuthority

ROOT = "5f" * 32
OTHER = "60" * 32


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TimeStampAuthority]:
    made = TimeStampAuthority(tmp_path_factory.mktemp("authority") / "ca")
    with made.serve():
        yield made


def ask(authority: TimeStampAuthority) -> Authority:
    return Authority(authority.server, authority.certificates.read_bytes(), timeout_seconds=20)


def test_a_time_stamp_is_verified_and_says_when_and_by_whom(authority: TimeStampAuthority) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)

    answer, stamp = request_time_stamp(ROOT, ask(authority))

    assert before <= stamp.at <= datetime.now(UTC) + timedelta(seconds=1)
    assert "CN=Horodateur" in stamp.signer and len(stamp.trusted_sha256) == 1
    assert verify_time_stamp(answer, ROOT, authority.certificates.read_bytes()) == stamp


def test_openssl_finds_the_same(authority: TimeStampAuthority, tmp_path: Path) -> None:
    answer, _ = request_time_stamp(ROOT, ask(authority))
    (tmp_path / "root").write_text(ROOT)
    (tmp_path / "stamp.tsr").write_bytes(answer)

    words = ["openssl", "ts", "-verify", "-data", "root", "-in", "stamp.tsr", "-CAfile", str(authority.certificates)]
    said = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert said.returncode == 0 and "Verification: OK" in said.stdout


def test_a_stamp_over_another_root_does_not_hold(authority: TimeStampAuthority) -> None:
    answer, _ = request_time_stamp(ROOT, ask(authority))

    with pytest.raises(TimeStampError, match="Mismatch between messages"):
        verify_time_stamp(answer, OTHER, authority.certificates.read_bytes())


def test_a_stamp_of_somebody_else_does_not_hold(authority: TimeStampAuthority, tmp_path: Path) -> None:
    stranger = TimeStampAuthority(tmp_path / "ca")  # the very same names, other keys
    with stranger.serve():
        answer, _ = request_time_stamp(ROOT, ask(stranger))

    with pytest.raises(TimeStampError, match="does not hold"):
        verify_time_stamp(answer, ROOT, authority.certificates.read_bytes())


def test_an_old_answer_given_again_is_refused(authority: TimeStampAuthority) -> None:
    old, _ = request_time_stamp(ROOT, ask(authority))
    authority.answers.append(old)

    with pytest.raises(TimeStampError, match="Nonce mismatch"):
        request_time_stamp(ROOT, ask(authority))


def test_a_changed_stamp_does_not_hold(authority: TimeStampAuthority) -> None:
    """Every tenth byte flipped: where it still verifies, it was in the spare copy of the root certificate."""
    answer, stamp = request_time_stamp(ROOT, ask(authority))
    certificates = authority.certificates.read_bytes()
    refused = 0
    for place in range(0, len(answer), 10):
        changed = bytearray(answer)
        changed[place] ^= 1
        try:
            assert verify_time_stamp(bytes(changed), ROOT, certificates) == stamp, place
        except TimeStampError:
            refused += 1
    assert refused > len(answer) / 10 * 0.7


@pytest.mark.parametrize(
    "answer", [b"", b"<html>Bonjour</html>", b"\x30\x05\x30\x03\x02\x01\x02", b"x" * (2 << 20)]
)  # nothing, a page, a rejection, too much
def test_what_is_no_time_stamp_is_refused(authority: TimeStampAuthority, answer: bytes) -> None:
    authority.answers.append(answer)

    with pytest.raises(TimeStampError):
        request_time_stamp(ROOT, ask(authority))


def test_a_server_that_is_away_or_silent_is_named(authority: TimeStampAuthority) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        with pytest.raises(TimeStampError, match=re.escape(address)):
            request_time_stamp(ROOT, replace(ask(authority), server=address))
        silent.listen()
        with pytest.raises(TimeStampError, match="timed out"):
            request_time_stamp(ROOT, replace(ask(authority), server=address, timeout_seconds=0.3))


def test_a_file_without_certificates_is_named() -> None:
    with pytest.raises(TimeStampError, match="PEM"):
        read_certificates(b"rien")
