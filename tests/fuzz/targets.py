"""What is fuzzed, and what must hold for every input. A target raises where it does not."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from crawler.urls import MAX_URL_LENGTH, BadUrlError, canonical_form, clean, display_form, host_of, port_of, same_site
from indexer.analysis import FrenchAnalyzer
from indexer.query import Limits, QueryError, parse, render
from tests.crawler.test_urls import HOSTS, PAIRS, SCHEMES, SEGMENTS
from tests.indexer.query_generator import NOISE
from tests.properties.effort import soon

BASE = "https://www.syndicat-val.test/actualites/liste"
NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
ANALYZER = FrenchAnalyzer()


@dataclass(frozen=True)
class Target:
    """A property of bytes; `words` are pieces that the fuzzer may put together, `longest` is in bytes."""

    check: Callable[[bytes], None]
    words: tuple[str, ...]
    longest: int


def check_query(data: bytes) -> None:
    """A query is read or refused in words, soon; what it prints means the same."""
    text = _as_text(data)
    try:
        with soon():
            query = parse(text, now=NOW, analyzer=ANALYZER)
    except QueryError as error:
        assert error.message and (error.position is None or 0 <= error.position <= len(text))
        return
    spelled = render(query)
    again = parse(spelled, now=NOW, analyzer=ANALYZER, limits=Limits(characters=10 * len(text) + 1000))
    assert again.tree == query.tree, f"printed as {spelled!r}"
    assert render(again) == spelled
    assert query.explain()


def check_url(data: bytes) -> None:
    """A link is fit for the wire or none; its key is stable, on the same site, and blind to marks."""
    link = _as_text(data)
    with soon():
        cleaned = clean(link, BASE)
        with suppress(BadUrlError):
            canonical_form(link)
    if cleaned is None:
        return
    assert clean(cleaned) == cleaned
    assert cleaned.isascii() and cleaned.isprintable() and " " not in cleaned and len(cleaned) <= MAX_URL_LENGTH
    assert "@" not in cleaned.split("/")[2]
    key = canonical_form(cleaned)
    assert canonical_form(key) == key
    assert same_site(host_of(key), host_of(cleaned))
    assert port_of(key) == port_of(cleaned) or {port_of(key), port_of(cleaned)} == {80, 443}
    assert canonical_form(f"{cleaned}#partie") == key or len(cleaned) > MAX_URL_LENGTH - 10
    assert canonical_form(display_form(cleaned)) == key


QUERY_WORDS = (*NOISE, "title:", "author:", "~5 ", "\\")
URL_WORDS = (*SCHEMES, *HOSTS, *SEGMENTS, *PAIRS, "%", "#", "?", "&amp;")
TARGETS = {"query": Target(check_query, QUERY_WORDS, 3000), "url": Target(check_url, URL_WORDS, 2500)}


def _as_text(data: bytes) -> str:
    """Bytes that are no UTF-8 become lone surrogates, which texts of others hold too."""
    return data.decode("utf-8", "surrogateescape")
