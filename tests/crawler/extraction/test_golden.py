"""Pages of our own, with what is taken from them: a change of the output needs a higher extractor version."""

import json
from typing import Any

import pytest

from crawler.extraction.extract import EXTRACTOR_VERSION
from tests.crawler.extraction.golden import recipe

HOW_TO_RENEW = (
    "The output changed. If that is meant, raise EXTRACTOR_VERSION in crawler/extraction/extract.py and run"
    " `python -m tests.crawler.extraction.golden.recipe`."
)


@pytest.fixture(scope="module")
def expected() -> dict[str, Any]:
    content: dict[str, Any] = json.loads(recipe.EXPECTED.read_text(encoding="utf-8"))
    return content


def test_the_golden_file_is_of_this_extractor_version(expected: dict[str, Any]) -> None:
    assert expected["extractor_version"] == EXTRACTOR_VERSION, HOW_TO_RENEW
    assert set(expected["pages"]) == set(recipe.PAGES)


@pytest.mark.parametrize("name", recipe.PAGES)
def test_a_page_gives_what_it_gave(name: str, expected: dict[str, Any]) -> None:
    assert recipe.run(name) == expected["pages"][name], HOW_TO_RENEW


@pytest.mark.parametrize("name", recipe.PAGES)
def test_a_page_gives_the_same_twice(name: str) -> None:
    assert recipe.run(name) == recipe.run(name)
