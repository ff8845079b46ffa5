"""What an export may carry of an article, decided here and nowhere else, by the source's `redistribution`.

`title`: title, authors, dates, address and labels. `extract`: also a short extract. `full`: also the whole text, where
it is asked for, and the page as it was captured. An article whose source is no longer configured counts as `title`.
Writers get articles from which everything else was taken out, and see nothing they may not write.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from config.source import Redistribution, Source
from indexer.document import IndexEntry
from indexer.highlight import ELLIPSIS, Snippet
from vigie.exports.selection import Picked
from vigie.searching import Found

EXTRACT_CHARS = 300
"""A short quotation: two or three sentences. Never more than half of the text either, for short items."""


@dataclass(frozen=True)
class Article:
    """What may go out of one article. `entry` has no lead or text beyond that; `text` is whole or None."""

    entry: IndexEntry
    captured_at: datetime
    extract: str | None
    snippet: Snippet
    text: str | None
    score: float | None
    with_page: bool

    def as_json(self) -> dict[str, Any]:
        """The record of `vigie search --json`, with the whole text where it was asked for and may go out."""
        shown = Found(self.entry, Snippet(""), self.snippet, self.score).as_json()
        return shown if self.text is None else shown | {"text": self.text}


@dataclass
class Rules:
    """Applies the rules of the sources, counts the articles, and by source those that could go out only in part.

    `own_use` lifts them: what is written then is for the operator alone. `with_text` asks for whole texts.
    """

    sources: Mapping[str, Source]
    own_use: bool = False
    with_text: bool = False
    carried: int = 0
    without_text: Counter[str] = field(default_factory=Counter)
    without_page: Counter[str] = field(default_factory=Counter)

    def apply(self, picked: Iterable[Picked]) -> Iterator[Article]:
        """Each article with what may go out of it."""
        return map(self._apply, picked)

    def _apply(self, picked: Picked) -> Article:
        self.carried += 1
        rule = self._rule_of(picked.entry.source)
        if rule != "full":
            self.without_page[picked.entry.source] += 1
            self.without_text[picked.entry.source] += self.with_text
        return carry(picked, rule, with_text=self.with_text)

    def _rule_of(self, source_id: str) -> Redistribution:
        if self.own_use:
            return "full"
        source = self.sources.get(source_id)
        return source.redistribution if source else "title"


def carry(picked: Picked, rule: Redistribution, *, with_text: bool) -> Article:
    """The article as this rule lets it out."""
    entry, text = picked.entry, picked.entry.text
    most = min(EXTRACT_CHARS, len(text) // 2)
    extract = None if rule == "title" else _cut(entry.lead or text, most) or None
    lead = {"title": None, "extract": entry.lead and extract, "full": entry.lead}[rule]
    snippet = {"title": Snippet(""), "extract": _cut_snippet(picked.snippet, most), "full": picked.snippet}[rule]
    return Article(
        entry=replace(entry, lead=lead, text=""),
        captured_at=picked.captured_at,
        extract=extract,
        snippet=snippet,
        text=text if with_text and rule == "full" else None,
        score=picked.score,
        with_page=rule == "full",
    )


def _cut(text: str, most: int) -> str:
    """The beginning of the text on one line, at most so many characters, ending with a word."""
    line = " ".join(text.split())
    if len(line) <= most:
        return line
    whole = line[: most + 1].rpartition(" ")[0]
    return f"{whole.rstrip(' ,;:–—')} {ELLIPSIS}" if whole else ""


def _cut_snippet(snippet: Snippet, most: int) -> Snippet:
    """The snippet, where it is longer, up to the last word that fits, with the marks that are left."""
    if len(snippet.text) <= most:
        return snippet
    whole = snippet.text[: most + 1].rpartition(" ")[0]
    spans = tuple((start, end) for start, end in snippet.spans if end <= len(whole))
    return Snippet(f"{whole} {ELLIPSIS}" if whole else "", spans)
