"""Hosts that cannot be reached, or that show a wrong certificate: named, and the neighbours go on."""

import datetime
import gzip
import ipaddress
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.crawler.crawling import Station

pytestmark = pytest.mark.slow

ADDRESS = "127.0.0.40"
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


@pytest.fixture
def tls_port(tmp_path: Path) -> Iterator[int]:
    """A server whose certificate nobody has signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, ADDRESS)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(ADDRESS))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "certificate.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    server = ThreadingHTTPServer((ADDRESS, 0), _Feed)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


def allow(station: Station, pair: str) -> None:
    """One more private host."""
    settings = station.config / "settings.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("private_hosts:\n", f"private_hosts:\n  - {pair}\n"), encoding="utf-8")


def test_a_certificate_nobody_vouches_for_ends_the_request(station: Station, tls_port: int) -> None:
    # given
    allow(station, f"{ADDRESS}:{tls_port}")
    feed = f"https://{ADDRESS}:{tls_port}/rss"
    station.add_source("chiffree", ADDRESS, homepage=f"https://{ADDRESS}:{tls_port}/", feeds=[feed])

    # when
    ended = station.crawl("chiffree")

    # then: the host is closed for this run, and what was wrong is said
    assert ended.end == "finished", ended.errors
    rows = station.rows("SELECT url, outcome, detail FROM fetch_attempt WHERE purpose = 'robots'")
    assert [(outcome, "certificate" in detail) for _, outcome, detail in rows] == [("tls_failed", True)]
    ((why,),) = station.rows("SELECT failing_why FROM source WHERE id = 'chiffree'")
    assert "tls_failed" in why


def test_a_source_may_opt_out_of_certificates_and_the_capture_says_so(station: Station, tls_port: int) -> None:
    allow(station, f"{ADDRESS}:{tls_port}")
    feed = f"https://{ADDRESS}:{tls_port}/rss"
    station.add_source("chiffree", ADDRESS, homepage=f"https://{ADDRESS}:{tls_port}/", feeds=[feed], verify_tls=False)
    station.crawl("chiffree")
    assert station.rows("SELECT last_outcome FROM entry_point WHERE source = 'chiffree'") == [("read",)]
    stored = b"".join(path.read_bytes() for path in (station.data / "warc").glob("*.warc.gz"))
    assert b"certificate: not verified" in gzip.decompress(stored)


def test_an_unknown_host_and_a_closed_port_are_failures_and_others_go_on(station: Station) -> None:
    # given
    settings = station.config / "settings.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + "contact: essai@exemple.test\n", encoding="utf-8")
    station.add_source(
        "inconnue", "presse.invalid", homepage="http://presse.invalid/", feeds=["http://presse.invalid/rss"]
    )
    allow(station, f"{ADDRESS}:9")
    station.add_source("muette", ADDRESS, homepage=f"http://{ADDRESS}:9/", feeds=[f"http://{ADDRESS}:9/rss"])

    # when
    ended = station.crawl("inconnue", "muette", "rempart")

    # then
    assert ended.end == "finished", ended.errors
    why = dict(station.rows("SELECT id, failing_why FROM source WHERE failing_since IS NOT NULL"))
    assert set(why) == {"inconnue", "muette"}
    details = dict(station.rows("SELECT url, detail FROM fetch_attempt WHERE outcome = 'failed'"))
    assert details["http://presse.invalid/robots.txt"] == "unknown host"
    assert details[f"http://{ADDRESS}:9/robots.txt"] == "connection refused"
    assert station.rows("SELECT count(*) FROM capture WHERE source = 'rempart' AND purpose = 'page'")[0][0] > 5


def test_a_private_address_is_refused_before_it_is_asked(station: Station) -> None:
    # given: a source on an address of this machine that the settings do not name
    settings = station.config / "settings.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + "contact: essai@exemple.test\n", encoding="utf-8")
    control = station.site.control_port
    station.add_source(
        "interne", "127.0.0.1", homepage="http://127.0.0.1/", feeds=[f"http://127.0.0.1:{control}/control/state"]
    )

    # when
    station.crawl("interne")

    # then: no request, nothing archived
    assert station.rows("SELECT count(*) FROM capture WHERE source = 'interne'") == [(0,)]
    assert set(station.rows("SELECT outcome, status FROM fetch_attempt")) == {("refused_private", None)}
    ((why,),) = station.rows("SELECT failing_why FROM source WHERE id = 'interne'")
    assert "refused_private" in why


def test_a_crawl_does_not_start_below_the_floor_of_free_space(station: Station) -> None:
    station.set_limits(free_space_bytes="900000 GiB")
    ended = station.crawl("rempart")
    assert (ended.status, ended.end) == (4, "disk_full")
    assert "Make room or lower the limit" in ended.errors
    assert station.site.requests() == ()


def test_an_article_on_a_public_host_stays_queued_until_a_contact_is_set(station: Station) -> None:
    # given: a source of our own whose home page, and so its scope, lies on a public host too
    feed = station.feed_of("127.0.0.9", "/article/ici")
    station.add_source("mixte", "127.0.0.9", homepage="http://presse.invalid/", feeds=[feed])
    station.register()
    station.execute(
        "INSERT INTO candidate (canonical, url, host, source, via, first_seen_at, attempts, reopened) "
        "VALUES ('https://presse.invalid/a', 'http://presse.invalid/a', 'presse.invalid', 'mixte', 'live', ?, 0, 0)",
        "2026-01-01T00:00:00.000000Z",
    )

    # when
    ended = station.crawl("mixte")

    # then
    assert ended.end == "finished", ended.errors
    assert station.outcomes() == {"/article/ici": "fetched", "/a": "pending"}
    assert station.rows("SELECT count(*) FROM fetch_attempt WHERE url LIKE '%presse.invalid%'") == [(0,)]
