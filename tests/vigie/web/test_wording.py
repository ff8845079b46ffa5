"""Both languages are whole: every sentence of the page has its English, every sentence of the program its French."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir

from archive.outcomes import Outcome
from vigie.web.languages import choose_language, load_languages, read_catalogue

ROOT = Path(__file__).parents[3]
WEB = ROOT / "vigie" / "web"
KEYWORDS = {"_": None, "gettext": None, "say": None, "later": None, "ngettext": (1, 2), "count": (1, 2)}
# refusals of which the words themselves vary, each with every form that it takes
FORMS = {
    "there is no Q7 Q7": ("there is no source 'x'", "there is no kind 'x'", "there is no state 'x'"),
    "Q7 after Q7": ("~ after a quotation", "~9 after a word"),
}
METHODS = [("**.py", "python"), ("templates/**.j2", "jinja2")]


def extract() -> set[str | tuple[str, ...]]:
    """Every sentence that the page says in French."""
    options = {"templates/**.j2": {"encoding": "utf-8", "silent": "false"}}
    found = extract_from_dir(WEB, METHODS, options, KEYWORDS)
    return {message for _, _, message, _, _ in found}


def list_refusals() -> Iterator[str]:
    """Every message and hint with which the query language refuses, `{}` for what varies."""
    for path in [*sorted((ROOT / "indexer" / "query").glob("*.py")), ROOT / "vigie" / "searching.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "QueryError":
                yield from filter(None, map(write_out, [*node.args[:1], *node.args[2:3]]))


def write_out(node: ast.expr) -> str | None:
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "Q7" for part in node.values)
    return None


def test_every_sentence_of_the_page_has_its_english() -> None:
    catalogue = read_catalogue("en")
    missing = [message for message in extract() if not translated(catalogue, message)]

    assert missing == [], "add them to vigie/web/wording/en.po"


def translated(catalogue: Catalog, message: str | tuple[str, ...]) -> bool:
    found = catalogue.get(message)
    if found is None or not found.string:
        return False
    return isinstance(found.string, str) or all(found.string)


def test_no_english_is_kept_for_a_sentence_that_is_gone() -> None:
    known = extract()
    left = [one.id for one in read_catalogue("en") if one.id and one.id not in known]

    assert left == [], "take them out of vigie/web/wording/en.po"


@pytest.mark.parametrize("outcome", list(Outcome), ids=lambda outcome: outcome.name)
def test_every_end_is_told_in_french(outcome: Outcome) -> None:
    assert load_languages()["fr"].tell(outcome.sentence) != outcome.sentence, "add it to vigie/web/wording/fr.po"


def test_every_refusal_of_a_query_is_told_in_french() -> None:
    french = load_languages()["fr"]
    # what is only values, as « name: message », has no words of its own
    written = {sentence for sentence in list_refusals() if sentence.replace("Q7", "").strip(" :")}
    assert written >= FORMS.keys()
    refusals = {form for sentence in written for form in FORMS.get(sentence, (sentence,))}
    same = [sentence for sentence in refusals if french.tell(sentence) == sentence]

    assert len(refusals) > 60
    assert same == [], "add them to vigie/web/wording/fr.po"


def test_what_varies_keeps_its_place() -> None:
    french = load_languages()["fr"]

    assert french.tell("there is no field 'autor'") == "il n’y a pas de champ 'autor'"
    assert french.tell("--from: '2026-13' is no date") == "« du » : '2026-13' n’est pas une date"
    assert french.tell("something that nobody foresaw") == "something that nobody foresaw"


@pytest.mark.parametrize(
    ("cookie", "accepted", "chosen"),
    [
        ("", "", "fr"),
        ("", "de-DE,de;q=0.9", "fr"),
        ("", "en-GB,fr;q=0.5", "en"),
        ("", "nl, en;q=0.8", "en"),
        ("en", "fr", "en"),
        ("<script>", "fr", "fr"),
    ],
)
def test_the_language_is_chosen_by_cookie_then_browser(cookie: str, accepted: str, chosen: str) -> None:
    assert choose_language(cookie, accepted) == chosen


def test_numbers_dates_and_plurals_follow_the_language() -> None:
    languages = load_languages()

    counted = {code: [one.count("%(num)s article", "%(num)s articles", n) for n in (0, 1, 1200)]
               for code, one in languages.items()}  # fmt: skip
    assert counted["fr"] == ["0 article", "1 article", "1\u202f200 articles"]
    assert counted["en"] == ["0 articles", "1 article", "1,200 articles"]
    assert languages["fr"].bytes(1536) == "1,5\u00a0Kio" and languages["en"].bytes(10) == "10\u00a0B"
