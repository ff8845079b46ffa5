"""What all parts of one crawl share: settings, sources, catalogue, archive, the writing thread, the clock, the stop.

Made once by `crawler/run.py` and passed in; nothing here is opened or read at import.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from archive.catalogue import Catalogue
from archive.catalogue.hosts import Host
from archive.store import Archive
from config.models import Limits, Settings
from config.public_addresses import plain_host
from config.source import Source
from crawler.entry_reader import EntryReader
from crawler.receiving import Receiving
from crawler.recording import Recorder
from crawler.run_book import RunBook
from crawler.scope import Scopes
from crawler.urls import host_of, port_of

End = Literal["finished", "retired", "interrupted", "disk_full", "failed"]


@dataclass(frozen=True)
class Terms:
    """What was asked of this crawl: which sources (None: all), back to when, whether it ends when nothing is due."""

    sources: tuple[str, ...] | None = None
    since: datetime | None = None
    once: bool = False


@dataclass
class Desk:
    """The shared state of one crawl child. `child` names it in leases and runs.

    `intervals` are the shortest ones that each source's hosts can carry. `just_leased` are the hosts that the plan has
    taken and of which nothing was asked yet, as the catalogue knows them.
    """

    settings: Settings
    sources: Mapping[str, Source]
    intervals: Mapping[str, timedelta]
    catalogue: Catalogue
    archive: Archive
    recorder: Recorder
    clock: Callable[[], datetime]
    child: str
    terms: Terms
    allowed: frozenset[str]
    book: RunBook
    scopes: Scopes = field(init=False)
    receiving: Receiving = field(init=False)
    reader: EntryReader = field(init=False)
    counts: Counter[str] = field(default_factory=Counter)
    crawl_delays: dict[str, timedelta] = field(default_factory=dict)
    just_leased: dict[str, Host] = field(default_factory=dict)
    responses: int = 0
    end: End | None = None
    why: str = ""
    stop_asked: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.scopes = Scopes(self.sources.values())
        self.receiving = Receiving(self.settings.limits.child_bytes)
        self.reader = EntryReader(self.recorder, self.settings.limits)
        self._delays = _delays_by_host(self.sources.values(), self.settings)

    def close(self) -> None:
        """Finish what was handed over and end the worker. Called after the event loop has ended."""
        self.reader.close()
        self.recorder.close()

    @property
    def stopping(self) -> bool:
        """True once no new request may be sent."""
        return self.end is not None

    def stop(self, end: End, why: str = "") -> None:
        """Send no new request from now on; what is under way ends. The first reason given stays, a full disk wins."""
        if self.end is None or end == "disk_full":
            self.end, self.why = end, why
        self.stop_asked.set()

    def retire_if_old(self) -> None:
        """After so many responses a fresh process takes over; not where somebody waits for this one's end."""
        if self.responses >= self.settings.limits.child_responses and not self.terms.once:
            self.stop("retired")

    async def wait(self, seconds: float) -> bool:
        """Wait, unless the crawl stops meanwhile; True where the time passed."""
        if seconds <= 0:
            return not self.stopping
        try:
            await asyncio.wait_for(self.stop_asked.wait(), seconds)
        except TimeoutError:
            return True
        return False

    def limits_of(self, source_id: str) -> Limits:
        """The limits that hold for a source; the settings' for one that left the configuration."""
        source = self.sources.get(source_id)
        return self.settings.limits if source is None else self.settings.limits_of(source)

    def delay_of(self, host: str) -> timedelta:
        """The pause between two requests to a host: the longest of the sources that lie on it."""
        return self._delays.get(host, self.settings.politeness.delay)

    def list_delays(self) -> dict[str, float]:
        """The pause in seconds of every host that lies in a source's scope."""
        return {host: pause.total_seconds() for host, pause in self._delays.items()}

    def may_visit(self, url: str) -> bool:
        """False for every public host while no contact address is set."""
        return self.settings.contact is not None or f"{plain_host(host_of(url))}:{port_of(url)}" in self.allowed


def _delays_by_host(sources: Iterable[Source], settings: Settings) -> dict[str, timedelta]:
    delays: dict[str, timedelta] = {}
    for source in sources:
        for host in source.hosts:
            delays[host] = max(delays.get(host, timedelta(0)), settings.delay_of(source))
    return delays
