"""WARC records: written durably, read back by place, checked byte for byte."""

import gzip
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

import archive.warc
from archive.errors import RecordError
from archive.records import Place, StoredResponse
from archive.warc import (
    HEAD_NOTE,
    OPEN_SUFFIX,
    Original,
    WarcWriter,
    complete_length,
    pack_member,
    pack_small,
    parse_member,
    read_members,
    read_record,
    unpack_member,
)

NOON = datetime(2026, 3, 2, 12, 0, 0, 123456, tzinfo=UTC)


def make_response(url: str = "http://presse.test/a?x=1", payload: bytes = b"<p>pr\xe9fet</p>") -> StoredResponse:
    headers = (("Content-Type", "text/html"), ("X-Accent", "é"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"))
    return StoredResponse(url, NOON, 200, "OK", headers, payload, metadata=(("via", "live"),))


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[WarcWriter]:
    opened = WarcWriter(tmp_path, software="Vigie/test", operator="desk@redaction.test", now=NOON)
    yield opened
    if (tmp_path / (opened.name + OPEN_SUFFIX)).exists():
        opened.close()


def test_a_response_comes_back_as_it_was_received(writer: WarcWriter, tmp_path: Path) -> None:
    response = make_response()

    place = writer.write(response)
    record = read_record(tmp_path, place)

    assert (record.kind, record.url, record.status) == ("response", response.url, 200)
    assert record.payload == response.payload
    assert record.headers == response.headers, "order, repetition and Latin-1 letters are kept"
    assert record.fetched_at == NOON


def test_the_file_passes_another_tools_check(writer: WarcWriter, tmp_path: Path) -> None:
    writer.write(make_response())
    writer.write(make_response(), Original("http://presse.test/a?x=1", NOON))
    path = writer.close()

    done = subprocess.run(
        [sys.executable, "-m", "warcio.cli", "check", "-v", str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("digest pass") == 6
    assert "fail" not in done.stdout
    kinds = [gzip.decompress(member).split(b"WARC-Type: ")[1].split(b"\r\n")[0] for _, member in read_members(path)]
    assert kinds == [b"warcinfo", b"response", b"request", b"metadata", b"revisit", b"request", b"metadata"]


def test_without_isal_zlib_packs_the_same_record() -> None:
    raw = b"WARC/1.1\r\n" + "Le préfet, les agents, la salle. ".encode() * 300
    program = "import sys; sys.modules['isal'] = None; from archive.warc import pack_member; "
    program += "sys.stdout.buffer.write(pack_member(sys.stdin.buffer.read()))"

    packed = subprocess.run([sys.executable, "-c", program], input=raw, capture_output=True, check=True).stdout

    assert unpack_member(packed, "zlib") == unpack_member(pack_member(raw), "isal") == raw
    assert packed != pack_member(raw), "isal is not used where it is there"
    assert len(pack_small(raw)) <= len(packed)
    assert packed[4:8] == pack_member(raw)[4:8] == bytes(4), "the time of packing is left out"


def test_a_record_can_be_read_while_its_file_is_open_and_after(writer: WarcWriter, tmp_path: Path) -> None:
    place = writer.write(make_response())
    assert read_record(tmp_path, place).status == 200
    writer.close()
    assert read_record(tmp_path, place).status == 200


def test_one_flipped_byte_damages_one_record(writer: WarcWriter, tmp_path: Path) -> None:
    places = [writer.write(make_response(payload=bytes([65 + number]) * 500)) for number in range(3)]
    path = writer.close()
    raw = bytearray(path.read_bytes())
    raw[places[1].offset + places[1].length // 2] ^= 0xFF
    path.write_bytes(raw)

    assert read_record(tmp_path, places[0]).payload == b"A" * 500
    assert read_record(tmp_path, places[2]).payload == b"C" * 500
    with pytest.raises(RecordError, match=rf"{path.name} at {places[1].offset}"):
        read_record(tmp_path, places[1])


def test_a_cut_file_names_the_cut(writer: WarcWriter, tmp_path: Path) -> None:
    place = writer.write(make_response())
    path = writer.close()
    path.write_bytes(path.read_bytes()[: place.offset + place.length - 7])

    with pytest.raises(RecordError, match="the file is cut"):
        read_record(tmp_path, place)
    assert complete_length(path) == place.offset


def test_a_missing_file_says_what_to_check(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="Is its disk mounted"):
        read_record(tmp_path, Place("nowhere.warc.gz", 0, 10))


def test_transfer_encoding_is_kept_under_another_name(writer: WarcWriter, tmp_path: Path) -> None:
    response = StoredResponse("http://presse.test/", NOON, 200, "OK", (("Transfer-Encoding", "chunked"),), b"x")

    record = read_record(tmp_path, writer.write(response))

    assert record.headers == (("X-Archive-Orig-Transfer-Encoding", "chunked"),)


def test_a_full_disk_leaves_no_half_record(writer: WarcWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = writer.write(make_response())
    path = tmp_path / (writer.name + OPEN_SUFFIX)
    size = path.stat().st_size

    def refuse(handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("archive.warc.writer.os.fsync", refuse)
        with pytest.raises(OSError, match="No space left"):
            writer.write(make_response(payload=b"y" * 100_000))
    assert path.stat().st_size == size

    with monkeypatch.context() as patch:  # the cut itself fails too: the next write makes up for it
        patch.setattr("archive.warc.writer.os.fsync", refuse)
        patch.setattr(writer, "_cut_back", lambda: refuse(0))
        with pytest.raises(OSError, match="No space left"):
            writer.write(make_response(payload=b"y" * 100_000))
    assert path.stat().st_size > size

    second = writer.write(make_response(payload=b"z"))
    assert second.offset == size
    assert read_record(tmp_path, first).payload == b"<p>pr\xe9fet</p>"
    assert read_record(tmp_path, second).payload == b"z"


def test_each_response_says_that_its_head_is_rebuilt_and_what_it_was_asked_for(
    writer: WarcWriter, tmp_path: Path
) -> None:
    response = replace(make_response(), metadata=(("source", "presse"), ("tdm-policy", "deux\r\nlignes")))
    writer.write(response)
    kinds = [parse_member(member, "essai") for _, member in read_members(writer.close())]

    assert [one.kind for one in kinds] == ["warcinfo", "response", "request", "metadata"]
    said = kinds[-1].payload.decode().splitlines()
    assert said == [f"http-head: {HEAD_NOTE}", "source: presse", "tdm-policy: deux lignes"]


def test_a_file_that_is_closed_while_it_is_looked_for_is_found(
    writer: WarcWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # given: a reader that has found the open name when the writer closes the file
    place = writer.write(make_response())
    found = archive.warc.find_file
    closed: list[Path] = []

    def find_and_close(folder: Path, name: str) -> Path:
        path = found(folder, name)
        if not closed:
            closed.append(writer.close())
        return path

    monkeypatch.setattr("archive.warc.files.find_file", find_and_close)

    # then
    assert read_record(tmp_path, place).status == 200
    assert closed
