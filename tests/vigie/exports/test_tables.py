"""Tables as the programs of others read them."""

import contextlib
import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl.reader.excel import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from archive.catalogue import create_catalogue
from tests.vigie.exports.articles import HOSTILE, NOW, make_article, make_entry
from vigie.exits import CommandError
from vigie.exports import tables
from vigie.exports.exporting import SHEET_ARTICLES, Wanted, export
from vigie.exports.selection import Selection
from vigie.exports.tables import COLUMNS, RUNNABLE, write_csv, write_xlsx


def read_csv(data: bytes, encoding: str = "utf-8") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode(encoding), newline="")))


def make_csv(*, bom: bool = False, with_text: bool = False) -> bytes:
    file = io.BytesIO()
    articles = [make_article(rule="full", with_text=with_text), make_article(HOSTILE, "full", with_text=with_text)]
    write_csv(file, articles, with_text=with_text, bom=bom)
    return file.getvalue()


def test_a_csv_has_a_header_and_one_row_an_article() -> None:
    first, _ = read_csv(make_csv())

    assert list(first) == [name for name in COLUMNS if name != "text"]
    assert first["title"] == "Grève à Roquefeuil : « Nous n’en pouvons plus »"
    assert first["authors"] == "Jeanne Exemple; Rédaction de Nantes"
    assert (first["edited"], first["current"], first["version"]) == ("false", "true", "1")


def test_dates_of_a_csv_are_local_and_as_precise_as_they_are_known() -> None:
    first, other = read_csv(make_csv())

    assert first["date"] == "2026-03-12"
    assert first["first_seen_at"] == "2026-03-13T07:30:00+01:00"
    assert first["modified_at"] == ""
    assert other["date"] == "2026-03-13T07:30:00+01:00"


def test_rows_end_as_rfc_4180_asks_and_text_keeps_its_paragraphs() -> None:
    data = make_csv(with_text=True)

    first, _ = read_csv(data)
    assert data.count(b"\r\n") == 3
    assert first["text"].count("\n") == 1


def test_a_csv_begins_with_a_mark_only_where_it_is_asked_for() -> None:
    assert make_csv(bom=True).startswith(b"\xef\xbb\xbftitle,")
    assert make_csv().startswith(b"title,")


def test_no_cell_of_a_csv_can_run() -> None:
    for row in read_csv(make_csv(with_text=True)):
        assert [value for value in row.values() if value.startswith(RUNNABLE)] == []
    hostile = read_csv(make_csv())[1]
    assert hostile["title"].startswith("'=HYPERLINK(")
    assert hostile["authors"].startswith("'+33")
    assert not any(sign in hostile["title"] for sign in "\x00\u202e")


def make_sheet(path: Path) -> Worksheet:
    with path.open("x+b") as file:
        articles = [
            make_article(rule="full", with_text=True),
            make_article(HOSTILE, "full", with_text=True),
            make_article(make_entry(date=datetime(1789, 7, 14, tzinfo=UTC), text="x" * 40_000), "full", with_text=True),
        ]
        write_xlsx(file, articles, with_text=True, made_at=NOW)
    sheet: Worksheet = load_workbook(path)["Articles"]
    return sheet


def test_an_xlsx_has_dates_numbers_and_links(tmp_path: Path) -> None:
    sheet = make_sheet(tmp_path / "a.xlsx")
    place = {cell.value: cell.column for cell in sheet[1]}

    date, url = sheet.cell(2, place["date"]), sheet.cell(2, place["url"])
    assert (date.value, date.number_format) == (datetime(2026, 3, 12), "yyyy-mm-dd")
    assert sheet.cell(2, place["first_seen_at"]).value == datetime(2026, 3, 13, 7, 30)
    assert sheet.cell(2, place["capture"]).value == 3
    assert sheet.cell(2, place["paywalled"]).value is False
    assert url.hyperlink is not None and url.hyperlink.target == make_entry().url


def test_no_cell_of_an_xlsx_is_a_formula_or_a_link_that_runs(tmp_path: Path) -> None:
    sheet = make_sheet(tmp_path / "a.xlsx")
    place = {cell.value: cell.column for cell in sheet[1]}

    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "d", "b"}
    assert sheet.cell(3, place["title"]).value.startswith("=HYPERLINK(")
    assert sheet.cell(3, place["url"]).hyperlink is None


def test_what_a_spreadsheet_cannot_hold_is_cut_or_written_as_text(tmp_path: Path) -> None:
    sheet = make_sheet(tmp_path / "a.xlsx")
    place = {cell.value: cell.column for cell in sheet[1]}

    assert sheet.cell(4, place["date"]).value.startswith("1789-07-14")
    assert len(sheet.cell(4, place["text"]).value) == tables.CELL_CHARS


def test_links_past_the_limit_of_a_sheet_are_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "LINKS", 1)
    path = tmp_path / "a.xlsx"
    with path.open("x+b") as file:
        write_xlsx(file, [make_article(), make_article()], with_text=False, made_at=NOW)

    sheet = load_workbook(path)["Articles"]
    links = [sheet.cell(row, 8).hyperlink for row in (2, 3)]
    assert links[0] is not None and links[1] is None
    assert sheet.cell(3, 8).value == make_entry().url


def test_more_articles_than_a_sheet_has_rows_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    file = io.BytesIO()
    selection = Selection(iter(()), SHEET_ARTICLES + 1, None)

    with (
        contextlib.closing(create_catalogue(tmp_path / "data")) as catalogue,
        pytest.raises(CommandError, match=r"a sheet takes at most 1048575. .* or take csv"),
    ):
        export(file, catalogue, {}, selection, Wanted("xlsx"), NOW)

    assert file.getvalue() == b""
