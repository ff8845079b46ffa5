"""The list of withdrawals beside the WARC files, and how it and the catalogue are kept alike.

A withdrawal is durable in the list before it is in the catalogue, so that none is lost with a catalogue, and whoever
restores an older one knows what must stay hidden. The list is a text file with one JSON object a line; lines are added
and never changed. A last line that is cut was being written when the power went: it was never confirmed.
"""

import fcntl
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from archive.catalogue import Catalogue, documents, withdrawals
from archive.catalogue.documents import Document
from archive.catalogue.withdrawals import Withdrawal
from archive.errors import ArchiveError
from archive.layout import WARC_FOLDER
from archive.warc import sync_folder

LIST_FILE = "withdrawals.jsonl"
NO_REASON = "no reason on record"
_FIELDS = {field.name for field in fields(Withdrawal)}


@dataclass(frozen=True)
class Reconciled:
    """What list and catalogue took over from each other: withdrawals applied, lines added to the list."""

    applied: tuple[Withdrawal, ...] = ()
    noted: int = 0


def list_path(folder: Path) -> Path:
    """Where the list of a data folder lies."""
    return folder / WARC_FOLDER / LIST_FILE


def withdraw(
    catalogue: Catalogue, found: Document, *, withdrawal_id: str, now: datetime, reason: str, by: str | None
) -> Withdrawal:
    """Hide a document for good, with all that is the same article: first in the list, then in the catalogue."""
    with catalogue.read() as transaction:
        head = withdrawals.find_head(transaction, found)
        one = withdrawals.describe(transaction, head, withdrawal_id, now, reason, by)
    append_list(list_path(catalogue.folder), [one])
    with catalogue.write() as transaction:
        withdrawals.apply(transaction, one, now)
    return one


def reconcile(catalogue: Catalogue, now: datetime, make_id: Callable[[], str]) -> Reconciled:
    """Apply what the list has and the catalogue lacks, and the other way round. Raises `ArchiveError` for a bad list.

    What was merged with a withdrawn document meanwhile, or met at another address, becomes a line of its own.
    """
    path = list_path(catalogue.folder)
    listed = read_list(path)
    with catalogue.read() as transaction:
        known = withdrawals.list_withdrawals(transaction)
    recorded, written = {one.id for one in known}, {one.id for one in listed}
    applied = tuple(one for one in listed if one.id not in recorded)
    for one in applied:
        with catalogue.write() as transaction:
            withdrawals.apply(transaction, one, now)
    missing = [one for one in known if one.id not in written] + _describe_uncovered(catalogue, now, make_id)
    append_list(path, missing)
    for one in missing:
        with catalogue.write() as transaction:
            withdrawals.apply(transaction, one, now)
    return Reconciled(applied, len(missing))


def _describe_uncovered(catalogue: Catalogue, now: datetime, make_id: Callable[[], str]) -> list[Withdrawal]:
    """Withdrawals of what came to a withdrawn document since, with the reason of the first one."""
    found = []
    with catalogue.read() as transaction:
        for document_id in withdrawals.list_uncovered(transaction):
            head = documents.read_document(transaction, document_id)
            assert head is not None
            first = withdrawals.find_withdrawal(transaction, head)
            reason, by = (first.reason, first.by) if first else (NO_REASON, None)
            found.append(withdrawals.describe(transaction, head, make_id(), now, reason, by))
    return found


def read_list(path: Path) -> list[Withdrawal]:
    """Every withdrawal of a list, in the order in which they were made; none where there is no file."""
    if not path.exists():
        return []
    *lines, last = path.read_bytes().split(b"\n")
    return [_read_line(line, path, number) for number, line in enumerate([*lines, *_keep_whole(last)], 1)]


def append_list(path: Path, added: Sequence[Withdrawal]) -> None:
    """Add lines that the list does not have yet; they are on disk when this returns."""
    if not added:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        _end_last_line(file)
        there = {one.id for one in read_list(path)}
        file.write(b"".join(_write_line(one) for one in added if one.id not in there))
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)


def join_lists(lists: Sequence[Sequence[Withdrawal]]) -> list[Withdrawal]:
    """Every withdrawal of several lists, each once, the oldest first."""
    found = {one.id: one for each in lists for one in each}
    return sorted(found.values(), key=lambda one: (one.at, one.id))


def _keep_whole(last: bytes) -> list[bytes]:
    """What stands behind the last line end: a whole line where only its end was lost, by an editor or a copy."""
    try:
        json.loads(last)
    except ValueError:
        return []
    return [last]


def _end_last_line(file: IO[bytes]) -> None:
    """A line that a power cut left goes, and one without its end gets it: the next must not become part of it."""
    file.seek(0)
    content = file.read()
    last = content.rpartition(b"\n")[2]
    if _keep_whole(last):
        file.write(b"\n")
    else:
        file.truncate(len(content) - len(last))


def _write_line(one: Withdrawal) -> bytes:
    said = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(one).items()}
    return json.dumps(said, ensure_ascii=False).encode() + b"\n"


def _read_line(line: bytes, path: Path, number: int) -> Withdrawal:
    try:
        said: dict[str, Any] = json.loads(line)
        if set(said) != _FIELDS:
            raise ValueError(sorted(set(said) ^ _FIELDS))
        said |= {name: datetime.fromisoformat(said[name]) for name in ("at", "first_seen_at")}
        return Withdrawal(**said | {name: tuple(said[name]) for name in ("documents", "addresses")})
    except (ValueError, TypeError) as error:
        raise ArchiveError(
            f"{path}: line {number}: expected a withdrawal as `vigie withdraw` writes it, found something else. "
            "Nothing was changed. Put the list of the newest backup in its place."
        ) from error
