"""Articles as references for programs that manage them: RIS, BibTeX and CSL-JSON.

The three say the same: type, title, authors as the page names them, where it appeared, when (left out where the page
gives no date), when it was captured, address, extract, and in a note the document, version and capture by which the
archive can prove it. Names are written whole: to split them into first and last name would be a guess.
"""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO
from urllib.parse import quote

from indexer.document import IndexEntry
from vigie.exports.redistribution import Article
from vigie.exports.wording import PlainDate, plain_date, published_on, tidy

PRESS = ("regional_press", "local_press")
_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "%": r"\%", "&": r"\&", "#": r"\#", "$": r"\$", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip
_LATEX_SIGNS = re.compile("[" + re.escape("".join(_LATEX)) + "]")


def write_ris(file: BinaryIO, articles: Iterable[Article]) -> None:
    """One record an article, lines ending with carriage return and line feed as the format asks."""
    for article in articles:
        lines = [f"{tag}  - {value}\r\n" for tag, value in _list_ris_fields(article) if value]
        file.write("".join([*lines, "ER  - \r\n\r\n"]).encode())


def write_bibtex(file: BinaryIO, articles: Iterable[Article]) -> None:
    """One entry an article, in UTF-8; what LaTeX would take for a command is escaped."""
    for article in articles:
        kind = "article" if article.entry.kind in PRESS else "misc"
        fields = [f",\n  {name} = {{{value}}}" for name, value in _list_bibtex_fields(article) if value]
        file.write("".join([f"@{kind}{{{make_key(article.entry)}", *fields, "\n}\n\n"]).encode())


def write_csl(file: BinaryIO, articles: Iterable[Article]) -> None:
    """One array with one item an article."""
    before = "[\n"
    for article in articles:
        file.write(f"{before}{json.dumps(_describe(article), ensure_ascii=False)}".encode())
        before = ",\n"
    file.write(b"\n]\n" if before == ",\n" else b"[]\n")


def make_key(entry: IndexEntry) -> str:
    """A key that no other article has and that stays the same in every export: source, year, document."""
    date = published_on(entry)
    version = "" if entry.current else f"-v{entry.version}"
    return f"{entry.source}{date.year if date else ''}-{entry.document}{version}"


def _list_ris_fields(article: Article) -> Iterator[tuple[str, str]]:
    entry = article.entry
    date, captured = published_on(entry), plain_date(article.captured_at, "day")
    yield "TY", "NEWS" if entry.kind in PRESS else "ELEC"
    yield "ID", make_key(entry)
    yield "TI", tidy(entry.title)
    yield from (("AU", tidy(author)) for author in entry.authors)
    yield "T2", tidy(entry.source_name)
    yield "PB", tidy(entry.source_name) if entry.kind not in PRESS else ""
    yield "PY", str(date.year) if date else ""
    yield "DA", _ris_date(date) if date else ""
    yield "Y2", _ris_date(captured)
    yield "UR", entry.url
    yield "AB", tidy(article.extract)
    yield from (("KW", tidy(tag)) for tag in entry.tags)
    yield "LA", entry.lang or ""
    yield "N1", _note(entry)


def _list_bibtex_fields(article: Article) -> Iterator[tuple[str, str]]:
    entry = article.entry
    date = published_on(entry)
    yield "title", f"{{{_latex(entry.title)}}}"  # twice in braces: styles would lower the capitals of names
    yield "author", " and ".join(f"{{{_latex(author)}}}" for author in entry.authors)
    yield ("journal" if entry.kind in PRESS else "publisher"), _latex(entry.source_name)
    yield "year", str(date.year) if date else ""
    yield "month", str(date.month) if date and date.month else ""
    yield "date", _iso_date(date) if date else ""
    yield "url", quote(entry.url, safe="/:?#[]@!$&'()*+,;=%~._-")
    yield "urldate", _iso_date(plain_date(article.captured_at, "day"))
    yield "language", entry.lang or ""
    yield "keywords", ", ".join(map(_latex, entry.tags))
    yield "abstract", _latex(article.extract)
    yield "note", _latex(_note(entry))


def _describe(article: Article) -> dict[str, Any]:
    entry = article.entry
    date = published_on(entry)
    item: dict[str, Any] = {
        "id": make_key(entry),
        "type": "article-newspaper" if entry.kind in PRESS else "webpage",
        "title": tidy(entry.title),
        "author": [{"literal": tidy(author)} for author in entry.authors],
        "container-title": tidy(entry.source_name),
        "publisher": tidy(entry.source_name) if entry.kind not in PRESS else "",
        "issued": _csl_date(date) if date else None,
        "accessed": _csl_date(plain_date(article.captured_at, "day")),
        "URL": entry.url,
        "language": entry.lang,
        "keyword": ", ".join(map(tidy, entry.tags)),
        "abstract": tidy(article.extract),
        "note": _note(entry),
    }
    return {name: value for name, value in item.items() if value}


def _note(entry: IndexEntry) -> str:
    """By what the archive finds it again, and what became of it at the publisher's."""
    removed = "Removed by the publisher. " if entry.state == "removed" else ""
    past = "" if entry.current else "An earlier version. "
    proof = f"Archived by Vigie: document {entry.document}, version {entry.version}, capture {entry.capture}"
    return f"{removed}{past}{proof}, content SHA-256 {entry.content_hash}"


def _latex(text: str | None) -> str:
    return _LATEX_SIGNS.sub(lambda sign: _LATEX[sign.group()], tidy(text))


def _ris_date(date: PlainDate) -> str:
    """`2026/03/14/`: the parts that are not known stay empty."""
    return f"{date.year}/{_two(date.month)}/{_two(date.day)}/"


def _iso_date(date: PlainDate) -> str:
    return "-".join(f"{part:02}" for part in date.parts)


def _csl_date(date: PlainDate) -> dict[str, Any]:
    return {"date-parts": [list(date.parts)]}


def _two(part: int | None) -> str:
    return "" if part is None else f"{part:02}"
