"""What people see: sentences and tables without control characters, progress only where somebody looks on.

Everything that was fetched is hostile text (R6 of the hazards): whatever reaches a terminal goes through `plain`.
"""

import contextlib
import json
import sys
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from config.faults import hide_passwords
from indexer.document import ARCHIVE_ZONE

# zero-width characters, line separators, bidirectional overrides and their kin: none of them is text
_HIDDEN_RANGES = (range(0x200B, 0x2010), range(0x2028, 0x202F), range(0x2066, 0x206A), range(0xFEFF, 0xFF00))
_HIDDEN = frozenset(chr(code) for codes in _HIDDEN_RANGES for code in codes)
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def plain(text: str) -> str:
    """The text with control and invisible characters replaced, line ends kept."""
    return "".join(letter if letter == "\n" or _is_shown(letter) else REPLACEMENT for letter in text)


def one_line(text: str) -> str:
    """The text on one line, without control characters."""
    return plain(" ".join(text.split()))


def _is_shown(letter: str) -> bool:
    return letter not in _HIDDEN and unicodedata.category(letter) not in ("Cc", "Cs")


def say(text: str = "") -> None:
    """One sentence or line for people, on standard output."""
    print(plain(text))


def complain(text: str) -> None:
    """One sentence on standard error, without a password that stands in an address."""
    print(plain(hide_passwords(text)), file=sys.stderr)


def print_json(value: Any) -> None:
    """One JSON document, readable and in UTF-8; instants are written in RFC 3339."""
    print(render_json(value, indent=2))


def render_json(value: Any, indent: int | None = None) -> str:
    """The same document as text: what `--json` prints and what the API answers."""
    return json.dumps(value, ensure_ascii=False, indent=indent, default=_as_json)


def print_json_line(value: Any) -> None:
    """One JSON document on one line."""
    print(json.dumps(value, ensure_ascii=False, default=_as_json))


def print_rows(rows: Sequence[Sequence[str]], indent: str = "") -> None:
    """Columns as wide as their widest cell; the last one as it comes."""
    if not rows:
        return
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    for row in rows:
        cells = [one_line(cell).ljust(width) for cell, width in zip(row, widths, strict=True)]
        say(indent + "  ".join(cells).rstrip())


def show_instant(instant: datetime | None, zone: str) -> str:
    """An instant as people of the archive's zone read it, to the minute."""
    return "never" if instant is None else f"{instant.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def show_day(instant: datetime, precision: str) -> str:
    """A date of the archive as precise as it is known."""
    local = instant.astimezone(ARCHIVE_ZONE)
    forms = {"year": "%Y", "month": "%Y-%m", "day": "%Y-%m-%d"}
    return local.strftime(forms.get(precision, "%Y-%m-%d %H:%M"))


def show_bytes(count: float) -> str:
    """A number of bytes in the largest unit that leaves a number of at least one."""
    for unit in ("B", "KiB", "MiB", "GiB"):
        if count < 1024:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1024
    return f"{count:.1f} TiB"


def count_words(count: int, word: str, plural: str | None = None) -> str:
    """The count before the word in singular or plural: 1 page, 3 pages."""
    return f"{count} {word if count == 1 else plural or word + 's'}"


def make_robust(stream: TextIO) -> None:
    """Characters that the terminal's encoding lacks are replaced instead of ending the command."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="replace")


Advance = Callable[[int, int | None], None]


@contextlib.contextmanager
def show_progress(what: str) -> Iterator[Advance]:
    """A bar on standard error where that is a terminal; nothing otherwise. The block is given `advance(done, of)`."""
    if not sys.stderr.isatty():
        yield lambda done, of: None
        return
    texts = TextColumn("{task.description}")
    columns = (SpinnerColumn(), texts, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        yield lambda done, of: progress.update(task, completed=done, total=of)


def _as_json(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, set | frozenset | tuple):
        return list(value)
    return str(value)
