"""The PDF files that an article links to: for a union the tract itself, the page being its cover.

Promises: absolute http(s) addresses in the order of the page, each once; menus and feet of pages are not looked at.
"""

import re
from urllib.parse import urljoin, urlsplit

from lxml.html import HtmlElement

MAX_LINKS = 50  # an article with more is an archive page; the rest can be found by its listing
# The address says it, or the link's own type, or a download address of the usual shape.
_PDF_ADDRESS = re.compile(r"\.pdf(?:$|[?#;/])|[?&;=/]format=pdf\b|[?&]type=pdf\b", re.IGNORECASE)
_OUTSIDE = ("nav", "footer", "aside", "header")


def find_pdf_links(root: HtmlElement, container: HtmlElement | None, url: str) -> tuple[str, ...]:
    """The addresses of PDF files in the article around `container`, or on the whole page where that is None."""
    base = _read_base(root, url)
    scope = root if container is None else _find_article(container)
    found: dict[str, None] = {}
    for element in scope.iter("a", "iframe", "embed", "object"):
        address = element.get("href") or element.get("src") or element.get("data")
        if not address or not _is_pdf(element, address) or _is_outside(element, scope):
            continue
        absolute = _resolve(base, address)
        if absolute is not None:
            found.setdefault(absolute)
        if len(found) == MAX_LINKS:
            break
    return tuple(found)


def _is_pdf(element: HtmlElement, address: str) -> bool:
    return element.get("type", "").lower() == "application/pdf" or _PDF_ADDRESS.search(address) is not None


def _find_article(container: HtmlElement) -> HtmlElement:
    """The element that holds the text and what is attached to it: files are often listed below the text."""
    around: HtmlElement
    for around in (container, *container.iterancestors()):
        if around.tag in ("article", "main") or around.get("role") in ("main", "article"):
            return around
    parent: HtmlElement | None = container.getparent()
    return container if parent is None else parent


def _is_outside(element: HtmlElement, scope: HtmlElement) -> bool:
    for around in element.iterancestors():
        if around is scope:
            return False
        if around.tag in _OUTSIDE:
            return True
    return False


def _read_base(root: HtmlElement, url: str) -> str:
    """The address that relative links of the page start from."""
    base = next((element.get("href") for element in root.iter("base") if element.get("href")), None)
    return (_resolve(url, base) or url) if base else url


def _resolve(base: str, address: str) -> str | None:
    try:
        absolute = urljoin(base, address.strip())
        parts = urlsplit(absolute)
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        return None
    return absolute.partition("#")[0]
