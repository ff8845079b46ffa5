"""One crawl as a child process with a named end.

    python -m crawler.run [--config FOLDER] [--source ID ...] [--since DATE] [--once] [--parent PID]

Sources are registered before by `vigie`, which starts this process and watches over it; what is due stands in the
catalogue. The last line on standard output is JSON: the end, the counts by outcome, the seconds. Exit codes:
0 finished or retired, 1 failed, 2 not started (configuration, catalogue, contact), 4 disk full, 5 interrupted.
One SIGTERM: no new request, what is under way ends or is cut within limits.stop_seconds. A second one: out at once;
nothing is lost, since every answer is durable before it is used.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import time
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from datetime import time as day_time
from pathlib import Path
from zoneinfo import ZoneInfo

from archive.catalogue import Catalogue, candidates, hosts, open_catalogue, utc_now
from archive.errors import ArchiveError, FreeSpaceError
from archive.store import Archive, check_free_space
from config.faults import ConfigurationError
from config.intervals import carried_intervals
from config.loading import Loaded, load_valid
from config.public_addresses import allowed_pairs
from config.source import Source
from crawler.desk import Desk, Terms
from crawler.recording import Recorder
from crawler.recovery import live_child, recover
from crawler.run_book import RunBook
from crawler.urls import host_of, port_of

logger = logging.getLogger(__name__)

EXIT_CODES = {"finished": 0, "retired": 0, "failed": 1, "disk_full": 4, "interrupted": 5}
EXIT_NOT_STARTED = 2
REOPEN_SLICE = 50
PARENT_SECONDS = 2.0  # how soon the parent's death is noticed


class NotStartedError(Exception):
    """The crawl cannot begin; the message is for people."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one crawl and return its exit code."""
    asked = _parse(arguments)
    try:
        loaded = load_valid(asked.config)
        terms = make_terms(loaded, asked.source, asked.since, once=asked.once)
        catalogue = open_catalogue(loaded.settings.data_folder)
    except (ConfigurationError, ArchiveError, NotStartedError) as error:
        print(error, file=sys.stderr)
        _print_end("refused", {}, 0, 0.0, str(error))
        return EXIT_NOT_STARTED
    try:
        check_free_space(catalogue.folder, loaded.settings.limits.free_space_bytes)
        return crawl(loaded, catalogue, terms, asked.parent)
    except FreeSpaceError as error:
        print(error, file=sys.stderr)
        _print_end("disk_full", {}, 0, 0.0, str(error))
        return EXIT_CODES["disk_full"]
    finally:
        catalogue.close()


def make_terms(loaded: Loaded, chosen: Sequence[str], since: date | None, *, once: bool) -> Terms:
    """What to crawl. Raises `NotStartedError` for unknown sources, and where no host may be visited yet."""
    unknown = [name for name in chosen if name not in loaded.sources]
    if unknown:
        raise NotStartedError(f"{', '.join(unknown)}: no such source. See `vigie sources list`.")
    off = [name for name in chosen if not loaded.sources[name].enabled]
    if off:
        reasons = "; ".join(f"{name}: is off ({(loaded.sources[name].reason or '').rstrip('.')})" for name in off)
        raise NotStartedError(f'{reasons}. Write "enabled: true" in its entry to have it visited.')
    wanted = [loaded.sources[name] for name in chosen] if chosen else list(loaded.enabled)
    if loaded.settings.contact is None:
        wanted = _only_private(wanted, loaded)
    zone = ZoneInfo(loaded.settings.clock.zone)
    start = datetime.combine(since, day_time(), zone) if since else None
    limited = bool(chosen) or loaded.settings.contact is None
    return Terms(tuple(source.id for source in wanted) if limited else None, start, once)


def crawl(loaded: Loaded, catalogue: Catalogue, terms: Terms, parent: int | None = None) -> int:
    """Crawl with a catalogue that is open, print the end, return the exit code."""
    started = time.monotonic()
    with live_child(catalogue.folder) as child:
        for sentence in recover(catalogue, utc_now):
            print(sentence, file=sys.stderr)
        _reopen(catalogue, terms, loaded.sources)
        file_bytes = loaded.settings.limits.warc_bytes
        archive = Archive(catalogue, operator=loaded.settings.contact, clock=utc_now, file_bytes=file_bytes)
        desk = _make_desk(loaded, catalogue, archive, terms, child)
        try:
            _run_scrapy(desk, parent)
        finally:
            _close(desk)
    end = desk.end or "failed"
    _print_end(end, dict(desk.counts), desk.responses, time.monotonic() - started, desk.why)
    return EXIT_CODES[end]


def _only_private(wanted: list[Source], loaded: Loaded) -> list[Source]:
    """Before a contact is set only hosts of our own may be visited."""
    allowed = allowed_pairs(loaded.settings.private_hosts)
    own = [source for source in wanted if {_pair(point.url) for point in source.entry_points} <= allowed]
    if not own:
        raise NotStartedError(
            f"{loaded.folder / 'settings.yaml'}: contact: no public host is visited before it is set; "
            "put in an e-mail address or a URL at which publishers can reach you."
        )
    return own


def _pair(url: str) -> str:
    return f"{host_of(url)}:{port_of(url)}"


def _reopen(catalogue: Catalogue, terms: Terms, sources: Iterable[str]) -> None:
    """`--since`: what was closed as too old and is newer than that goes back to the queue, as back-fill."""
    if terms.since is None:
        return
    for source in terms.sources if terms.sources is not None else sources:
        while True:
            with catalogue.write() as transaction:
                reopened = candidates.reopen_since(transaction, source, terms.since, limit=REOPEN_SLICE)
            if reopened < REOPEN_SLICE:
                break


def _make_desk(loaded: Loaded, catalogue: Catalogue, archive: Archive, terms: Terms, child: str) -> Desk:
    return Desk(
        settings=loaded.settings,
        sources=loaded.sources,
        intervals=carried_intervals(loaded.sources.values(), loaded.settings),
        catalogue=catalogue,
        archive=archive,
        recorder=Recorder(),
        clock=utc_now,
        child=child,
        terms=terms,
        allowed=allowed_pairs(loaded.settings.private_hosts),
        book=RunBook(child),
    )


def _run_scrapy(desk: Desk, parent: int | None) -> None:
    """Scrapy's own process class: only with it does our resolver see every name."""
    from scrapy.crawler import AsyncCrawlerProcess

    from crawler.logs import quieten
    from crawler.settings import make_settings
    from crawler.spiders.news import NewsSpider

    process = AsyncCrawlerProcess(make_settings(desk.settings, desk.list_delays(), once=desk.terms.once))
    quieten()  # the process sets logging up anew
    process.crawl(NewsSpider, desk=desk, when_running=lambda: _listen(desk, parent))
    process.start(install_signal_handlers=False)


def _listen(desk: Desk, parent: int | None) -> None:
    """Stop on a signal, and when the parent is gone: nobody would watch over this process any more."""
    loop = asyncio.get_running_loop()

    def watch_parent() -> None:
        if os.getppid() != parent:
            logger.warning("the process that started this crawl is gone")
            desk.stop("interrupted")
        else:
            loop.call_later(PARENT_SECONDS, watch_parent)

    if parent is not None:
        watch_parent()

    def stop() -> None:
        if desk.end == "interrupted":
            os._exit(EXIT_CODES["interrupted"])
        logger.info("asked to stop: no new request, what is under way ends")
        desk.stop("interrupted")

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop)


def _close(desk: Desk) -> None:
    """Finish what was handed over, close the WARC file, give back hosts and runs."""
    desk.close()
    try:
        desk.archive.close()
        with desk.catalogue.write() as transaction:
            for source in desk.book.list_open():
                desk.book.close(transaction, source, desk.clock(), desk.end or "failed")
            hosts.release_hosts(transaction, desk.child)
    except (ArchiveError, OSError) as error:
        logger.error("%s", error)  # the next start repairs what could not be closed now


def _print_end(end: str, counts: dict[str, int], responses: int, seconds: float, why: str) -> None:
    line: dict[str, object] = {"end": end, "counts": dict(sorted(counts.items())), "responses": responses}
    line |= {"seconds": round(seconds, 2)} | ({"why": why} if why else {})
    with contextlib.suppress(BrokenPipeError):  # whoever started this crawl is gone
        os.write(sys.stdout.fileno(), f"{json.dumps(line)}\n".encode())


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m crawler.run", description="Run one crawl.")
    parser.add_argument("--config", type=Path, help="configuration folder (VIGIE_CONFIG, or config)")
    parser.add_argument("--source", action="append", default=[], metavar="ID", help="only this source; repeatable")
    parser.add_argument("--since", type=date.fromisoformat, metavar="DATE", help="take older entries too, back to DATE")
    parser.add_argument("--parent", type=int, metavar="PID", help="end when this process does")
    parser.add_argument("--once", action="store_true", help="end when nothing is due any more")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
