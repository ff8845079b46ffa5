"""What a hit shows: the stretch of its text that answers the query best, with the words that match.

Works on the tree that the engines answered and on the same analysis, so that what is marked is what matched: words,
phrases only where they stand as phrases, wildcards and fuzzy words. Conditions under a NOT mark nothing. Spans are
offsets into the snippet's text; whoever shows it does the escaping.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from indexer.analysis import FrenchAnalyzer, Token
from indexer.engines.edit_distance import within
from indexer.proximity import pair_phrases
from indexer.tree import AllOf, AnyOf, BestOf, FuzzyIs, Node, PatternIs, PhraseIs, TermIs

Span = tuple[int, int]

SLICE_CHARS = 12_000
"""A long text is searched in slices of this size and the first with a match is shown, so that a page stays fast."""

ELLIPSIS = "…"


@dataclass(frozen=True)
class Snippet:
    """A piece of text and the spans of it that match, in order and apart from each other."""

    text: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Match:
    """A span of the text that one leaf of the query matches; leaves are numbered."""

    start: int
    end: int
    leaf: int


@dataclass
class _Wanted:
    """The leaves of a query that can be seen in a field, by kind, each with its number."""

    terms: dict[str, int] = field(default_factory=dict)
    phrases: list[tuple[int, PhraseIs]] = field(default_factory=list)
    patterns: list[tuple[int, re.Pattern[str]]] = field(default_factory=list)
    fuzzy: list[tuple[int, FuzzyIs]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.terms or self.phrases or self.patterns or self.fuzzy)


def mark(text: str, tree: Node, analyzer: FrenchAnalyzer, *, name: str = "title") -> Snippet:
    """The whole text with what matches the query's conditions on field `name`: for titles."""
    matches = _find(text, _collect(tree, name), analyzer)
    return _cut(text, 0, len(text), matches)


def snippet(text: str, tree: Node, analyzer: FrenchAnalyzer, width: int = 240, *, name: str = "text") -> Snippet:
    """About `width` characters around the matches of field `name`; the beginning where nothing matches."""
    wanted = _collect(tree, name)
    if wanted:
        for offset, piece in _slices(text):
            matches = _find(piece, wanted, analyzer)
            if matches:
                shifted = [Match(match.start + offset, match.end + offset, match.leaf) for match in matches]
                start, end = _place_window(text, shifted, width)
                return _cut(text, start, end, shifted)
    return _cut(text, 0, _end_of_word(text, width), [])


def _collect(tree: Node, name: str) -> _Wanted:
    wanted = _Wanted()
    for number, leaf in enumerate(_positive_leaves(tree)):
        match leaf:
            case TermIs() if leaf.field == name:
                wanted.terms.setdefault(leaf.term, number)
            case PhraseIs() if leaf.field == name:
                phrases = pair_phrases(leaf) if leaf.slop else (leaf,)
                wanted.phrases.extend((number, phrase) for phrase in phrases)
            case PatternIs() if leaf.field == f"{name}_exact":
                wanted.patterns.append((number, _compile_pattern(leaf.pattern)))
            case FuzzyIs() if leaf.field == f"{name}_exact":
                wanted.fuzzy.append((number, leaf))
    return wanted


def _positive_leaves(tree: Node) -> Iterator[Node]:
    if isinstance(tree, AllOf | AnyOf):
        for child in tree.children:
            yield from _positive_leaves(child)
    elif isinstance(tree, BestOf):
        for _, child in tree.children:
            yield from _positive_leaves(child)
    elif isinstance(tree, TermIs | PhraseIs | PatternIs | FuzzyIs):
        yield tree


def _compile_pattern(pattern: str) -> re.Pattern[str]:
    return re.compile("".join({"*": ".*", "?": "."}.get(letter) or re.escape(letter) for letter in pattern))


# matches


def _find(text: str, wanted: _Wanted, analyzer: FrenchAnalyzer) -> list[Match]:
    if not wanted:
        return []
    tokens = analyzer.tokens(text)
    terms = wanted.terms
    matches = [Match(token.start, token.end, terms[token.term]) for token in tokens if token.term in terms]
    for number, phrase in wanted.phrases:
        matches += _find_phrase(tokens, phrase, number)
    if wanted.patterns or wanted.fuzzy:
        matches += _find_words(text, tokens, wanted, analyzer)
    return sorted(set(matches), key=lambda match: (match.start, match.end))


def _find_phrase(tokens: list[Token], phrase: PhraseIs, number: int) -> Iterator[Match]:
    """Where every term stands at most `slop` places out of line with the others."""
    terms = {term for _, term in phrase.terms}
    standing: dict[str, list[Token]] = {term: [] for term in terms}
    for token in tokens:
        if token.term in terms and not token.joined:
            standing[token.term].append(token)
    if not all(standing.values()):
        return
    lines = {token.position - offset for offset, term in phrase.terms for token in standing[term]}
    for line in sorted(lines):
        found = [_first_from(standing[term], line + offset, phrase.slop) for offset, term in phrase.terms]
        placed = [token for token in found if token is not None]
        if len(placed) < len(found) or len({token.position for token in placed}) < len(placed):
            continue
        if phrase.slop == 0:
            yield Match(placed[0].start, placed[-1].end, number)
        else:
            yield from (Match(token.start, token.end, number) for token in placed)


def _first_from(tokens: list[Token], place: int, slop: int) -> Token | None:
    index = bisect_left(tokens, place, key=lambda token: token.position)
    return tokens[index] if index < len(tokens) and tokens[index].position <= place + slop else None


def _find_words(text: str, tokens: list[Token], wanted: _Wanted, analyzer: FrenchAnalyzer) -> Iterator[Match]:
    known: dict[str, tuple[int, ...]] = {}
    for start, end in dict.fromkeys((token.start, token.end) for token in tokens):
        written = text[start:end]
        leaves = known.get(written)
        if leaves is None:
            leaves = known[written] = tuple(_leaves_of(analyzer.exact_terms(written), wanted))
        yield from (Match(start, end, leaf) for leaf in leaves)


def _leaves_of(words: list[str], wanted: _Wanted) -> Iterator[int]:
    for number, pattern in wanted.patterns:
        if any(pattern.fullmatch(word) for word in words):
            yield number
    for number, leaf in wanted.fuzzy:
        if any(_is_near(word, leaf.term, leaf.distance) for word in words):
            yield number


def _is_near(word: str, other: str, distance: int) -> bool:
    # the first test is cheap, and enough for nearly every word
    return sum((Counter(word) - Counter(other)).values()) <= distance and within(distance, word, other)


# the stretch that is shown


def _slices(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    while start < len(text):
        end = _end_of_word(text, start + SLICE_CHARS)
        yield start, text[start:end]
        start = end


def _end_of_word(text: str, place: int) -> int:
    """The place, moved back to the end of a word if one is near."""
    if place >= len(text):
        return len(text)
    for end in range(place, max(place - 60, 0), -1):
        if text[end].isspace():
            return end
    return place


def _place_window(text: str, matches: list[Match], width: int) -> Span:
    """The first stretch with the most leaves of the query, then the most matches; a little context before it."""
    best, best_score = (0, 0), (0, 0)
    inside: Counter[int] = Counter()
    last = 0
    for first, match in enumerate(matches):
        while last < len(matches) and (matches[last].end <= match.start + width or last == first):
            inside[matches[last].leaf] += 1
            last += 1
        score = (len(inside), last - first)
        if score > best_score:
            best, best_score = (first, last), score
        inside[match.leaf] -= 1
        if not inside[match.leaf]:
            del inside[match.leaf]
    left, right = matches[best[0]].start, max(match.end for match in matches[best[0] : best[1]])
    start = _start_of_word(text, max(0, left - max(0, width - (right - left)) // 3), left)
    return start, max(right, _end_of_word(text, start + width))


def _start_of_word(text: str, place: int, before: int) -> int:
    """The place, moved on to the beginning of a word, but not past `before`."""
    if place == 0:
        return 0
    for start in range(place, before):
        if text[start - 1].isspace() and not text[start].isspace():
            return start
    return before


def _cut(text: str, start: int, end: int, matches: list[Match]) -> Snippet:
    """The stretch with white space made single blanks, and dots where text was left out."""
    spans = _merge([(match.start, match.end) for match in matches if match.start >= start and match.end <= end])
    shown = [f"{ELLIPSIS} "] if text[:start].strip() else []
    length = len(shown[0]) if shown else 0
    at = start
    places: list[int] = []
    for edge in [edge for span in spans for edge in span] + [end]:
        piece = re.sub(r"\s+", " ", text[at:edge])
        if piece.startswith(" ") and (not shown or shown[-1].endswith(" ")):
            piece = piece[1:]
        if piece:
            shown.append(piece)
        length += len(piece)
        places.append(length)
        at = edge
    whole = "".join(shown).rstrip()
    return Snippet(
        f"{whole} {ELLIPSIS}" if text[end:].strip() else whole, tuple(zip(places[0:-1:2], places[1::2], strict=True))
    )


def _merge(spans: list[Span]) -> list[Span]:
    """Spans in order, those that overlap as one."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged
