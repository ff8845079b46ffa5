"""The query language: what it means, what it refuses and where, and that nothing else ever happens."""

import random
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from indexer.analysis import FrenchAnalyzer
from indexer.query import Limits, QueryError, parse, render
from indexer.tree import (
    AllOf,
    AnyOf,
    BestOf,
    Between,
    Everything,
    Exists,
    FuzzyIs,
    Node,
    PatternIs,
    PhraseIs,
    TermIs,
    Without,
)
from tests.indexer.engines.entries import make_entry
from tests.indexer.engines.oracle import Oracle
from tests.indexer.query_generator import QueryGenerator

NOW = datetime(2026, 5, 20, 10, 30, 15, tzinfo=UTC)
ANALYZER = FrenchAnalyzer()


def read(text: str) -> Node:
    return parse(text, now=NOW, analyzer=ANALYZER).tree


def word(term: str) -> BestOf:
    return BestOf(((2.0, TermIs("title", term)), (1.0, TermIs("text", term))))


POLICE_GREVE = ((0, "polic"), (1, "grev"))
POLICE, GREVE, PARIS = word("polic"), word("grev"), word("pari")


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("police", POLICE),
        ("police grève", AllOf((POLICE, GREVE))),
        ("police AND grève && paris", AllOf((POLICE, GREVE, PARIS))),
        ("police OR grève || paris", AnyOf((POLICE, GREVE, PARIS))),
        ("police grève OR paris", AllOf((POLICE, AnyOf((GREVE, PARIS))))),
        ("police AND grève OR paris", AnyOf((AllOf((POLICE, GREVE)), PARIS))),
        ("police OR grève -paris", AllOf((AnyOf((POLICE, GREVE)), Without(PARIS)))),
        ("police OR grève NOT paris", AllOf((AnyOf((POLICE, GREVE)), Without(PARIS)))),
        ("NOT police", Without(POLICE)),
        ("NOT NOT police", POLICE),
        ("!(police OR grève)", Without(AnyOf((POLICE, GREVE)))),
        ("police OR !grève", AnyOf((POLICE, Without(GREVE)))),
        ("*", Everything()),
        ("*:*", Everything()),
        ("author:*", Exists("authors")),
        ("titre:police", TermIs("title", "polic")),
        ("title:(police OR grève)", AnyOf((TermIs("title", "polic"), TermIs("title", "grev")))),
        ("title: police", TermIs("title", "polic")),
        ("texte:insécur*", PatternIs("text_exact", "insecur*")),
        ("texte:l'insécur**", PatternIs("text_exact", "insecur*")),
        ("texte:étienne~1", FuzzyIs("text_exact", "etienne", 1)),
        ("texte:grève~", FuzzyIs("text_exact", "greve", 1)),
        ("texte:manifestasion~", FuzzyIs("text_exact", "manifestasion", 2)),
        ('texte:"garde à vue"', PhraseIs("text", ((0, "gard"), (2, "vue")))),
        ("texte:«garde à vue»", PhraseIs("text", ((0, "gard"), (2, "vue")))),
        ("texte:“ grève police ”~5", PhraseIs("text", ((0, "grev"), (1, "polic")), 5)),
        ('texte:"la police"', TermIs("text", "polic")),
        (
            "texte:Saint-Étienne",
            AnyOf((PhraseIs("text", ((0, "saint"), (1, "etien"))), TermIs("text", "saintetien"))),
        ),
        ("texte:sans-papiers", TermIs("text", "sanspapi")),
        ("texte:dit-il", TermIs("text", "dit")),
        ("source:Exemple-Presse", TermIs("sources", "exemple-presse")),
        ("region:fr-ara", TermIs("regions", "FR-ARA")),
        ("departement:2a", TermIs("departements", "2A")),
        ('author:"Jeanne DURAND"', TermIs("authors", "jeanne durand")),
        ("author:duran~1", FuzzyIs("authors", "duran", 1)),
        ("source:exemple*", PatternIs("sources", "exemple*")),
        ('url:"https://www.exemple.test/a?b=1"', TermIs("url", "https://www.exemple.test/a?b=1")),
        ("language:FR", TermIs("lang", "fr")),
        ("edited:oui", TermIs("edited", "true")),
        ("paywalled:false", TermIs("paywalled", "false")),
        ("version:2", Between("version", 2, 2)),
        ("version:>2", Between("version", 2, None, include_low=False)),
        ("seq:[10 TO 20}", Between("seq", 10, 20, include_high=False)),
        ("version:[* TO *]", Exists("version")),
        ('l\'"affaire"', word("afair")),
        ("'police'", POLICE),
        (r"C\.R\.S\.", word("crs")),
        ("police\\\ngrève", BestOf(((2.0, PhraseIs("title", POLICE_GREVE)), (1.0, PhraseIs("text", POLICE_GREVE))))),
        ('police\\ "grève"', AllOf((POLICE, GREVE))),
        ("texte:TO", TermIs("text", "to")),
        (r"texte:\AND", TermIs("text", "and")),
    ],
)
def test_meaning(text: str, tree: Node) -> None:
    assert read(text) == tree


def paris(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """An instant by the clocks of Paris, an hour ahead of UTC in winter and two in summer; no month of change."""
    return datetime(year, month, day, hour, minute, tzinfo=UTC) - timedelta(hours=2 if 4 <= month <= 10 else 1)


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("date:2026", paris(2026, 1, 1), paris(2027, 1, 1)),
        ("date:2026-03", paris(2026, 3, 1), paris(2026, 4, 1)),
        ("date:2026-03-14", paris(2026, 3, 14), paris(2026, 3, 15)),
        ("date:2026-03-29", paris(2026, 3, 29), datetime(2026, 3, 29, 22, tzinfo=UTC)),
        ("date:[2026-03-01 TO 2026-03-31]", paris(2026, 3, 1), paris(2026, 4, 1)),
        ("date:{2026-03 TO 2026-06}", paris(2026, 4, 1), paris(2026, 6, 1)),
        ("date:[2026-03 TO *]", paris(2026, 3, 1), None),
        ("date:>2026-03", paris(2026, 4, 1), None),
        ("date:<2026-03", None, paris(2026, 3, 1)),
        ("date:<=2026-03", None, paris(2026, 4, 1)),
        ("date:2026-07-14T18", paris(2026, 7, 14, 18), paris(2026, 7, 14, 19)),
        ("date:2026-07-14T18:30", paris(2026, 7, 14, 18, 30), paris(2026, 7, 14, 18, 31)),
        ("date:>=2026-07-14T18:30:00+04:00", datetime(2026, 7, 14, 14, 30, tzinfo=UTC), None),
        ("date:>=2026-07-14T18:30:00Z", datetime(2026, 7, 14, 18, 30, tzinfo=UTC), None),
        ("date:>=now-7d", datetime(2026, 5, 13, 10, 30, 15, tzinfo=UTC), None),
        ("date:>=now-7d/d", paris(2026, 5, 13), None),
        ("date:now/d", paris(2026, 5, 20), paris(2026, 5, 21)),
        ("date:now/w", paris(2026, 5, 18), paris(2026, 5, 25)),
        ("date:now-1M/M", paris(2026, 4, 1), paris(2026, 5, 1)),
        ("date:[now-1y/y TO now/y}", paris(2025, 1, 1), paris(2026, 1, 1)),
        ("date:>=now-2M", datetime(2026, 3, 20, 11, 30, 15, tzinfo=UTC), None),
        ("date:>=now-3h", datetime(2026, 5, 20, 7, 30, 15, tzinfo=UTC), None),
    ],
)
def test_dates_stand_for_stretches_of_paris_time(text: str, low: datetime | None, high: datetime | None) -> None:
    assert read(text) == Between("date", low, high, include_high=high is None)


@pytest.mark.parametrize(
    ("text", "position", "message", "hint"),
    [
        ("", None, "empty", "*"),
        ("la", None, "too common", "Add a word"),
        ("NOT (de OR la)", None, "too common", "Add a word"),
        ("grève (police", 6, "never closed", "Add )"),
        ("grève) police", 5, "never opened", "Add ("),
        ("grève () police", 6, "nothing stands", "Leave them out"),
        ('grève "police', 6, "no partner", "Close it"),
        ("grève «police", 6, "no partner", "Close it"),
        ('grève ""', 6, "empty quotation", "Write words"),
        ("AND police", 0, "nothing on its left", "Write a word"),
        ("police AND OR grève", 11, "nothing on its left", "Write a word"),
        ("police AND", 7, "nothing on its right", "Write a word"),
        ("(police OR) grève", 8, "nothing on its right", "Write a word"),
        ("police NOT", 7, "nothing on its right", "Write a word"),
        ("police OU grève", 7, "no operator", "Write OR"),
        ("police SAUF grève", 7, "no operator", "Write NOT"),
        ("police /gr.ve/", 7, "regular expressions", "Use * and ?"),
        ("police^2 grève", 6, "weights", "Leave ^"),
        ("police +grève", 7, "plus sign", "leave the sign out"),
        ("police - grève", 7, "stands alone", "NOT word"),
        ("police : grève", 7, "colon", "quotation marks"),
        ("sorce:exemple", 0, "no field 'sorce'", "Did you mean source:"),
        ("grève Autor:durand", 6, "no field 'Autor'", "Did you mean author:"),
        ("lead:grève", 0, "no field 'lead'", "ask text:"),
        ("title_exact:grève", 0, "no field", "Did you mean title:"),
        ("voir https://exemple.test", 5, "no field 'https'", "quotation marks"),
        ("url:https://exemple.test", 4, "field inside a field", "quotation marks"),
        ("title:(police source:exemple)", 14, "field inside a field", "AND or OR"),
        ("police source:", 7, "source: has no value", "right after the colon"),
        ("source:-exemple", 7, "denial after a field", "NOT before the field"),
        ("po*", 0, "fewer than 3 letters", "more letters"),
        ("grève *lice", 6, "fewer than 3 letters", "more letters"),
        ("pourquoi ?", 9, "fewer than 3 letters", "question mark"),
        ("l'ag*", 0, "fewer than 3 letters", "more letters"),
        ("source:ex*", 7, "fewer than 3 letters", "more letters"),
        ("polic*/justice", 0, "'/' in a word", "hyphens"),
        ("police~3", 6, "~3 after a word", "~1 or ~2"),
        ("police~0.8", 6, "~0.8 after a word", "~1 or ~2"),
        ("police ~2", 7, "stands alone", "at once"),
        ("bac~2", 0, "fewer than 5 letters", "word alone"),
        ("avec~1", 0, "too common", "Leave it out"),
        ("polic*~1", 0, "after a word with *", "one of the two"),
        ('"grève police"~', 14, "after a quotation", "how many places"),
        ('"grève police paris lyon"~51', 0, "at most ~50", "Lower the number"),
        (" OR ".join(['"grève police paris lyon nantes brest"~9'] * 14), 13 * 44, "too many phrases", "use fewer"),
        ("[2026 TO 2027]", 0, "without a field", "Name it"),
        ("date:[2026-03-01 2026-04-01]", 5, "begins no range", "[2026-01 TO"),
        ("title:[a TO b]", 6, "range of words", "dates and numbers"),
        ("source:[a TO b]", 7, "one value", "source"),
        ("date>2026", 4, "without a colon", "Write date:>2026"),
        ("version:>=*", 8, "followed by no value", "date:>="),
        ("date:14/03/2026", 5, "no date", "Write 2026-03-14"),
        ("date:30/02/2026", 5, "no date", "Write a date as 2026"),
        ("date:2026-02-30", 5, "no date", "Write a date as"),
        ("date:[hier TO now]", 5, "no date", "now-7d"),
        ("date:0001", 5, "too far", "Dates go from"),
        ("date:>=now+99999y", 5, "no date", "Write a date"),
        ("date:now-7d", 5, "single second", "date:>=now-7d"),
        ("date:[2027 TO 2026]", 5, "ends before", "earlier date"),
        ("seq:[9 TO 3]", 4, "ends before", "smaller number"),
        ("version:deux", 8, "whole number", "version:2"),
        ("edited:peut-être", 7, "true or false", "edited:true"),
        ("region:bretagne", 7, "no value 'BRETAGNE'", "Did you mean regions:FR-BRE?"),
        ("region:ara", 7, "no value 'ARA'", "Did you mean regions:FR-ARA?"),
        ("departement:1", 12, "no value '1'", "Did you mean departements:01?"),
        ("departement:rhône", 12, "no value", "codes such as 01"),
        ("kind:syndicat", 5, "no value 'syndicat'", "There are union, association"),
        ("kind:unions", 5, "no value 'unions'", "Did you mean kind:union?"),
        ("state:withdrawn", 6, "no value 'withdrawn'", "There are live, removed"),
        ("source:exempel~1", 7, "fixed values", "star"),
        ("police\\", 6, "backslash", "Leave it out"),
        ("police\x00", 6, "no text", "Remove it"),
        ("police \ud800", 7, "no text", "Remove it"),
    ],
)
def test_refused_with_place_and_hint(text: str, position: int | None, message: str, hint: str) -> None:
    with pytest.raises(QueryError) as refused:
        read(text)

    error = refused.value
    assert (error.position, message in error.message, hint in error.hint) == (position, True, True), error
    assert str(error).startswith("" if position is None else f"character {position + 1}: ")


@pytest.mark.parametrize(
    "text",
    [
        "(" * 50_000, "(" * 9_999, "(" * 51 + "police" + ")" * 51, "NOT " * 2_499 + "x",
        "!" * 9_999 + "x", "a " * 4_999,
        "police OR " * 999 + "x", '"' + "police " * 300 + '"', "ab-" * 3_000 + "ab", "\\" * 9_999, "title:" * 1_600,
        "date:[" * 1_600, "*" * 9_999, "abc*" * 2_499, '("a' * 3_333, "a~" * 4_999, "x" * 10_001,
        "seq:[1 TO " + "9" * 9_000 + "]",
    ],
    ids=lambda text: f"{text[:8]}…{len(text)}",
)  # fmt: skip
def test_size_is_refused_at_once(text: str) -> None:
    started = time.perf_counter()
    with pytest.raises(QueryError):
        read(text)

    assert time.perf_counter() - started < 1.0


def test_limits_are_those_of_the_caller_and_reach_their_number() -> None:
    limits = Limits(characters=40, levels=2, clauses=3)

    assert parse("((police)) grève paris", now=NOW, limits=limits)
    for text in ("(((police)))", "police grève paris lyon", '"police grève paris lyon"', "x" * 41):
        with pytest.raises(QueryError):
            parse(text, now=NOW, limits=limits)
    assert parse("(" * 50 + "police" + ")" * 50, now=NOW).tree == POLICE
    assert parse(" ".join(["police"] * 256), now=NOW)


def test_stop_words_are_left_out_and_named() -> None:
    query = parse("la police OR de", now=NOW)

    assert query.tree == POLICE
    assert [note.split(" ")[1] for note in query.notes] == ["la", "de"]


def test_explanation_shows_the_reading_and_the_terms() -> None:
    query = parse("source:exemple l’insécurité grève OR “garde à vue” la", now=NOW)

    lines = query.explain()

    assert lines[0] == 'read as: sources:exemple AND l’insécurité AND (grève OR "garde à vue") AND la'
    assert "      title: insecurit (weight 2)" in lines
    assert "        text: « gard · vue » (weight 1)" in lines
    assert lines[-1].startswith("note: « la » was left out")
    assert query.fields == {"sources"}


def test_random_queries_render_to_the_same_tree() -> None:
    generator, read_well = QueryGenerator(7), 0
    for _ in range(3_000):
        text = generator.query()
        try:
            query = parse(text, now=NOW, analyzer=ANALYZER)
        except QueryError as error:
            assert "too common" in error.message, f"{text}: {error}"
            continue
        read_well += 1
        again = parse(render(query), now=NOW, analyzer=ANALYZER)
        assert again.tree == query.tree, f"{text} is rendered {render(query)}"
        assert render(again) == render(query)
        assert query.explain()
    assert read_well > 2_700


def test_threads_do_not_disturb_each_other() -> None:
    """A web server parses in several threads; the parser underneath is not made for it by itself."""
    generator = QueryGenerator(21, words=("police", "grève", "paris", "préavis"))
    texts = [generator.query() for _ in range(400)]
    alone = [read(text) for text in texts]

    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(max_workers=8) as pool:
            together = list(pool.map(read, texts))
    finally:
        sys.setswitchinterval(usual)

    assert together == alone


def test_noise_is_read_or_refused_and_nothing_else() -> None:
    generator, ends = QueryGenerator(11), {"read": 0, "refused": 0}
    for _ in range(20_000):
        text = generator.noise()
        try:
            query = parse(text, now=NOW, analyzer=ANALYZER)
        except QueryError as error:
            assert error.position is None or 0 <= error.position <= len(text), text
            assert error.message and (error.hint or "characters" in error.message), text
            ends["refused"] += 1
            continue
        assert parse(render(query), now=NOW, analyzer=ANALYZER).tree == query.tree, text
        ends["read"] += 1
    assert ends["refused"] > 5_000 and ends["read"] > 300, ends


def test_boolean_words_mean_what_logic_says() -> None:
    """Compared with Python's own and, or, not over every combination of three words present or absent."""
    names = ("police", "grève", "paris")
    present = [{name for bit, name in enumerate(names) if number >> bit & 1} for number in range(8)]
    entries = [make_entry(str(number), text=" ".join(words)) for number, words in enumerate(present)]
    oracle, dice = Oracle(entries, ANALYZER), random.Random(3)

    for _ in range(500):
        text, expected = make_boolean(dice)
        meant = {f"{number}.1" for number, words in enumerate(present) if expected(words)}
        assert oracle.ids(read(text)) == meant, text


def make_boolean(dice: random.Random, depth: int = 3) -> tuple[str, Callable[[set[str]], bool]]:
    """A query, and what it means for a set of words."""
    if depth == 0 or dice.random() < 0.25:
        name = dice.choice(("police", "grève", "paris"))
        return name, lambda words: name in words
    (left, holds), (right, also) = make_boolean(dice, depth - 1), make_boolean(dice, depth - 1)
    kind = dice.choice(("AND", "", "OR", "NOT"))
    if kind == "NOT":
        return f"NOT ({left})", lambda words: not holds(words)
    if kind == "OR":
        return f"({left}) OR ({right})", lambda words: holds(words) or also(words)
    return f"({left}) {kind} ({right})", lambda words: holds(words) and also(words)
