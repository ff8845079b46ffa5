"""The WARC files of ours, and how large they are.

A file is `open`, then `closed`. Packed anew it is `packing` while its captures move to the `packed` one, then
`replaced`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from archive.catalogue.catalogue import Transaction
from archive.catalogue.schema import capture, warc_file


@dataclass(frozen=True)
class WarcFile:
    """One file; `sha256` and `size` are known once it is closed."""

    name: str
    state: str
    holder: str | None
    opened_at: datetime
    closed_at: datetime | None
    size: int | None
    sha256: str | None


def add_file(transaction: Transaction, name: str, holder: str, now: datetime) -> None:
    """A writer opened a file."""
    transaction.execute(warc_file.insert().values(name=name, state="open", holder=holder, opened_at=now))


def close_file(
    transaction: Transaction, name: str, *, size: int, sha256: str, now: datetime, opened_at: datetime
) -> None:
    """A file has its final name and bytes; makes the row where a killed writer never did."""
    values = {"state": "closed", "closed_at": now, "size": size, "sha256": sha256}
    done = transaction.execute(warc_file.update().where(warc_file.c.name == name).values(**values))
    if done.rowcount == 0:
        transaction.execute(warc_file.insert().values(name=name, holder=None, opened_at=opened_at, **values))


def list_files(transaction: Transaction, state: str | None = None) -> list[WarcFile]:
    """The files, oldest first."""
    query = sa.select(warc_file).order_by(warc_file.c.opened_at, warc_file.c.name)
    if state is not None:
        query = query.where(warc_file.c.state == state)
    return [WarcFile(*row) for row in transaction.execute(query)]


def list_needed(transaction: Transaction) -> list[WarcFile]:
    """The files to which captures may point: all but those that have been packed anew and go within a day."""
    return [file for file in list_files(transaction) if file.state != "replaced"]


def list_known_ends(transaction: Transaction) -> dict[str, int]:
    """For each file that is not closed where the last record ends that a capture points to."""
    end = sa.func.max(capture.c.offset + capture.c.length)
    query = sa.select(capture.c.warc_file, end).join(warc_file, warc_file.c.name == capture.c.warc_file)
    query = query.where(warc_file.c.sha256.is_(None)).group_by(capture.c.warc_file)
    return {row[0]: row[1] for row in transaction.execute(query)}


@dataclass(frozen=True)
class Move:
    """A record that stands in a file packed anew: where it stood, where it stands, how long it is now."""

    offset: int
    new_offset: int
    new_length: int


def enter_packed(transaction: Transaction, name: str, packed: str, *, size: int, sha256: str, now: datetime) -> None:
    """A file has been packed anew into another one, to which its captures are moved from now on."""
    opened_at = sa.select(warc_file.c.opened_at).where(warc_file.c.name == name).scalar_subquery()
    values = {"state": "packed", "opened_at": opened_at, "closed_at": now, "size": size, "sha256": sha256}
    transaction.execute(warc_file.insert().values(name=packed, holder=None, **values))
    transaction.execute(warc_file.update().where(warc_file.c.name == name).values(state="packing"))


def move_places(transaction: Transaction, name: str, packed: str, moves: Sequence[Move]) -> int:
    """Point the captures of these records to the other file; how many there were."""
    statement = (
        capture.update()
        .where(capture.c.warc_file == name, capture.c.offset == sa.bindparam("stood"))
        .values(warc_file=packed, offset=sa.bindparam("stands"), length=sa.bindparam("measures"))
    )
    rows = [{"stood": one.offset, "stands": one.new_offset, "measures": one.new_length} for one in moves]
    return int(transaction.execute(statement, rows).rowcount)


def mark_replaced(transaction: Transaction, name: str, now: datetime) -> None:
    """No capture points to the file any more; `closed_at` tells since when."""
    transaction.execute(warc_file.update().where(warc_file.c.name == name).values(state="replaced", closed_at=now))


def forget_file(transaction: Transaction, name: str) -> None:
    """The file is about to be removed."""
    transaction.execute(warc_file.delete().where(warc_file.c.name == name))
