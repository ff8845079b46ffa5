"""In which fields an entry of the index holds something else than it should, found out by asking the index alone.

Engines that keep no copy of what they were sent can only be asked: whether the entry has each of its terms, its words
in their order between two dropped ones, each number and date, and nothing besides in what is counted as a facet or may
be empty. A word too many beside a dropped one, or an author too many, cannot be found out in this way.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from indexer.analysis import HOLE
from indexer.document import FACETS, IndexEntry
from indexer.engines.base import Analysis, Engine, Filters, SearchRequest
from indexer.engines.entry_terms import OPTIONAL, entry_flags, entry_keywords, entry_numbers, entry_texts
from indexer.tree import AllOf, Between, Node, PhraseIs, TermIs, Without

PHRASE_WORDS = 40
"""A text is asked for as phrases of at most so many words, each beginning with the last word of the one before; dropped
words part it, since phrases around them are slow on the second engine."""

CONDITIONS = 100
"""In one question; engines bound the clauses of a query."""

_FACET_VALUES = 1_000
_PAST = Filters(past=True)

Condition = tuple[str, Node]


def differing_by_asking(
    engine: Engine, entries: Sequence[IndexEntry], analysis: Analysis
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """(id, fields) of the entries that the index has with other values; those it lacks are left out."""
    for entry in entries:
        here = TermIs("id", entry.id)
        held = engine.count(here, _PAST)
        if held:
            wrong = [*_unmet(engine, here, held, tuple(_conditions(entry, analysis))), *_other_facets(engine, entry)]
            if wrong:
                yield entry.id, tuple(dict.fromkeys(wrong))


def _unmet(engine: Engine, here: Node, held: int, conditions: Sequence[Condition]) -> Iterator[str]:
    """The fields whose conditions the entry does not satisfy, singled out only where one of many fails."""
    for start in range(0, len(conditions), CONDITIONS):
        part = conditions[start : start + CONDITIONS]
        if engine.count(AllOf((here, *(node for _, node in part))), _PAST) != held:
            yield from (name for name, node in part if engine.count(AllOf((here, node)), _PAST) != held)


def _conditions(entry: IndexEntry, analysis: Analysis) -> Iterator[Condition]:
    full = set()
    for name, term in entry_keywords(entry):
        if name == "has":
            full.add(term)
        yield (term if name == "has" else name), TermIs(name, term)
    yield from ((name, Without(TermIs("has", name))) for name in sorted(OPTIONAL - full))
    yield from ((name, TermIs(name, term)) for name, term in entry_flags(entry))
    yield from ((name, Between(name, number, number)) for name, number in entry_numbers(entry))
    for name, text in entry_texts(entry, analysis):
        yield from ((name.removesuffix("_exact"), node) for node in _words(name, text.split()))


def _words(name: str, terms: Sequence[str]) -> Iterator[Node]:
    """What a text must satisfy; the exact fields know nothing of the order of words."""
    if name.endswith("_exact"):
        yield from (TermIs(name, term) for term in sorted(set(terms) - {HOLE}))
        return
    for hole, run in groupby(terms, HOLE.__eq__):
        placed = () if hole else tuple(enumerate(run))
        for start in range(0, len(placed), PHRASE_WORDS - 1):
            if len(placed) - start > 1 or not start:
                yield PhraseIs(name, placed[start : start + PHRASE_WORDS])


def _other_facets(engine: Engine, entry: IndexEntry) -> Iterator[str]:
    request = SearchRequest(TermIs("id", entry.id), _PAST, limit=0, facets=FACETS, facet_size=_FACET_VALUES)
    counted = engine.search(request).facets
    terms = set(entry_keywords(entry))
    for name in FACETS:
        if {facet.value for facet in counted[name]} != {term for field, term in terms if field == name}:
            yield name
