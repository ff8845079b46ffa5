"""The text of a PDF: a union's tract, a press release, a report.

Promises: lines become paragraphs again and words divided at line ends are joined; running heads, feet and page numbers
are left out; nothing is recognised from pictures: a file without a text layer is named as such.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw
from lxml.html import HtmlElement

from crawler.extraction.clean_text import clean_line
from crawler.extraction.page_tree import build_page
from crawler.extraction.pdf_lines import join_lines

MAX_PAGES = 500  # a tract has 2 pages, an activity report 200; beyond, it is a book or a scan of an archive
MIN_LETTERS = 40  # a scan carries at most a stamp of the copier
RUNNING_PAGES = 3  # a line at the edge of so many pages is a running head or foot
# What word processors and scanners write into the title when nobody wrote one.
_NO_TITLE = re.compile(
    r"^(?:microsoft (?:word|powerpoint|excel)|présentation powerpoint|powerpoint presentation|sans[ -]titre|untitled"
    r"|document\d*|diapositive|slide|page|mise en page|layout|scan|img|numérisation|print|impression)\b"
    r"|\.(?:docx?|pdf|odt|indd|pptx?|pub|ai|qxd|rtf)$"
    r"|^[\w-]*\d{4,}[\w-]*$",
    re.IGNORECASE,
)
# The binding is made when the library is built, out of the sight of a type checker.
_read_size = getattr(pypdfium2.raw, "FPDFText_GetFontSize")  # noqa: B009
_PAGE_NUMBER = re.compile(r"^\W*(?:page\s*)?\d{1,3}(?:\s*(?:/|sur|of)\s*\d{1,3})?\W*$", re.IGNORECASE)
_PDF_DATE = re.compile(r"^(?:D:)?(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?(?:(Z)|([+-])(\d\d)'?(\d\d)?)?")


@dataclass(frozen=True)
class PdfText:
    """What a PDF says: its paragraphs, the title it gives itself or shows, its dates as ISO 8601 text."""

    paragraphs: tuple[str, ...]
    pages: int
    title: str | None = None
    shown_title: str | None = None
    created: str | None = None
    modified: str | None = None

    @property
    def text(self) -> str:
        """The paragraphs, one a line."""
        return "\n".join(self.paragraphs)

    def has_text_layer(self) -> bool:
        """False for a scan."""
        return sum(char.isalpha() for char in self.text) >= MIN_LETTERS


@dataclass(frozen=True)
class _Line:
    text: str
    size: float = 0.0


class PdfError(Exception):
    """The file cannot be read; the message says why in a few words."""


def read_pdf(body: bytes) -> PdfText:
    """Text, title and dates; raises `PdfError` for a file that is broken or locked."""
    try:
        document = pypdfium2.PdfDocument(body)
    except pypdfium2.PdfiumError as error:
        raise PdfError("the PDF wants a password" if "assword" in str(error) else "the PDF is broken") from error
    try:
        pages = [_read_lines(document[number]) for number in range(min(len(document), MAX_PAGES))]
        given = document.get_metadata_dict()
        count = len(document)
    except pypdfium2.PdfiumError as error:
        raise PdfError("a page of the PDF is broken") from error
    finally:
        document.close()
    kept = _drop_running_lines(pages)
    return PdfText(
        paragraphs=tuple(clean_line(paragraph) for paragraph in join_lines([line.text for line in kept])),
        pages=count,
        title=_sane_title(given.get("Title", "")),
        shown_title=_find_shown_title(pages),
        # the hour at which a file was made is not the hour at which it was published; the day mostly is
        created=(_read_date(given.get("CreationDate", "")) or "")[:10] or None,
        modified=_read_date(given.get("ModDate", "")),
    )


def build_tree(pdf: PdfText) -> HtmlElement:
    """The PDF as a page, so that titles and dates are read from it by the rules that hold for pages."""
    metas = {"datecreated": pdf.created, "datemodified": pdf.modified}
    return build_page(pdf.title or pdf.shown_title or "", metas, pdf.paragraphs)


def _read_lines(page: pypdfium2.PdfPage) -> list[_Line]:
    textpage = page.get_textpage()
    try:
        text = textpage.get_text_range()
        sizes = _line_sizes(textpage, text)
    finally:
        textpage.close()
        page.close()
    return [_Line(line, size) for line, size in zip(_split(text), sizes, strict=True) if line.strip()]


def _split(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _line_sizes(textpage: pypdfium2.PdfTextPage, text: str) -> list[float]:
    """The font size in the middle of each line; positions count as the library does, a line end being two."""
    sizes: list[float] = []
    position = 0
    for line in text.split("\r\n"):
        size = _read_size(textpage.raw, position + len(line) // 2) if line else 0.0
        sizes += [size] * len(_split(line))
        position += len(line) + 2
    return sizes


def _drop_running_lines(pages: Sequence[Sequence[_Line]]) -> list[_Line]:
    """All lines but page numbers and what stands at the top or bottom of several pages."""
    edges = Counter(key for lines in pages for key in {_edge_key(line) for line in (*lines[:2], *lines[-2:])})
    running = {key for key, count in edges.items() if count >= RUNNING_PAGES}
    kept = []
    for lines in pages:
        for index, line in enumerate(lines):
            is_edge = index < 2 or index >= len(lines) - 2
            if is_edge and (_edge_key(line) in running or _PAGE_NUMBER.match(line.text)):
                continue
            kept.append(line)
    return kept


def _edge_key(line: _Line) -> str:
    return re.sub(r"\d+", "#", line.text.strip().casefold())


def _sane_title(text: str) -> str | None:
    title = clean_line(text)
    if sum(char.isalpha() for char in title) < 4 or len(title) > 300 or _NO_TITLE.search(title):
        return None
    return title


def _find_shown_title(pages: Sequence[Sequence[_Line]]) -> str | None:
    """The lines in the largest letters of the first page that make three words; else its first such line."""
    lines = [line for line in (pages[0] if pages else ()) if not _PAGE_NUMBER.match(line.text)]
    for size in sorted({round(line.size) for line in lines}, reverse=True):
        run = _first_run(lines, size)
        title = clean_line(" ".join(run))
        if len(title.split()) >= 3 and len(title) <= 200:
            return title
    return None


def _first_run(lines: Sequence[_Line], size: int) -> list[str]:
    """The first lines of that size that follow one another."""
    run: list[str] = []
    for line in lines:
        if round(line.size) == size:
            run.append(line.text)
        elif run:
            break
    return run


def _read_date(text: str) -> str | None:
    """`D:20250108103000+01'00'` as `2025-01-08T10:30:00+01:00`."""
    match = _PDF_DATE.match(text.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second, utc, sign, zone_hours, zone_minutes = match.groups()
    date = f"{year}-{month}-{day}"
    if hour is None:
        return date
    zone = "Z" if utc else f"{sign}{zone_hours}:{zone_minutes or '00'}" if sign else ""
    return f"{date}T{hour}:{minute}:{second or '00'}{zone}"
