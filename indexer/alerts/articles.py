"""Matches with the article that each tells of, as feeds and webhooks write it: data, not sentences.

Texts come from pages of others and are cleaned like those of mails. What belongs to a withdrawn document is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from archive.catalogue import Catalogue
from archive.catalogue.changed_entries import list_version_seqs, read_changed_entries, read_changes_by_seq
from archive.catalogue.changes import Change
from archive.catalogue.matches import Match
from indexer.alerts.letters import Piece, cut_pieces
from indexer.alerts.watched import Watched
from indexer.alerts.wording import clean
from indexer.analysis import FrenchAnalyzer
from indexer.document import IndexEntry
from indexer.entries import make_entry
from indexer.highlight import snippet

PASSAGE_CHARACTERS = 260


@dataclass(frozen=True)
class Article:
    """A change that a saved query tells of, and the version of the article that it concerns."""

    change: Change
    entry: IndexEntry
    passage: tuple[Piece, ...]

    @property
    def title(self) -> str:
        """The title, or the address where there is none."""
        return clean(self.entry.title or "") or clean(self.entry.url)

    @property
    def authors(self) -> tuple[str, ...]:
        """Who wrote it; the source where nobody is named."""
        named = tuple(name for author in self.entry.authors if (name := clean(author)))
        return named or (clean(self.entry.source_name),)


def read_articles(
    catalogue: Catalogue, matches: Sequence[Match], watched: Watched | None, analyzer: FrenchAnalyzer
) -> list[Article]:
    """The articles of a page of matches, the newest change first."""
    with catalogue.read() as transaction:
        changes = {one.seq: one for one in read_changes_by_seq(transaction, [one.seq for one in matches])}
        made_by = list_version_seqs(transaction, [(one.document, one.version) for one in matches])
        rows = read_changed_entries(transaction, read_changes_by_seq(transaction, list(made_by.values())))
    articles = []
    for match in sorted(matches, key=lambda one: one.seq, reverse=True):
        row, change = rows.get(made_by.get((match.document, match.version), 0)), changes.get(match.seq)
        if row is not None and change is not None:
            entry = make_entry(row)
            articles.append(Article(change, entry, _find_passage(entry, change, watched, analyzer)))
    return articles


def _find_passage(
    entry: IndexEntry, change: Change, watched: Watched | None, analyzer: FrenchAnalyzer
) -> tuple[Piece, ...]:
    if watched is None:  # a query that cannot be asked any more; what it told stays
        return ((clean(entry.text, PASSAGE_CHARACTERS), False),)
    return cut_pieces(snippet(entry.text, watched.tree_at(change.at), analyzer, PASSAGE_CHARACTERS))
