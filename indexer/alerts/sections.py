"""The part of a digest that tells of one query: its matches read from the catalogue and written as lines.

Copies of one text share a line; an edit says what changed; removals stand by themselves. What is left out is counted.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from archive.catalogue import Catalogue
from archive.catalogue.changed_entries import (
    count_edits,
    list_version_seqs,
    read_changed_entries,
    read_changes_by_seq,
)
from archive.catalogue.changes import Change
from archive.catalogue.matches import Match
from archive.catalogue.revisions import Wording, read_wordings_before
from config.query import SavedQuery
from config.territories import REGIONS
from indexer.alerts.letters import Line, Piece, RemovalLine, Section, cut_pieces, keep_blanks
from indexer.alerts.links import Links, search_command, search_words, show_command
from indexer.alerts.phrases import Phrases
from indexer.alerts.revisions import Part, Revision, compare
from indexer.alerts.watched import Watched
from indexer.alerts.wording import clean, safe_link, say_date, say_instant
from indexer.analysis import FrenchAnalyzer
from indexer.document import IndexEntry
from indexer.entries import make_entry
from indexer.highlight import mark, snippet

READ_FOR_EACH_LINE = 3
"""Articles read for a line of the mail: copies of one text share a line, and wire stories are printed often."""

PASSAGE_CHARACTERS = 260
WORDS_CHARACTERS = 400  # of the query's words, as a heading shows them
ADDRESS_CHARACTERS = 500
SOURCE_CHARACTERS = 80
COPIES = 20


@dataclass(frozen=True)
class Writer:
    """What the lines of a letter are written with."""

    catalogue: Catalogue
    analyzer: FrenchAnalyzer
    links: Links
    zone: str
    phrases: Phrases


def write_section(
    writer: Writer, query: SavedQuery, watched: Watched | None, told: Sequence[Match], counted: int, limit: int
) -> Section:
    """What waits of one query, the newest first, on at most `limit` lines."""
    removals = _write_removals(writer, [one for one in told if one.kind != "version"], max(1, limit // 4))
    room = max(1, limit - len(removals.removals))
    articles = _write_articles(writer, query, watched, [one for one in told if one.kind == "version"], room)
    words = search_words(query)
    return replace(
        articles, title=query.title, words=clean(words, WORDS_CHARACTERS), counted=counted, removed=removals.removed,
        restored=removals.restored, removals=removals.removals, all_link=writer.links.search(words),
        all_command=search_command(words),
    )  # fmt: skip


def _write_articles(
    writer: Writer, query: SavedQuery, watched: Watched | None, versions: Sequence[Match], limit: int
) -> Section:
    shown = versions[-limit * READ_FOR_EACH_LINE :]
    with_edits = query.on_edit == "mail"
    with writer.catalogue.read() as transaction:
        changes = {one.seq: one for one in read_changes_by_seq(transaction, [one.seq for one in shown])}
        rows = read_changed_entries(transaction, list(changes.values()))
    hidden = {one.seq for one in shown} - rows.keys()
    seqs = [one.seq for one in versions if one.seq not in hidden]
    with writer.catalogue.read() as transaction:
        edited = count_edits(transaction, seqs) if with_edits else 0
    copies = _group_copies([make_entry(rows[seq]) for seq in sorted(rows, reverse=True)])
    lines = [_write_line(writer, group, watched, changes[group[0].seq]) for group in copies[:limit]]
    if with_edits:
        lines = _add_revisions(writer, lines, [group[0] for group in copies[:limit]])
    written = sum(len(group) for group in copies[:limit])
    return Section(new=len(seqs) - edited, edited=edited, lines=tuple(lines), left_out=len(seqs) - written)


def _group_copies(entries: Sequence[IndexEntry]) -> list[list[IndexEntry]]:
    """Entries of one text together; where nothing but the page around it differs, it is one story."""
    groups: dict[bytes, list[IndexEntry]] = {}
    for entry in entries:
        text = " ".join(entry.text.casefold().split())
        groups.setdefault(hashlib.sha256(text.encode("utf-8", "replace")).digest(), []).append(entry)
    return list(groups.values())


def _write_line(writer: Writer, group: Sequence[IndexEntry], watched: Watched | None, change: Change) -> Line:
    entry, *others = group
    title = clean(entry.title or writer.phrases.untitled)
    heading: tuple[Piece, ...] = ((title, False),)
    passage: tuple[Piece, ...] = ((clean(entry.text, PASSAGE_CHARACTERS), False),)
    if watched is not None:
        tree = watched.tree_at(change.at)
        heading = cut_pieces(mark(title, tree, writer.analyzer))
        passage = cut_pieces(snippet(entry.text, tree, writer.analyzer, PASSAGE_CHARACTERS))
    return Line(
        title=heading,
        passage=passage,
        link=safe_link(entry.url),
        address=clean(entry.url, ADDRESS_CHARACTERS),
        source=clean(entry.source_name, SOURCE_CHARACTERS),
        region=", ".join(REGIONS.get(code, code) for code in entry.regions[:3]),
        date=say_date(entry.date, entry.date_precision, entry.date_origin, writer.zone, writer.phrases),
        edited=change.kind == "edited",
        archived=writer.links.capture(entry.capture),
        command=show_command(entry.document),
        copies=tuple(
            (clean(one.title or one.url), clean(one.source_name, SOURCE_CHARACTERS), safe_link(one.url))
            for one in others[:COPIES]
        ),
    )


def _add_revisions(writer: Writer, lines: Sequence[Line], entries: Sequence[IndexEntry]) -> list[Line]:
    """The lines of edits with what changed."""
    with writer.catalogue.read() as transaction:
        before = read_wordings_before(
            transaction, [e.seq for e, line in zip(entries, lines, strict=True) if line.edited]
        )
    return [
        line if entry.seq not in before else replace(line, revision=_write_revision(before[entry.seq], entry))
        for entry, line in zip(entries, lines, strict=True)
    ]


def _write_revision(before: Wording, entry: IndexEntry) -> Revision:
    found = compare((before.title or "", before.text), (entry.title or "", entry.text))
    return Revision(_clean_parts(found.title), tuple(_clean_parts(one) for one in found.passages), found.left_out)


def _clean_parts(parts: Sequence[Part]) -> tuple[Part, ...]:
    return tuple((keep_blanks(text), state) for text, state in parts)


def _write_removals(writer: Writer, removals: Sequence[Match], limit: int) -> Section:
    """The newest removals, a line each, and how many there are."""
    shown = removals[-limit:]
    with writer.catalogue.read() as transaction:
        changes = {one.seq: one for one in read_changes_by_seq(transaction, [one.seq for one in shown])}
        made_by = list_version_seqs(transaction, [(one.document, one.version) for one in shown])
        rows = read_changed_entries(transaction, read_changes_by_seq(transaction, list(made_by.values())))
    lines, hidden = [], set()
    for match in reversed(shown):
        row = rows.get(made_by.get((match.document, match.version), 0))
        if row is None:
            hidden.add(match.seq)
        else:
            lines.append(_write_removal(writer, make_entry(row), changes[match.seq]))
    kinds = Counter(one.kind for one in removals if one.seq not in hidden)
    return Section(removed=kinds["removed"], restored=kinds["restored"], removals=tuple(lines))


def _write_removal(writer: Writer, entry: IndexEntry, change: Change) -> RemovalLine:
    phrases = writer.phrases
    said = phrases.removed_at if change.kind == "removed" else phrases.restored_at
    return RemovalLine(
        title=clean(entry.title or phrases.untitled),
        source=clean(entry.source_name, SOURCE_CHARACTERS),
        said=said.format(date=say_instant(change.at, writer.zone, phrases)),
        archived=writer.links.capture(entry.capture),
        command=show_command(entry.document),
    )
