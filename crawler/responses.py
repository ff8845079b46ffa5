"""Make one answer durable: the WARC record first, then one transaction with capture, attempt and what they settle.

Runs in the writing thread. Either all of an answer's rows are committed or none: a process killed in between leaves a
record without a row, and the address is asked once more.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import timedelta

from archive.catalogue import Transaction, candidates, captures, documents, hosts
from archive.catalogue.captures import Capture, NewCapture
from archive.catalogue.documents import Document
from archive.content import Decoded
from archive.outcomes import Outcome
from archive.records import StoredResponse
from archive.store import Written
from crawler.answers import is_kept, is_worth_a_retry
from crawler.asking import Answer, Asking
from crawler.desk import Desk
from crawler.looking import CONFIRM_GONE, next_check
from crawler.redirects import ABOUT_HOST, read_location
from crawler.tdm import OptOut
from crawler.urls import BadUrlError, canonical_form

# a candidate that ends so stays as it is: the host is paused or the run ends, which uses up no attempt
LEFT_PENDING = frozenset({Outcome.throttled, Outcome.robots_unreachable, Outcome.interrupted})
SOFT_BLOCK_FROM = 3  # addresses of one host with the same bytes: two may be one article, three are a wall
LOOK_AFTER_FAILURE = timedelta(hours=1)  # an article that could not be looked at; its plan goes on afterwards


@dataclass(frozen=True)
class Received:
    """One answer as it came, decoded and judged, before anything is written."""

    stored: StoredResponse
    decoded: Decoded
    outcome: Outcome
    milliseconds: int
    opt_out: OptOut | None = None
    detail: str = ""

    def header(self, name: str) -> str | None:
        """The first header of that name, in any letter case."""
        return next((value for key, value in self.stored.headers if key.lower() == name.lower()), None)


def record_page(desk: Desk, asking: Asking, received: Received) -> Answer:
    """Write the answer to a request for a page, robots.txt or tdmrep.json."""
    kept = is_kept(received.outcome) and not (asking.purpose == "tdm" and received.outcome is not Outcome.fetched)
    written = desk.archive.write(received.stored) if kept else None
    with desk.catalogue.write() as transaction:
        outcome = _compare(transaction, asking, received, written)
        capture = _add_capture(transaction, asking, received, written, outcome) if written else None
        answer = make_answer(received, outcome, capture)
        size = len(received.stored.payload)
        record_end(desk, transaction, asking, answer, milliseconds=received.milliseconds, size=size)
        if asking.purpose == "page":
            settle(desk, transaction, asking, answer)
    count(desk, asking, outcome)
    return answer


def record_end(
    desk: Desk,
    transaction: Transaction,
    asking: Asking,
    answer: Answer,
    *,
    sent: bool = True,
    milliseconds: int | None = None,
    size: int | None = None,
) -> None:
    """One row for one request, counted for its host and in its source's run."""
    now = desk.clock()
    if sent:
        hosts.count_request(transaction, asking.host, now, is_look=asking.is_look)
    # robots.txt and tdmrep.json belong to a host, not to a visit
    run = None if asking.purpose in ABOUT_HOST else desk.book.count(transaction, asking.source, answer.outcome, now)
    candidates.record_attempt(
        transaction,
        candidate=asking.candidate,
        run=run,
        url=asking.url,
        purpose=asking.purpose,
        at=now,
        status=answer.status,
        outcome=answer.outcome,
        detail=answer.detail or None,
        bytes=size,
        milliseconds=milliseconds,
        etag=answer.header("ETag"),
        last_modified=answer.header("Last-Modified"),
        capture=answer.capture,
    )


def record_failure(desk: Desk, asking: Asking, answer: Answer, *, sent: bool) -> None:
    """A request that ended without an answer, or that a rule of ours kept from being `sent`."""
    with desk.catalogue.write() as transaction:
        record_end(desk, transaction, asking, answer, sent=sent)
        if asking.purpose == "page":
            settle(desk, transaction, asking, answer)
    count(desk, asking, answer.outcome)


def count(desk: Desk, asking: Asking, outcome: Outcome) -> None:
    """Add one request to what this child has done."""
    desk.responses += 1
    desk.counts[f"{asking.purpose}.{outcome.name}" if asking.purpose in ABOUT_HOST else outcome.name] += 1


def settle(desk: Desk, transaction: Transaction, asking: Asking, answer: Answer) -> None:
    """What a page's end does to its candidate and its document. A redirect or a fault to be retried settles nothing."""
    outcome = answer.outcome
    if outcome is Outcome.redirected or (is_worth_a_retry(outcome, answer.status) and not asking.last_try):
        return
    if asking.candidate is not None and not asking.is_look:
        _settle_candidate(transaction, asking.candidate, answer, desk)
    if outcome is Outcome.fetched and asking.hops:
        _close_target(transaction, asking)
    found = _document_of(transaction, asking)
    if found is not None:
        _settle_document(transaction, found, outcome, desk, is_look=asking.is_look)


def make_answer(received: Received, outcome: Outcome, capture: int | None) -> Answer:
    """The answer as the spider gets it."""
    body = received.decoded.body
    return Answer(
        outcome=outcome,
        status=received.stored.status,
        detail=received.detail,
        location=read_location(received.stored.headers),
        retry_after=received.header("Retry-After"),
        capture=capture,
        body=body,
        body_sha256=hashlib.sha256(body).hexdigest() if body else None,
        headers=received.stored.headers,
    )


def new_capture(asking: Asking, received: Received, written: Written, settled: Outcome | None) -> NewCapture:
    """The row of a stored response."""
    opt_out = received.opt_out
    cut = received.stored.truncated or ("length" if received.decoded.cut else None)
    body = received.decoded.body if received.decoded.outcome is None else b""
    return NewCapture(
        url=asking.url,
        canonical=canonical_or_url(asking.url),
        purpose=asking.purpose,
        source=asking.source,
        via=asking.via,
        fetched_at=received.stored.fetched_at,
        status=received.stored.status,
        place=written.place,
        payload_sha256=written.payload_sha256,
        payload_bytes=len(received.stored.payload),
        body_sha256=hashlib.sha256(body).hexdigest() if body else None,
        candidate=asking.candidate,
        hops=asking.hops,
        content_type=received.header("Content-Type"),
        etag=received.header("ETag"),
        last_modified=received.header("Last-Modified"),
        revisit_of=written.revisit_of.id if written.revisit_of else None,
        truncated=cut,
        tdm_reserved=opt_out.reserved if opt_out else None,
        tdm_policy=opt_out.policy if opt_out else None,
        tdm_stated_in=opt_out.stated_in if opt_out else None,
        settled=settled,
    )


def canonical_or_url(url: str) -> str:
    """The key of an address; the address itself where it has none."""
    try:
        return canonical_form(url)
    except BadUrlError:
        return url


def _compare(transaction: Transaction, asking: Asking, received: Received, written: Written | None) -> Outcome:
    """`unchanged` where the body is that of the latest capture, `soft_block` where many addresses share it."""
    if received.outcome is not Outcome.fetched or asking.purpose != "page" or written is None:
        return received.outcome
    latest = _latest(transaction, asking)
    if latest is not None and _same_body(latest, received, written):
        return Outcome.unchanged
    if written.revisit_of is not None and _is_wall(transaction, asking, written.revisit_of):
        return Outcome.soft_block
    return received.outcome


def _latest(transaction: Transaction, asking: Asking) -> Capture | None:
    if asking.latest is not None:
        return asking.latest
    if asking.candidate is None:
        return None
    return captures.find_latest(transaction, asking.candidate, canonical_or_url(asking.url))


def _same_body(latest: Capture, received: Received, written: Written) -> bool:
    digest = hashlib.sha256(received.decoded.body).hexdigest()
    return latest.payload_sha256 == written.payload_sha256 or latest.body_sha256 == digest


def _is_wall(transaction: Transaction, asking: Asking, original: Capture) -> bool:
    """True from the third address of one host with the same bytes; those not yet extracted are settled with it."""
    same = [
        capture
        for capture in captures.list_same_payload(transaction, original, limit=50)
        if replace(asking, url=capture.url).host == asking.host
    ]
    if len({capture.canonical for capture in same} | {canonical_or_url(asking.url)}) < SOFT_BLOCK_FROM:
        return False
    for capture in same:
        if capture.extracted_by is None:
            captures.mark_extracted(transaction, capture.id, 0, Outcome.soft_block)
        elif capture.document is not None:
            documents.mark_suspect(transaction, capture.document, capture.fetched_at)
    return True


def _add_capture(
    transaction: Transaction, asking: Asking, received: Received, written: Written, outcome: Outcome
) -> int:
    if outcome is Outcome.fetched and asking.purpose == "page":
        return captures.add_capture(transaction, new_capture(asking, received, written, None))
    if outcome in (Outcome.unchanged, Outcome.soft_block):
        row = new_capture(asking, received, written, outcome)
        latest = _latest(transaction, asking) if outcome is Outcome.unchanged else None
        if latest is not None:
            row = replace(row, document=latest.document, version=latest.version)
        return captures.add_capture(transaction, row)
    return captures.add_capture(transaction, new_capture(asking, received, written, Outcome.not_a_document))


def _settle_candidate(transaction: Transaction, number: int, answer: Answer, desk: Desk) -> None:
    if answer.outcome in LEFT_PENDING:
        return
    if answer.outcome.final:
        candidates.close(transaction, number, answer.outcome, answer.detail)
    else:
        limits = desk.settings.limits
        candidates.postpone(
            transaction,
            number,
            desk.clock(),
            counted=True,
            most_attempts=limits.retry_attempts,
            days=limits.retry_days,
        )


def _close_target(transaction: Transaction, asking: Asking) -> None:
    """The address that a redirect led to is fetched now: where it was waiting by itself, it waits no more."""
    target = candidates.find_candidate(transaction, canonical_or_url(asking.url))
    if target is not None and target.outcome is None and target.id != asking.candidate:
        candidates.close(transaction, target.id, Outcome.fetched, f"through the redirect of {asking.hops[0]}")


def _document_of(transaction: Transaction, asking: Asking) -> Document | None:
    if asking.document is not None:
        return documents.read_document(transaction, asking.document.id)
    return documents.find_by_canonical(transaction, canonical_or_url(asking.hops[0] if asking.hops else asking.url))


def _settle_document(transaction: Transaction, found: Document, outcome: Outcome, desk: Desk, *, is_look: bool) -> None:
    """A known document answered: present, gone, or not to be had now. The plan of looks goes on in each case."""
    if found.state not in ("live", "removed") or outcome in LEFT_PENDING:
        return
    now = desk.clock()
    planned = next_check(found.first_seen_at, now)
    if outcome is Outcome.gone:
        removed = documents.mark_gone(transaction, found, now, confirm_after_seconds=CONFIRM_GONE.total_seconds())
        waiting = found.state == "live" and not removed
        documents.plan_check(transaction, found.id, (found.gone_since or now) + CONFIRM_GONE if waiting else planned)
    elif outcome is Outcome.unchanged:
        documents.mark_present(transaction, found, now)
        documents.plan_check(transaction, found.id, planned)
    elif is_look:
        documents.plan_check(transaction, found.id, planned if outcome.final else now + LOOK_AFTER_FAILURE)
