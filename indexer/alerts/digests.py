"""Digests: what waits is written into letters and put into the outbox, once a turn, in one transaction.

Matches that a digest tells of are marked with it in the transaction that makes its messages: a process may die before
or after, never in between. The caller holds the lock of matching, so that nothing is added meanwhile.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from archive.catalogue import Catalogue, Transaction, matches, outbox, saved_queries
from archive.catalogue.changed_entries import read_changed_entries, read_changes_by_seq
from archive.catalogue.matches import Match
from archive.outcomes import Outcome
from config.mail import Mail
from config.query import SavedQuery
from config.territories import REGIONS
from indexer.alerts.letters import Content, Line, Piece, Section, cut_pieces, write_letter, write_notice
from indexer.alerts.watched import Watched
from indexer.alerts.wording import clean, safe_link, say_date
from indexer.analysis import FrenchAnalyzer
from indexer.document import IndexEntry
from indexer.entries import make_entry
from indexer.highlight import mark, snippet

TOLD = (Outcome.told.name, Outcome.counted.name)

READ_FOR_EACH_LINE = 3
"""Articles read for a line of the mail: copies of one text share a line, and wire stories are printed often."""

PASSAGE_CHARACTERS = 260

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Desk:
    """What the making of digests needs to know; `unseen` gives the sentences on what could not be seen."""

    mail: Mail
    zone: str
    clock: Callable[[], datetime]
    make_id: Callable[[], str]
    unseen: Callable[[], Sequence[str]]
    analyzer: FrenchAnalyzer


@dataclass(frozen=True)
class _Turn:
    """A digest that is due: its queries, and what waits in each."""

    name: str
    due_at: datetime
    queries: Mapping[str, SavedQuery]
    told: Mapping[str, list[Match]]
    counted: Mapping[str, int]


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


def tell_operator(catalogue: Catalogue, desk: Desk) -> int:
    """Tell whoever runs the program of each query that was disabled, once; returns how many messages were made."""
    if desk.mail.operator is None:
        return 0
    with catalogue.read() as transaction:
        states = [one for one in saved_queries.list_queries(transaction) if one.disabled_at and not one.ended_at]
        news = [one for one in states if outbox.last_turn(transaction, f"operator:{one.name}") != one.disabled_at]
    for state in news:
        assert state.disabled_at is not None
        letter = write_notice(
            f"Vigie : la recherche « {state.name} » est arrêtée",
            [
                f"La recherche « {state.name} » ({state.title}) ne peut pas être posée : {state.disabled_why}",
                "Les autres continuent. Elle garde sa place et reprendra dès que ses mots seront corrigés.",
            ],
        )
        with catalogue.write() as transaction:
            digest = outbox.add_digest(transaction, f"operator:{state.name}", state.disabled_at, desk.clock(), {})
            number = outbox.add_letter(transaction, digest, letter)
            message_id = make_message_id(desk, digest)
            outbox.add_message(transaction, digest, number, desk.mail.operator, message_id, (), desk.clock())
    return len(news)


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
        elif schedule.last_turn(now, zone) > _last_turn(transaction, name, group):
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


def _find_turn(catalogue: Catalogue, name: str, group: Mapping[str, SavedQuery], desk: Desk) -> _Turn | None:
    """The turn that is due and not made yet. What was missed while nothing ran becomes one turn."""
    now = desk.clock()
    schedule = next(iter(group.values())).schedule
    due_at = schedule.last_turn(now, desk.zone)
    with catalogue.read() as transaction:
        told = {query: matches.list_waiting(transaction, query, [Outcome.told.name]) for query in group}
        if schedule.every == "at once":
            if not any(told.values()):
                return None
        elif due_at <= _last_turn(transaction, name, group):
            return None
        counted = {query: matches.count_waiting(transaction, query, Outcome.counted.name) for query in group}
    return _Turn(name, due_at, group, told, counted)


def _last_turn(transaction: Transaction, name: str, group: Mapping[str, SavedQuery]) -> datetime:
    """The last turn made; before the first one, the moment from which the queries were known."""
    last = outbox.last_turn(transaction, name)
    if last is not None:
        return last
    states = [saved_queries.read_query(transaction, query) for query in group]
    return min((state.first_seen_at for state in states if state is not None), default=_NEVER)


def _compose(catalogue: Catalogue, turn: _Turn, watched: Mapping[str, Watched], desk: Desk) -> int:
    speaking = [name for name, query in turn.queries.items() if turn.told[name] or query.when_empty == "say_so"]
    audience = {name: turn.queries[name].recipients for name in speaking}
    letters = []
    for people, names in _group_people(audience).items():
        lines = max(1, desk.mail.lines // len(names))
        sections = tuple(_write_section(catalogue, turn, name, watched.get(name), lines, desk) for name in names)
        asked_empty = any(turn.queries[name].when_empty == "say_so" for name in names)
        if not asked_empty and not any(section.total for section in sections):
            continue  # everything was withdrawn meanwhile
        content = Content(sections, tuple(clean(one, 400) for one in desk.unseen()), desk.mail.sender)
        letters.append((people, names, write_letter(content)))
    now = desk.clock()
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
    return sum(len(people) for people, _, _ in letters)


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


def _write_section(
    catalogue: Catalogue, turn: _Turn, name: str, watched: Watched | None, limit: int, desk: Desk
) -> Section:
    told = turn.told[name]
    newest = told[-limit * READ_FOR_EACH_LINE :]
    with catalogue.read() as transaction:
        changes = read_changes_by_seq(transaction, [one.seq for one in newest])
        rows = read_changed_entries(transaction, changes)
    kinds = {change.seq: change for change in changes}
    copies = _group_copies([make_entry(rows[seq]) for seq in sorted(rows, reverse=True)])
    lines = tuple(
        _write_line(group, watched, kinds[group[0].seq].at, kinds[group[0].seq].kind == "edited", desk)
        for group in copies[:limit]
    )
    shown = sum(len(group) for group in copies[:limit])
    withdrawn = len(newest) - len(rows)
    query = turn.queries[name]
    total = len(told) - withdrawn
    return Section(query.title, clean(query.query, 400), total, lines, total - shown, turn.counted[name])


def _group_copies(entries: Sequence[IndexEntry]) -> list[list[IndexEntry]]:
    """Entries of one text together; where nothing but the page around it differs, it is one story."""
    groups: dict[bytes, list[IndexEntry]] = {}
    for entry in entries:
        text = " ".join(entry.text.casefold().split())
        groups.setdefault(hashlib.sha256(text.encode("utf-8", "replace")).digest(), []).append(entry)
    return list(groups.values())


def _write_line(
    group: Sequence[IndexEntry], watched: Watched | None, at: datetime, is_edited: bool, desk: Desk
) -> Line:
    entry, *others = group
    title = clean(entry.title or "(sans titre)")
    heading: tuple[Piece, ...] = ((title, False),)
    passage: tuple[Piece, ...] = ((clean(entry.text, PASSAGE_CHARACTERS), False),)
    if watched is not None:
        tree = watched.tree_at(at)
        heading = cut_pieces(mark(title, tree, desk.analyzer))
        passage = cut_pieces(snippet(entry.text, tree, desk.analyzer, PASSAGE_CHARACTERS))
    return Line(
        title=heading,
        passage=passage,
        link=safe_link(entry.url),
        address=clean(entry.url, 500),
        source=clean(entry.source_name, 80),
        region=", ".join(REGIONS.get(code, code) for code in entry.regions[:3]),
        date=say_date(entry.date, entry.date_precision, entry.date_origin, desk.zone),
        edited=is_edited,
        copies=tuple(
            (clean(one.title or one.url), clean(one.source_name, 80), safe_link(one.url)) for one in others[:20]
        ),
    )
