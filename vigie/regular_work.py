"""What the daemon does again and again: each turn asks the catalogue what waits, and does it through the stages."""

import contextlib
import logging
import os
from datetime import datetime, timedelta

from archive import verify as verifying
from archive.catalogue import Catalogue, candidates, captures, errands, outbox, runs, sketches, sources
from archive.catalogue.changes import last_seq, read_watermark
from archive.catalogue.errands import Errand
from archive.errors import StageBusyError
from archive.locks import hold_stage
from archive.repacking import remove_replaced
from archive.store import repair_files
from indexer.projection import CONSUMER
from vigie import sealing, stages
from vigie.installation import INDEX_FOLDER, Installation
from vigie.logs import remove_old_logs
from vigie.warm_workers import WarmWorkers

logger = logging.getLogger(__name__)

VERIFY, SEAL, TIDY = "verify", "seal", "tidy"
REOPEN_SLICE = 200  # candidates a transaction
ERRAND_PATIENCE = timedelta(days=1)  # a source that could not be visited within a day is not waited for


def extract_waiting(installation: Installation, catalogue: Catalogue, stop: stages.Stop, workers: WarmWorkers) -> bool:
    """Extract where captures wait; true where some did."""
    with catalogue.read() as transaction:
        waiting = captures.count_to_extract(transaction)
    now = installation.clock()
    if not waiting:
        workers.let_go(now)
        return False
    try:
        counts = stages.extract(installation, stop=stop, pool=workers.take(installation.settings, now))
    except BaseException:
        workers.close()  # they may have pages in hand that nobody waits for any more
        raise
    logger.info("extracted: %s", dict(counts))
    return True


def project_waiting(installation: Installation, catalogue: Catalogue, stop: stages.Stop) -> None:
    """Sketch and index where the log has grown, or where there is no index at all."""
    with catalogue.read() as transaction:
        behind = last_seq(transaction) - min(read_watermark(transaction, one) for one in (CONSUMER, sketches.CONSUMER))
    if behind or not _has_index(installation):
        done = stages.project(installation, stop=stop)
        if done is not None and done.projected.changes:
            logger.info("indexed: %d changes, %d entries", done.projected.changes, done.projected.indexed)


def match_waiting(installation: Installation, catalogue: Catalogue, stop: stages.Stop) -> bool:
    """Match where the log has grown, a query is new or changed, or a digest is due; true where messages were made."""
    from vigie import alerting

    if not alerting.is_match_due(installation, catalogue):
        return False
    counts = stages.match(installation, stop=stop)
    if counts:
        logger.info("matched: %s", dict(counts))
    return bool(counts["messages"])


def send_waiting(installation: Installation, catalogue: Catalogue, stop: stages.Stop) -> None:
    """Send where a message waits whose time has come."""
    with catalogue.read() as transaction:
        waiting = outbox.list_due(transaction, installation.clock(), 1) or outbox.list_left_sending(transaction)
    if waiting:
        logger.info("sent: %s", dict(stages.send(installation, stop=stop)))


def run_errands(installation: Installation, catalogue: Catalogue, stop: stages.Stop) -> None:
    """What commands asked for while the daemon held their locks, oldest first."""
    with catalogue.read() as transaction:
        asked = errands.list_open_errands(transaction)
    for errand in asked:
        result = _run_errand(installation, catalogue, errand, stop)
        if result is not None:
            with catalogue.write() as transaction:
                errands.finish_errand(transaction, errand.id, result, installation.clock())
            logger.info("errand %d, %s: %s", errand.id, errand.kind, result)


def verify_when_due(installation: Installation, catalogue: Catalogue) -> None:
    """Read the archive back when the last time was long enough ago."""
    if not _is_due(installation, catalogue, VERIFY, installation.settings.clock.verify_every):
        return
    verdict = verifying.verify(catalogue)
    for damage in verdict.damages:
        logger.error("verify: %s: %s", damage.where, damage.what)
    _note_done(installation, catalogue, VERIFY, f"{verdict.captures} captures, {len(verdict.damages)} damages")


def seal_when_due(installation: Installation, catalogue: Catalogue, stop: stages.Stop) -> None:
    """Seal the digests of new records when the last time was long enough ago."""
    if not _is_due(installation, catalogue, SEAL, installation.settings.clock.seal_every):
        return
    done = sealing.seal(installation, stop=stop)
    if done.left_out:
        logger.error("seal: %d records could not be read and are in no seal", done.left_out)
    if done.complaint:
        logger.warning("seal: no time stamp: %s", done.complaint)
    if not stop():
        _note_done(installation, catalogue, SEAL, f"{done.records} records in {len(done.seals)} seals")


def tidy_when_due(installation: Installation, catalogue: Catalogue) -> None:
    """Fold old runs into counts, close what dead processes left open, remove old logs, check the catalogue's file."""
    if not _is_due(installation, catalogue, TIDY, installation.settings.clock.tidy_every):
        return
    now, folded = installation.clock(), 0
    while True:
        with catalogue.write() as transaction:
            done = runs.fold_old_runs(transaction, now)
        folded += done
        if not done:
            break
    repairs = [*repair_files(catalogue, now), *stages.apply_withdrawals(installation, catalogue)]
    removed = _remove_replaced(installation, catalogue)
    logs = remove_old_logs(installation.log_folder, now)
    for fault in catalogue.check_integrity():
        logger.error("the catalogue is damaged: %s. Put the latest backup back: `vigie restore`.", fault)
    done_now = f"{folded} runs folded, {len(repairs)} files closed, {logs} logs and {removed} old WARC files removed"
    _note_done(installation, catalogue, TIDY, done_now)


def _remove_replaced(installation: Installation, catalogue: Catalogue) -> int:
    """Old WARC files that were packed anew a day ago; where a run of packing is under way, it does that itself."""
    with contextlib.suppress(StageBusyError), hold_stage(installation.folder, "pack"):
        return remove_replaced(catalogue, installation.clock())
    return 0


def _has_index(installation: Installation) -> bool:
    # where the folder may not be read this says no, and the projection then says why in a sentence
    return os.access(installation.folder / INDEX_FOLDER / installation.settings.engine / "CURRENT", os.F_OK)


def _run_errand(installation: Installation, catalogue: Catalogue, errand: Errand, stop: stages.Stop) -> str | None:
    """What became of it, or None where it must wait for its next turn."""
    if errand.kind == stages.EXTRACT_AGAIN:
        counts = stages.extract(installation, again=True, stop=stop)
        return None if stop() else f"{sum(counts.values())} captures read"
    if errand.kind == stages.REPAIR_INDEX:
        return _repair_index(installation, errand, stop)
    if errand.kind == stages.CRAWL_SINCE:
        return _crawl_since(installation, catalogue, errand)
    return None


def _repair_index(installation: Installation, errand: Errand, stop: stages.Stop) -> str | None:
    """Check and mend; what could not be mended is an error in the log, since nobody waits for the answer."""
    done = stages.repair_index(installation, sample=errand.arguments["sample"], wait=True, stop=stop)
    if done.after is None:
        return None
    for difference in done.after.differences:
        logger.error("the search index differs from the catalogue: %s", difference)
    left = "as the catalogue" if done.after.ok else f"{len(done.after.differences)} differences left"
    return f"{'index made anew' if done.rebuilt else f'{done.mended} entries mended'}; {left}"


def _crawl_since(installation: Installation, catalogue: Catalogue, errand: Errand) -> str | None:
    """Visit the sources first, so that all their entries are known, then open those that are young enough."""
    now = installation.clock()
    names = errand.arguments["sources"] or [source.id for source in installation.loaded.enabled]
    since = datetime.fromisoformat(errand.arguments["since"]).replace(tzinfo=now.tzinfo)
    waiting = [name for name in names if not _visit_since(catalogue, name, errand.asked_at, now)]
    if waiting and now - errand.asked_at < ERRAND_PATIENCE:
        return None
    opened = 0
    for name in names:
        while True:
            with catalogue.write() as transaction:
                done = candidates.reopen_since(transaction, name, since, limit=REOPEN_SLICE)
            opened += done
            if not done:
                break
    missed = f"; not visited: {', '.join(waiting)}" if waiting else ""
    return f"{opened} older entries to be fetched{missed}"


def _visit_since(catalogue: Catalogue, source_id: str, asked_at: datetime, now: datetime) -> bool:
    """True where the source was visited after that; otherwise its visit is made due."""
    with catalogue.read() as transaction:
        state = sources.read_source(transaction, source_id)
    if state is None or (state.last_visit_at is not None and state.last_visit_at > asked_at):
        return True
    if state.next_visit_at is not None and state.next_visit_at > now:
        with catalogue.write() as transaction:
            sources.update_source(transaction, source_id, next_visit_at=now)
    return False


def _is_due(installation: Installation, catalogue: Catalogue, kind: str, every: timedelta) -> bool:
    """By when it was last done; a fresh installation counts from its first look."""
    now = installation.clock()
    with catalogue.read() as transaction:
        last = errands.last_done(transaction, kind)
    if last is None:
        _note_done(installation, catalogue, kind, "first start")
        return False
    return last.done_at is not None and now - last.done_at >= every


def _note_done(installation: Installation, catalogue: Catalogue, kind: str, result: str) -> None:
    now = installation.clock()
    with catalogue.write() as transaction:
        errands.finish_errand(transaction, errands.leave_errand(transaction, kind, {}, now), result, now)
