"""A proxy in front of a node that passes everything on, but for the faults that a test has planned.

What it makes up are only answers that a real cluster gives when it is overloaded or says no, and lost connections.
"""

import http.client
import json
import socket
import threading
from collections.abc import Callable
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import urlsplit

Answer = tuple[int, dict[str, Any]]
Fault = Callable[[], Answer | None]
Change = Callable[[dict[str, Any]], dict[str, Any]]


def refuse(status: int, kind: str) -> Fault:
    """An answer of the cluster to the whole request."""
    return lambda: (status, {"error": {"type": kind, "reason": "as planned by the test"}, "status": status})


def hang_up() -> Answer | None:
    """A connection that ends without an answer."""
    return None


class Proxy:
    """Faults are met in order, each once, by bulk requests or, where `everywhere`, by any request."""

    def __init__(self, node_url: str, *, everywhere: bool = False) -> None:
        self.faults: list[Fault] = []
        self.changes: list[Change] = []
        self.bulks = 0
        self.everywhere = everywhere
        self._node = urlsplit(node_url).netloc
        self._mark: str | None = None
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._mark = self._ask("GET", "/", {}, b"")[2].get("X-Elastic-Product")
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes, str] | None:
        """What the client gets: a planned fault, or the node's answer, changed if that is planned; None to hang up."""
        bulk = path.startswith("/_bulk")
        self.bulks += bulk
        if self.faults and (bulk or self.everywhere):
            planned = self.faults.pop(0)()
            return None if planned is None else (planned[0], json.dumps(planned[1]).encode(), "application/json")
        try:
            status, content, found = self._ask(method, path, headers, body)
        except OSError:  # the node has ended
            return None
        if bulk and self.changes:
            content = json.dumps(self.changes.pop(0)(json.loads(content))).encode()
        return status, content, found.get("Content-Type", "application/json")

    def _ask(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes, Message]:
        connection = http.client.HTTPConnection(self._node)
        try:
            connection.request(method, path, body, headers)
            found = connection.getresponse()
            return found.status, found.read(), found.headers
        finally:
            connection.close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, format: str, *args: Any) -> None:
                """Say nothing."""

            def _pass(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                found = proxy.answer(self.command, self.path, dict(self.headers.items()), body)
                if found is None:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                    return
                self.send_response(found[0])
                if proxy._mark is not None:  # by which Elasticsearch is known; OpenSearch has none
                    self.send_header("X-Elastic-Product", proxy._mark)
                self.send_header("Content-Type", found[2])
                self.send_header("Content-Length", str(len(found[1])))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(found[1])

            do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = _pass

        return Handler
