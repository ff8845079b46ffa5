"""Hazards A1 and A2: links, redirects and names that lead inside; the address connected to is the one checked."""

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import pytest

from archive.catalogue.outbox import Letter, Message
from config.webhook import Webhook
from crawler.urls import clean
from indexer.alerts.webhooks import WebhookCarrier
from tests.crawler.crawling import ROOT, Ended, Station, end_of
from tests.hazards.asking import ask_vigie
from tests.hazards.bad_feeds import SITEMAP, make_feed, make_item
from tests.hazards.bad_network import CONTACT
from tests.hazards.witness import Witness, listen_inside
from tests.site.messages import Response
from tests.site.server import Site
from tests.site.trouble import ADDRESSES

pytestmark = pytest.mark.slow

SPELLINGS = (
    "127.0.0.1", "localhost", "10.1.2.3", "172.16.0.1", "172.31.255.254", "192.168.1.1", "169.254.169.254",
    "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "[fc00::1]", "[fd12:3456::1]", "127.1", "2130706433", "0x7f.1",
    "0x7f000001", "0177.0.0.1", "①②⑦.⓪.⓪.①", "１２７.0.0.1", "127。0。0。1", "%31%32%37.0.0.1", "127.0.0.1.",
)  # fmt: skip
HOME = "127.0.0.77"
KEY = "whsec_" + base64.b64encode(bytes(range(32))).decode()

# a crawl with name servers of our own, since those of the world cannot be told what to say
OWN_NAMES = """
import json, os, socket, sys
answers = json.loads(os.environ["TEST_NAMES"])
known = socket.gethostbyname
socket.gethostbyname = lambda name: answers[name] if name in answers else known(name)
from crawler.run import main
sys.exit(main(sys.argv[1:]))
"""


class Lured:
    """A station whose sources were led inside in every way, and the witness that listens there."""

    def __init__(self, folder: Path, site: Site, witness: Witness) -> None:
        self.station = Station(folder, site, ADDRESSES)
        self.site, self.witness = site, witness
        allow_public_hosts(self.station)
        links = [self.inside(host, "lien") for host in SPELLINGS]
        places = "".join(f"<url><loc>{self.inside(host, 'plan')}</loc></url>" for host in SPELLINGS)
        for number, host in enumerate(SPELLINGS):
            self._lead(f"/detour/{number}", self.inside(host, "detour"))
        self._lead("/fil-detourne", self.inside("127.0.0.1", "fil"))
        detours = [site.url("rempart", f"/detour/{number}") for number in range(len(SPELLINGS))]
        site.put("rempart", "/liens", _feed(links))
        site.put("rempart", "/plan", Response(f"<urlset {SITEMAP}>{places}</urlset>".encode(), "application/xml"))
        site.put("rempart", "/detours", _feed(detours))
        self._add("liens", feeds=[site.url("rempart", "/liens")], sitemaps=[site.url("rempart", "/plan")])
        self._add("detours", feeds=[site.url("rempart", "/detours"), site.url("rempart", "/fil-detourne")])
        home = self.inside(HOME, "")
        site.put("rempart", "/chez-soi", _feed([f"{home}article"]))
        self._add("interne", homepage=home, feeds=[f"{home}rss", site.url("rempart", "/chez-soi")])
        self.ended = self.station.crawl("liens", "detours", "interne")

    def inside(self, host: str, path: str) -> str:
        """An address that leads to the witness, or would if it were there."""
        return f"http://{host}:{self.witness.port}/{path}"

    def outcome_of(self, url: str) -> str | None:
        """The last outcome of an address, however it was spelt."""
        ((outcome,),) = self.station.rows("SELECT outcome FROM candidate WHERE url = ?", clean(url))
        return None if outcome is None else str(outcome)

    def _lead(self, path: str, location: str) -> None:
        headers = (("Location", location.encode().decode("latin-1")),)
        self.site.put("rempart", path, Response(b"", status=302, headers=headers))

    def _add(self, source: str, homepage: str | None = None, **keys: object) -> None:
        home = homepage or self.site.url("rempart", "/")
        self.station.add_source(source, "", homepage=home, limits={"request_seconds": 2, "run_seconds": 60}, **keys)


def _feed(links: list[str]) -> Response:
    return Response(make_feed(*(make_item(f"Brève {n}", link) for n, link in enumerate(links))), "application/rss+xml")


def allow_public_hosts(station: Station) -> None:
    """Give a contact: without one no public host is asked, whatever its address."""
    settings = station.config / "settings.yaml"
    settings.write_text(CONTACT + settings.read_text(encoding="utf-8"), encoding="utf-8")


@pytest.fixture(scope="module")
def lured(tmp_path_factory: pytest.TempPathFactory, running_site: Site) -> Iterator[Lured]:
    """One crawl of everything that leads inside."""
    running_site.reset()
    with listen_inside("127.0.0.1", HOME) as witness:
        yield Lured(tmp_path_factory.mktemp("lured"), running_site, witness)
    running_site.reset()


@pytest.mark.parametrize("host", SPELLINGS)
@pytest.mark.parametrize("path", ["lien", "plan"])
def test_a1_a_link_inside_is_refused_in_every_spelling(lured: Lured, host: str, path: str) -> None:
    """A feed's or sitemap's link to a private address ends `refused_private`, and no request is made for it."""
    url = lured.inside(host, path)
    assert lured.outcome_of(url) == "refused_private"
    assert lured.station.rows("SELECT count(*) FROM fetch_attempt WHERE url = ?", clean(url)) == [(0,)]


@pytest.mark.parametrize(("number", "host"), list(enumerate(SPELLINGS)))
def test_a1_a_redirect_inside_is_refused_in_every_spelling(lured: Lured, number: int, host: str) -> None:
    """A redirect to a private address ends `refused_private`, asked once, and nothing of it is archived."""
    url = lured.site.url("rempart", f"/detour/{number}")
    assert lured.outcome_of(url) == "refused_private"
    ((outcome, detail),) = lured.station.rows("SELECT outcome, detail FROM fetch_attempt WHERE url = ?", url)
    assert outcome == "refused_private" and detail == f"a redirect to {clean(lured.inside(host, 'detour'))}"
    assert lured.station.rows("SELECT count(*) FROM capture WHERE url = ?", url) == [(0,)]


def test_a1_a_feed_that_is_redirected_inside_is_refused(lured: Lured) -> None:
    """An entry point that leads inside ends `refused_private`, and the source shows it."""
    query = "SELECT last_outcome FROM entry_point WHERE url = ?"
    assert lured.station.rows(query, lured.site.url("rempart", "/fil-detourne")) == [("refused_private",)]
    shown = ask_vigie(lured.station, "sources", "show", "detours")
    assert "refused_private (a redirect to http://127.0.0.1:" in shown.out


def test_a1_a_source_inside_is_refused_and_told_how_to_allow_it(lured: Lured) -> None:
    """A configured source on a private address that is not named is refused before a connection, with what to do."""
    assert lured.outcome_of(lured.inside(HOME, "article")) == "refused_private"
    query = "SELECT outcome, status, detail FROM fetch_attempt WHERE url LIKE ?"
    for path in ("rss", "article"):
        ((outcome, status, detail),) = lured.station.rows(query, lured.inside(HOME, path))
        assert (outcome, status) == ("refused_private", None)
        assert "add the exact host and port to private_hosts" in detail


def test_a1_robots_that_lead_inside_close_the_host(station: Station) -> None:
    """A robots.txt that redirects inside is not followed; the host is closed for the run rather than taken as open."""
    with listen_inside("127.0.0.1") as witness:
        location = (("Location", f"http://127.0.0.1:{witness.port}/robots.txt"),)
        station.site.put("rempart", "/robots.txt", Response(b"", status=302, headers=location))
        station.crawl("rempart")
        assert witness.connections == 0
    assert [one.path for one in station.site.requests("rempart")] == ["/robots.txt"]
    ((why,),) = station.rows("SELECT failing_why FROM source WHERE id = 'rempart'")
    assert "robots_unreachable" in why and "refused_private" in why


def test_a1_nobody_connects_and_nothing_is_kept(lured: Lured) -> None:
    """Whatever leads inside: no connection, no second try, no byte in the archive, no traceback."""
    assert lured.witness.connections == 0
    assert lured.ended.end == "finished" and "Traceback" not in lured.ended.errors
    assert lured.station.rows("SELECT count(*) FROM capture WHERE url LIKE ?", f"%:{lured.witness.port}/%") == [(0,)]
    assert lured.station.rows("SELECT count(*) FROM fetch_attempt WHERE outcome = 'no_outcome'") == [(0,)]
    query = "SELECT count(*) FROM fetch_attempt WHERE outcome = 'refused_private' GROUP BY url ORDER BY 1 DESC LIMIT 1"
    assert lured.station.rows(query) == [(1,)]


@pytest.mark.parametrize("host", [host for host in SPELLINGS if "%" not in host])  # an escape is no host in a setting
def test_a1_a_webhook_inside_is_refused_in_every_spelling(host: str) -> None:
    """A webhook to a private address gets no connection, whatever the configuration let through."""
    with listen_inside("127.0.0.1") as witness:
        said = post_to(f"https://{host}:{witness.port}/crochet")
        assert witness.connections == 0
    assert "expected a public address over https" in said


def test_a2_a_name_that_leads_inside_is_refused(station: Station) -> None:
    """A public name whose address is private ends `refused_private`: what is checked is the address connected to."""
    allow_public_hosts(station)
    ended = crawl_with_names(station, {"sournois.test": "127.0.0.1", "metadonnees.test": "169.254.169.254"})
    assert ended.end == "finished", ended.errors
    rows = dict(station.rows("SELECT url, outcome || ': ' || detail FROM fetch_attempt WHERE purpose = 'robots'"))
    assert rows == {
        f"http://{name}/robots.txt": f"refused_private: {name}: its name leads to a private address"
        for name in ("sournois.test", "metadonnees.test")
    }


def test_a2_a_name_that_turns_inside_the_second_time_is_refused_then(station: Station) -> None:
    """A name that is public at one look-up and private at the next is judged by each: the second time it is refused."""
    allow_public_hosts(station)
    query = "SELECT outcome FROM fetch_attempt WHERE id > ? AND purpose = 'robots'"
    crawl_with_names(station, {"tournant.test": "192.88.99.1"})  # public, and nobody's any more
    assert ("refused_private",) not in station.rows(query, 0)
    ((last,),) = station.rows("SELECT max(id) FROM fetch_attempt")
    station.execute("UPDATE host SET paused_until = NULL, robots_at = NULL")
    crawl_with_names(station, {"tournant.test": "127.0.0.1"})
    assert station.rows(query, last) == [("refused_private",)]


@pytest.mark.parametrize("port", [25, 9200])
def test_a2_other_ports_of_a_public_host_are_refused(station: Station, port: int) -> None:
    """Port 25 or 9200 of a public host is refused, as a link and as the target of a redirect; 80 and 443 are not."""
    allow_public_hosts(station)
    link = f"http://presse.invalid:{port}/article"
    station.site.put("rempart", "/liens", _feed([link, station.site.url("rempart", "/detour")]))
    station.site.put("rempart", "/detour", Response(b"", status=302, headers=(("Location", f"{link}?n=2"),)))
    station.add_source("portee", "", homepage="http://presse.invalid/", feeds=[station.site.url("rempart", "/liens")])
    station.crawl("portee", "rempart")
    outcomes = station.outcomes()
    assert (outcomes["/article"], outcomes["/detour"]) == ("refused_private", "refused_private")
    ((detail,),) = station.rows("SELECT detail FROM fetch_attempt WHERE url = ?", link)
    assert f"expected a public address on port 80 or 443, found port {port}" in detail


def test_a2_a_private_host_is_open_on_its_configured_port_alone(station: Station) -> None:
    """What private_hosts names as host and port is asked there; another port of it, 80 too, stays closed."""
    allow_public_hosts(station)
    name, port = "intranet.exemple.test", station.site.port
    settings = station.config / "settings.yaml"
    settings.write_text(settings.read_text(encoding="utf-8") + f"  - {name}:{port}\n", encoding="utf-8")
    station.add_source("permise", "", homepage=f"http://{name}:{port}/", feeds=[f"http://{name}:{port}/feed/"])
    station.add_source("voisine", "", homepage=f"http://{name}/", feeds=[f"http://{name}/feed/"])
    crawl_with_names(station, {name: station.site.address("rempart")}, "permise", "voisine")
    rows = dict(station.rows("SELECT url, last_outcome FROM entry_point WHERE source IN ('permise', 'voisine')"))
    assert rows[f"http://{name}:{port}/feed/"] == "read"
    assert rows[f"http://{name}/feed/"] != "read"
    ((why,),) = station.rows("SELECT failing_why FROM source WHERE id = 'voisine'")
    assert "found port 80, which private_hosts does not name" in why


def test_a2_a_proxy_of_the_environment_is_not_used(station: Station) -> None:
    """http_proxy and its like in the environment change nothing: the crawl connects to what it has checked."""
    with listen_inside("127.0.0.1") as witness:
        proxy = f"http://127.0.0.1:{witness.port}"
        names = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
        with patch.dict(os.environ, dict.fromkeys(names, proxy)):
            ended = station.crawl("rempart")
        assert witness.connections == 0
    assert ended.counts["fetched"] > 5, ended.errors


def test_a2_a_webhook_name_that_leads_inside_is_refused() -> None:
    """A webhook's name is judged by all addresses it has, and one of them is connected to without another look-up."""
    found = [(2, 1, 6, "", (address, 443)) for address in ("192.88.99.1", "127.0.0.1")]
    with patch("socket.getaddrinfo", return_value=found) as look_up:
        said = post_to("https://crochet.exemple.fr/vigie")
    assert look_up.call_count == 1
    assert "found the address 127.0.0.1. To allow it, name it in private_hosts" in said


def post_to(url: str) -> str:
    """What one attempt to post a digest there came to."""
    now = datetime(2026, 3, 2, 12, tzinfo=UTC)
    message = Message(1, 1, 1, url, "<m1@exemple.test>", ("q",), now, "pending", 0, 0, None, None, None)
    carrier = WebhookCarrier({url: Webhook(url=url)}, KEY, frozenset(), "Vigie/essai", lambda: now)
    return carrier.deliver(message, Letter("un nouveau", "{}", ""), lambda: None).said


def crawl_with_names(station: Station, names: dict[str, str], *sources: str) -> Ended:
    """Crawl one source a name, or those given, with these addresses behind the names."""
    for name in () if sources else names:
        limits = {"request_seconds": 1, "run_seconds": 60}
        feeds = [f"http://{name}/rss"]
        station.add_source(name.partition(".")[0], "", homepage=f"http://{name}/", feeds=feeds, limits=limits)
    station.register()
    chosen = sources or [name.partition(".")[0] for name in names]
    words = [word for source in chosen for word in ("--source", source)]
    command = [sys.executable, "-c", OWN_NAMES, "--config", str(station.config), "--once", *words]
    environment = {**os.environ, "TEST_NAMES": json.dumps(names)}
    return end_of(
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    )
