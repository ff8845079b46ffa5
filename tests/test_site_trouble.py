"""The bad neighbourhood of the local news site breaks exactly what each of its addresses says that it breaks."""

import gzip
import http.client
import socket
from email.utils import parsedate_to_datetime
from xml.etree import ElementTree

import pytest

from tests.site.asking import ask
from tests.site.server import Site
from tests.site.trouble import TROUBLE, charsets, robots


@pytest.mark.parametrize(
    ("path", "status", "header"),
    [
        ("/status/503?retry-after=5", 503, ("retry-after", "5")),
        ("/status/999", 999, ("content-type", "text/html; charset=UTF-8")),
        ("/redirect/self", 302, ("location", "http://127.0.0.9:{port}/redirect/self")),
        ("/redirect/javascript", 302, ("location", "javascript:alert('bonjour')")),
        ("/redirect/empty", 302, ("location", "")),
        ("/redirect/chain/1", 302, ("location", "/article/end-of-chain")),
        ("/type/html-as-pdf", 200, ("content-type", "application/pdf")),
        ("/tdm-reserved", 200, ("tdm-reservation", "1")),
        ("/wall/forbidden/3", 403, ("server", "local-news-site")),
        ("/article/7", 200, ("content-type", "text/html; charset=UTF-8")),
        ("/feed/of?path=/article/1", 200, ("content-type", "application/rss+xml")),
    ],
)
def test_faults_of_the_head(site: Site, path: str, status: int, header: tuple[str, str]) -> None:
    found, headers, _ = ask(site, TROUBLE, path)

    assert found == status
    assert headers[header[0]] == header[1].format(port=site.port)


def test_a_retry_after_may_be_a_date(site: Site) -> None:
    headers = ask(site, TROUBLE, "/status/429?retry-after=date:60")[1]

    wait = parsedate_to_datetime(headers["retry-after"]) - parsedate_to_datetime(headers["date"])
    assert 58 <= wait.total_seconds() <= 61


@pytest.mark.parametrize("path", ["/hang", "/hang-in-body", "/drip?pause=30", "/claims-10-gib"])
def test_a_slow_answer_does_not_come_in_time(site: Site, path: str) -> None:
    with pytest.raises(TimeoutError):
        ask(site, TROUBLE, path, timeout=0.3)


@pytest.mark.parametrize("path", ["/short", "/cut-chunked"])
def test_a_cut_body_is_noticed_by_a_client_that_counts(site: Site, path: str) -> None:
    with pytest.raises(http.client.IncompleteRead):
        ask(site, TROUBLE, path)


@pytest.mark.parametrize("path", ["/reset", "/greeting"])
def test_what_is_no_http_is_no_answer(site: Site, path: str) -> None:
    with pytest.raises((ConnectionError, http.client.BadStatusLine)):
        ask(site, TROUBLE, path)


def test_gzip_faults(site: Site) -> None:
    cut, lie, double = (ask(site, TROUBLE, path)[2] for path in ("/cut-gzip", "/not-gzip", "/double-gzip"))
    bomb = ask(site, TROUBLE, "/bomb?mib=20")[2]

    with pytest.raises(EOFError):
        gzip.decompress(cut)
    with pytest.raises(gzip.BadGzipFile):
        gzip.decompress(lie)
    assert b"<article>" in gzip.decompress(gzip.decompress(double))
    assert len(bomb) < 40_000 and len(gzip.decompress(bomb)) > 20 * 2**20


def test_headers_without_end(site: Site) -> None:
    with socket.create_connection((TROUBLE, site.port), timeout=5) as connection:
        connection.sendall(b"GET /endless-headers?lines=20000 HTTP/1.1\r\nHost: x\r\n\r\n")
        received = b"".join(iter(lambda: connection.recv(65536), b""))

    assert received.count(b"X-Ligne-") == 20_000
    assert b"\r\n\r\n" not in received


def test_huge_feed_and_listing(site: Site) -> None:
    feed = ask(site, TROUBLE, "/feed/huge?items=20000")[2]
    listing = ask(site, TROUBLE, "/listing/huge?links=100000", timeout=20)[2]

    assert len(list(ElementTree.fromstring(feed).iter("item"))) == 20_000
    assert listing.count(b"<a href=") == 100_000


@pytest.mark.parametrize("name", ["latin1-byte", "cut", "empty", "json"])
def test_broken_feeds_are_not_well_formed(site: Site, name: str) -> None:
    status, _, body = ask(site, TROUBLE, f"/feed/{name}")

    assert status == 200
    with pytest.raises(ElementTree.ParseError):
        ElementTree.fromstring(body)


def test_the_cut_sitemap_ends_inside_an_address(site: Site) -> None:
    body = ask(site, TROUBLE, "/sitemap/cut")[2]

    assert body.endswith(f"<loc>http://127.0.0.9:{site.port}/article/1".encode())


def test_a_flaky_page_recovers(site: Site) -> None:
    statuses = [ask(site, TROUBLE, "/flaky/2/page")[0] for _ in range(3)]

    assert statuses == [500, 500, 200]


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("cp1252-declared-utf8", "cp1252"),
        ("utf8-declared-latin1", "utf-8"),
        ("cp1252-undeclared", "cp1252"),
        ("utf8-undeclared", "utf-8"),
        ("header-against-meta", "utf-8"),
        ("bom", "utf-8-sig"),
        ("utf16", "utf-16"),
    ],
)
def test_every_encoding_holds_the_same_words(site: Site, name: str, encoding: str) -> None:
    body = ask(site, TROUBLE, f"/charset/{name}")[2]

    assert all(sentence in body.decode(encoding) for sentence in charsets.WORDS)


def test_each_host_has_its_own_robots(site: Site) -> None:
    wanted = {"status-500": 500, "status-403": 403, "status-404": 404, "status-503": 503}
    wanted |= dict.fromkeys(("redirect", "other-host", "private-host"), 302)

    for case in robots.CASES:
        if case.name in ("hang", "reset"):
            continue
        status, _, body = ask(site, case.address, "/robots.txt")
        assert status == wanted.get(case.name, 200), case
        assert case.name != "two-mebibytes" or len(body) > 2_000_000
        assert ask(site, case.address, robots.OPEN)[0] == 200
    with pytest.raises(TimeoutError):
        ask(site, "127.0.0.21", "/robots.txt", timeout=0.3)
    with pytest.raises(ConnectionError):
        ask(site, "127.0.0.29", "/robots.txt")
