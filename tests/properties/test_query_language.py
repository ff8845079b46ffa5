"""The query language: every text is read or refused, soon, and what is printed means what was read."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from indexer.analysis import FrenchAnalyzer
from indexer.query import Limits, QueryError, parse, render
from tests.indexer.query_generator import NOISE, QueryGenerator
from tests.properties.effort import soon, tried_on

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
ANALYZER = FrenchAnalyzer()

_pieces = st.sampled_from(NOISE) | st.text(max_size=6)
_noise = st.lists(_pieces, max_size=25).map("".join)
_well_formed = st.integers(0, 2**32).map(lambda seed: QueryGenerator(seed).query())
_mixed = st.tuples(_well_formed, st.text(max_size=3), _well_formed).map("".join)
queries = _noise | _well_formed | _mixed | st.text(max_size=60)
# what grows with its own size: each repeated up to the limit of characters and beyond
GROWING = (
    "(", ")", "NOT ", "-", "a ", "a OR ", '"', '"a b"~5 ', "poli* ", "a~ ", "[", "date:[", "title:(", "\\", "'",
    "«", "l'", "a AND (", "é\u0301", "ﷺ", "a-", "***", "~1", "date:2026 ", "!(", "\u200b", "a&&", "source:x OR ",
)  # fmt: skip


def read_or_refuse(text: str) -> str | None:
    """The canonical spelling, checked to mean the same; None where the query is refused in words."""
    try:
        with soon():
            query = parse(text, now=NOW, analyzer=ANALYZER)
    except QueryError as error:
        assert error.position is None or 0 <= error.position <= len(text)
        assert error.message and len(str(error)) < 1000
        return None
    spelled = render(query)
    again = parse(spelled, now=NOW, analyzer=ANALYZER, limits=Limits(characters=10 * len(text) + 1000))
    assert again.tree == query.tree, f"printed as {spelled}"
    assert render(again) == spelled
    assert query.explain()
    return spelled


@tried_on(1_200)
@given(queries)
def test_a_query_is_read_or_refused_and_its_print_means_the_same(text: str) -> None:
    read_or_refuse(text)


@tried_on(150)
@given(st.sampled_from(GROWING), st.integers(1, 60_000), _noise)
def test_no_query_takes_longer_than_its_size_allows(piece: str, times: int, end: str) -> None:
    """Up to 60,000 repetitions of what nests, denies, joins or expands: read or refused, never exponential."""
    read_or_refuse(piece * times + end)


@tried_on(100)
@given(st.sampled_from(GROWING), st.integers(1, 10_000))
def test_what_just_fits_the_limit_of_characters_is_answered_as_soon(piece: str, times: int) -> None:
    read_or_refuse((piece * times)[: Limits().characters])
