"""The list of hazards: complete, held by tests, and told as it is."""

from pathlib import Path

import pytest

from tests.hazards.__main__ import choose, render_document, render_table
from tests.hazards.hazards import SECTIONS, list_hazards, list_tests, number_of
from tests.hazards.ledger import Ledger

DOCUMENT = Path(__file__).parents[2] / "docs" / "hazards.md"
COUNTS = {"N": 13, "F": 12, "P": 8, "U": 6, "D": 6, "E": 5, "S": 11, "X": 7, "M": 10, "W": 6, "A": 2, "C": 5}
pytest_plugins = ["pytester"]


def test_the_list_has_ninety_one_hazards_and_seven_rules() -> None:
    assert {section.letter: len(section.sentences) for section in SECTIONS} == COUNTS
    assert len(list(list_hazards(rules=False))) == 91
    assert len(list(list_hazards())) == 98


def test_every_hazard_has_a_test() -> None:
    assert [one.number for one in list_hazards() if one.number not in list_tests()] == []


def test_every_test_with_a_number_is_of_a_hazard_on_the_list() -> None:
    unknown = list_tests().keys() - {one.number for one in list_hazards()}

    assert not unknown, f"tests name hazards that are not on the list: {sorted(unknown)}"


def test_the_document_is_the_one_made_from_the_tests() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == render_document(), "run: make docs"


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("test_n8_retry_after_a_year", "N8"),
        ("test_s10_clock[ahead]", "S10"),
        ("test_s1", None),
        ("test_the_list_has_91", None),
    ],
)
def test_a_number_is_read_from_the_name(name: str, number: str | None) -> None:
    assert number_of(name) == number


def test_the_table_tells_passed_failed_impossible_and_missing_apart(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest
        def test_c1_good(): pass
        def test_c1_more(): pytest.skip("cannot be produced here: no second disk")
        def test_c2_bad(): assert not "so"
        def test_c3_away(): pytest.skip("cannot be produced here: no clock")
        @pytest.fixture
        def broken(): raise OSError("broken")
        def test_c4_unready(broken): pass
        """
    )
    ledger = Ledger()
    pytester.inline_run(plugins=[ledger])

    lines = render_table(choose(["c"]), ledger).splitlines()

    ends = [line[5:18].strip() for line in lines if line[:1] == "C"]
    assert ends == ["passed (1)", "FAILED", "not here", "FAILED", "NO TEST"]
    assert " " * 18 + "cannot be produced here: no clock" in lines
    assert " " * 18 + "test_c2_bad" in lines
    assert lines[-1] == "2 of 5 held"


def test_numbers_and_sections_can_be_chosen() -> None:
    assert [one.number for one in choose(["a", "n8"])] == ["N8", "A1", "A2"]
    assert len(choose([])) == 98
    assert choose(["Z9"]) == []
