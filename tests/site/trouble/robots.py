"""Fourteen hosts, each with its own robots.txt: what it says, and what a polite crawler does with it (RFC 9309).

Each has a feed at `/feed.xml` that lists `/ouvert/article` and `/ferme/article`.
"""

from dataclasses import dataclass

from tests.site.messages import ByteSink, RawAnswer, Request, Response, page
from tests.site.trouble.articles import make_article
from tests.site.trouble.bodies import FOREVER
from tests.site.trouble.entry_points import make_feed

OPEN, CLOSED = "/ouvert/article", "/ferme/article"
RULES = "User-agent: *\nDisallow: /ferme/\n"
HEAD_OF_LARGE = 512 * 1024  # RFC 9309 lets a crawler stop reading after 500 KiB; ours stops at 512


@dataclass(frozen=True)
class RobotsCase:
    """One host: its address, its kind of robots.txt, and which paths a crawler may fetch (None: closed for the run)."""

    address: str
    name: str
    allowed: tuple[str, ...] | None


CASES = (
    RobotsCase("127.0.0.20", "status-500", None),
    RobotsCase("127.0.0.21", "hang", None),
    RobotsCase("127.0.0.22", "two-mebibytes", (OPEN,)),
    RobotsCase("127.0.0.23", "html", (OPEN, CLOSED)),
    RobotsCase("127.0.0.24", "utf-16", (OPEN,)),
    RobotsCase("127.0.0.25", "status-403", (OPEN, CLOSED)),
    RobotsCase("127.0.0.26", "status-503", None),
    RobotsCase("127.0.0.27", "redirect", (OPEN,)),
    RobotsCase("127.0.0.28", "named-ban", ()),
    RobotsCase("127.0.0.29", "reset", None),
    RobotsCase("127.0.0.30", "status-404", (OPEN, CLOSED)),
    RobotsCase("127.0.0.31", "byte-order-mark", (OPEN,)),
    RobotsCase("127.0.0.32", "other-host", (OPEN,)),
    RobotsCase("127.0.0.33", "private-host", None),
)
NAMES = {case.address: case.name for case in CASES}


def answer(request: Request, base: str) -> Response | RawAnswer:
    """robots.txt of the host, its feed, or one of its two articles."""
    if request.path == "/robots.txt":
        return _robots(NAMES[request.address], base)
    if request.path == "/regles/robots.txt":
        return Response(RULES.encode(), "text/plain")
    if request.path == "/feed.xml":
        return Response(make_feed([base + OPEN, base + CLOSED]), "application/rss+xml")
    if request.path in (OPEN, CLOSED):
        return make_article(f"{request.address}{request.path}")
    return page("<h1>Page introuvable</h1>", status=404)


def _robots(name: str, base: str) -> Response | RawAnswer:
    if name in ("hang", "reset"):
        return RawAnswer(0, _hang if name == "hang" else _reset)
    closed = b"User-agent: *\nDisallow: /\n"
    filling = b"# rien\n" * (2**21 // 7)
    answers = {
        "status-500": lambda: Response(closed, "text/plain", 500),
        "two-mebibytes": lambda: Response(RULES.encode() + filling + closed, "text/plain"),
        "html": lambda: page("<!DOCTYPE html><html><body><h1>Accueil</h1></body></html>"),
        "utf-16": lambda: Response(RULES.encode("utf-16"), "text/plain"),
        "status-403": lambda: Response(closed, "text/plain", 403),
        "status-503": lambda: Response(closed, "text/plain", 503, (("Retry-After", "120"),)),
        "redirect": lambda: _to("/regles/robots.txt"),
        "status-404": lambda: Response(closed, "text/plain", 404),
        "byte-order-mark": lambda: Response(b"\xef\xbb\xbf" + RULES.encode(), "text/plain"),
        "other-host": lambda: _to(f"http://127.0.0.27:{base.rpartition(':')[2]}/regles/robots.txt"),
        "private-host": lambda: _to(f"http://127.0.0.1:{base.rpartition(':')[2]}/robots.txt"),
        "named-ban": lambda: Response(b"User-agent: Vigie\nDisallow: /\n\nUser-agent: *\nDisallow:\n", "text/plain"),
    }
    return answers[name]()


def _to(location: str) -> Response:
    return Response(b"", "text/plain", 302, (("Location", location),))


async def _hang(sink: ByteSink) -> None:
    await sink.pause(FOREVER)


async def _reset(sink: ByteSink) -> None:
    sink.reset()
