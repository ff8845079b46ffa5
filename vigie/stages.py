"""The stages, each as one function that the command line and the daemon share.

Each takes its lock, opens what it needs, works until nothing is left or `stop` says so, and returns named counts. All
of them can be killed at any moment and run twice.
"""

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from random import Random
from typing import IO, TYPE_CHECKING

from archive.catalogue import Catalogue, documents, errands, sketches, sources
from archive.catalogue.captures import Capture
from archive.locks import find_holder, hold_stage
from archive.outcomes import Outcome
from archive.store import Archive, check_free_space, repair_files
from archive.withdrawals import reconcile
from config.source import Source
from crawler.scope import Scopes
from indexer import checking, projection, repairing
from indexer.checking import Checked
from indexer.engines.base import IndexUnusableError
from indexer.projection import Projected
from indexer.repairing import Repaired
from vigie.crawl_child import CrawlChild, CrawlEnd, CrawlRequest
from vigie.installation import Installation
from vigie.registering import Registered, register_all

if TYPE_CHECKING:
    from crawler.extraction.pool import Pool
    from crawler.importing import Imported

logger = logging.getLogger(__name__)

Stop = Callable[[], bool]
POLL_SECONDS = 0.2  # between two looks at whether a crawl child has ended
GRACE_SECONDS = 10  # beyond the time a child has to stop by itself

CRAWL_SINCE = "crawl_since"
EXTRACT_AGAIN = "extract_again"
REPAIR_INDEX = "repair_index"


def never() -> bool:
    """Work until nothing is left."""
    return False


@dataclass(frozen=True)
class Prepared:
    """What was mended and registered before a crawl."""

    repairs: tuple[str, ...]
    registered: Registered


def prepare(installation: Installation, catalogue: Catalogue) -> Prepared:
    """Mend what a killed process left, hide what the list of withdrawals names, make the configured sources known."""
    now = installation.clock()
    repairs = (*repair_files(catalogue, now), *apply_withdrawals(installation, catalogue))
    for repair in repairs:
        logger.warning("%s", repair)
    return Prepared(repairs, register_all(catalogue, installation.sources, installation.settings, now))


def apply_withdrawals(installation: Installation, catalogue: Catalogue) -> list[str]:
    """Bring the list of withdrawals and the catalogue to the same; a sentence for each that the catalogue lacked."""
    done = reconcile(catalogue, installation.clock(), installation.make_id)
    return [f"{one.url}: withdrawn on {one.at:%Y-%m-%d}; it is hidden here too now" for one in done.applied]


@dataclass(frozen=True)
class CrawlOrder:
    """A crawl as a person asks for it: which sources, visited now or only where due, and whether their articles
    are looked at again although the plan names a later time."""

    sources: Sequence[str] = ()
    since: date | None = None
    only_due: bool = False
    look_again: bool = False


def crawl_once(
    installation: Installation,
    order: CrawlOrder,
    *,
    wait: bool = False,
    stop: Stop = never,
    errors: IO[bytes] | None = None,
    watch: Callable[[Catalogue], None] = lambda catalogue: None,
) -> CrawlEnd:
    """One crawl until nothing is due any more. `watch` is called now and then while it runs."""
    with hold_stage(installation.folder, "crawl", wait=wait, stop=stop), installation.open_catalogue() as catalogue:
        prepare(installation, catalogue)
        check_free_space(installation.folder, installation.settings.limits.free_space_bytes)
        chosen = [installation.sources[name] for name in order.sources] or list(installation.loaded.enabled)
        _make_due(catalogue, chosen, order, installation.clock())
        request = CrawlRequest([source.id for source in chosen], order.since, once=True)
        child = CrawlChild(installation.loaded, request, installation.clock(), errors)
        return attend(child, installation.settings.limits.stop_seconds, stop, lambda: watch(catalogue))


def attend(child: CrawlChild, stop_seconds: float, stop: Stop, watch: Callable[[], None]) -> CrawlEnd:
    """Wait for a child; stop it when asked, kill it when it does not stop in time."""
    try:
        while not stop():
            end = child.wait(POLL_SECONDS)
            if end is not None:
                return end
            watch()
    except KeyboardInterrupt:
        pass
    child.stop()
    end = child.wait(stop_seconds + GRACE_SECONDS)
    if end is None:
        child.kill()
        end = child.wait()
    assert end is not None
    return end


def _make_due(catalogue: Catalogue, chosen: Sequence[Source], order: CrawlOrder, now: datetime) -> None:
    """A person asks now: sources are due at once, and so are their articles where that was asked."""
    for source in chosen:
        with catalogue.write() as transaction:
            if not order.only_due:
                sources.update_source(transaction, source.id, next_visit_at=now)
        if order.look_again:
            _look_again(catalogue, source.id, now)


def _look_again(catalogue: Catalogue, source_id: str, now: datetime) -> None:
    after = ""
    while True:
        with catalogue.write() as transaction:
            page = documents.list_ids_of_source(transaction, source_id, after=after, limit=400)
            for document_id in page:
                documents.ask_to_look(transaction, document_id, now)
        if not page:
            return
        after = page[-1]


def extract(
    installation: Installation,
    *,
    again: bool = False,
    wait: bool = False,
    stop: Stop = never,
    report: Callable[[Capture, Outcome], None] = lambda capture, outcome: None,
    pool: "Pool | None" = None,
) -> Counter[str]:
    """Text and fields from every capture that waits; how many met each end. `again` adds older extractors' work.

    The workers of `pool` are used, and stay, where the caller has some.
    """
    # loading the parsers takes most of a second, and only this stage needs them
    from crawler.extracting import Extracting

    with hold_stage(installation.folder, "extract", wait=wait, stop=stop), installation.open_catalogue() as catalogue:
        stage = Extracting(
            catalogue,
            installation.settings,
            installation.sources,
            installation.clock,
            installation.make_id,
            again=again,
            stop=stop,
            report=report,
            pool=pool,
        )
        return stage.run()


def import_files(
    installation: Installation,
    files: Sequence[Path],
    *,
    wait: bool = False,
    stop: Stop = never,
    report: Callable[[int, int], None] = lambda done, of: None,
) -> "Imported":
    """Take in WARC files of others; pages in scope wait for extraction like all others."""
    from crawler.importing import Importing  # it loads libraries that only this stage and extraction need

    settings = installation.settings
    with hold_stage(installation.folder, "import", wait=wait, stop=stop), installation.open_catalogue() as catalogue:
        check_free_space(installation.folder, settings.limits.free_space_bytes)
        prepare(installation, catalogue)
        archive = Archive(
            catalogue, operator=settings.contact, clock=installation.clock, file_bytes=settings.limits.warc_bytes
        )
        scopes = Scopes(installation.sources.values())
        try:
            return Importing(catalogue, archive, settings, scopes, installation.clock, stop, report).run(files)
        finally:
            archive.close()


@dataclass(frozen=True)
class Indexed:
    """What a run of the projection did; `rebuilt` says why the index was made anew, where it was."""

    projected: Projected
    rebuilt: str | None = None


def project(
    installation: Installation,
    *,
    wait: bool = False,
    stop: Stop = never,
    report: Callable[[int, int], None] = lambda done, of: None,
) -> Indexed | None:
    """Bring the sketches and the search index up to the end of the log; an index that is missing or unusable is made
    anew. The sketches come first: they need no search server, and an archive that has none yet gets them once.

    None where `stop` interrupted the making, which goes on at the next run.
    """
    with (
        hold_stage(installation.folder, "project", wait=wait, stop=stop),
        installation.open_catalogue() as catalogue,
    ):
        sketches.follow(catalogue, stop=stop)
        return _bring_index_up_to_date(installation, catalogue, stop, report)


def _bring_index_up_to_date(
    installation: Installation, catalogue: Catalogue, stop: Stop, report: Callable[[int, int], None]
) -> Indexed | None:
    with installation.open_engine() as engine:
        try:
            return Indexed(projection.follow(catalogue, engine, stop=stop))
        except IndexUnusableError as error:
            logger.warning("%s It is made anew now.", error)
            done = projection.rebuild(catalogue, engine, stop=stop, report=report)
            return None if done is None else Indexed(done, str(error))


def rebuild(
    installation: Installation,
    *,
    stop: Stop = never,
    report: Callable[[int, int], None] = lambda done, of: None,
) -> Projected | None:
    """Make the search index anew beside the one in use, which goes on being searched and followed until the swap."""
    with installation.open_catalogue() as catalogue, installation.open_engine() as engine:
        for applied in apply_withdrawals(installation, catalogue):
            logger.warning("%s", applied)
        built = projection.build_beside(catalogue, engine, stop=stop, report=report)
        if built is None:
            return None
        with hold_stage(installation.folder, "project", wait=True, stop=stop):
            return projection.take_over(catalogue, engine, *built)


def check_index(installation: Installation, *, sample: int = checking.SAMPLE) -> Checked:
    """Hold the search index against the catalogue; takes no lock and changes nothing."""
    with installation.open_catalogue() as catalogue, installation.open_engine() as engine:
        return checking.check(catalogue, engine, sample=sample, chance=Random())


def repair_index(
    installation: Installation, *, sample: int = checking.SAMPLE, wait: bool = False, stop: Stop = never
) -> Repaired:
    """Check the search index, mend just what is wrong with it, and check it again."""
    with (
        hold_stage(installation.folder, "project", wait=wait, stop=stop),
        installation.open_catalogue() as catalogue,
        installation.open_engine() as engine,
    ):
        return repairing.repair(catalogue, engine, sample=sample, chance=Random(), stop=stop)


def match(
    installation: Installation,
    *,
    wait: bool = False,
    stop: Stop = never,
) -> Counter[str]:
    """Saved queries on new changes, then every digest that is due; counts of matches and of messages made."""
    from vigie import alerting  # templates and mail are loaded by this stage and the next alone

    with hold_stage(installation.folder, "match", wait=wait, stop=stop), installation.open_catalogue() as catalogue:
        return alerting.match_and_compose(installation, catalogue, stop)


def send(installation: Installation, *, wait: bool = False, stop: Stop = never) -> Counter[str]:
    """Every message of the outbox that is due; how many met each end."""
    from vigie import alerting

    with hold_stage(installation.folder, "send", wait=wait, stop=stop), installation.open_catalogue() as catalogue:
        return alerting.send_due(installation, catalogue, stop)


def daemon_runs(installation: Installation) -> str | None:
    """Who runs the daemon of this data folder, or None."""
    return find_holder(installation.folder, "daemon")


def leave_errand(installation: Installation, kind: str, arguments: dict[str, object]) -> int:
    """Ask the running daemon for something; returns the errand's number."""
    with installation.open_catalogue() as catalogue, catalogue.write() as transaction:
        return errands.leave_errand(transaction, kind, arguments, installation.clock())
