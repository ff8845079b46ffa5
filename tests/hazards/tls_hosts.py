"""Hosts that speak TLS, each with one fault of its certificate or its version, and one that is sound."""

import ssl
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.elasticsearch_node.authority import Authority, Issued

SOUND, EXPIRED, UNSIGNED, MISNAMED, OLD = (f"127.0.0.{number}" for number in range(41, 46))
FEED = b'<rss version="2.0"><channel><title>Essai</title></channel></rss>'


class _Feed(BaseHTTPRequestHandler):
    """Answers every path with an empty feed, robots.txt with nothing."""

    def do_GET(self) -> None:
        body = b"" if self.path == "/robots.txt" else FEED
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Silent."""


@contextmanager
def run_tls_hosts(folder: Path) -> Iterator[tuple[Path, dict[str, int]]]:
    """The file of the authority that vouches for the sound one, and the port of each host."""
    authority = Authority(folder)
    yesterday = datetime.now(UTC) - timedelta(days=1)
    issued = {
        SOUND: authority.issue("sound", address=SOUND),
        EXPIRED: authority.issue("expired", address=EXPIRED, until=yesterday),
        UNSIGNED: authority.issue("unsigned", address=UNSIGNED, by_itself=True),
        MISNAMED: authority.issue("misnamed", address=SOUND),
        OLD: authority.issue("old", address=OLD),
    }
    with ExitStack() as stack:
        yield (
            authority.file,
            {address: stack.enter_context(_run_host(address, certificate)) for address, certificate in issued.items()},
        )


@contextmanager
def _run_host(address: str, certificate: Issued) -> Iterator[int]:
    server = ThreadingHTTPServer((address, 0), _Feed)
    server.socket = _context_for(address, certificate).wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def _context_for(address: str, certificate: Issued) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if address == OLD:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # that it is old is the point
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
    context.load_cert_chain(certificate.file)
    return context
