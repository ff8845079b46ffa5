"""How far the archive is sealed and stamped, on the terminal, on the page, and for each capture of a document."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive.proof.seals import Seal, list_seals, write_durably
from archive.proof.time_stamps import Authority, request_time_stamp
from tests.archive.proof.authority import TimeStampAuthority
from tests.vigie.room import Room
from tests.vigie.sealed_archive import SealedArchive
from tests.vigie.web.serving import serve_here
from vigie.seal_state import NONE_YET, find_holding, read_seal_state
from vigie.state import look

TEXT = "Les agents du commissariat d’Écluse déposent un préavis pour lundi."


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    made = Room(tmp_path)
    yield made
    made.catalogue.close()


@pytest.fixture
def archive(room: Room) -> Iterator[SealedArchive]:
    made = SealedArchive(room.catalogue)
    yield made
    made.close()


def stamp(seal: Seal, folder: Path) -> None:
    """Have a seal stamped by an authority of our own."""
    made = TimeStampAuthority(folder)
    with made.serve():
        certificates = made.certificates.read_bytes()
        answer, _ = request_time_stamp(seal.root, Authority(made.server, certificates, 30.0, None))
    write_durably(seal.certificates_path, certificates)
    write_durably(seal.stamp_path, answer)


def test_the_state_names_the_last_seal_and_the_last_one_that_was_stamped(
    room: Room, archive: SealedArchive, tmp_path: Path
) -> None:
    folder = room.installation.folder
    assert read_seal_state(folder) == NONE_YET
    archive.publish("a", TEXT)
    archive.seal(day=1)
    (first,) = list_seals(folder)
    stamp(first, tmp_path / "ca")
    archive.publish("b", TEXT + " Une audience est demandée.")
    archive.publish("c", TEXT + " Une autre suivra.")
    archive.seal(day=2)
    newest = list_seals(folder)[-1]

    found = look(room.installation, room.catalogue).seals

    assert (found.number, found.sealed_at, found.records) == (2, newest.head.sealed_at, 2)
    assert found.stamped_number == 1 and found.stamped_at is not None and found.fault is None


def test_a_stamp_that_does_not_hold_and_a_seal_that_is_none_are_told(room: Room, archive: SealedArchive) -> None:
    folder = room.installation.folder
    archive.publish("a", TEXT)
    archive.seal()
    (seal,) = list_seals(folder)
    seal.stamp_path.write_bytes(b"nothing")
    alone = read_seal_state(folder)
    seal.certificates_path.write_bytes(b"nothing")
    damaged = read_seal_state(folder)
    seal.path.write_bytes(b"{}\n")

    none = read_seal_state(folder)

    assert alone.number == 1 and "cannot be read" in (alone.fault or "")
    assert damaged.stamped_at is None and "expected the certificates" in (damaged.fault or "")
    assert none.number is None and str(seal.path) in (none.fault or "")


def test_a_capture_lies_in_the_seal_that_holds_it_or_in_none_yet(room: Room, archive: SealedArchive) -> None:
    first = archive.publish("a", TEXT)
    archive.seal(day=1)
    second = archive.look_again("a", TEXT + " Une audience est demandée.")
    archive.seal(day=2)
    late = archive.look_again("a", TEXT + " Une autre suivra.")

    held = find_holding(list_seals(room.installation.folder), [first.id, second.id, late.id])

    assert {number: seal.number for number, seal in held.items()} == {first.id: 1, second.id: 2}


def test_the_pages_say_what_is_sealed_and_how_it_is_proved(room: Room, archive: SealedArchive) -> None:
    archive.publish("d1", TEXT)
    archive.seal(day=1)
    archive.look_again("d1", TEXT + " Une audience est demandée.")

    with serve_here(room.installation) as client:
        page, about = client.get("/documents/d1").text, client.get("/about").text
        said = client.get("/api/v1/status").json()["seals"]

    assert "<td>n° 1<br>" in page and "<td>pas encore</td>" in page
    assert "<code>vigie prove d1 --output preuve/</code>" in page
    assert "n° 1, 1 enregistrement, " in about and "pas encore horodaté" in about
    assert (said["number"], said["records"], said["stamped_number"]) == (1, 1, None)


def test_a_damaged_seal_keeps_nobody_from_reading(room: Room, archive: SealedArchive) -> None:
    archive.publish("d1", TEXT)
    archive.seal()
    list_seals(room.installation.folder)[0].path.write_bytes(b"{}\n")

    with serve_here(room.installation) as client:
        page, about = client.get("/documents/d1"), client.get("/about")

    assert page.status_code == about.status_code == 200
    assert TEXT in page.text and "000001-" in page.text and "000001-" in about.text
