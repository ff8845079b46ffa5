"""A news site that never runs out: each look at a feed names articles that nobody has seen before.

Served on several loopback addresses, one a publisher, by a process of its own, so that a crawl has as much to do as
it can manage for as long as a benchmark lasts.
"""

import html
import itertools
import json
import socketserver
import threading
from collections.abc import Callable
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Self

from benchmarks.generator import Generator
from indexer.document import IndexEntry

PUBLISHERS = 8
ENTRIES_A_LOOK = 100
FIRST_ADDRESS = 101  # of 127.0.0.x: away from those that other sites of the tests use


class EndlessSite:
    """The site for the length of a `with` block; every address listens on one port."""

    def __init__(self, generator: Generator) -> None:
        self._generator = generator
        self._numbers = itertools.count()
        self._servers: list[ThreadingHTTPServer] = []
        self.port = 0
        self.given: set[str] = set()
        """Addresses of the articles that were asked for."""

    def __enter__(self) -> Self:
        for publisher in range(PUBLISHERS):
            server = _Server((address_of(publisher), self.port), _handler(self._answer))
            self.port = server.server_address[1]
            self._servers.append(server)
            threading.Thread(target=server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def _answer(self, host: str, path: str) -> tuple[str, bytes] | None:
        if path == "/feed":
            return "application/rss+xml", self._feed(host)
        if path.startswith("/articles/"):
            self.given.add(f"http://{host}{path}")
            entry = self._generator.entry(int(path.rpartition("/")[2]))
            return "text/html; charset=utf-8", article_page(entry)
        return None

    def _feed(self, host: str) -> bytes:
        numbers = itertools.islice(self._numbers, ENTRIES_A_LOOK)
        items = "".join(
            f"<item><title>Article {number}</title><link>http://{host}/articles/{number}</link>"
            f"<pubDate>{formatdate(usegmt=True)}</pubDate></item>"
            for number in numbers
        )
        return f'<rss version="2.0"><channel><title>Essai</title>{items}</channel></rss>'.encode()


class _Server(ThreadingHTTPServer):
    daemon_threads = True


def _handler(answer: Callable[[str, str], tuple[str, bytes] | None]) -> type[socketserver.BaseRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            found = answer(self.headers["Host"], self.path)
            kind, body = found or ("text/plain", b"")
            self.send_response(200 if found else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    return Handler


def address_of(publisher: int) -> str:
    """The loopback address of a publisher."""
    return f"127.0.0.{FIRST_ADDRESS + publisher}"


def article_page(entry: IndexEntry) -> bytes:
    """A generated article as a page."""
    paragraphs = "".join(f"<p>{html.escape(text)}</p>" for text in entry.text.split("\n\n"))
    title = html.escape(entry.title or "")
    return (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta property="og:type" content="article"><meta property="og:title" content="{title}">'
        f'<meta property="article:published_time" content="{entry.date.isoformat()}"></head>'
        f"<body><main><article><h1>{title}</h1>{paragraphs}</article></main></body></html>"
    ).encode()


def write_site_configuration(folder: Path, port: int, data_folder: Path) -> Path:
    """The configuration of a Vigie that follows this site alone."""
    (folder / "sources").mkdir(parents=True, exist_ok=True)
    hosts = [f"{address_of(publisher)}:{port}" for publisher in range(PUBLISHERS)]
    settings = {"data_folder": str(data_folder), "private_hosts": hosts, "politeness": {"delay": "0s"}}
    sources = [
        {
            "id": f"essai-{publisher}", "name": f"Essai {publisher}", "kind": "local_press",
            "homepage": f"http://{host}/", "feeds": [f"http://{host}/feed"], "delay": "0s", "interval": "1m",
        }
        for publisher, host in enumerate(hosts)
    ]  # fmt: skip
    (folder / "settings.yaml").write_text(json.dumps(settings), encoding="utf-8")
    (folder / "sources" / "essai.yaml").write_text(json.dumps(sources), encoding="utf-8")
    return folder
