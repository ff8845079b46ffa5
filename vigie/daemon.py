"""The daemon: one parent that holds the locks, keeps a crawl child alive and lets the stages run by the clock.

The parent itself neither fetches nor parses. Its main thread watches the crawl child and waits for signals; the jobs
run in the scheduler's threads. One SIGTERM stops everything within the limit and loses nothing; a second one does not
wait. Where the parent is killed, its children notice and end by themselves. SIGHUP reads the configuration again; one
with an error is refused whole and the last good one stays.
"""

import logging
import shutil
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from archive.catalogue import Catalogue, require_catalogue, update_catalogue
from archive.errors import ArchiveError, CatalogueError, StageBusyError
from archive.locks import hold_stage
from archive.store import repair_files
from config.copying import copy_configuration
from config.loading import load, load_valid
from config.models import Settings
from crawler.extraction.pool import PoolError
from indexer.alerts.errors import MailSettingsError
from indexer.engines.base import EngineError
from vigie import regular_work, stages
from vigie.clock_watch import ClockWatch, find_lag
from vigie.crawl_keeper import CrawlKeeper
from vigie.installation import Installation
from vigie.schedule import call_soon, make_scheduler
from vigie.warm_workers import WarmWorkers
from vigie.web_keeper import WebKeeper

logger = logging.getLogger(__name__)

TICK_SECONDS = 0.5  # between two looks at the crawl child
SNAPSHOT = "daemon/config"  # the last good configuration, which crawl children read


@dataclass
class Daemon:
    """One run of the daemon over one installation."""

    installation: Installation
    folder: Path
    stopping: threading.Event = field(default_factory=threading.Event)
    at_once: threading.Event = field(default_factory=threading.Event)
    reading_again: threading.Event = field(default_factory=threading.Event)
    _complaints: dict[str, str] = field(default_factory=dict)
    _kept_settings: Settings | None = None
    _is_untidy: bool = False
    _workers: WarmWorkers = field(default_factory=WarmWorkers)
    _asking: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> None:
        """Work until SIGTERM or Ctrl-C. Raises `StageBusyError` where another daemon or crawl runs."""
        data = self.installation.folder
        require_catalogue(data)  # before a lock file is made where a disk is not mounted
        with hold_stage(data, "daemon"), hold_stage(data, "crawl"):
            catalogue = update_catalogue(data)
            try:
                self._work(catalogue)
            finally:
                catalogue.close()
        logger.info("stopped")

    def ask_to_stop(self) -> None:
        """Stop in good order; asked twice, at once."""
        if self.stopping.is_set():
            self.at_once.set()
        self.stopping.set()

    def _work(self, catalogue: Catalogue) -> None:
        self._check(catalogue)
        self._catalogue = catalogue
        self.installation = self._read_again()
        if self._kept_settings is None:
            load_valid(self.folder)  # raises with every fault, unless they were mended this very moment
        keeper = CrawlKeeper(self._begin_child, lambda _: self._clean_up())
        page = WebKeeper()
        watch = ClockWatch(self.installation.clock)
        self._warn(find_lag(catalogue, self.installation.clock()))
        self._scheduler = make_scheduler(self.installation.settings.clock, self._jobs(catalogue))
        self._scheduler.start()
        try:
            while not self.stopping.wait(TICK_SECONDS):
                catalogue.require_in_place()
                self._warn(watch.look())
                keeper.look(self.installation)
                page.look(self.installation)
                if self.reading_again.is_set():
                    self.reading_again.clear()
                    self.installation = self._read_again()
        finally:
            with self._asking:  # whoever asks the scheduler for a job has done so by now
                self.stopping.set()
            page.stop()
            keeper.stop(self.installation.settings.limits.stop_seconds, self.at_once.is_set)
            self._scheduler.shutdown(wait=not self.at_once.is_set())
            if not self.at_once.is_set():  # otherwise one may be at work; it ends when its input does
                self._workers.close()

    @staticmethod
    def _check(catalogue: Catalogue) -> None:
        damage = catalogue.check_integrity()
        if damage:
            raise CatalogueError(
                f"{catalogue.folder}: the catalogue is damaged ({damage[0]}). Nothing was written. Put the latest "
                "backup back (`vigie restore`, then `vigie rebuild`), or move the folder away and start anew."
            )

    def _jobs(self, catalogue: Catalogue) -> dict[str, Callable[[], None]]:
        jobs: dict[str, Callable[[], object]] = {
            "extract": lambda: self._extract(catalogue),
            "project": lambda: regular_work.project_waiting(self.installation, catalogue, self.stopping.is_set),
            "match": lambda: self._match(catalogue),
            "send": lambda: regular_work.send_waiting(self.installation, catalogue, self.stopping.is_set),
            "errands": lambda: regular_work.run_errands(self.installation, catalogue, self.stopping.is_set),
            "verify": lambda: regular_work.verify_when_due(self.installation, catalogue),
            "seal": lambda: regular_work.seal_when_due(self.installation, catalogue, self.stopping.is_set),
            "tidy": lambda: regular_work.tidy_when_due(self.installation, catalogue),
        }
        return {name: self._guard(name, job) for name, job in jobs.items()}

    def _extract(self, catalogue: Catalogue) -> None:
        """What was read is brought into the index now, not at its next turn."""
        if regular_work.extract_waiting(self.installation, catalogue, self.stopping.is_set, self._workers):
            self._call_soon("project")

    def _match(self, catalogue: Catalogue) -> None:
        """What was written for the outbox leaves now, not at the next turn of sending."""
        if regular_work.match_waiting(self.installation, catalogue, self.stopping.is_set):
            self._call_soon("send")

    def _call_soon(self, name: str) -> None:
        """Not any more in a stop: the scheduler, which waits there for the job that asks, would not answer."""
        with self._asking:
            if not self.stopping.is_set():
                call_soon(self._scheduler, name)

    def _guard(self, name: str, job: Callable[[], object]) -> Callable[[], None]:
        """A job whose faults are said by name, the same one once, and end nothing but this turn."""

        def run() -> None:
            if self.stopping.is_set():
                return
            try:
                job()
                self._complaints.pop(name, None)
            except StageBusyError as error:
                logger.info("%s waits: %s", name, error)
            except (ArchiveError, EngineError, MailSettingsError, PoolError, OSError) as error:
                self._complain(name, f"{name} does not work: {error}")
            except Exception:
                logger.exception("%s: a fault of the program itself", name)

        return run

    def _begin_child(self) -> Installation:
        """The configuration for the next child: the one on disk where it is good, otherwise the last good one."""
        if self._is_untidy:
            self._clean_up()
        self.installation = self._read_again()
        return self.installation

    def _read_again(self) -> Installation:
        """The configuration as it is now; where it cannot be kept, on a full disk, the last good one stays."""
        try:
            return self._take_in()
        except (ArchiveError, OSError) as error:
            if self._kept_settings is None:
                raise
            self._complain("configuration", f"The configuration that was read last stays in force: {error}")
            return self.installation

    def _take_in(self) -> Installation:
        """The configuration as it is now, kept as a copy; a part that is being edited is seen whole or not at all."""
        copy = self._copy_configuration()
        loaded = load(copy, home=self.folder)
        if not loaded.ok:
            said = "\n".join(str(fault) for fault in load(self.folder).errors) or "it was being written"
            sentence = "The configuration has errors and the last good one stays in force:"
            self._complain("configuration", f"{sentence}\n{said}")
            return self.installation
        self._complaints.pop("configuration", None)
        kept = self.installation.folder / SNAPSHOT
        mine = self.installation
        same = loaded.settings == self._kept_settings and loaded.sources == mine.sources
        same = same and loaded.queries == mine.queries
        if same and kept.exists():
            return self.installation
        shutil.rmtree(kept, ignore_errors=True)
        copy.rename(kept)
        data = self.installation.folder
        settings = loaded.settings.model_copy(update={"data_folder": data})
        fresh = replace(self.installation, loaded=replace(loaded, folder=kept, settings=settings))
        stages.prepare(fresh, self._catalogue)
        self._kept_settings = loaded.settings
        logger.info("%s: configuration read, %d sources to visit", self.folder, len(loaded.enabled))
        return fresh

    def _copy_configuration(self) -> Path:
        target = self.installation.folder / f"{SNAPSHOT}.new"
        shutil.rmtree(target, ignore_errors=True)
        copy_configuration(self.folder, target)
        return target

    @staticmethod
    def _warn(sentence: str | None) -> None:
        if sentence is not None:
            logger.warning("%s", sentence)

    def _complain(self, name: str, sentence: str) -> None:
        """The same complaint is made once."""
        if self._complaints.get(name) != sentence:
            logger.error("%s", sentence)
        self._complaints[name] = sentence

    def _clean_up(self) -> None:
        """Dead children's files are closed; where they ended well there is nothing to do.

        A full disk, on which many a child dies, may not take it: then it is done before the next child.
        """
        self._is_untidy = True
        try:
            for repair in repair_files(self._catalogue, self.installation.clock()):
                logger.warning("%s", repair)
        except (ArchiveError, OSError) as error:
            self._complain("files", f"The files of a dead crawl child are not closed yet: {error}")
            return
        self._is_untidy = False
        self._complaints.pop("files", None)


def install_signals(daemon: Daemon) -> None:
    """SIGTERM and Ctrl-C stop, SIGHUP reads the configuration again. For the main thread."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: daemon.ask_to_stop())
    signal.signal(signal.SIGHUP, lambda *_: daemon.reading_again.set())
