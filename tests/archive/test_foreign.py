"""WARC files of others: every record with its place, past damage, within limits; other files refused by name."""

import gzip
import random
import resource
import zlib
from pathlib import Path

import pytest

from archive.errors import ForeignFileError, RecordError
from archive.foreign import ForeignDamage, ForeignRecord, read_foreign
from archive.warc import parse_member
from tests.archive.foreign_files import Foreign, offsets_of, write_foreign

LIMIT = 1 << 20
PAGES = [
    Foreign(
        f"https://courrier.test/actualites/{number}", f"2021-03-0{number}T08:00:00Z", f"<p>Page {number}</p>".encode()
    )
    for number in range(1, 6)
]


def read(path: Path, limit: int = LIMIT) -> list[ForeignRecord | ForeignDamage]:
    return list(read_foreign(path, limit))


def urls_of(items: list[ForeignRecord | ForeignDamage]) -> list[str]:
    return [
        item.fields["warc-target-uri"].rsplit("/", 1)[-1]
        for item in items
        if isinstance(item, ForeignRecord) and item.fields["warc-type"] == "response"
    ]


def damages_of(items: list[ForeignRecord | ForeignDamage]) -> list[ForeignDamage]:
    return [item for item in items if isinstance(item, ForeignDamage)]


@pytest.mark.parametrize("version", ["WARC/1.0", "WARC/1.1"])
@pytest.mark.parametrize("packed", [True, False])
def test_every_record_comes_out_with_its_place_and_bytes(tmp_path: Path, packed: bool, version: str) -> None:
    path = write_foreign(tmp_path / "ailleurs.warc", PAGES, packed=packed, version=version)
    whole = path.read_bytes()

    items = read(path)

    assert urls_of(items) == ["1", "2", "3", "4", "5"]
    records = [item for item in items if isinstance(item, ForeignRecord)]
    assert records[0].offset == 0
    assert records[-1].end == len(whole)
    for record in records:
        piece = whole[record.offset : record.end]
        assert record.as_member() == piece if packed else gzip.decompress(record.as_member()) == record.raw
        assert record.raw is not None
        assert (gzip.decompress(piece) if packed else piece).startswith(record.raw.rstrip())
    third = records[3].parse("ailleurs.warc")
    assert (third.url, third.status, third.payload) == (PAGES[2].url, 200, b"<p>Page 3</p>")
    assert parse_member(records[3].as_member(), "copy").payload == third.payload


def test_a_flipped_byte_costs_one_record(tmp_path: Path) -> None:
    path = write_foreign(tmp_path / "abime.warc.gz", PAGES)
    places = offsets_of(path)
    for flipped in range(places[2], places[3], 7):
        raw = bytearray(path.read_bytes())
        raw[flipped] ^= 0x55
        damaged = tmp_path / "flipped.warc.gz"
        damaged.write_bytes(raw)

        items = read(damaged)

        if damages_of(items):  # a few bytes of a gzip head may be anything
            assert urls_of(items) == ["1", "3", "4", "5"], f"byte {flipped}"
            assert [damage.offset for damage in damages_of(items)] == [places[2]]


def test_a_cut_file_gives_all_but_its_last_record(tmp_path: Path) -> None:
    path = write_foreign(tmp_path / "coupe.warc.gz", PAGES)
    last = offsets_of(path)[-1]
    path.write_bytes(path.read_bytes()[: last + 40])

    items = read(path)

    assert urls_of(items) == ["1", "2", "3", "4"]
    assert [(damage.offset, damage.what) for damage in damages_of(items)] == [
        (last, "the file is cut within this record")
    ]


def test_damage_in_a_file_that_is_not_gzipped_costs_one_record(tmp_path: Path) -> None:
    path = write_foreign(tmp_path / "nu.warc", PAGES, packed=False)
    raw = path.read_bytes()
    place = raw.index(b"WARC/1.0", raw.index(b"/actualites/2") - 200)
    longer = raw.replace(b"Page 2", b"Page 2, et un ajout", 1)
    path.write_bytes(longer)
    assert urls_of(read(path)) == ["1", "3", "4", "5"]
    assert "not as long as it says" in damages_of(read(path))[0].what
    assert abs(damages_of(read(path))[0].offset - place) < 400

    path.write_bytes(raw[:-30])
    assert urls_of(read(path)) == ["1", "2", "3", "4"]
    assert "cut" in damages_of(read(path))[0].what


def test_rubbish_between_members_is_named_and_passed_over(tmp_path: Path) -> None:
    path = write_foreign(tmp_path / "trous.warc.gz", PAGES)
    places = offsets_of(path)
    raw = path.read_bytes()
    hole = b"\x1f\x8b\x08" + random.Random(3).randbytes(5000) + gzip.compress(b"no record")
    path.write_bytes(raw[: places[3]] + hole + raw[places[3] :] + bytes(512))

    items = read(path)

    assert urls_of(items) == ["1", "2", "3", "4", "5"]
    assert [damage.offset for damage in damages_of(items)] == [places[3], len(raw) + len(hole)]


def test_a_record_beyond_the_limit_keeps_its_head_and_not_its_bytes(tmp_path: Path) -> None:
    huge = Foreign("https://courrier.test/actualites/large", "2021-03-02T08:00:00Z", b"<p>" + b"a" * 3 * LIMIT)
    for packed in (True, False):
        path = write_foreign(tmp_path / f"large-{packed}.warc", [PAGES[0], huge, PAGES[1]], packed=packed)

        items = read(path)

        assert urls_of(items) == ["1", "large", "2"]
        large = items[2]
        assert isinstance(large, ForeignRecord)
        assert (large.raw, large.packed) == (None, None)


def test_a_bomb_is_not_unpacked_into_memory(tmp_path: Path) -> None:
    path = write_foreign(tmp_path / "bombe.warc.gz", [PAGES[0]])
    head = b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 2000000000\r\n\r\n"
    pack = zlib.compressobj(1, wbits=31)
    zeros = bytes(1 << 20)
    bomb = pack.compress(head) + b"".join(pack.compress(zeros) for _ in range(1100)) + pack.flush()
    with path.open("ab") as file:
        file.write(bomb)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    items = read(path)

    assert "more than 1024 MiB" in damages_of(items)[0].what
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 << 10, "kilobytes"


def test_several_records_in_one_member_are_refused_with_advice(tmp_path: Path) -> None:
    plain = write_foreign(tmp_path / "nu.warc", PAGES, packed=False)
    whole = tmp_path / "bloc.warc.gz"
    whole.write_bytes(gzip.compress(plain.read_bytes()))

    with pytest.raises(ForeignFileError, match=r"in one gzip member.*warcio recompress"):
        read(whole)
    with pytest.raises(ForeignFileError, match="in one gzip member"):
        read(whole, limit=900)  # also where the file is larger than the limit


@pytest.mark.parametrize(
    ("start", "what"),
    [
        (b"", "the file is empty"),
        (b"<!doctype html><title>Accueil</title>", "found something else"),
        (b"\x28\xb5\x2f\xfd" + bytes(100), "Zstandard. Unpack it first"),
        (b"filedesc://ancien.arc 0.0.0.0 20010101000000 text/plain 76\n", "ARC file"),
        (b"WARC/2.0\r\nWARC-Type: warcinfo\r\n\r\n", "a WARC version that is not known"),
        (gzip.compress(b"filedesc://ancien.arc 0.0.0.0 20010101000000 text/plain 76\n", mtime=0), "ARC file"),
        (gzip.compress(b"une page d'un journal", mtime=0), "in the gzip file, found something else"),
    ],
)
def test_other_files_are_refused_by_name(tmp_path: Path, start: bytes, what: str) -> None:
    path = tmp_path / "autre.warc.gz"
    path.write_bytes(start)
    with pytest.raises(ForeignFileError, match=what):
        read(path)


@pytest.mark.parametrize(
    ("stated", "value"),
    [("WARC-Payload-Digest", "sha1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), ("WARC-Block-Digest", "sha256:" + "0" * 64)],
)
def test_a_digest_that_differs_is_found(tmp_path: Path, stated: str, value: str) -> None:
    path = write_foreign(
        tmp_path / "faux.warc.gz", [Foreign(PAGES[0].url, PAGES[0].date, b"<p>x</p>", warc=[(stated, value)])]
    )
    record = read(path)[1]
    assert isinstance(record, ForeignRecord)
    with pytest.raises(RecordError, match=f"{stated.split('-')[1].lower()} digest differs"):
        record.parse("faux.warc.gz at 300")


def test_no_bytes_make_the_parser_raise_anything_but_record_error(tmp_path: Path) -> None:
    path = write_foreign(tmp_path / "nu.warc", PAGES[:1], packed=False)
    record = read(path)[1]
    assert isinstance(record, ForeignRecord) and record.raw is not None
    draw = random.Random(20210301)
    for _ in range(3000):
        raw = bytearray(record.raw)
        for _ in range(draw.randint(1, 8)):
            place = draw.randrange(len(raw))
            raw[place : place + draw.randint(0, 3)] = draw.choice(
                [b"", b"\n", b"\r\n", b":", b"\xff", b"99", b"-1", b" "]
            )
        mangled = tmp_path / "mangled.warc"
        mangled.write_bytes(b"WARC/1.0\r\nWARC-Type: warcinfo\r\nContent-Length: 0\r\n\r\n\r\n\r\n" + raw)
        for item in read(mangled):
            if isinstance(item, ForeignRecord) and item.fields.get("warc-type") == "response":
                try:
                    item.parse("mangled")
                except RecordError:
                    continue


def test_reading_needs_no_more_memory_for_a_large_file(tmp_path: Path) -> None:
    body = random.Random(1).randbytes(200_000)
    pages = [Foreign(f"https://courrier.test/{n}", "2021-03-02T08:00:00Z", body) for n in range(200)]
    path = write_foreign(tmp_path / "gros.warc.gz", pages)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert sum(1 for _ in read_foreign(path, LIMIT)) == 201
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < path.stat().st_size // 1024 + 32_000, "kilobytes: the mapped file and a few records"
