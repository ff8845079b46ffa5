"""Proofs: made from a sealed archive, checked in a folder of their own, and every changed byte found."""

import gzip
import hashlib
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from archive.catalogue import create_catalogue
from archive.proof.checking import Verdict, check_folder
from archive.proof.folder import SUMS_NAME, Facts, write_sums
from archive.proof.seals import list_seals, write_durably
from archive.proof.time_stamps import Authority, request_time_stamp
from tests.archive.proof.authority import TimeStampAuthority
from tests.vigie.sealed_archive import START, SealedArchive
from vigie.exits import CommandError
from vigie.proofs.making import make_proof

TEXT = "Le syndicat a déposé un préavis de grève pour le 12 mars.\nLa préfecture n’a pas répondu."
SEED = 20260302


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TimeStampAuthority]:
    made = TimeStampAuthority(tmp_path_factory.mktemp("authority") / "ca")
    with made.serve():
        yield made


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[SealedArchive]:
    catalogue = create_catalogue(tmp_path / "data")
    opened = SealedArchive(catalogue)
    yield opened
    opened.close()
    catalogue.close()


def stamp_newest(archive: SealedArchive, authority: TimeStampAuthority) -> None:
    """What `vigie seal` does where an authority is set."""
    newest = list_seals(archive.catalogue.folder)[-1]
    asked = Authority(authority.server, authority.certificates.read_bytes(), timeout_seconds=20)
    answer, _ = request_time_stamp(newest.root, asked)
    write_durably(newest.certificates_path, asked.certificates)
    write_durably(newest.stamp_path, answer)


def prove(archive: SealedArchive, document: str, folder: Path) -> Facts:
    return make_proof(archive.catalogue, document, folder, START + timedelta(days=30)).facts


def faults(verdict: Verdict) -> list[str]:
    return [finding.what for finding in verdict.findings if finding.good is False]


def notes(verdict: Verdict) -> str:
    return "\n".join(finding.what for finding in verdict.findings if finding.good is None)


@pytest.fixture
def proof(archive: SealedArchive, authority: TimeStampAuthority, tmp_path: Path) -> Path:
    """The proof of an article that was edited, seen again unchanged, sealed over three days, stamped on the third."""
    archive.publish("preavis", TEXT)
    archive.publish("autre", "Un autre article, sur les effectifs.")
    archive.seal(1)
    archive.look_again("preavis", TEXT.replace("12 mars", "19 mars"))
    archive.seal(2)
    archive.look_again("preavis", TEXT)
    archive.seal(3)
    stamp_newest(archive, authority)
    prove(archive, "preavis", tmp_path / "proof")
    return tmp_path / "proof"


def test_a_proof_holds_where_there_is_nothing_else(archive: SealedArchive, proof: Path, tmp_path: Path) -> None:
    alone = tmp_path / "elsewhere" / "copy"
    shutil.copytree(proof, alone)
    archive.close()
    shutil.rmtree(tmp_path / "data")

    verdict = check_folder(alone)

    assert verdict.holds, faults(verdict)
    said = "\n".join(finding.what for finding in verdict.findings)
    assert said.count("existed as it is on") == 3
    assert "seal 2, of 2026-03-04 09:00:00 UTC, holds the root of seal 1" in said
    assert "seal 3 was stamped on" in said and "CN=Horodateur" in said
    assert "capture 4 repeats a payload that is in the folder" in said


def test_the_facts_say_what_was_captured(proof: Path) -> None:
    facts = Facts.read((proof / "facts.json").read_bytes(), "facts.json")

    assert [(one.capture, one.kind, one.seal) for one in facts.captures] == [
        (1, "response", 1), (3, "response", 2), (4, "revisit", 3)
    ]  # fmt: skip
    assert [version.number for version in facts.versions] == [1, 2, 3]
    assert (proof / "text-2.txt").read_text().endswith("n’a pas répondu.\n")
    assert "19 mars" in (proof / "text-2.txt").read_text()
    assert facts.source_name == "La Gazette du Lac" and facts.not_proved == {}


@pytest.mark.parametrize("words", [["sha256sum", "--check", "--strict", SUMS_NAME], [sys.executable, "-I", "check.py"]])
def test_others_check_it_too(proof: Path, words: list[str]) -> None:
    assert subprocess.run(words, cwd=proof, capture_output=True, check=False).returncode == 0

    record = proof / "record-3.warc.gz"
    record.write_bytes((proof / "record-1.warc.gz").read_bytes())

    assert subprocess.run(words, cwd=proof, capture_output=True, check=False).returncode != 0


def test_the_words_on_the_page_are_true(proof: Path) -> None:
    """The commands that the page gives are run as they stand there."""
    page = (proof / "index.html").read_text()
    verify, digest = (
        next(line for line in page.replace("<pre>", "\n").splitlines() if line.startswith(start))
        for start in ("openssl ts -verify", "gzip -dc")
    )

    stamped = subprocess.run(verify, shell=True, cwd=proof, capture_output=True, text=True, check=False)
    digested = subprocess.run(digest, shell=True, cwd=proof, capture_output=True, text=True, check=False)

    assert "Verification: OK" in stamped.stdout
    assert digested.stdout.split()[-1] in page
    for french, english in (("Ce que cela ne prouve pas", "What it does not prove"), ("Vérifier", "check it without")):
        assert french in page and english in page


@pytest.mark.parametrize("kind", ["flip", "drop", "double"])
def test_a_changed_byte_in_any_file_is_found(proof: Path, kind: str) -> None:
    rng = random.Random(SEED)
    for path in sorted(proof.iterdir()):
        whole = path.read_bytes()
        for place in {0, len(whole) - 1, *(rng.randrange(len(whole)) for _ in range(12))}:
            path.write_bytes(change(whole, place, kind, rng))
            assert not check_folder(proof).holds, f"{path.name}, byte {place}: {kind}"
        path.write_bytes(whole)
    assert check_folder(proof).holds


def change(whole: bytes, place: int, kind: str, rng: random.Random) -> bytes:
    if kind == "flip":
        return whole[:place] + bytes([whole[place] ^ 1 << rng.randrange(8)]) + whole[place + 1 :]
    return whole[:place] + whole[place : place + 1] * (2 if kind == "double" else 0) + whole[place + 1 :]


def list_again(proof: Path) -> None:
    """What a forger does who knows the format: list the digests of the changed files."""
    names = [path.name for path in proof.iterdir() if path.name != SUMS_NAME]
    sums = {name: hashlib.sha256((proof / name).read_bytes()).hexdigest() for name in names}
    (proof / SUMS_NAME).write_text(write_sums(sums))


def edit_json(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_a_forger_who_lists_the_digests_anew_is_found_by_the_chain(proof: Path) -> None:
    def swap_record() -> None:
        (proof / "record-3.warc.gz").write_bytes((proof / "record-1.warc.gz").read_bytes())

    def date_back() -> None:
        for name in ("proof.json", "facts.json"):
            edit_json(proof / name, "2026-03-02T09:00", "2026-03-01T09:00")

    def change_head() -> None:
        edit_json(proof / "proof.json", '\\"sealed_at\\":\\"2026-03-03', '\\"sealed_at\\":\\"2026-03-01')

    def change_root() -> None:
        root = json.loads((proof / "proof.json").read_text())["seals"][0]["root"]
        for name in ("proof.json", "facts.json"):
            edit_json(proof / name, root, "0" * 64)

    def tell_lies() -> None:
        edit_json(proof / "facts.json", "https://lac.test/preavis", "https://lac.test/démenti")

    def stamp_earlier() -> None:
        facts = json.loads((proof / "facts.json").read_text())
        edit_json(proof / "facts.json", facts["seals"][-1]["stamped_at"], "2026-03-05T00:00:00Z")

    def change_text() -> None:
        (proof / "text-1.txt").write_text("Un tout autre texte.\n")

    for forge in (swap_record, date_back, change_head, change_root, tell_lies, stamp_earlier, change_text):
        kept = {path: path.read_bytes() for path in proof.iterdir()}
        forge()
        list_again(proof)
        assert not check_folder(proof).holds, forge.__name__
        for path, whole in kept.items():
            path.write_bytes(whole)
    assert check_folder(proof).holds


def test_a_stamp_of_a_stranger_is_seen_against_the_authority_s_own_certificates(
    archive: SealedArchive, authority: TimeStampAuthority, tmp_path: Path
) -> None:
    archive.publish("preavis", TEXT)
    archive.seal()
    stranger = TimeStampAuthority(tmp_path / "stranger")
    with stranger.serve():
        stamp_newest(archive, stranger)
    prove(archive, "preavis", tmp_path / "proof")

    assert check_folder(tmp_path / "proof").holds
    assert "compare with what the authority publishes" in notes(check_folder(tmp_path / "proof"))
    assert faults(check_folder(tmp_path / "proof", authority.certificates.read_bytes()))


def test_without_a_time_stamp_the_proof_says_so(archive: SealedArchive, tmp_path: Path) -> None:
    archive.publish("preavis", TEXT)
    archive.seal()
    prove(archive, "preavis", tmp_path / "proof")

    verdict = check_folder(tmp_path / "proof")

    assert verdict.holds and "no time stamp" in notes(verdict)
    page = (tmp_path / "proof" / "index.html").read_text()
    assert "repose sur la seule parole" in page and "openssl ts -reply" not in page


def test_a_document_that_is_not_sealed_yet_is_one_sentence(archive: SealedArchive, tmp_path: Path) -> None:
    archive.publish("preavis", TEXT)

    with pytest.raises(CommandError, match=r"not sealed yet\. `vigie seal`"):
        prove(archive, "preavis", tmp_path / "proof")

    assert not (tmp_path / "proof").exists()


def test_captures_that_are_not_sealed_yet_are_named(archive: SealedArchive, tmp_path: Path) -> None:
    archive.publish("preavis", TEXT)
    archive.seal()
    archive.look_again("preavis", "Le préavis est levé.")

    facts = prove(archive, "preavis", tmp_path / "proof")

    assert facts.not_proved == {"2": "not sealed yet"}
    assert [version.number for version in facts.versions] == [1]


def test_a_withdrawn_document_is_not_given_out_nor_is_its_record_for_another(
    archive: SealedArchive, tmp_path: Path
) -> None:
    archive.publish("retire", TEXT)
    archive.look_again("retire", TEXT)
    archive.publish("reste", "Une version.")
    first = archive.publish("double", TEXT)
    archive.seal()
    assert first.revisit_of == 1
    archive.withdraw("retire")

    with pytest.raises(CommandError, match="was withdrawn"):
        prove(archive, "retire", tmp_path / "one")
    with pytest.raises(CommandError, match="cannot be given out"):
        prove(archive, "double", tmp_path / "two")
    assert prove(archive, "reste", tmp_path / "three").captures


def test_a_damaged_archive_gives_no_proof_and_leaves_nothing(archive: SealedArchive, tmp_path: Path) -> None:
    capture = archive.publish("preavis", TEXT)
    archive.seal()
    path = next((archive.catalogue.folder / "warc").iterdir())
    raw = bytearray(path.read_bytes())
    raw[capture.place.offset + capture.place.length - 12] ^= 1
    path.write_bytes(raw)

    with pytest.raises(CommandError, match=r"does not hold.*damaged"):
        prove(archive, "preavis", tmp_path / "proof")

    assert sorted(one.name for one in tmp_path.iterdir()) == ["data"]


@pytest.mark.parametrize("kind", ["file", "full folder", "no parent"])
def test_a_place_that_is_taken_is_left_alone(archive: SealedArchive, tmp_path: Path, kind: str) -> None:
    archive.publish("preavis", TEXT)
    archive.seal()
    place = tmp_path / "proof"
    if kind == "file":
        place.write_text("à moi")
    elif kind == "full folder":
        place.mkdir()
        (place / "notes.txt").write_text("à moi")
    else:
        place = tmp_path / "nulle-part" / "proof"

    with pytest.raises(CommandError, match=r"expected a new or an empty folder|there is no folder"):
        prove(archive, "preavis", place)

    assert kind == "no parent" or "à moi" in (place / "notes.txt" if place.is_dir() else place).read_text()


def test_a_hostile_folder_is_refused_and_reads_nothing_outside(proof: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("rien pour vous")
    digest = hashlib.sha256(secret.read_bytes()).hexdigest()
    sums, whole = proof / SUMS_NAME, (proof / SUMS_NAME).read_text()

    sums.write_text(f"{whole}{digest}  ../secret\n")
    outside = faults(check_folder(proof))
    sums.write_text(whole)
    (proof / "text-1.txt").unlink()
    (proof / "text-1.txt").symlink_to(secret)
    linked = faults(check_folder(proof))
    (proof / "proof.json").write_text("[" * 100_000)
    list_again(proof)
    deep = faults(check_folder(proof))

    assert any("expected a digest and the name of a file" in what for what in outside)
    assert any("text-1.txt" in what for what in linked)
    assert any(what.startswith("proof.json") for what in deep)
    assert check_folder(tmp_path / "stranger-none").holds is False


def test_hostile_text_stays_text(archive: SealedArchive, tmp_path: Path) -> None:
    archive.publish("piege", TEXT, title="<script>alert(1)</script>‮evil\x07")
    archive.seal()

    prove(archive, "piege", tmp_path / "proof")

    page = (tmp_path / "proof" / "index.html").read_text()
    assert "<script" not in page and "&lt;script&gt;" in page
    assert "\x07" not in page and "‮" not in page


def pack_foreign(kind: str, block: bytes, *fields: str) -> bytes:
    """A record as careless tools write it: WARC 1.0, whole seconds, no id of its own, no digest."""
    head = [
        "WARC/1.0",
        f"WARC-Type: {kind}",
        "WARC-Target-URI: https://lac.test/ancien",
        "WARC-Date: 2019-05-01T07:08:09Z",
    ]
    head += [*fields, "Content-Type: application/http; msgtype=response", f"Content-Length: {len(block)}", "", ""]
    return gzip.compress("\r\n".join(head).encode() + block + b"\r\n\r\n", mtime=0)


def test_records_of_others_are_sealed_and_proved_byte_for_byte(archive: SealedArchive, tmp_path: Path) -> None:
    answer, page = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n", "<p>Ancien communiqué</p>".encode()
    archive.take_in("ancien", pack_foreign("response", answer + page), page)
    again = pack_foreign(
        "revisit", answer, "WARC-Profile: http://netpreserve.org/warc/1.0/revisit/identical-payload-digest"
    )
    archive.take_in("encore", again, "une page d’ailleurs".encode())
    archive.seal()

    facts = prove(archive, "ancien", tmp_path / "one")
    prove(archive, "encore", tmp_path / "two")

    assert (
        facts.captures[0].record is None
        and f"{facts.captures[0].fetched_at:%Y-%m-%d %H:%M:%S}" == "2019-05-01 07:08:09"
    )
    assert check_folder(tmp_path / "one").holds
    verdict = check_folder(tmp_path / "two")
    assert verdict.holds and "repeats a payload that is not in the folder" in notes(verdict)
    assert "datée par le fichier dont elle a été importée" in (tmp_path / "one" / "index.html").read_text()


@pytest.mark.slow
def test_a_hundred_proofs_hold_in_empty_folders_and_one_flipped_byte_is_found_in_each(
    archive: SealedArchive, authority: TimeStampAuthority, tmp_path: Path
) -> None:
    names = [f"article-{number}" for number in range(100)]
    for day in range(4):
        for name in names[day * 25 : day * 25 + 25]:
            archive.publish(name, f"{TEXT}\nArticle {name}.")
        archive.seal(day + 1)
    stamp_newest(archive, authority)
    rng = random.Random(SEED)
    good = found = 0
    for name in names:
        prove(archive, name, tmp_path / "made")
        copy = tmp_path / "copies" / name
        shutil.copytree(tmp_path / "made", copy)
        shutil.rmtree(tmp_path / "made")
        good += check_folder(copy).holds
        path = rng.choice(sorted(copy.iterdir()))
        whole = path.read_bytes()
        path.write_bytes(change(whole, rng.randrange(len(whole)), "flip", rng))
        found += not check_folder(copy).holds

    assert (good, found) == (100, 100)
