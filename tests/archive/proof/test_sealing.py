"""Seals: everything once, in a chain, durable, and every change to one is found."""

import gzip
import hashlib
import json
import random
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from archive.catalogue import Catalogue, create_catalogue
from archive.errors import ProofError
from archive.proof.sealing import NewSeals, seal_new
from archive.proof.seals import SEAL_FOLDER, Seal, check_chain, list_seals
from archive.proof.statements import SealedRecord, list_numbers, make_ranges
from archive.verify import verify
from tests.archive.proof.records import NOON, find_record, store_pages


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    opened = create_catalogue(tmp_path)
    yield opened
    opened.close()


def seal(catalogue: Catalogue, day: int = 1, records_each: int = 1000) -> NewSeals:
    return seal_new(catalogue, lambda: NOON + timedelta(days=day), records_each=records_each)


def sealed_numbers(seals: list[Seal]) -> list[int]:
    return [record.capture for one in seals for record in one.read_records()]


def test_a_seal_holds_the_digest_of_every_new_record(catalogue: Catalogue) -> None:
    store_pages(catalogue, range(3))
    store_pages(catalogue, range(3, 4), "<p>Préavis déposé, communiqué 1</p>".encode())

    (made,) = seal(catalogue).seals

    records = list(made.read_records())
    assert [record.kind for record in records] == ["response", "response", "response", "revisit"]
    for record in records:
        path, offset, length = find_record(catalogue, record.capture)
        raw = gzip.decompress(path.read_bytes()[offset : offset + length])
        assert record.record_sha256 == hashlib.sha256(raw).hexdigest()
        assert (record.record or "absent") in raw.decode() and record.url in raw.decode()
        assert record.fetched_at == NOON + timedelta(minutes=record.capture - 1)
    assert records[3].payload_sha256 == records[1].payload_sha256


def test_seals_are_chained_and_each_record_is_in_one_of_them(catalogue: Catalogue) -> None:
    for day in range(3):
        store_pages(catalogue, range(day * 4, day * 4 + 4))
        seal(catalogue, day)

    seals = list_seals(catalogue.folder)

    assert sealed_numbers(seals) == list(range(1, 13))
    assert [one.path.name for one in seals] == [f"00000{day + 1}-2026-03-0{day + 2}.seal" for day in range(3)]
    assert seals[0].head.previous is None and seals[2].head.previous == seals[1].as_previous()
    assert list(check_chain(seals)) == []


def test_nothing_new_makes_no_seal_and_changes_none(catalogue: Catalogue) -> None:
    assert seal(catalogue).seals == ()
    store_pages(catalogue, range(2))
    (made,) = seal(catalogue).seals
    before = made.path.read_bytes()

    assert seal(catalogue, 2) == NewSeals((), 0)
    assert [path.read_bytes() for path in (catalogue.folder / SEAL_FOLDER).iterdir()] == [before]


def test_a_large_backlog_goes_into_several_seals(catalogue: Catalogue) -> None:
    store_pages(catalogue, range(11))

    made = seal(catalogue, records_each=4).seals

    assert [len(one.captures) for one in made] == [4, 4, 3]
    assert sealed_numbers(list_seals(catalogue.folder)) == list(range(1, 12))


def test_asked_to_stop_it_leaves_whole_seals_and_goes_on_later(catalogue: Catalogue) -> None:
    store_pages(catalogue, range(10))
    looks = iter([False] * 8 + [True] * 100)

    made = seal_new(catalogue, lambda: NOON, stop=lambda: next(looks), records_each=4).seals
    seal(catalogue)

    assert [len(one.captures) for one in made] == [4]
    assert sealed_numbers(list_seals(catalogue.folder)) == list(range(1, 11))


def test_a_record_that_cannot_be_read_is_left_out_and_sealed_once_it_can(catalogue: Catalogue) -> None:
    store_pages(catalogue, range(2))
    store_pages(catalogue, range(2, 4))
    path, *_ = find_record(catalogue, 1)
    path.rename(path.with_suffix(".away"))

    first = seal(catalogue, 1)
    store_pages(catalogue, range(4, 5))
    second = seal(catalogue, 2)
    path.with_suffix(".away").rename(path)
    third, fourth = seal(catalogue, 3), seal(catalogue, 4)

    assert [done.left_out for done in (first, second, third, fourth)] == [2, 2, 0, 0]
    seals = list_seals(catalogue.folder)
    assert [one.captures for one in seals] == [(3, 4), (5,), (1, 2)]
    assert [one.head.up_to for one in seals] == [4, 5, 5]
    assert list(check_chain(seals)) == [] and verify(catalogue).damages == ()


def test_what_a_killed_run_left_is_no_seal_and_in_nobody_s_way(catalogue: Catalogue) -> None:
    store_pages(catalogue, range(3))
    place = catalogue.folder / SEAL_FOLDER
    place.mkdir()
    (place / ".000001-2026-03-03.seal.part").write_bytes(b'{"format":"vigie-se')

    (made,) = seal(catalogue).seals

    assert made.captures == (1, 2, 3) and [path.name for path in place.iterdir()] == [made.path.name]


def test_where_no_new_record_can_be_read_the_next_ones_are_not_held_up(catalogue: Catalogue) -> None:
    store_pages(catalogue, range(3))
    path, *_ = find_record(catalogue, 1)
    path.unlink()

    seal(catalogue, 1)
    store_pages(catalogue, range(3, 4))
    seal(catalogue, 2)

    assert [one.captures for one in list_seals(catalogue.folder)] == [(), (4,)]


def test_a_damaged_record_is_never_sealed_as_if_it_were_whole(catalogue: Catalogue) -> None:
    store_pages(catalogue, range(3))
    path, offset, length = find_record(catalogue, 2)
    raw = bytearray(path.read_bytes())
    raw[offset + length - 12] ^= 1
    path.write_bytes(raw)

    done = seal(catalogue)

    assert done.left_out == 1 and sealed_numbers(list(done.seals)) == [1, 3]


def test_every_flipped_byte_of_a_seal_is_found(catalogue: Catalogue) -> None:
    for day in range(3):
        store_pages(catalogue, range(day * 2, day * 2 + 2))
        seal(catalogue, day)
    second = list_seals(catalogue.folder)[1].path
    whole = second.read_bytes()
    for place in random.Random(20260302).sample(range(len(whole)), 150):
        changed = bytearray(whole)
        changed[place] ^= 1 << place % 8
        second.write_bytes(changed)
        assert _is_found(catalogue), f"byte {place} of {len(whole)}: {whole[place : place + 20]!r}"
    second.write_bytes(whole)
    assert not _is_found(catalogue)


def _is_found(catalogue: Catalogue) -> bool:
    try:
        seals = list_seals(catalogue.folder)
        return bool(list(check_chain(seals))) or sealed_numbers(seals) != list(range(1, 7))
    except ProofError:
        return True


def test_a_forged_seal_and_a_missing_one_break_the_chain(catalogue: Catalogue) -> None:
    for day in range(3):
        store_pages(catalogue, range(day, day + 1))
        seal(catalogue, day)
    first, second, third = list_seals(catalogue.folder)
    whole = first.path.read_bytes()
    forged = _forge(catalogue, first)

    after_forging = [what for _, what in check_chain(list_seals(catalogue.folder))]
    first.path.write_bytes(whole)
    second.path.unlink()
    after_loss = [what for _, what in check_chain(list_seals(catalogue.folder))]

    assert forged.root != first.root
    assert after_forging == ["it follows another seal than the one before it: one of the two was changed"]
    assert after_loss == ["expected seal 2, found 3: one is missing"]
    assert third.path.exists()


def _forge(catalogue: Catalogue, seal: Seal) -> Seal:
    """The seal written anew with another digest, right in itself."""
    from archive.proof.seals import write_seal

    (record,) = seal.read_records()
    other = SealedRecord.model_validate({**record.model_dump(), "record_sha256": "0" * 64})
    return write_seal(catalogue.folder, seal.head, [other])


def test_verify_finds_a_record_that_was_replaced_after_it_was_sealed(catalogue: Catalogue) -> None:
    """Rewritten with another date and consistent in itself: only the seal knows."""
    store_pages(catalogue, range(1))
    seal(catalogue)
    path, offset, length = find_record(catalogue, 1)
    raw = path.read_bytes()
    forged = gzip.compress(gzip.decompress(raw[offset : offset + length]).replace(b"T12:00:00.25", b"T11:00:00.25"), 6)
    path.write_bytes(raw[:offset] + forged + raw[offset + length :])
    with catalogue.write() as transaction:
        transaction.exec_driver_sql("UPDATE capture SET length = ?", (len(forged),))
        transaction.exec_driver_sql("UPDATE warc_file SET sha256 = NULL")

    verdict = verify(catalogue)

    assert verdict.seals == 1
    assert [damage.what for damage in verdict.damages] == ["the record is another one than was sealed"]


def test_seals_of_a_newer_catalogue_than_the_one_put_back_are_refused(tmp_path: Path) -> None:
    """Numbers would be given twice: nothing is sealed until the seals of the same backup are back."""
    newer, older = create_catalogue(tmp_path / "newer"), create_catalogue(tmp_path / "older")
    store_pages(newer, range(5))
    seal(newer)
    shutil.copytree(newer.folder / SEAL_FOLDER, older.folder / SEAL_FOLDER)
    for numbers in (range(90, 93), range(93, 99)):  # first fewer captures than were sealed, then more
        store_pages(older, numbers)
        with pytest.raises(ProofError, match=r"holds capture 5.*Was an older catalogue put back"):
            seal(older)
    shutil.rmtree(older.folder / SEAL_FOLDER)

    assert sealed_numbers(list(seal(older).seals)) == list(range(1, 10))
    newer.close()
    older.close()


def test_a_seal_is_plain_lines_of_json(catalogue: Catalogue) -> None:
    store_pages(catalogue, range(2))
    (made,) = seal(catalogue).seals

    head, *records, end = [json.loads(line) for line in made.path.read_text().splitlines()]

    assert head["captures"] == [[1, 2]] and head["previous"] is None
    assert [record["capture"] for record in records] == [1, 2]
    assert end == {"root": made.root, "leaves": 3}


@pytest.mark.parametrize("numbers", [[], [1], [1, 2, 3], [1, 3, 4, 9]])
def test_ranges_hold_the_same_numbers(numbers: list[int]) -> None:
    assert list_numbers(make_ranges(numbers)) == numbers
