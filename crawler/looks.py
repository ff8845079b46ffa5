"""One look at an entry point: what it listed, whether that is archived, and what the look says of the address.

An unchanged body (304 or equal digest) is not parsed. The body is archived when the set of entries changed and at least
once a day. What the next look is compared with is noted last, after the entries were taken in: a process killed in
between reads the same entries once more and none is missed.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from archive.catalogue import Transaction, captures, hosts, sources
from archive.catalogue.sources import EntryPoint
from archive.outcomes import Outcome
from crawler.asking import Answer, Asking
from crawler.desk import Desk
from crawler.entry_reader import EntryBody
from crawler.reading import Reading
from crawler.responses import Received, count, make_answer, new_capture, record_end
from crawler.scope import Scopes
from crawler.urls import host_of

ARCHIVED_EVERY = timedelta(days=1)
# statuses of an answer without a body: not even a wrong page
EMPTY = frozenset({200, 203, 204})
FAULTS_NAMED = 3  # of one look, in the log and beside its request; the others are like these
# ends of a look that say: this is not the address of an entry point; three in a row set it aside
USELESS = frozenset({Outcome.not_a_feed, Outcome.no_links, Outcome.unreadable, Outcome.gone})
GOOD = frozenset({Outcome.read, Outcome.same, Outcome.feed_truncated})


@dataclass(frozen=True)
class OwnScope:
    """A listing's links count where they lie in the scope of its own source: footers lead to others' sites."""

    hosts: frozenset[str]
    scopes: Scopes

    def __call__(self, url: str) -> bool:
        """Whether the link counts."""
        return host_of(url) in self.hosts and self.scopes.judge(url).source is not None


def find_body(desk: Desk, asking: Asking, received: Received) -> EntryBody | None:
    """What is to be read of an entry point; nothing where its body is the one seen before. Computes only."""
    point = asking.entry_point
    if received.outcome is not Outcome.fetched or point is None:
        return None
    answer = make_answer(received, received.outcome, None)
    if answer.body_sha256 == point.body_sha256:
        return None
    content_type, limits = received.header("Content-Type"), desk.limits_of(asking.source)
    scope = _scope_of(desk, asking.source)
    return EntryBody(point.through, answer.body, asking.url, content_type, limits, scope)


def record_look(desk: Desk, asking: Asking, received: Received, reading: Reading | None) -> Answer:
    """Write the answer of an entry point: record and capture where it is worth archiving, attempt or day's count."""
    outcome = name_look(asking.purpose, received, reading)
    written = desk.archive.write(received.stored) if _is_archived(desk, asking, received, reading) else None
    now = desk.clock()
    with desk.catalogue.write() as transaction:
        capture = None
        if written is not None:
            settled = new_capture(asking, received, written, Outcome.not_a_document)
            capture = captures.add_capture(transaction, settled)
            if asking.entry_point is not None and outcome is not Outcome.redirected:
                sources.note_archived(transaction, asking.source, asking.entry_point.url, now)
        answer = replace(make_answer(received, outcome, capture), reading=reading)
        if reading is not None and (complaints := complain_of(reading)):
            answer = replace(answer, detail="; ".join(complaints))
        if outcome is Outcome.same:  # no entries wait to be taken in: the look ends here
            note_look(transaction, desk, asking, answer)
        size = len(received.stored.payload)
        if outcome in (Outcome.same, Outcome.redirected) or _says_the_same(asking, reading):
            desk.book.count_quiet(transaction, asking.source, outcome, now)
            hosts.count_request(transaction, asking.host, now, is_look=False)
        else:
            record_end(desk, transaction, asking, answer, milliseconds=received.milliseconds, size=size)
    count(desk, asking, outcome)
    return answer


def conclude_look(desk: Desk, asking: Asking, answer: Answer) -> bool:
    """Note what the next look is compared with; True where this one sets the address aside."""
    with desk.catalogue.write() as transaction:
        return note_look(transaction, desk, asking, answer)


def note_look(transaction: Transaction, desk: Desk, asking: Asking, answer: Answer) -> bool:
    """The rows of `conclude_look`; an unchanged look has them in the transaction of its answer."""
    point, now = asking.entry_point, desk.clock()
    if point is None:
        return False
    values: dict[str, object] = {"last_look_at": now}
    if answer.outcome in GOOD and answer.body_sha256 is not None:
        values |= {"body_sha256": answer.body_sha256, "last_full_at": now}
    if answer.outcome is Outcome.feed_truncated:
        # what is missing may come whole: asked without conditions, and read again even where it did not change
        values |= {"etag": None, "last_modified": None, "body_sha256": None}
    elif answer.outcome in GOOD and not asking.hops:
        values |= {"etag": answer.header("ETag") or (point.etag if answer.status == 304 else None)}
        modified = answer.header("Last-Modified") or (point.last_modified if answer.status == 304 else None)
        values |= {"last_modified": modified, "lastmod": asking.lastmod}
    if answer.reading is not None and answer.outcome in GOOD:
        values |= {"entries_sha256": answer.reading.entries_sha256}
    sources.record_look(transaction, point.source, point.url, answer.outcome, **values)
    if answer.outcome not in USELESS:
        return False
    why = f"{answer.outcome.name}: {answer.outcome.sentence}"
    trials = desk.settings.limits.address_trials
    return sources.count_failure(transaction, point.source, point.url, why, now, trials=trials)


def name_look(purpose: str, received: Received, reading: Reading | None) -> Outcome:
    """The end of a look in the words of entry points."""
    outcome = received.outcome
    if outcome is Outcome.unchanged or (outcome is Outcome.fetched and reading is None):
        return Outcome.same
    if reading is not None:
        return reading.outcome
    if outcome is Outcome.odd_status and received.stored.status in EMPTY:
        return Outcome.no_links if purpose == "listing" else Outcome.not_a_feed
    return outcome


def complain_of(reading: Reading) -> list[str]:
    """What was not taken from an entry point that was read, in words."""
    complaints = [f"could not be read: {reading.detail}"] if reading.detail else []
    if reading.left_out:
        complaints.append(f"{reading.left_out} entries above the limit left out")
    if reading.faults:
        named = "; ".join(fault.detail for fault in reading.faults[:FAULTS_NAMED])
        complaints.append(f"{len(reading.faults)} without a usable address: {named}")
    return complaints


def ask_entry_point(desk: Desk, source: str, point: EntryPoint, lastmod: str | None = None) -> Asking:
    """The request for a look: conditional, except for a whole answer once a day. `lastmod` is what an index says."""
    full = point.last_full_at is None or desk.clock() - point.last_full_at >= desk.settings.politeness.full_fetch_every
    purpose = {"feed": "feed", "sitemap": "sitemap", "listing": "listing"}[point.through]
    return Asking(
        url=point.url,
        purpose=purpose,  # type: ignore[arg-type]
        source=source,
        entry_point=point,
        lastmod=lastmod,
        etag=None if full else point.etag,
        last_modified=None if full else point.last_modified,
    )


def _scope_of(desk: Desk, source_id: str) -> OwnScope:
    own = desk.sources.get(source_id)
    hosts = own.hosts if own is not None else frozenset()
    return OwnScope(hosts, desk.scopes.narrow_to(hosts))


def _says_the_same(asking: Asking, reading: Reading | None) -> bool:
    """Other bytes, such as a new build date, around the same set of entries: nothing new, so no run."""
    point = asking.entry_point
    return (
        reading is not None
        and point is not None
        and reading.outcome is Outcome.read
        and reading.entries_sha256 == point.entries_sha256
    )


def _is_archived(desk: Desk, asking: Asking, received: Received, reading: Reading | None) -> bool:
    point = asking.entry_point
    if received.outcome not in (Outcome.fetched, Outcome.redirected) or point is None:
        return False
    if reading is not None and reading.outcome in GOOD and reading.entries_sha256 != point.entries_sha256:
        return True
    return point.last_archived_at is None or desk.clock() - point.last_archived_at >= ARCHIVED_EVERY
