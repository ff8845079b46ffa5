"""Digests: what waits is written into letters and put into the outbox, once a turn, in one transaction.

Matches and silences that a digest tells of are marked with it in the transaction that makes its messages: a process may
die before or after, never in between. The caller holds the lock of matching, so that nothing is added meanwhile.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from archive.catalogue import Catalogue, Transaction, documents, matches, outbox, saved_queries, silences
from archive.catalogue.changes import last_seq
from archive.catalogue.matches import Match
from archive.catalogue.outbox import Letter
from archive.catalogue.silences import Silence
from archive.outcomes import Outcome
from config.mail import Mail
from config.query import SavedQuery
from indexer.alerts.articles import read_articles
from indexer.alerts.letters import Content, Section, SilenceLine, write_letter
from indexer.alerts.links import NO_PAGES, Links, search_words
from indexer.alerts.payloads import Report, write_payload
from indexer.alerts.phrases import PHRASES, Phrases
from indexer.alerts.sections import Writer, write_section
from indexer.alerts.watched import Watched
from indexer.alerts.wording import clean, say_instant, say_length
from indexer.analysis import FrenchAnalyzer

TOLD = (Outcome.told.name, Outcome.counted.name)
UNSEEN_CHARACTERS = 400

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Desk:
    """What the making of digests needs to know.

    `unseen` gives the sentences on what could not be seen since an instant; `names` are those of the sources.
    """

    mail: Mail
    zone: str
    clock: Callable[[], datetime]
    make_id: Callable[[], str]
    unseen: Callable[[Phrases, datetime], Sequence[str]]
    analyzer: FrenchAnalyzer
    links: Links = NO_PAGES
    names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Turn:
    """A digest to be written: its queries, what it tells of each, and when the one before was made.

    `as_of` is the last change of the log when it was read: what is withdrawn later may stand in what is written.
    """

    name: str
    due_at: datetime
    last_at: datetime
    queries: Mapping[str, SavedQuery]
    told: Mapping[str, list[Match]]
    counted: Mapping[str, int]
    silences: Mapping[str, list[Silence]]
    as_of: int

    def speaks(self, query: str) -> bool:
        """Whether there is anything of a query to be told, or its silence is to be said."""
        return bool(self.told[query] or self.silences[query]) or self.queries[query].when_empty == "say_so"


def compose_due(
    catalogue: Catalogue, queries: Mapping[str, SavedQuery], watched: Mapping[str, Watched], desk: Desk
) -> int:
    """Make every digest that is due; returns how many messages went into the outbox."""
    made = 0
    for name, group in _group(queries).items():
        turn = _find_turn(catalogue, name, group, desk)
        if turn is not None:
            made += _compose(catalogue, turn, watched, desk)
    return made


def make_message_id(desk: Desk, digest: int) -> str:
    """A Message-ID that nobody else makes."""
    return f"<{desk.make_id()}.{digest}@{desk.mail.sender.rpartition('@')[2]}>"


def is_turn_due(transaction: Transaction, queries: Mapping[str, SavedQuery], now: datetime, zone: str) -> bool:
    """Whether a digest waits to be made."""
    for name, group in _group(queries).items():
        schedule = next(iter(group.values())).schedule
        if schedule.every == "at once":
            if any(matches.count_waiting(transaction, query, Outcome.told.name) for query in group):
                return True
            if any(_list_untold(transaction, group).values()):
                return True
        elif schedule.last_turn(now, zone) > _last_turn(transaction, name, group, now):
            return True
    return False


def _group(queries: Mapping[str, SavedQuery]) -> dict[str, dict[str, SavedQuery]]:
    """The queries that are on, by the digest in which they are told."""
    groups: dict[str, dict[str, SavedQuery]] = {}
    for name, query in sorted(queries.items()):
        if query.is_on:
            groups.setdefault(query.digest or name, {})[name] = query
    return groups


def is_overdue(match: Match, queries: Mapping[str, SavedQuery], now: datetime, zone: str) -> bool:
    """True where a match should be in a digest by now: a turn of its query came after it."""
    query = queries.get(match.query)
    return query is not None and query.is_on and query.schedule.last_turn(now, zone) > match.matched_at


def _find_turn(catalogue: Catalogue, name: str, group: Mapping[str, SavedQuery], desk: Desk) -> Turn | None:
    """The turn that is due and not made yet. What was missed while nothing ran becomes one turn."""
    now = desk.clock()
    schedule = next(iter(group.values())).schedule
    due_at = schedule.last_turn(now, desk.zone)
    with catalogue.read() as transaction:
        last_at = _last_turn(transaction, name, group, now)
        told = {query: matches.list_waiting(transaction, query, [Outcome.told.name]) for query in group}
        untold = _list_untold(transaction, group)
        if schedule.every == "at once":
            if not any(told.values()) and not any(untold.values()):
                return None
        elif due_at <= last_at:
            return None
        counted = {query: matches.count_waiting(transaction, query, Outcome.counted.name) for query in group}
        as_of = last_seq(transaction)
    return Turn(name, due_at, last_at, group, told, counted, untold, as_of)


def _list_untold(transaction: Transaction, group: Mapping[str, SavedQuery]) -> dict[str, list[Silence]]:
    """For each query the silences of which a beginning or an end waits to be told."""
    untold: dict[str, list[Silence]] = {query: [] for query in group}
    asking = [name for name, query in group.items() if query.silence]
    for one in silences.list_open_silences(transaction, asking):
        if one.began_digest is None or one.ended_at is not None:
            untold[one.query].append(one)
    return untold


def _last_turn(transaction: Transaction, name: str, group: Mapping[str, SavedQuery], now: datetime) -> datetime:
    """The last turn made; before the first one, the moment from which the queries were known."""
    last = outbox.last_turn(transaction, name, now)
    if last is not None:
        return last
    states = [saved_queries.read_query(transaction, query) for query in group]
    return min((state.first_seen_at for state in states if state is not None), default=_NEVER)


def _compose(catalogue: Catalogue, turn: Turn, watched: Mapping[str, Watched], desk: Desk) -> int:
    speaking = [name for name in turn.queries if turn.speaks(name)]
    audience = {name: turn.queries[name].audience for name in speaking}
    now = desk.clock()
    letters = []
    for people, names in _group_people(audience).items():
        letter = write_mail(catalogue, turn, names, watched, desk)
        if letter is None:
            continue
        mailed = tuple(one for one in people if not outbox.is_webhook(one))
        posted = tuple(one for one in people if outbox.is_webhook(one))
        if mailed:
            letters.append((mailed, names, letter))
        if posted:
            letters.append((posted, names, write_post(catalogue, turn, names, watched, desk, letter.subject)))
    with catalogue.write() as transaction:
        reached = {person for people, _, _ in letters for person in people}
        told = {name: [person for person in people if person in reached] for name, people in audience.items()}
        digest = outbox.add_digest(transaction, turn.name, turn.due_at, now, told)
        for people, names, letter in letters:
            number = outbox.add_letter(transaction, digest, letter)
            for person in people:
                message_id = make_message_id(desk, digest)
                outbox.add_message(transaction, digest, number, person, message_id, names, now)
        matches.mark_told(transaction, speaking, TOLD, digest)
        mentioned = [one for name in speaking for one in turn.silences[name]]
        silences.mark_silences_told(
            transaction, [one.id for one in mentioned if one.began_digest is None],
            [one.id for one in mentioned if one.ended_at is not None], digest,
        )  # fmt: skip
        outbox.mark_outdated(transaction, documents.list_left_families(transaction, after=turn.as_of), now)
    return sum(len(people) for people, _, _ in letters)


def write_mail(
    catalogue: Catalogue, turn: Turn, names: Sequence[str], watched: Mapping[str, Watched], desk: Desk
) -> Letter | None:
    """What those read who are told of these queries; None where everything was withdrawn meanwhile."""
    content, phrases = _write_content(catalogue, turn, names, watched, desk)
    asked_empty = any(turn.queries[name].when_empty == "say_so" for name in names)
    if not asked_empty and not any(section.total for section in content.sections):
        return None
    return write_letter(content, phrases)


def write_post(
    catalogue: Catalogue, turn: Turn, names: Sequence[str], watched: Mapping[str, Watched], desk: Desk, subject: str
) -> Letter:
    """The same for a webhook."""
    reports = [_write_report(catalogue, turn, name, watched.get(name), desk) for name in names]
    return write_payload(turn.name, desk.clock(), subject, reports, desk.links)


def _write_content(
    catalogue: Catalogue, turn: Turn, names: Sequence[str], watched: Mapping[str, Watched], desk: Desk
) -> tuple[Content, Phrases]:
    """What one letter says, in the language of its queries: those of one digest share it."""
    phrases = PHRASES[turn.queries[names[0]].told_in or desk.mail.language]
    writer = Writer(catalogue, desk.analyzer, desk.links, desk.zone, phrases)
    limit = max(1, desk.mail.lines // len(names))
    sections = tuple(_write_section(writer, turn, name, watched.get(name), limit, desk.names) for name in names)
    unseen = tuple(clean(one, UNSEEN_CHARACTERS) for one in desk.unseen(phrases, turn.last_at))
    return Content(sections, unseen, desk.mail.sender), phrases


def _write_report(catalogue: Catalogue, turn: Turn, name: str, watched: Watched | None, desk: Desk) -> Report:
    """What is posted of one query: as many of the newest articles as a mail would list."""
    query, told = turn.queries[name], turn.told[name]
    newest = told[-desk.mail.lines :]
    articles = read_articles(catalogue, newest, watched, desk.analyzer)
    left_out = len(told) - len(newest)
    return Report(name, query.title, search_words(query), articles, left_out, turn.counted[name], turn.silences[name])


def _write_section(
    writer: Writer, turn: Turn, name: str, watched: Watched | None, limit: int, names: Mapping[str, str]
) -> Section:
    section = write_section(writer, turn.queries[name], watched, turn.told[name], turn.counted[name], limit)
    untold, phrases = turn.silences[name], writer.phrases
    silent, talking = [], []
    for one in untold:
        source = clean(names.get(one.source, one.source))
        since = say_instant(one.ended_at or one.quiet_since, writer.zone, phrases)
        if one.ended_at is None:
            usual = say_length(one.usual, phrases)
            silent.append(SilenceLine(source, phrases.silence_began.format(source=source, since=since, usual=usual)))
        else:
            length = say_length(one.ended_at - one.quiet_since, phrases)
            talking.append(SilenceLine(source, phrases.silence_ended.format(source=source, since=since, length=length)))
    return replace(section, silent=tuple(silent), talking=tuple(talking))


def _group_people(audience: Mapping[str, Sequence[str]]) -> dict[tuple[str, ...], tuple[str, ...]]:
    """Recipients who are told of the same queries share a letter: people by the queries they are told of."""
    told: dict[str, list[str]] = {}
    for query, people in audience.items():
        for person in people:
            told.setdefault(person, []).append(query)
    letters: dict[tuple[str, ...], list[str]] = {}
    for person, queries in told.items():
        letters.setdefault(tuple(queries), []).append(person)
    return {tuple(people): queries for queries, people in letters.items()}
