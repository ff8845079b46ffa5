"""Documents made to keep a parser busy or to fill its memory, at `/heavy/NAME`; each fits into a page's limit of size.

attributes   one tag with 160,000 attributes, each compared with all others
paragraphs   a quarter of a million paragraphs of one letter
ampersands   three million of `&`
elements     15 MiB of elements of one letter
depth        300,000 levels
text         an article with a paragraph of 12 MB
feed         a feed of two million items
"""

from collections.abc import Callable
from functools import lru_cache

from tests.site.messages import HTML, Request, Response
from tests.site.trouble.articles import article_html

RSS = "application/rss+xml"
LONG_WORD, LONG_COUNT = "mot ", 3_000_000


def answer(request: Request, base: str) -> Response | None:
    """The document of that name."""
    name = request.path.removeprefix("/heavy/")
    if not request.path.startswith("/heavy/") or name not in NAMES:
        return None
    return Response(make_heavy(name), RSS if name == "feed" else HTML)


@lru_cache(maxsize=16)
def make_heavy(name: str) -> bytes:
    """Its bytes."""
    return _MAKERS[name]().encode()


def _fill(unit: str, size: int, opening: str = "", closing: str = "") -> str:
    return f"<html><body>{opening}{unit * (size // len(unit))}{closing}</body></html>"


def _article_with(part: str) -> str:
    return article_html("/heavy").replace("</article>", f"{part}</article>")


def _tag() -> str:
    attributes = " ".join(f"a{number}='1'" for number in range(160_000))
    return _article_with(f"<div {attributes}>x</div>")


_MAKERS: dict[str, Callable[[], str]] = {
    "attributes": _tag,
    "paragraphs": lambda: _fill("<p>a</p>", 2_000_000),
    "ampersands": lambda: _fill("&", 3_000_000, "<p>", "</p>"),
    "elements": lambda: _fill("<i>a</i>", 15 * 2**20, "<main>", "</main>"),
    "depth": lambda: _fill("<div>", 1_500_000),
    "text": lambda: _article_with(f"<p>{LONG_WORD * LONG_COUNT}</p>"),
    "feed": lambda: f'<rss version="2.0"><channel>{"<item/>" * 2_000_000}</channel></rss>',
}
NAMES = tuple(_MAKERS)
