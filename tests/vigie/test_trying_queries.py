"""A query that cannot be asked, or only means nothing, is refused before it is saved, with a sentence."""

import pytest

from config.models import Limits
from config.query import SavedQuery
from vigie.trying_queries import try_query


@pytest.mark.parametrize(
    "words",
    ["police AND (", "inconnu:police", "NOT police", "NOT police NOT préavis", "kind:union OR NOT police", "   ",
     "(" * 50_000, "current:true AND police", "state:removed", "police OR " * 300 + "police", "x" * 20_000],
)  # fmt: skip
def test_what_cannot_be_watched_is_refused_with_what_was_expected(words: str) -> None:
    query = SavedQuery(title="essai", query=words, recipients=("a@exemple.test",))

    ((found, expected, _),) = try_query(query, Limits())

    assert expected == "a query that can be asked"
    assert 0 < len(found) < 500


@pytest.mark.parametrize("words", ["police", "*", "* NOT police", "police NOT municipale", "NOT police AND kind:union"])
def test_what_can_be_watched_is_not_refused(words: str) -> None:
    assert list(try_query(SavedQuery(title="essai", query=words), Limits())) == []
