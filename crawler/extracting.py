"""The extraction stage: captures without a final attempt in, documents and versions out.

Work is whatever the catalogue lists, newest live capture first; nothing is remembered between runs, so the stage can be
killed at any moment and run twice. Pages are parsed in killable workers; this process alone writes, one capture a
transaction, and captures of one document are therefore settled one at a time.
"""

import logging
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from archive.catalogue import Catalogue, Transaction, candidates, captures, extractions
from archive.catalogue.candidates import Sight
from archive.catalogue.captures import Capture
from archive.layout import WARC_FOLDER
from archive.outcomes import Outcome
from archive.records import Entry, Extraction, Rejection
from config.models import Settings
from config.source import Source
from crawler import documents
from crawler.documents import NeighbourFirstError, Rules
from crawler.extraction.extract import EXTRACTOR_VERSION
from crawler.extraction.pool import Failure, Pool
from crawler.extraction.task import Job, Taken
from crawler.extraction.templates.lessons import Lesson, Note
from crawler.scope import Scopes
from crawler.templates import Templates
from crawler.urls import BadUrlError, canonical_form, host_of

logger = logging.getLogger(__name__)

TASK = "crawler.extraction.task:extract_capture"
TRIES = 2  # with one extractor version; then the capture is quarantined
PAGE = 100
PDF_KINDS = frozenset({"union", "association", "federation"})  # whose tracts are PDFs

Report = Callable[[Capture, Outcome], None]


def make_pool(settings: Settings) -> Pool:
    """The workers that the settings ask for; they start when there is work."""
    limits = settings.limits
    return Pool(settings.extraction_workers, limits.parse_seconds, limits.parse_bytes, TASK)


@dataclass
class Extracting:
    """One run of the stage. `again` also takes captures that an older extractor read, after all fresh ones."""

    catalogue: Catalogue
    settings: Settings
    sources: Mapping[str, Source]
    clock: Callable[[], datetime]
    make_id: Callable[[], str]
    again: bool = False
    stop: Callable[[], bool] = lambda: False
    report: Report = lambda capture, outcome: None
    pool: Pool | None = None
    """Workers of the caller's, which stay after the run; without them the run has its own."""
    counts: Counter[str] = field(default_factory=Counter)
    _urgent: deque[int] = field(default_factory=deque)
    _in_hand: dict[int, Capture] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._templates = Templates() if self.settings.templates else None

    def run(self) -> Counter[str]:
        """Work until nothing is left or `stop` says so; returns how many captures met each end."""
        self._scopes = Scopes(self.sources.values())
        with nullcontext(self.pool) if self.pool is not None else make_pool(self.settings) as pool:
            self._work_through(pool)
            while self._urgent and not self.stop():  # asked for by the very last results
                self._work_through(pool)
        return self.counts

    def _work_through(self, pool: Pool) -> None:
        for job, result in pool.map(self.list_jobs(), seconds_of=lambda job: job.seconds):
            capture = self._in_hand.pop(job.capture)
            outcome = self._record(capture, job, result)
            if outcome is not None:
                self.counts[outcome.name] += 1
                self.report(capture, outcome)

    def list_jobs(self) -> Iterator[Job]:
        """Jobs as the pool asks for them; the list is read anew, so fresh captures overtake older ones."""
        after = 0
        while not self.stop():
            page = self._next_page()
            if not page and self.again:
                page, after = self._next_old_page(after)
            if not page:
                return
            for capture in page:
                if self.stop():
                    return
                self._in_hand[capture.id] = capture
                yield self._make_job(capture)

    def _next_page(self) -> list[Capture]:
        with self.catalogue.read() as transaction:
            if self._urgent:
                number = self._urgent.popleft()
                found = captures.read_capture(transaction, number)
                return [found] if found is not None and number not in self._in_hand else []
            return captures.list_to_extract(transaction, limit=self._slice(), beyond=list(self._in_hand))

    def _next_old_page(self, after: int) -> tuple[list[Capture], int]:
        with self.catalogue.read() as transaction:
            page = captures.list_to_extract_again(
                transaction, below=EXTRACTOR_VERSION, after=after, limit=self._slice()
            )
        return [capture for capture in page if capture.id not in self._in_hand], page[-1].id if page else after

    def _slice(self) -> int:
        """A few captures a worker: enough to keep them busy, few enough for a fresh capture to overtake soon."""
        return 4 * self.settings.extraction_workers

    def _make_job(self, capture: Capture) -> Job:
        source = self.sources.get(capture.source)
        limits = self.settings.limits if source is None else self.settings.limits_of(source)
        with self.catalogue.read() as transaction:
            original = capture
            if capture.revisit_of is not None:
                original = captures.read_capture(transaction, capture.revisit_of) or capture
            hints = (
                candidates.read_hints(transaction, capture.candidate, capture.fetched_at) if capture.candidate else ()
            )
            lesson = self._plan_lesson(transaction, capture)
        return Job(
            capture=capture.id,
            folder=Path(self.catalogue.folder) / WARC_FOLDER,
            place=original.place,
            url=capture.url,
            fetched_at=capture.fetched_at,
            content_type=capture.content_type,
            zone=source.zone if source else self.settings.clock.zone,
            language=source.language if source else None,
            hints=hints,
            truncated=capture.truncated is not None,
            body_limit=limits.body_bytes,
            seconds=limits.parse_seconds,
            accelerated=self.settings.accelerated_extraction,
            lesson=lesson,
        )

    def _plan_lesson(self, transaction: Transaction, capture: Capture) -> Lesson | None:
        """A page that failed once is not studied: the time or memory for it may have been what it failed for."""
        if self._templates is None or extractions.count_attempts(transaction, capture.id, EXTRACTOR_VERSION):
            return None
        return self._templates.plan_lesson(transaction, capture)

    def _record(self, capture: Capture, job: Job, taken: Taken | Failure) -> Outcome | None:
        """Write what became of one capture; None where it must be read again, or wait for its neighbour."""
        result = taken.result if isinstance(taken, Taken) else taken
        spent = taken.milliseconds if isinstance(taken, Taken) else None
        note = taken.note if isinstance(taken, Taken) else None
        if note is not None and note.end == "hit" and self._is_void(capture, job):
            self._urgent.append(capture.id)
            return None
        try:
            with self.catalogue.write() as transaction:
                capture = captures.read_capture(transaction, capture.id) or capture  # others may have moved it since
                if isinstance(result, Extraction):
                    outcome = self._record_extraction(transaction, capture, result)
                elif isinstance(result, Rejection) and result.outcome.final:
                    outcome = self._record_rejection(transaction, capture, result)
                else:
                    return self._record_failure(transaction, capture, result, spent)
                detail = result.detail if isinstance(result, Rejection) else ""
                self._note_attempt(transaction, capture, outcome, detail, spent, note)
                captures.mark_extracted(transaction, capture.id, EXTRACTOR_VERSION, outcome)
                if self._templates and job.lesson and note:
                    self._templates.record(transaction, capture.source, job.lesson, note)
                return outcome
        except NeighbourFirstError as error:
            self._urgent += [error.capture_id, capture.id]
            return None

    def _is_void(self, capture: Capture, job: Job) -> bool:
        """Whether the template that this page was read by alone has been found wrong since."""
        return bool(self._templates and job.lesson and self._templates.is_void(capture.source, job.lesson))

    def _record_extraction(self, transaction: Transaction, capture: Capture, result: Extraction) -> Outcome:
        now = self.clock()
        rules = Rules(self._scopes, self.make_id, now)
        stored = extractions.add_extraction(transaction, capture.id, result)
        settle = documents.settle if capture.document is None else documents.take_again
        outcome = settle(transaction, capture, stored, rules)
        self._follow_pdfs(transaction, capture, result.links_to_pdf, now)
        return outcome

    def _record_rejection(self, transaction: Transaction, capture: Capture, result: Rejection) -> Outcome:
        documents.note_rejection(transaction, capture)
        self._follow_pdfs(transaction, capture, result.links_to_pdf, self.clock())
        return result.outcome

    def _record_failure(
        self, transaction: Transaction, capture: Capture, result: Rejection | Failure, spent: int | None
    ) -> Outcome:
        """A crash, a timeout or a parser that gave up: tried once more, then quarantined."""
        tries = self._note_attempt(transaction, capture, result.outcome, result.detail, spent)
        logger.warning("capture %s %s: %s (%s)", capture.id, capture.url, result.outcome.name, result.detail)
        if tries < TRIES:
            return result.outcome
        captures.mark_extracted(transaction, capture.id, EXTRACTOR_VERSION, Outcome.quarantined)
        return Outcome.quarantined

    def _note_attempt(
        self,
        transaction: Transaction,
        capture: Capture,
        outcome: Outcome,
        detail: str,
        spent: int | None,
        note: Note | None = None,
    ) -> int:
        return extractions.add_attempt(
            transaction, capture.id, EXTRACTOR_VERSION, outcome, at=self.clock(), milliseconds=spent, detail=detail,
            template=note.end if note else None,
        )  # fmt: skip

    def _follow_pdfs(self, transaction: Transaction, capture: Capture, links: tuple[str, ...], now: datetime) -> None:
        """PDFs linked from a union's page are candidates, with the page as their context."""
        source = self.sources.get(capture.source)
        if source is None or source.kind not in PDF_KINDS:
            return
        for url in links:
            judged = self._scopes.judge(url)
            try:
                key = canonical_form(url)
            except BadUrlError:
                continue
            sight = Sight(
                entry=Entry(url=url, through="link"),
                canonical=key,
                host=host_of(url),
                source=judged.source or capture.source,
                via=capture.via,
                closed=judged.closed,
                newest_hint_at=capture.fetched_at,
                context_url=capture.url,
            )
            candidates.record_sight(transaction, sight, now)
