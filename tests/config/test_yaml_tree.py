"""YAML is read as an operator means it, and what it cannot mean is told with its place."""

import time

import pytest
import yaml

from config import yaml_tree
from config.yaml_tree import DEPTH, FILE_BYTES, read_tree


@pytest.fixture(autouse=True, params=["c", "python"])
def _parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run every test with the C parser and with the one that takes its place where it is missing."""
    monkeypatch.setattr(yaml_tree, "_LOADER", yaml.CSafeLoader if request.param == "c" else yaml.SafeLoader)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("on", "on"),
        ("Yes", "Yes"),
        ("True", "True"),
        ("007", "007"),
        ("0o17", "0o17"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("10:30", "10:30"),
        ("2026-02-30", "2026-02-30"),
        ("2026-02-28T10:00:00Z", "2026-02-28T10:00:00Z"),
        ("1e3", "1e3"),
        (".inf", ".inf"),
        ("=", "="),
        ("2A", "2A"),
        ("01", "01"),
        ("99999999999999999999999", "99999999999999999999999"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("12", 12),
        ("-3", -3),
        ("0.5", 0.5),
        ('"12"', "12"),
        ("'true'", "true"),
        ('""', ""),
        ("|\n  a\n  b", "a\nb\n"),
    ],
)
def test_plain_values_keep_their_sense(written: str, value: object) -> None:
    tree = read_tree(f"key: {written}\n".encode())
    assert tree.flaws == []
    assert tree.value == {"key": value}
    assert type(tree.value["key"]) is type(value)


def test_every_value_has_its_place() -> None:
    tree = read_tree(b"- id: a\n  feeds:\n    - x\n    - y\n- id: b\n  limits: {one: 1, two: [2, 3]}\n")
    assert tree.value == [{"id": "a", "feeds": ["x", "y"]}, {"id": "b", "limits": {"one": 1, "two": [2, 3]}}]
    assert tree.place_of(()) == (1, 1)
    assert tree.place_of((0, "feeds")) == (2, 3)
    assert tree.place_of((0, "feeds", 1)) == (4, 7)
    assert tree.place_of((1, "limits", "two", 1)) == (6, 29)
    assert tree.place_of((1, "limits", "three")) == (6, 3), "an absent key has the place of what lacks it"
    assert tree.place_of((7, "x")) == (1, 1)


def test_a_key_given_twice_is_told_and_the_rest_is_still_read() -> None:
    tree = read_tree(b"a: 1\nb: 2\na: 3\n")
    (flaw,) = tree.flaws
    assert flaw.place == (3, 1)
    assert flaw.found == 'the key "a" a second time'
    assert "line 1" in flaw.advice
    assert tree.value["b"] == 2


@pytest.mark.parametrize(
    ("data", "place", "found"),
    [
        (b"a: &x 1\nb: *x\n", (1, 4), 'the anchor or alias "x"'),
        (b"a: *x\n", (1, 4), 'the anchor or alias "x"'),
        (
            b"a: !!python/object/apply:os.system [id]\n",
            (1, 4),
            'the tag "tag:yaml.org,2002:python/object/apply:os.system"',
        ),
        (b"a: !!int '3'\n", (1, 4), 'the tag "tag:yaml.org,2002:int"'),
        (b"a: 1\n---\nb: 2\n", (2, 1), "a second document"),
        (b"a: 1\n? [b]\n: 2\n", (2, 3), "a list or mapping as a key"),
        (b"a:\n\tb: 1\n", (2, 1), "a tab at the beginning of the line"),
        ("- a: 1\n\u00a0 b: 1\n".encode(), (2, 1), "blanks of another kind at the beginning of the line"),
        (b"nom: Gar\xe7on\n", (1, 9), "the byte 0xe7, which is not UTF-8"),
        (b"\xff\xfea\x00:\x00", (1, 1), "the byte 0xff, which is not UTF-8"),
        (b"a: [1, 2\nb: 3\n", (2, 2), "broken YAML"),
        (b"a: 'open\nb: 1\n", (1, 4), "a quote that is never closed"),
        (b"a: b: c\n", (1, 5), "a colon where no key can stand"),
        (b"a: 1\nb: \x07\n", (2, 1), "which YAML does not allow"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_place(data: bytes, place: tuple[int, int], found: str) -> None:
    tree = read_tree(data)
    assert tree.value is None, "half a file would give faults that only follow from the first"
    (flaw,) = tree.flaws
    assert (flaw.place, flaw.found[: len(found)]) == (place, found) or (flaw.place == place and found in flaw.found)
    assert flaw.advice


@pytest.mark.parametrize("opening", [b"[", b"{a: ", b"- ", b"? "])
def test_deep_nesting_ends_at_a_bound_and_at_once(opening: bytes) -> None:
    begun = time.process_time()
    tree = read_tree(opening * 100_000)
    assert tree.value is None
    assert tree.flaws[0].found in (f"more than {DEPTH} levels of nesting", "a list or mapping as a key")
    assert time.process_time() - begun < 2


def test_an_alias_bomb_is_refused_at_its_first_anchor() -> None:
    lines = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    tree = read_tree("\n".join(lines).encode())
    assert tree.value is None
    assert tree.flaws[0].place == (1, 5)


def test_a_file_too_large_is_not_parsed() -> None:
    tree = read_tree(b"#" * (FILE_BYTES + 1))
    assert tree.value is None
    assert tree.flaws[0].advice.startswith("At most")


@pytest.mark.parametrize("data", [b"", b"# nothing\n", b"---\n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_nothing_and_no_flaw(data: bytes) -> None:
    tree = read_tree(data)
    assert (tree.value, tree.flaws) == (None, [])
