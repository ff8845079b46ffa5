"""Crawls of hosts that go wrong in every way that a network, a server or a certificate can, on limits of seconds.

`make_bad_answers` is a host whose pages go wrong one by one, `make_bad_hosts` are hosts that go wrong as a whole. All
are of this machine, apart from a name that does not exist and an address that cannot be reached.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from tests.crawler.crawling import Ended, Station
from tests.hazards.asking import ask_vigie
from tests.hazards.tls_hosts import EXPIRED, MISNAMED, OLD, SOUND, UNSIGNED, run_tls_hosts
from tests.site.request_log import LoggedRequest
from tests.site.server import Site
from tests.site.trouble import ADDRESSES, NEIGHBOURS, TROUBLE
from tests.site.trouble.robots import CASES

CONTACT = "contact: essai@exemple.test\n"
REQUEST_SECONDS = 2
BODY_BYTES = 4 * 2**20
SILENT_PORT = "127.0.0.40:9"  # nobody listens
OUT_OF_REACH = "224.0.0.1"  # a group of hosts, to which no connection leads
UNKNOWN = "presse.invalid"
FIRST, SECOND, RESETTING, CLOSED, WALL, RAYS, *WAITING = NEIGHBOURS

TLS_SOURCES = {SOUND: "chiffree", EXPIRED: "perimee", UNSIGNED: "auto-signee", MISNAMED: "autre-nom", OLD: "vieille"}


@dataclass(frozen=True)
class Pause:
    """What a host asks for, how long it is then left alone, and how often it says so before it is."""

    host: str
    status: int
    asked: str
    seconds: int
    said: int = 1

    @property
    def source(self) -> str:
        """The source on that host."""
        return f"pause-{self.host.rpartition('.')[2]}"

    @property
    def paths(self) -> list[str]:
        """More pages that throttle than the host is asked for."""
        return [f"/status/{self.status}?retry-after={self.asked}&n={number}" for number in range(3)]


PAUSES = (
    Pause(WAITING[0], 429, "5", 900, said=2),
    Pause(WAITING[1], 503, "0", 900, said=2),
    Pause(WAITING[2], 429, "7200", 7200),
    Pause(WAITING[3], 503, "date:3600", 3600),
    Pause(WAITING[4], 429, "-1", 300),
    Pause(WAITING[5], 429, "soon", 300),
    Pause(WAITING[6], 429, "31536000", 86400),
)

# each fault of a page and the last outcome of its address; None: it waits for its next attempt
ENDS: dict[str, str | None] = {
    "/article/sain": "fetched",
    "/empty": "odd_status",
    "/status/204": "odd_status",
    "/status/206": "odd_status",
    "/status/999": "odd_status",
    "/status/000": "odd_status",
    "/status/401": "refused",
    "/status/402": "refused",
    "/status/403": "refused",
    "/status/404": "gone",
    "/status/410": "gone",
    "/status/451": "gone",
    "/status/501": None,
    "/flaky/2/x": "fetched",
    "/hang": None,
    "/hang-in-body": None,
    "/drip?pause=0.5": None,
    "/reset": None,
    "/short": None,
    "/cut-chunked": None,
    "/no-length": "fetched",
    "/cut-gzip": "fetched",
    "/not-gzip": "bad_encoding",
    "/encoding/zebre": "bad_encoding",
    "/double-gzip": "fetched",
    "/bomb?mib=200&coding=gzip": "too_large",
    "/bomb?mib=200&coding=br": "too_large",
    "/bomb?mib=200&coding=zstd": "bad_encoding",
    "/bomb?mib=200&coding=gzip, gzip": "too_large",
    "/grow?mib=300": "too_large",
    "/claims-10-gib": "too_large",
    "/greeting": None,
    "/redirect/ok": "fetched",
    "/redirect/self": "redirect_loop",
    "/redirect/ring-a": "redirect_loop",
    "/redirect/chain/21": "redirect_loop",
    "/redirect/empty": "redirect_refused",
    "/redirect/non-ascii": "fetched",
    "/redirect/utf-8": "fetched",
    "/redirect/protocol-relative": "fetched",
    "/redirect/javascript": "redirect_refused",
    "/redirect/file": "redirect_refused",
    "/redirect/elsewhere": "redirect_refused",
    "/redirect/slashes": "redirect_refused",
    "/redirect/to-self-by-meta": "fetched",
    "/redirect/without-location": "odd_status",
    "/bad-header": "fetched",
    "/endless-headers?lines=400000": None,
    "/long-header?kib=100": None,
    "/two-lengths": None,
}


class BadNetwork:
    """An installation of bad hosts, and what a crawl of it left."""

    def __init__(self, folder: Path, site: Site, further_pairs: Iterable[str] = ()) -> None:
        self.site = site
        self.station = Station(folder, site, ADDRESSES)
        self.ended: Ended | None = None
        self.requests: tuple[LoggedRequest, ...] = ()
        settings = self.station.config / "settings.yaml"
        pairs = "".join(f"  - {pair}\n" for pair in further_pairs)
        settings.write_text(CONTACT + settings.read_text(encoding="utf-8") + pairs, encoding="utf-8")
        self._limits = {"body_bytes": BODY_BYTES, "request_seconds": REQUEST_SECONDS, "run_seconds": 60}

    def crawl(self, *sources: str) -> Ended:
        """Visit these sources, or all, once; what was asked stands in `requests`."""
        self.site.forget_requests()
        self.ended = self.station.crawl(*sources)
        self.requests = self.site.requests()
        return self.ended

    def add(self, source: str, address: str, *paths: str, entry: str | None = None, **keys: object) -> None:
        """A source of the bad neighbourhood whose feed lists these paths, or lies at `entry`."""
        feed = self.station.feed_of(address, *paths) if entry is None else f"http://{address}:{self.site.port}{entry}"
        self.station.add_source(source, address, feeds=[feed], **{"limits": self._limits, **keys})

    def add_elsewhere(self, source: str, base: str) -> None:
        """A source on another host."""
        self.station.add_source(source, "", homepage=f"{base}/", feeds=[f"{base}/rss"], limits=self._limits)

    def address(self, path: str, host: str = TROUBLE) -> str:
        """The address of a fault."""
        return f"http://{host}:{self.site.port}{path.replace(' ', '%20')}"

    def outcome_of(self, path: str, host: str = TROUBLE) -> str | None:
        """The last outcome of a page; None while it waits for another attempt."""
        ((outcome,),) = self.station.rows("SELECT outcome FROM candidate WHERE url = ?", self.address(path, host))
        return None if outcome is None else str(outcome)

    def attempts_at(self, path: str, host: str = TROUBLE) -> list[tuple[str, str]]:
        """Outcome and detail of each request for a page, in order."""
        query = "SELECT outcome, coalesce(detail, '') FROM fetch_attempt WHERE url = ? ORDER BY id"
        return [(str(outcome), str(detail)) for outcome, detail in self.station.rows(query, self.address(path, host))]

    def captures_of(self, path: str, host: str = TROUBLE) -> list[tuple[int, str | None]]:
        """Status and mark of each stored answer of a page."""
        query = "SELECT status, truncated FROM capture WHERE url = ? ORDER BY id"
        return [(status, mark) for status, mark in self.station.rows(query, self.address(path, host))]

    def why_failing(self, source: str) -> str:
        """What the source shows as the reason of its failing; empty where it does not fail."""
        ((why,),) = self.station.rows(
            "SELECT CASE WHEN failing_since IS NULL THEN '' ELSE failing_why END FROM source WHERE id = ?", source
        )
        return str(why)

    def say(self, *arguments: str) -> str:
        """What a command prints."""
        done = ask_vigie(self.station, *arguments)
        assert done.code == 0, done.err
        return done.out


def make_bad_answers(folder: Path, site: Site) -> BadNetwork:
    """One host with every fault of a page, crawled once."""
    site.reset()
    room = BadNetwork(folder, site)
    room.add("ennuis", TROUBLE, *ENDS)
    room.add("voisine", FIRST, "/redirect/next-host", homepage=f"http://{SECOND}:{site.port}/")
    room.add("fermee", CLOSED, *(f"/wall/forbidden/{number}" for number in range(4)))
    room.crawl("ennuis", "voisine", "fermee")
    return room


@contextmanager
def make_bad_hosts(folder: Path, site: Site) -> Iterator[BadNetwork]:
    """Every fault that concerns a whole host, crawled once beside a sound source."""
    site.reset()
    with run_tls_hosts(folder) as (authority, ports), patch.dict(os.environ, {"SSL_CERT_FILE": str(authority)}):
        pairs = [SILENT_PORT, f"{OUT_OF_REACH}:80", *(f"{host}:{port}" for host, port in ports.items())]
        room = BadNetwork(folder, site, pairs)
        room.add_elsewhere("inconnue", f"http://{UNKNOWN}")
        room.add_elsewhere("muette", f"http://{SILENT_PORT}")
        room.add_elsewhere("lointaine", f"http://{OUT_OF_REACH}")
        room.add("coupee", RESETTING, entry="/reset")
        room.add("mur", WALL, *(f"/wall/human-check/{number}" for number in range(4)), "/article/derriere")
        room.add("rayons", RAYS, *(f"/wall/human-check/{number}?ray={number}" for number in range(4)))
        for pause in PAUSES:
            room.add(pause.source, pause.host, *pause.paths)
        for case in CASES:
            room.add(f"robots-{case.name}", case.address, entry="/feed.xml")
        for address, port in ports.items():
            room.add_elsewhere(TLS_SOURCES[address], f"https://{address}:{port}")
        room.crawl()
        yield room
