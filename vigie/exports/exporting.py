"""One export from the articles chosen to a whole file: what the command line and the page call.

A file is written beside its place and renamed when it is whole. An export of nothing writes nothing and says so.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import BinaryIO, Literal, get_args

from archive.catalogue import Catalogue
from archive.wacz import Label
from config.source import Source
from vigie.exits import CommandError, ExitCode
from vigie.exports import references, review
from vigie.exports.files import replace_file
from vigie.exports.records import write_jsonl
from vigie.exports.redistribution import Article, Rules
from vigie.exports.selection import Selection
from vigie.exports.web_archive import write_web_archive
from vigie.terminal import count_words

Format = Literal["csv", "xlsx", "jsonl", "ris", "bibtex", "csl-json", "review-html", "review-pdf", "wacz"]
FORMATS: tuple[Format, ...] = get_args(Format)
WITH_PASSAGES: tuple[Format, ...] = ("jsonl",)
"""Formats that carry the passage that matched; to find it takes most of the time of an export."""

WITH_TEXT: tuple[Format, ...] = ("csv", "xlsx", "jsonl", "review-html", "review-pdf")
TO_PASS_ON: tuple[Format, ...] = ("review-html", "review-pdf")
PDF_ARTICLES = 2_000  # about 500 pages; all of them are kept in memory until the last is laid out
SHEET_ARTICLES = 1_048_575  # rows of a sheet below its header; the library would leave out what is beyond in silence
_BOUNDS: dict[Format, tuple[str, int, str]] = {
    "review-pdf": ("a review as PDF", PDF_ARTICLES, "review-html"),
    "xlsx": ("a sheet", SHEET_ARTICLES, "csv"),
}
"""What a file of the format is, how many articles it takes, and which format takes more."""

_USAGE = ExitCode.usage
_OWN_USE = "For the own use of whoever made it: it may hold articles that must not be passed on whole."
_PASSED_ON = "Articles of sources that allow the whole text to be passed on."


@dataclass(frozen=True)
class Wanted:
    """How an export is written. `own_use` lifts the rules of redistribution, for the operator alone."""

    format: Format
    with_text: bool = False
    own_use: bool = False
    bom: bool = False

    def check(self) -> None:
        """Refuse what does not go together."""
        if self.with_text and self.format not in WITH_TEXT:
            raise CommandError(
                f"--text: {self.format} carries no text. Formats that do: {', '.join(WITH_TEXT)}.", _USAGE
            )
        if self.own_use and self.format in TO_PASS_ON:
            raise CommandError(
                f"--own-use: a press review is made to be passed on. {self.format} has no such form.", _USAGE
            )
        if self.bom and self.format != "csv":
            raise CommandError(
                f"--bom: expected --format csv, got {self.format}. The others need no such mark.", _USAGE
            )


@dataclass(frozen=True)
class Exported:
    """What was written: articles, bytes, and by source those that could go out only in part or not at all."""

    articles: int
    size_bytes: int
    without_text: Mapping[str, int]
    left_out: Mapping[str, int]


def export_file(
    path: Path, catalogue: Catalogue, sources: Mapping[str, Source], selection: Selection, wanted: Wanted, now: datetime
) -> Exported:
    """Write the selection to a file, whole or not at all. Raises `CommandError` with what is in the way."""
    with replace_file(path) as file:
        return export(file, catalogue, sources, selection, wanted, now)


def export(
    file: BinaryIO,
    catalogue: Catalogue,
    sources: Mapping[str, Source],
    selection: Selection,
    wanted: Wanted,
    now: datetime,
) -> Exported:
    """Write the selection to an open file that can be read and sought in."""
    wanted.check()
    _check_size(selection, wanted)
    rules = Rules(sources, own_use=wanted.own_use, with_text=wanted.with_text)
    _write(file, catalogue, selection, rules, wanted, now)
    left_out = rules.without_page if wanted.format == "wacz" else {}
    written = rules.carried - sum(left_out.values())
    if not written:
        raise CommandError(_explain_nothing(left_out))
    file.flush()
    return Exported(written, file.seek(0, 2), +rules.without_text, left_out)


def _write(
    file: BinaryIO, catalogue: Catalogue, selection: Selection, rules: Rules, wanted: Wanted, now: datetime
) -> None:
    articles = rules.apply(selection.picked)
    match wanted.format:
        case "csv" | "xlsx":
            _write_table(file, articles, wanted, now)
        case "jsonl":
            write_jsonl(file, articles)
        case "ris":
            references.write_ris(file, articles)
        case "bibtex":
            references.write_bibtex(file, articles)
        case "csl-json":
            references.write_csl(file, articles)
        case "review-html" | "review-pdf":
            _write_review(file, articles, wanted, review.write_head(selection.asked, selection.total, now), now)
        case "wacz":
            write_web_archive(file, articles, catalogue, _label(selection, wanted, now))


# the libraries for these formats take some tenths of a second to load: only where they are used


def _write_table(file: BinaryIO, articles: Iterable[Article], wanted: Wanted, now: datetime) -> None:
    from vigie.exports.tables import write_csv, write_xlsx

    if wanted.format == "csv":
        write_csv(file, articles, with_text=wanted.with_text, bom=wanted.bom)
    else:
        write_xlsx(file, articles, with_text=wanted.with_text, made_at=now)


def _write_review(
    file: BinaryIO, articles: Iterable[Article], wanted: Wanted, head: review.Head, now: datetime
) -> None:
    if wanted.format == "review-html":
        from vigie.exports.review_html import write_review_html

        write_review_html(file, articles, head)
    else:
        from vigie.exports.review_pdf import write_review_pdf

        write_review_pdf(file, articles, head, now)


def _check_size(selection: Selection, wanted: Wanted) -> None:
    if not selection.total:
        raise CommandError("No article was found; nothing was written.")
    what, most, instead = _BOUNDS.get(wanted.format, ("", selection.total, ""))
    if selection.total > most:
        raise CommandError(
            f"{selection.total} articles: {what} takes at most {most}. "
            f"Narrow the search, give --limit, or take {instead}.",
            _USAGE,
        )


def _label(selection: Selection, wanted: Wanted, now: datetime) -> Label:
    asked = selection.asked.query if selection.asked else "articles chosen one by one"
    description = _OWN_USE if wanted.own_use else _PASSED_ON
    return Label(f"Vigie: {asked}"[:300], description, f"Vigie/{version('vigie')}", now)


def _explain_nothing(left_out: Mapping[str, int]) -> str:
    if not left_out:
        return "No article was found; nothing was written."
    listed = ", ".join(f"{name} ({count})" for name, count in left_out.items())
    return (
        f"Nothing was written: {count_words(sum(left_out.values()), 'article')} of sources that do not allow whole "
        f"pages to be passed on: {listed}. Set `redistribution: full` where a publisher agreed, or take --own-use."
    )
