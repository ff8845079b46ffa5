"""The document for those who write queries says the truth: its examples are read, its refusals are refused so."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from indexer.document import FIELDS
from indexer.proximity import MAX_SLOP
from indexer.query import Limits, QueryError, parse
from indexer.query.compiling import LETTERS_BEFORE_WILDCARD, WILDCARDS_IN_A_WORD
from indexer.query.fields import ALIASES

NOW = datetime(2026, 5, 20, tzinfo=UTC)
DOCUMENT = (Path(__file__).parents[2] / "docs" / "query-language.md").read_text(encoding="utf-8")
EXAMPLES = [line for block in re.findall(r"```query\n(.*?)```", DOCUMENT, re.DOTALL) for line in block.splitlines()]
REFUSED = re.findall(r"^\| `([^`]+)` \| (.+) \|$", DOCUMENT.partition("## What is refused")[2], re.MULTILINE)


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples_are_read(text: str) -> None:
    assert not parse(text, now=NOW).notes


@pytest.mark.parametrize(("text", "answer"), REFUSED)
def test_refusals_are_quoted_word_for_word(text: str, answer: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse(text, now=NOW)

    assert str(refused.value) == answer


def test_every_field_and_limit_is_named() -> None:
    asked = {field.name for field in FIELDS.values() if field.asked}
    named = set(re.findall(r"`([a-zé_]+)`", DOCUMENT))

    assert asked - named == set(), "describe these fields in docs/query-language.md"
    assert set(ALIASES) - named <= {"région", "département"}
    assert f"{Limits().characters:,} characters, {Limits().levels} levels" in DOCUMENT
    assert f"{Limits().clauses} words and conditions" in DOCUMENT
    assert (LETTERS_BEFORE_WILDCARD, WILDCARDS_IN_A_WORD) == (3, 8), (
        "the document says three letters and eight wildcards"
    )
    assert f"`~n`, n up to {MAX_SLOP}" in DOCUMENT
    assert len(EXAMPLES) > 50 and len(REFUSED) >= 10
