"""Only public addresses (hazards A1, A2): literals in every spelling, ports, names, and what a name resolves to."""

import json
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from config.public_addresses import allowed_pairs
from crawler.guard import PrivateAddressError, refuse_private, refuse_private_url

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "017700000001",
        "127.0.0.1.",
        "１２７.0.0.1", "①②⑦.0.0.1", "127。0。0。1", "%31%32%37.0.0.1", "0", "0.0.0.0", "10.1.2.3", "172.16.0.1",
        "172.31.255.255", "192.168.1.1", "169.254.169.254", "100.64.0.1", "198.18.0.1", "192.0.2.1", "224.0.0.1",
        "255.255.255.255", "[::1]", "::1", "::", "[::ffff:127.0.0.1]", "::ffff:7f00:1", "::127.0.0.1", "fc00::1",
        "fd12:3456::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "64:ff9b::10.0.0.1", "2002:7f00:1::",
        "2001:0:102:304:0:0:80ff:fffe", "localhost", "LOCALHOST", "api.localhost", "routeur.local", "intranet",
        "db.internal", "box.home.arpa", "", "256.1.1.1", "1.2.3.4.5", "a.b.123",
    ],
)  # fmt: skip
def test_private_addresses_are_refused_in_every_spelling(host: str) -> None:
    with pytest.raises(PrivateAddressError, match="expected a public address on port 80 or 443"):
        refuse_private(host, 443)


@pytest.mark.parametrize("host", ["0127.0.0.1", "1.2.3.08", "134744072", "8.8.2056"])
def test_spellings_that_resolvers_read_differently_are_refused_even_where_one_reading_is_public(host: str) -> None:
    with pytest.raises(PrivateAddressError):
        refuse_private(host, 80)


@pytest.mark.parametrize(
    "host",
    ["gazette-du-val.test", "8.8.8.8", "172.32.0.1", "2606:4700::1", "[::ffff:8.8.8.8]", "xn--t-9fab.test", "3a.test"],
)
@pytest.mark.parametrize("port", [80, 443])
def test_public_addresses_pass_on_the_web_ports(host: str, port: int) -> None:
    refuse_private(host, port)


@pytest.mark.parametrize("port", [0, 22, 25, 8080, 9200])
def test_other_ports_of_public_hosts_are_refused(port: int) -> None:
    with pytest.raises(PrivateAddressError, match=f"found port {port}"):
        refuse_private("gazette-du-val.test", port)


def test_exactly_the_configured_pair_is_allowed() -> None:
    allowed = allowed_pairs(["127.0.0.2:8001", "[::1]:8002", "Essai.Local:80"])
    refuse_private("127.0.0.2", 8001, allowed)
    refuse_private("[::1]", 8002, allowed)
    refuse_private("essai.local", 80, allowed)
    for host, port in (("127.0.0.2", 80), ("127.0.0.2", 8002), ("127.0.0.3", 8001), ("127.2", 8001)):
        with pytest.raises(PrivateAddressError):
            refuse_private(host, port, allowed)


def test_urls_are_judged_by_host_and_port() -> None:
    refuse_private_url("https://gazette-du-val.test/a")
    for url in ("http://gazette-du-val.test:9200/", "http://[::1]/", "http://127.1/", "http://[broken/", "http:///x"):
        with pytest.raises(PrivateAddressError):
            refuse_private_url(url)


def test_a_broken_pair_in_the_settings_is_explained() -> None:
    with pytest.raises(ValueError, match=r'expected "host:port" such as "127\.0\.0\.1:8080", got "127\.0\.0\.1"'):
        allowed_pairs(["127.0.0.1"])


CRAWL = """
import json, socket, sys
import scrapy
from scrapy.crawler import AsyncCrawlerProcess
from crawler.guard import was_refused

answers = json.loads(sys.argv[1])      # name -> addresses, one for each look-up: the DNS outside, as we cannot ask it
asked = {}
def gethostbyname(name):
    asked[name] = asked.get(name, -1) + 1
    return answers[name][min(asked[name], len(answers[name]) - 1)]
socket.gethostbyname = gethostbyname
results = {}

class Visit(scrapy.Spider):
    name = "visit"
    async def start(self):
        for url in sys.argv[3:]:
            yield scrapy.Request(url, callback=self.parse, errback=self.failed, meta={"asked": url}, dont_filter=True)
    def parse(self, response):
        results[response.meta["asked"]] = response.text
    def failed(self, failure):
        from twisted.internet import reactor
        from crawler.urls import host_of
        refused = was_refused(reactor, host_of(failure.request.url))
        results[failure.request.meta["asked"]] = "refused_private" if refused else repr(failure.value)

process = AsyncCrawlerProcess(settings={
    "TWISTED_DNS_RESOLVER": "crawler.guard.PublicOnlyResolver", "VIGIE_PRIVATE_HOSTS": json.loads(sys.argv[2]),
    "DNSCACHE_ENABLED": False, "RETRY_ENABLED": False, "ROBOTSTXT_OBEY": False, "HTTPPROXY_ENABLED": False,
    "TELNETCONSOLE_ENABLED": False, "REMOTE_CONTROL_ENABLED": False, "COOKIES_ENABLED": False, "LOG_LEVEL": "ERROR",
    "DOWNLOAD_DELAY": 0, "CONCURRENT_REQUESTS_PER_DOMAIN": 1, "DOWNLOAD_TIMEOUT": 3,
})
process.crawl(Visit)
process.start()
print(json.dumps(results))
"""


class _Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.hits.append(self.headers["Host"])  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", "4")
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(b"page")

    def log_message(self, *_: object) -> None:
        """Quiet."""


@pytest.fixture
def server():  # type: ignore[no-untyped-def]
    """A real web server on loopback that notes which hosts it was asked for."""
    server = HTTPServer(("127.0.0.1", 0), _Page)
    server.hits = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def _crawl(answers: dict[str, list[str]], allowed: list[str], *urls: str) -> tuple[dict[str, str], str]:
    run = subprocess.run(
        [sys.executable, "-c", CRAWL, json.dumps(answers), json.dumps(allowed), *urls],
        capture_output=True, text=True, timeout=60, cwd=ROOT, check=True,
    )  # fmt: skip
    return json.loads(run.stdout.splitlines()[-1]), run.stderr


def test_the_address_really_used_is_the_one_checked(server: HTTPServer) -> None:
    """Given names that resolve to loopback, when a real crawl asks for them, then only the allowed one is reached."""
    port = server.server_port
    answers = {"allowed.test": ["127.0.0.1"], "sournois.test": ["127.0.0.1"], "127.0.0.1": ["127.0.0.1"]}
    urls = [f"http://{host}:{port}/" for host in answers]
    results, log = _crawl(answers, [f"allowed.test:{port}"], *urls)
    assert results == {urls[0]: "page", urls[1]: "refused_private", urls[2]: "refused_private"}
    assert server.hits == [f"allowed.test:{port}"]  # type: ignore[attr-defined]
    assert "Traceback" not in log


def test_a_name_that_turns_private_the_second_time_is_refused_then(server: HTTPServer) -> None:
    """Given a name first public, then loopback, when asked twice, then the second connection is refused."""
    closed = socket.socket()
    closed.bind(("127.0.0.1", 0))  # nobody listens: the public address of the first answer is out of reach here
    first = f"http://tournant.test:{closed.getsockname()[1]}/"
    second = f"http://tournant.test:{server.server_port}/"
    results, _ = _crawl({"tournant.test": ["192.88.99.1", "127.0.0.1"]}, [], first, second)
    closed.close()
    assert results[first] != "page"
    assert results[second] == "refused_private"
    assert server.hits == []  # type: ignore[attr-defined]
