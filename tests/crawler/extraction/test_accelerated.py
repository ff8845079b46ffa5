"""The accelerated extraction gives what the plain one gives: searches, bounds, texts, whole results."""

from copy import copy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import trafilatura
from lxml.etree import XPath, tostring
from lxml.html import HtmlElement
from trafilatura import htmlprocessing, main_extractor, xpaths
from trafilatura.external import compare_extraction, try_readability
from trafilatura.htmlprocessing import prune_unwanted_nodes
from trafilatura.main_extractor import recover_wild_text

from archive.records import Extraction, Page
from benchmarks.extraction_equality import compare_results
from config.models import Settings
from crawler.extraction.accelerated import COMPARED_VERSION, extract_lines, extract_lines_plainly, quick
from crawler.extraction.accelerated.conditions import UnknownFormError
from crawler.extraction.accelerated.library_lists import (
    KNOWN,
    LISTS,
    digest_of,
    find_replacements,
    replace_known,
    use_compiled_searches,
)
from crawler.extraction.accelerated.link_density import PLACE, TwoRounds, ask_links_once
from crawler.extraction.accelerated.searches import CompiledSearch
from crawler.extraction.accelerated.upper_bound import find_most_text, find_most_text_of_clean
from crawler.extraction.extract import extract
from crawler.extraction.page_tree import parse_page
from crawler.extraction.saved_page import SavedPage, extract_saved
from tests.crawler.extraction.generated_pages import make_page
from tests.crawler.extraction.golden import recipe
from tests.crawler.extraction.test_site_pages import JUDGED_HERE, fetch
from tests.site.articles import DAYS
from tests.site.expected import expected_on
from tests.site.server import Site

FETCHED_AT = datetime(2025, 12, 6, 12, 0, tzinfo=UTC)
SEEDS = range(150)
KNOWN_SEARCHES = {
    digest_of(search.path): search
    for name in LISTS
    for search in getattr(xpaths, name)
    if digest_of(search.path) in KNOWN
}


def parse(text: str) -> HtmlElement:
    parsed = parse_page(text)
    assert parsed is not None
    return parsed.root


@pytest.fixture(scope="module")
def trees() -> list[HtmlElement]:
    return [parse(make_page(seed)) for seed in SEEDS]


def test_the_library_is_the_version_that_was_compared() -> None:
    assert trafilatura.__version__ == COMPARED_VERSION, (
        "A new version of the library: run `make bench-equality CORPUS=DIR`, and where no page differs, raise"
        " COMPARED_VERSION and KNOWN in crawler/extraction/accelerated/."
    )
    assert len(KNOWN_SEARCHES) == len(KNOWN)


@pytest.mark.parametrize("digest", sorted(KNOWN))
def test_a_compiled_search_finds_what_the_expression_finds(digest: str, trees: list[HtmlElement]) -> None:
    own, ours = KNOWN_SEARCHES[digest], CompiledSearch(KNOWN_SEARCHES[digest].path)
    found = 0
    for tree in trees:
        for root in (tree, tree[1]):
            expected = own(root)
            assert ours(root) == expected
            found += len(expected)
    assert found > 0, "the generated pages hold nothing for this expression"


@pytest.mark.parametrize("precise", [True, False])
def test_a_list_of_searches_finds_the_same_elements_together(precise: bool, trees: list[HtmlElement]) -> None:
    places = find_replacements(precise)
    for tree in trees:
        own = {element for _, searches, _ in places for search in searches for element in search(tree)}
        ours = {element for _, _, searches in places for search in searches for element in search(tree)}
        assert ours == own


def test_an_expression_that_was_not_compared_stays_with_lxml() -> None:
    unknown = XPath(".//*[self::div][contains(@class, 'nouveau')]")

    replaced = replace_known([unknown, xpaths.TEASER_DISCARD_XPATH[0]], in_turn=False)

    assert unknown in replaced
    assert [type(search) for search in replaced] == [CompiledSearch, XPath]


@pytest.mark.parametrize(
    "path",
    [
        "//div[@id='a']",
        ".//div[position()=2]",
        ".//div[@id='a' and @class='b']",
        ".//div[re:test(@class, 'a', 'g')]",
        ".//div[contains(@class, '')]",
        ".//div[translate(@class, 'ab', 'a')='a']",
        ".//div[not(@id)]",
        ".//div[1][@id='a']",
        ".//div[@id='a']/p",
        ".//div",
        ".//*[self::a or @id='b'][self::c]",
    ],
)
def test_a_form_that_is_not_read_is_refused(path: str) -> None:
    with pytest.raises(UnknownFormError):
        CompiledSearch(path)


@pytest.mark.parametrize("precise", [True, False])
def test_the_lines_are_the_library_s_own(precise: bool, trees: list[HtmlElement]) -> None:
    for seed, tree in zip(SEEDS, trees, strict=True):
        before = tostring(tree)
        expected = extract_lines_plainly(tree, precise=precise)

        assert extract_lines(tree, precise=precise) == expected, f"page {seed}"
        assert tostring(tree) == before


def test_the_generated_pages_take_every_way(trees: list[HtmlElement], monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[str] = []

    def ask(*given: Any) -> Any:
        taken.append("asked")
        return compare_extraction(*given)

    def recover(*given: Any) -> Any:
        taken.append("recovered")
        return recover_wild_text(*given)

    monkeypatch.setattr("crawler.extraction.accelerated.quick.compare_extraction", ask)
    monkeypatch.setattr("crawler.extraction.accelerated.quick.recover_wild_text", recover)
    with use_compiled_searches(precise=True):
        for tree in trees:
            asked = len(taken)
            text = quick.extract_precisely(tree)
            if len(taken) == asked:
                taken.append("left" if text is None else "proven")

    assert min(taken.count(way) for way in ("asked", "left", "proven", "recovered")) > 5, taken


def test_the_bounds_are_never_below_what_readability_finds(trees: list[HtmlElement]) -> None:
    proven = 0
    discarding = [CompiledSearch(*(search.path for search in xpaths.OVERALL_DISCARD_XPATH))]
    for seed, tree in zip(SEEDS, trees, strict=True):
        raw = prune_unwanted_nodes(copy(tree), xpaths.OVERALL_DISCARD_XPATH)
        length = len(" ".join("".join(try_readability(raw).itertext()).split()))
        clean = copy(tree)
        for script in list(clean.iter("script", "style")):
            script.drop_tree()

        for bound in (find_most_text(tree, discarding, 10**9), find_most_text_of_clean(clean)):
            assert bound is None or bound >= length, f"page {seed}"
            proven += bound is not None
    assert proven > 100


def test_a_raw_text_element_leaves_no_bound() -> None:
    tree = parse("<html><body><div><p>Un texte</p><svg><title></title></svg></div></body></html>")

    assert find_most_text(tree, (), 10**9) is None
    assert find_most_text_of_clean(tree) is None


def test_the_library_is_left_as_it_was(trees: list[HtmlElement]) -> None:
    before = [list(getattr(xpaths, name)) for name in LISTS]

    extract_lines(trees[0], precise=True)
    with pytest.raises(ZeroDivisionError), use_compiled_searches(precise=False), ask_links_once():
        raise ZeroDivisionError

    assert [list(getattr(xpaths, name)) for name in LISTS] == before
    assert getattr(main_extractor, PLACE) is htmlprocessing.delete_by_link_density


def test_a_second_round_is_left_out_only_where_nothing_went() -> None:
    asked: list[str] = []

    def take_marked(tree: HtmlElement, name: str, **options: bool) -> HtmlElement:
        asked.append(name)
        for element in list(tree.iter(name)):
            if element.get("class") == "liens":
                element.drop_tree()
        return tree

    def go_over(tree: HtmlElement) -> list[str]:
        asked.clear()
        test = TwoRounds(take_marked)
        for name in ("div", "list", "p", "div", "list", "p", "head"):
            test(tree, name, backtracking=False)
        return list(asked)

    whole = parse("<html><body><div><p>Un</p><p>Deux</p></div></body></html>")
    linked = parse("<html><body><div><p>Un</p><p class='liens'>Deux</p></div></body></html>")

    assert go_over(whole) == ["div", "list", "p", "head"]
    assert go_over(linked) == ["div", "list", "p", "div", "list", "p", "head"]


def test_another_version_of_the_library_is_asked_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    tree = parse(make_page(1))
    expected = extract_lines(tree, precise=True)
    monkeypatch.setattr(trafilatura, "__version__", "99.0")
    monkeypatch.setattr("crawler.extraction.accelerated.extract_precisely", None)

    assert extract_lines(tree, precise=True) == expected


@pytest.mark.parametrize("name", recipe.PAGES)
def test_a_golden_page_gives_the_same_without_acceleration(name: str) -> None:
    url, content_type = recipe.PAGES[name]
    body = (recipe.FOLDER / "pages" / f"{name}.html").read_bytes()

    assert_same(Page(body=body, url=url, fetched_at=FETCHED_AT, content_type=content_type))


@pytest.mark.parametrize("seed", range(0, len(SEEDS), 5))
def test_a_generated_page_gives_the_same_without_acceleration(seed: int) -> None:
    assert_same(Page(body=make_page(seed).encode(), url="https://exemple.test/a", fetched_at=FETCHED_AT))


def test_the_pages_of_the_local_site_give_the_same_without_acceleration(site: Site) -> None:
    site.advance(DAYS[-1])
    for expected in expected_on(DAYS[-1]):
        if expected.role != "robots" and JUDGED_HERE.intersection(expected.outcomes):
            url = site.url(expected.publisher, expected.path)
            body, content_type = fetch(url)
            assert_same(Page(body=body, url=url, fetched_at=FETCHED_AT, content_type=content_type))


@pytest.mark.parametrize("switched_on", [True, False])
def test_the_setting_decides_whether_the_steps_are_skipped(
    switched_on: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(accelerated_extraction=switched_on)
    file = tmp_path / "page.html"
    file.write_bytes((recipe.FOLDER / "pages" / "union_statement.html").read_bytes())
    saved = SavedPage(file, "https://exemple.test/a", FETCHED_AT, "Europe/Paris", "fr", 10**6, switched_on)
    asked: list[bool] = []

    def ask(root: HtmlElement, *, precise: bool) -> list[str]:
        asked.append(precise)
        return extract_lines_plainly(root, precise=precise)

    monkeypatch.setattr("crawler.extraction.main_text.extract_lines", ask)

    assert isinstance(extract_saved(saved).result, Extraction)
    assert bool(asked) is settings.accelerated_extraction


def assert_same(page: Page) -> None:
    differing = list(compare_results(extract(page, accelerated=False), extract(page)))

    assert differing == [], page.url
