"""From the bytes of one captured page to an `Extraction`, or to a `Rejection` by name.

Promises: a pure function of the `Page`; the same page gives the same result under one `EXTRACTOR_VERSION`, and a change
of what comes out raises that number by hand (a test over pages of our own holds us to it).
"""

from dataclasses import dataclass, replace

from lxml.html import HtmlElement

from archive.outcomes import Outcome
from archive.records import Extraction, Origin, Page, Rejection
from crawler.extraction.decoding import Decoded, decode_page, sniff_kind
from crawler.extraction.judgement import judge_page
from crawler.extraction.main_text import MainText, find_main_text
from crawler.extraction.metadata import Metadata, read_metadata
from crawler.extraction.page_tree import parse_page
from crawler.extraction.page_walk import PageWalk, walk_page
from crawler.extraction.pdf import PdfError, build_tree, read_pdf
from crawler.extraction.pdf_links import find_pdf_links

EXTRACTOR_VERSION = 1


@dataclass(frozen=True)
class OpenedPage:
    """A web page, decoded and parsed."""

    page: Page
    decoded: Decoded
    root: HtmlElement


def extract(page: Page, *, accelerated: bool = True) -> Extraction | Rejection:
    """What the page says, or why no document is made from it; the same with and without acceleration."""
    opened = open_page(page)
    if opened is None:
        return _extract_pdf(page)
    if isinstance(opened, Rejection):
        return opened
    walked = walk_page(opened.root)
    return read_article(opened, walked, find_main_text(opened.root, walked.blocks, accelerated=accelerated))


def open_page(page: Page) -> OpenedPage | Rejection | None:
    """The tree of a web page, or why there is none; None for a PDF."""
    kind = sniff_kind(page.body)
    if kind == "empty":
        return _reject(Outcome.no_text, "the body is empty")
    if kind == "other":
        return _reject(Outcome.not_html, f"declared as {page.content_type or 'nothing'}")
    if page.truncated:
        return _reject(Outcome.truncated_body, f"{len(page.body)} bytes were stored")
    return None if kind == "pdf" else _open_html(page)


def _open_html(page: Page) -> OpenedPage | Rejection:
    decoded = decode_page(page.body, page.content_type)
    parsed = parse_page(decoded.text)
    if parsed is None:
        return _reject(Outcome.no_text, "no element on the page")
    if parsed.limit_hit is not None:
        return _reject(Outcome.extraction_failed, parsed.limit_hit)
    return OpenedPage(page, decoded, parsed.root)


def read_article(opened: OpenedPage, walked: PageWalk, main: MainText) -> Extraction | Rejection:
    """What the page says beside its main text, or why no document is made from it."""
    page, root = opened.page, opened.root
    metadata = read_metadata(root, page, main.text, main.blocks[0] if main.blocks else None, walked)
    verdict = judge_page(page.url, walked.blocks, main, metadata)
    links = find_pdf_links(root, None if verdict is not None else main.container, page.url)
    if verdict is not None:
        return Rejection(EXTRACTOR_VERSION, *verdict, links_to_pdf=links, claims=metadata.claims)
    return assemble(page, opened.decoded, main.text, metadata, links)


def _extract_pdf(page: Page) -> Extraction | Rejection:
    try:
        pdf = read_pdf(page.body)
    except PdfError as error:
        return _reject(Outcome.extraction_failed, str(error))
    if not pdf.has_text_layer():
        return _reject(Outcome.image_only, f"{pdf.pages} pages")
    metadata = read_metadata(build_tree(pdf), page, pdf.text, pdf.paragraphs[0])
    # the file was read as a page of our own making: what was found there, and in its head, was found in the PDF
    claims = tuple(
        replace(claim, origin="pdf") if claim.origin in ("meta", "page") else claim for claim in metadata.claims
    )
    origin: Origin | None = "pdf" if metadata.published_origin in ("meta", "page") else metadata.published_origin
    metadata = replace(metadata, claims=claims, published_origin=origin, canonical_url=None, also_at=())
    return assemble(page, None, pdf.text, metadata, ())


def assemble(page: Page, decoded: Decoded | None, text: str, metadata: Metadata, links: tuple[str, ...]) -> Extraction:
    """The record that leaves."""
    return Extraction(
        extractor_version=EXTRACTOR_VERSION,
        url=page.url,
        title=metadata.title,
        text=text,
        lead=metadata.lead,
        authors=metadata.authors,
        language=metadata.language,
        section=metadata.section,
        tags=metadata.tags,
        published_at=metadata.published_at,
        published_precision=metadata.published_precision,
        published_origin=metadata.published_origin,
        published_doubt=metadata.published_doubt,
        modified_at=metadata.modified_at,
        canonical_url=metadata.canonical_url,
        also_at=metadata.also_at,
        links_to_pdf=links,
        paywalled=metadata.paywalled,
        replaced_bytes=decoded.replaced_bytes if decoded is not None else 0,
        encoding=decoded.encoding if decoded is not None else None,
        claims=metadata.claims,
    )


def _reject(outcome: Outcome, detail: str) -> Rejection:
    return Rejection(EXTRACTOR_VERSION, outcome, detail)
