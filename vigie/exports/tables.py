"""Articles as a table: CSV (RFC 4180) for programs and spreadsheets, XLSX with real dates and links.

A title that begins with `=` or `+` is text and stays text: cells of a CSV that a spreadsheet would run are put behind
an apostrophe, cells of an XLSX are written as strings.
"""

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, BinaryIO

import xlsxwriter
from xlsxwriter.exceptions import FileCreateError

from indexer.alerts.wording import safe_link
from indexer.document import ARCHIVE_ZONE
from vigie.exports.redistribution import Article
from vigie.exports.wording import tidy, tidy_text

Columns = Mapping[str, Callable[[Article], Any]]

COLUMNS: Columns = {
    "title": lambda one: tidy(one.entry.title),
    "source_name": lambda one: tidy(one.entry.source_name),
    "date": lambda one: one.entry.date,
    "date_precision": lambda one: one.entry.date_precision,
    "date_origin": lambda one: one.entry.date_origin,
    "authors": lambda one: "; ".join(map(tidy, one.entry.authors)),
    "extract": lambda one: tidy(one.extract),
    "url": lambda one: one.entry.url,
    "section": lambda one: tidy(one.entry.section),
    "tags": lambda one: "; ".join(map(tidy, one.entry.tags)),
    "source": lambda one: one.entry.source,
    "kind": lambda one: one.entry.kind,
    "regions": lambda one: "; ".join(one.entry.regions),
    "departements": lambda one: "; ".join(one.entry.departements),
    "lang": lambda one: one.entry.lang or "",
    "published_at": lambda one: one.entry.published_at,
    "modified_at": lambda one: one.entry.modified_at,
    "first_seen_at": lambda one: one.entry.first_seen_at,
    "captured_at": lambda one: one.captured_at,
    "state": lambda one: one.entry.state,
    "edited": lambda one: one.entry.edited,
    "current": lambda one: one.entry.current,
    "paywalled": lambda one: one.entry.paywalled,
    "document": lambda one: one.entry.document,
    "version": lambda one: one.entry.version,
    "capture": lambda one: one.entry.capture,
    "content_hash": lambda one: one.entry.content_hash,
    "text": lambda one: tidy_text(one.text or ""),
}
"""Every column with how its value is found; named as in `vigie search --json`. `text` stands last and may be empty."""

RUNNABLE = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
CELL_CHARS = 32_767  # what a cell of an XLSX holds; the programs refuse files with more
LINKS = 65_530  # links a sheet may have; the articles after them have their address as text
LINK_CHARS = 2_079
FIRST_YEAR = 1900  # spreadsheets know no earlier date; those are written as text
_WIDTHS = {"title": 60, "source_name": 24, "date": 17, "authors": 24, "extract": 80, "url": 40, "text": 80}
_OPTIONS = {
    "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
}  # fmt: skip
_PRECISE_CHARS = {"year": 4, "month": 7, "day": 10}
_DATE_FORMS = {"year": "yyyy", "month": "yyyy-mm", "day": "yyyy-mm-dd", "second": "yyyy-mm-dd hh:mm"}


def write_csv(file: BinaryIO, articles: Iterable[Article], *, with_text: bool, bom: bool) -> None:
    """Header and one row an article, in UTF-8; `bom` for programs that take anything else for Latin-1."""
    text = io.TextIOWrapper(file, "utf-8-sig" if bom else "utf-8", newline="", write_through=True)
    writer = csv.writer(text, lineterminator="\r\n")
    columns = _columns(with_text)
    writer.writerow(columns)
    for article in articles:
        writer.writerow([_csv_cell(value, precision) for _, value, precision in _list_cells(article, columns)])
    text.detach()


def write_xlsx(file: BinaryIO, articles: Iterable[Article], *, with_text: bool, made_at: datetime) -> None:
    """One sheet, row by row: nothing but the current row is kept in memory."""
    with tempfile.TemporaryDirectory() as folder:
        workbook = xlsxwriter.Workbook(file, _OPTIONS | {"tmpdir": folder})
        workbook.set_properties({"title": "Vigie", "created": _naive(made_at)})
        sheet = _Sheet(workbook, _columns(with_text))
        try:
            for article in articles:
                sheet.write(article)
            sheet.finish()
            workbook.close()
        except FileCreateError as error:  # the library's wrapping of what the system said
            raise OSError(*error.args[0].args) from error
        finally:
            sheet.let_go()


def _columns(with_text: bool) -> Columns:
    return {name: column for name, column in COLUMNS.items() if with_text or name != "text"}


def _list_cells(article: Article, columns: Columns) -> Iterator[tuple[str, Any, str]]:
    """Name and value of each cell of a row, with the precision to which a date is known."""
    for name, column in columns.items():
        yield name, column(article), article.entry.date_precision if name == "date" else "second"


def _csv_cell(value: Any, precision: str) -> str:
    if isinstance(value, datetime):
        local = value.astimezone(ARCHIVE_ZONE).isoformat(timespec="seconds")
        return local[: _PRECISE_CHARS.get(precision)]
    if isinstance(value, bool):
        return str(value).lower()
    written = "" if value is None else str(value)
    return f"'{written}" if written.startswith(RUNNABLE) else written


class _Sheet:
    """The one sheet of a workbook."""

    def __init__(self, workbook: Any, columns: Columns) -> None:
        self._row = 0
        self._links = 0
        self._columns = columns
        self._sheet = workbook.add_worksheet("Articles")
        self._forms = {name: workbook.add_format({"num_format": form}) for name, form in _DATE_FORMS.items()}
        bold = workbook.add_format({"bold": True})
        self._sheet.freeze_panes(1, 1)
        for place, name in enumerate(columns):
            self._sheet.set_column(place, place, _WIDTHS.get(name, 14))
        for place, name in enumerate(columns):
            self._sheet.write_string(0, place, name, bold)

    def write(self, article: Article) -> None:
        """The next row."""
        self._row += 1
        for place, (name, value, precision) in enumerate(_list_cells(article, self._columns)):
            self._write_cell(place, name, value, precision)

    def finish(self) -> None:
        """Let people filter by column."""
        self._sheet.autofilter(0, 0, max(self._row, 1), len(self._columns) - 1)

    def let_go(self) -> None:
        """Close the temporary file of rows, which the library leaves open where something fails."""
        self._sheet.row_data_fh.close()

    def _write_cell(self, place: int, name: str, value: Any, precision: str) -> None:
        if isinstance(value, datetime):
            self._write_date(place, value, precision)
        elif isinstance(value, bool):
            self._sheet.write_boolean(self._row, place, value)
        elif isinstance(value, int):
            self._sheet.write_number(self._row, place, value)
        elif name == "url" and self._may_link(value):
            self._links += 1
            self._sheet.write_url(self._row, place, value)
        elif value:
            self._sheet.write_string(self._row, place, value[:CELL_CHARS])

    def _may_link(self, url: str) -> bool:
        return self._links < LINKS and len(url) <= LINK_CHARS and safe_link(url) is not None

    def _write_date(self, place: int, value: datetime, precision: str) -> None:
        form = self._forms.get(precision, self._forms["second"])
        if value.year > FIRST_YEAR:
            self._sheet.write_datetime(self._row, place, _naive(value), form)
        else:
            self._sheet.write_string(self._row, place, value.isoformat())


def _naive(instant: datetime) -> datetime:
    """The instant as the archive's clock shows it; spreadsheets know no zones."""
    return instant.astimezone(ARCHIVE_ZONE).replace(tzinfo=None, microsecond=0)
