"""A newsroom whose entry points go wrong in every way, visited four times while they change.

One source a fault, all on the bad neighbourhood's address (`TROUBLE`); what has to change between two visits is pinned
on the address of `rempart`. All bytes are our own.
"""

from pathlib import Path

from tests.crawler.crawling import LONG_AGO, Ended, Station
from tests.hazards.asking import ask_vigie
from tests.site.messages import Request, Response
from tests.site.request_log import LoggedRequest
from tests.site.server import Site
from tests.site.trouble import ADDRESSES, TROUBLE

RSS = "application/rss+xml"
SITEMAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
PINNED = "rempart"
SECRET = "mot-de-passe-du-serveur"
LINKS = tuple(f"/article/{n}-le-poste-de-la-gare-garde-ses-effectifs" for n in range(20))


def make_item(title: str, link: str, more: str = "") -> str:
    """One item of a feed."""
    return f"<item><title>{title}</title><link>{link}</link>{more}</item>"


def make_feed(*items: str, doctype: str = "") -> bytes:
    """A feed of these items."""
    head = f'<?xml version="1.0" encoding="UTF-8"?>{doctype}<rss version="2.0"><channel><title>Fil du val</title>'
    return f"{head}{''.join(items)}</channel></rss>".encode()


def make_listing(*links: str) -> bytes:
    """A page of news with these links."""
    rows = "".join(
        f'<li><h2><a href="{link}">Le poste de la gare garde ses effectifs de nuit</a></h2></li>' for link in links
    )
    return f"<html><body><h1>Actualités</h1><main><ul>{rows}</ul></main></body></html>".encode()


class BadFeeds:
    """The station with its sources, what its visits ended with, and what was pinned."""

    def __init__(self, folder: Path, site: Site) -> None:
        self.site = site
        self.station = Station(folder, site, ADDRESSES)
        self.secret = folder / "secret.txt"
        self.secret.write_text(SECRET, encoding="utf-8")
        self.visits: list[Ended] = []
        self.asked: list[tuple[LoggedRequest, ...]] = []
        self.base = f"http://{TROUBLE}:{site.port}"
        self._before = self._read_configuration()

    def pin(self, path: str, body: bytes, content_type: str = RSS, **options: object) -> str:
        """Answer that path with this from now on; returns its address."""
        self.site.put(PINNED, path, Response(body, content_type, **options))  # type: ignore[arg-type]
        return self.site.url(PINNED, path)

    def body_of(self, path: str) -> bytes:
        """What is pinned there."""
        return self.site.find(Request("GET", path, self.site.address(PINNED))).body

    def visit(self, *sources: str) -> str:
        """Visit these sources as they are due now; returns what was logged."""
        self.site.forget_requests()
        self.visits.append(self.station.crawl(*sources))
        self.asked.append(self.site.requests())
        return self.visits[-1].errors

    def a_day_later(self) -> None:
        """Every address was read whole more than a day ago."""
        self.station.execute("UPDATE entry_point SET last_full_at = ?, last_archived_at = ?", LONG_AGO, LONG_AGO)

    def add(self, source: str, **keys: object) -> None:
        """A source of the bad neighbourhood."""
        self.station.add_source(source, TROUBLE, **keys)
        self._before = self._read_configuration()

    def is_configuration_untouched(self) -> bool:
        """Whether every file of the configuration still reads as the operator wrote it."""
        return self._read_configuration() == self._before

    def outcome_of(self, address: str) -> str:
        """How the last look at this entry point ended."""
        ((outcome,),) = self.station.rows("SELECT last_outcome FROM entry_point WHERE url = ?", address)
        return str(outcome)

    def seen_by(self, source: str) -> dict[str, str | None]:
        """Path and title of everything that the entry points of a source named."""
        rows = self.station.rows("SELECT url, title FROM sighting WHERE source = ?", source)
        return {"/" + url.split("/", 3)[3]: title for url, title in rows}

    def counted(self, source: str, outcome: str) -> int:
        """How many entries of a source met this end."""
        query = "SELECT coalesce(sum(count), 0) FROM day_count WHERE source = ? AND outcome = ?"
        ((count,),) = self.station.rows(query, source, outcome)
        return int(count)

    def say(self, *arguments: str) -> str:
        """What a command prints."""
        done = ask_vigie(self.station, *arguments)
        assert done.code == 0, done.err
        return done.out

    def _read_configuration(self) -> dict[str, bytes]:
        return {str(file): file.read_bytes() for file in sorted(self.station.config.rglob("*")) if file.is_file()}
