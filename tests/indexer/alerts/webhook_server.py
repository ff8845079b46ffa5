"""A real HTTP server on loopback whose answers are written down beforehand, and which keeps what it was sent."""

import contextlib
import socketserver
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(frozen=True)
class Posted:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Hook:
    """What the server was sent, and what it does: a status, a status with a header, `hang`, `close` or `drip`."""

    posted: list[Posted] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    ending: threading.Event = field(default_factory=threading.Event)

    def plan(self, *answers: str) -> None:
        """The next answers, one a request; after them 200."""
        self.answers = list(answers)

    def ids(self) -> list[str]:
        """The id of each message that came, in order."""
        return [one.headers["webhook-id"] for one in self.posted]


@contextlib.contextmanager
def serve_hook(hook: Hook, context: ssl.SSLContext | None = None) -> Iterator[int]:
    """The server on a free port, for the block."""
    server = _Server(("127.0.0.1", 0), _handler(hook))
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        hook.ending.set()
        server.shutdown()
        server.server_close()
        thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that leaves is what some tests want."""


def _handler(hook: Hook) -> type[socketserver.BaseRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            hook.posted.append(Posted(self.path, headers, body))
            answer = hook.answers.pop(0) if hook.answers else "200"
            if answer == "hang":
                hook.ending.wait(30)
            elif answer == "drip":
                self._drip()
            elif answer != "close":
                status, _, header = answer.partition(" ")
                self.send_response(int(status))
                if header:
                    self.send_header(*header.split(": ", 1))
                self.end_headers()

        def _drip(self) -> None:
            """A header that never ends, a letter every now and then."""
            self.wfile.write(b"HTTP/1.1 200 OK\r\nX-Drip: ")
            while not hook.ending.is_set():
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.05)

        def log_message(self, format: str, *args: object) -> None:
            return

    return Handler
