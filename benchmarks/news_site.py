"""A generated news site of many publishers: three page templates, feeds, ETags, gzip, as many articles as asked for.

    python -m benchmarks.news_site --articles 2000 --publishers 50

Every publisher has a loopback address of its own; all listen on one port, which is printed as the first line. Pages are
45 to 100 KB, most of it the furniture of such pages. The server is a process of its own that answers from memory, so
that what it takes never counts as the crawler's.
"""

import argparse
import gzip
import hashlib
import html
import random
import socket
import sys
from asyncio import Protocol, Transport, get_running_loop, run
from asyncio.transports import BaseTransport
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import NamedTuple

from benchmarks.generator import Generator
from indexer.document import IndexEntry

FEED_ITEMS = 40
FIRST_ADDRESS = 1  # of 127.1.0.x
_MENU = ("Accueil", "Politique", "Société", "Faits divers", "Économie", "Sports", "Culture", "Opinions", "Météo")


def address_of(publisher: int) -> str:
    """The loopback address of a publisher; there are thousands."""
    number = FIRST_ADDRESS + publisher
    return f"127.1.{number // 250}.{1 + number % 250}"


class Answer(NamedTuple):
    """Content type, ETag, gzipped body."""

    kind: str
    tag: str
    body: bytes


class NewsSite:
    """What each address answers: bodies and their ETags, made when they are first asked for and kept.

    The newest article is `aged_days` old, the others a second each older than the one before.
    """

    def __init__(self, articles: int, publishers: int, aged_days: int = 0, seed: int = 7) -> None:
        self.articles, self.publishers = articles, publishers
        self._generator = Generator(seed, articles)
        self._newest = datetime.now(UTC) - timedelta(days=aged_days)
        self._numbers = {address_of(publisher): publisher for publisher in range(publishers)}
        self._made: dict[tuple[str, str], Answer] = {}

    def find(self, host: str, path: str) -> Answer | None:
        """The answer to a path of a host (with its port), or None."""
        if (host, path) not in self._made and (body := self._make(host, path)) is not None:
            kind = "text/plain" if path == "/robots.txt" else "text/html; charset=utf-8"
            kind = "application/rss+xml; charset=utf-8" if path.startswith("/feed") else kind
            tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            self._made[host, path] = Answer(kind, tag, gzip.compress(body, 6, mtime=0))
        return self._made.get((host, path))

    def tell_date(self, number: int) -> datetime:
        """When an article was published, as its feed has it."""
        return self._newest - timedelta(seconds=number)

    def _make(self, host: str, path: str) -> bytes | None:
        first, _, last = path[1:].partition("/")
        number = int(last) if last.isdecimal() else 0
        if path == "/":
            return _HOME_PAGE
        if path == "/robots.txt":
            return b"User-agent: *\nDisallow: /prive/\n"
        if first == "feed":
            return self._make_feed(host, number)
        return make_page(self._generator.entry(number), number, host) if first == "articles" and last else None

    def _make_feed(self, host: str, page: int) -> bytes:
        """The newest articles of a publisher, or one of the pages behind."""
        numbers = range(self._numbers[host.partition(":")[0]], self.articles, self.publishers)
        items = "".join(self._make_item(host, number) for number in numbers[page * FEED_ITEMS :][:FEED_ITEMS])
        return (
            '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/">'
            f"<channel><title>Journal d’essai</title><link>http://{host}/</link><language>fr</language>{items}"
            "</channel></rss>"
        ).encode()

    def _make_item(self, host: str, number: int) -> str:
        entry = self._generator.entry(number)
        told = format_datetime(self.tell_date(number))
        return (
            f"<item><title>{html.escape(entry.title or '')}</title><link>http://{host}/articles/{number}</link>"
            f"<guid>http://{host}/articles/{number}</guid><pubDate>{told}</pubDate>"
            f"<dc:creator>{html.escape(entry.authors[0])}</dc:creator>"
            f"<description>{html.escape(entry.text[:400])}</description></item>"
        )


def make_page(entry: IndexEntry, number: int, host: str) -> bytes:
    """One article in the template of its publisher."""
    make_body = (_plain_template, _nested_template, _card_template)[hash_of(host) % 3]
    chance = random.Random(number)
    title = html.escape(entry.title or "")
    menu = "".join(f'<li class="nav-item"><a href="/rubrique/{name.lower()}">{name}</a></li>' for name in _MENU)
    return (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{title} | Journal d’essai</title>'
        f'<link rel="canonical" href="http://{host}/articles/{number}"><meta property="og:type" content="article">'
        f'<meta property="og:title" content="{title}"><meta name="author" content="{html.escape(entry.authors[0])}">'
        f'<meta property="article:published_time" content="{entry.date.isoformat()}">{_STYLES}</head>'
        f'<body class="article-page"><header><nav><ul class="menu">{menu}</ul></nav></header>'
        f"{make_body(entry, title)}{_teasers(chance, host)}"
        f'<footer class="site-footer"><p>Mentions légales</p><ul>{menu}</ul></footer></body></html>'
    ).encode()


def hash_of(host: str) -> int:
    """The same number for a host in every process."""
    return int.from_bytes(hashlib.sha256(host.partition(":")[0].encode()).digest()[:4], "big")


def _plain_template(entry: IndexEntry, title: str) -> str:
    paragraphs = "".join(f"<p>{html.escape(text)}</p>" for text in entry.text.split("\n\n"))
    return f"<main><article><h1>{title}</h1><p class=byline>Par {entry.authors[0]}</p>{paragraphs}</article></main>"


def _nested_template(entry: IndexEntry, title: str) -> str:
    rows = "".join(
        f'<div class="row"><div class="col"><p class="text">{html.escape(text)}</p></div></div>'
        for text in entry.text.split("\n\n")
    )
    return (
        f'<div id="page"><div class="wrap"><div class="article-header"><h1>{title}</h1><time>{entry.date:%d/%m/%Y}'
        f'</time></div><div class="article-body">{rows}</div></div></div>'
    )


def _card_template(entry: IndexEntry, title: str) -> str:
    lead, *others = entry.text.split("\n\n")
    body = "<h2>Les faits</h2>".join(f"<p>{html.escape(text)}</p>" for text in others)
    return (
        f'<section class="story"><h1 class="headline">{title}</h1><p class="standfirst"><strong>{html.escape(lead)}'
        f'</strong></p><div class="share"><a href="#">Partager</a></div><div class="story-content">{body}</div>'
        "</section>"
    )


def _styles() -> str:
    colours = [f"{number * 99991 % 0xFFFFFF:06x}" for number in range(500)]
    rules = "".join(f".block-{n}{{margin:{n % 40}px;color:#{colour}}}" for n, colour in enumerate(colours))
    data = ",".join(f"k{n}:{n * 7}" for n in range(800))
    return f"<style>{rules}</style><script>window.data={{{data}}}</script>"


_STYLES = _styles()  # the same on every page, as a site has it
_HOME_PAGE = (
    '<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Journal d’essai</title>'
    '<link rel="alternate" type="application/rss+xml" href="/feed"></head><body><h1>Journal d’essai</h1></body></html>'
).encode()


def _teasers(chance: random.Random, host: str) -> str:
    cards = (
        f'<li class="teaser"><a href="http://{host}/articles/{chance.randrange(9**9)}"><img src="/i/{n}.jpg" alt="">'
        f'<span class="kicker">Région</span><h3>Une brève parmi d’autres, la numéro {chance.randrange(9**6)}</h3>'
        "</a></li>"
        for n in range(chance.randrange(60, 140))
    )
    return f'<aside class="more"><h2>À lire aussi</h2><ul>{"".join(cards)}</ul></aside>'


class _Connection(Protocol):
    """HTTP/1.1 with keep-alive, as much of it as a crawler's GET needs."""

    def __init__(self, site: NewsSite) -> None:
        self._site = site
        self._waiting = b""

    def connection_made(self, transport: BaseTransport) -> None:
        assert isinstance(transport, Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._waiting += data
        while (end := self._waiting.find(b"\r\n\r\n")) >= 0:
            head, self._waiting = self._waiting[:end], self._waiting[end + 4 :]
            self._transport.write(self._answer(head))

    def _answer(self, head: bytes) -> bytes:
        first, *lines = head.split(b"\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
        found = self._site.find(fields[b"host"].decode(), first.split(b" ")[1].decode())
        if found is None:
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        kind, body, tag = found.kind, found.body, found.tag.encode()
        if fields.get(b"if-none-match") == tag:
            return b"HTTP/1.1 304 Not Modified\r\nETag: " + tag + b"\r\n\r\n"
        packed = b"Content-Encoding: gzip\r\n"
        if b"gzip" not in fields.get(b"accept-encoding", b""):  # urllib's client asks for nothing packed
            packed, body = b"", gzip.decompress(body)
        return (
            b"HTTP/1.1 200 OK\r\nContent-Type: " + kind.encode() + b"\r\n" + packed + b"ETag: " + tag
            + b"\r\nContent-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body
        )  # fmt: skip


async def listen(site: NewsSite) -> int:
    """Answer on every publisher's address as long as the loop runs; gives the port of all."""
    loop = get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = int(found.getsockname()[1])
    for publisher in range(site.publishers):
        await loop.create_server(lambda: _Connection(site), address_of(publisher), port)
    return port


async def serve(site: NewsSite) -> None:
    """Say the port and answer until the process is ended."""
    print(await listen(site), flush=True)
    await get_running_loop().create_future()


def main() -> int:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--publishers", type=int, default=50)
    parser.add_argument("--aged-days", type=int, default=0)
    asked = parser.parse_args()
    run(serve(NewsSite(asked.articles, asked.publishers, asked.aged_days)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
