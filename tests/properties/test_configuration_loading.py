"""Configuration: whatever stands in the files, loading ends with every fault in words and never with an exception."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from config.loading import load
from config.models import Settings
from config.source import Source
from config.yaml_tree import read_tree
from tests.properties.effort import soon, tried_on

SOURCE = {
    "id": "val",
    "name": "Gazette du val",
    "kind": "local_press",
    "homepage": "https://val.test",
    "feeds": ["https://val.test/rss"],
}
QUERY = {"title": "Grèves", "query": "grève", "recipients": ["redaction@exemple.test"]}

ODD_VALUES = (
    "15m", "-1h", "0s", "10:30", "https://val.test/rss", "https://u:sesame@val.test", "Europe/Paris", "(a+)+$", "[",
    "69", "FR-ARA", "0 8 31 2 *", "a@b.test", "\0", "é" * 300, "+-5", "9" * 5000,
)  # fmt: skip
ODD_YAML = (
    "- ", ": ", "\n", "  ", "\t", "[", "]", "{", "}", "&a", "*a", "!!python/object:os.system", "|", ">", "'", '"', "#",
    "id", "feeds", "limits", "null", "2026-02-30", "007", "no", "---", "...", "%YAML 1.1", "\ufeff", "\x85", "\0", "<<",
)  # fmt: skip
QUERY_KEYS = ("title", "query", "recipients", "schedule", "silence", "must_match", "webhook", "language")

_plain = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12)
_values: st.SearchStrategy[Any] = st.recursive(
    _plain | st.sampled_from(ODD_VALUES),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
_setting = st.sampled_from(sorted(Settings.model_fields)) | st.text(max_size=10)
_source_key = st.sampled_from(sorted(Source.model_fields)) | st.text(max_size=10)
_query_key = st.sampled_from(QUERY_KEYS) | st.text(max_size=10)
_yaml = st.lists(st.sampled_from(ODD_YAML) | st.text(max_size=5), max_size=30).map("".join)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A configuration folder whose three files are written anew for each example."""
    folder = tmp_path_factory.mktemp("loading") / "config"
    for name in ("sources", "queries"):
        (folder / name).mkdir(parents=True)
    yield folder


def write(folder: Path, settings: str = "{}", sources: str = "[]", query: str | None = None) -> None:
    """The three files."""
    files = {"settings.yaml": settings, "sources/val.yaml": sources, "queries/greve.yaml": query or json.dumps(QUERY)}
    for name, text in files.items():
        (folder / name).write_bytes(text.encode("utf-8", "surrogatepass"))


def check(folder: Path) -> None:
    """Load, and hold what was found to be sentences with a place."""
    with soon():
        loaded = load(folder, {})
    for fault in loaded.faults:
        said = str(fault)
        assert said.endswith((".", "?")) and "\n" not in said and "sesame" not in said, said
        assert fault.line is None or fault.line >= 1
    if loaded.ok:
        assert load(folder, {}).sources == loaded.sources


@tried_on(250)
@given(st.dictionaries(_setting, _values, max_size=3), st.dictionaries(_source_key, _values, max_size=3))
@example({"limits": {"redirects": "+-5", "retries": "9" * 5000}}, {})
@example({"limits": {"\n": 1}}, {"\n": 1, "feeds": "https://u:sesame@val.test"})
def test_any_values_are_taken_or_refused_in_words(folder: Path, settings: dict[str, Any], keys: dict[str, Any]) -> None:
    write(folder, json.dumps(settings), json.dumps([SOURCE | keys]))
    check(folder)


@tried_on(150)
@given(st.dictionaries(_query_key, _values, max_size=3))
def test_any_saved_query_is_taken_or_refused_in_words(folder: Path, keys: dict[str, Any]) -> None:
    write(folder, sources=json.dumps([SOURCE]), query=json.dumps(QUERY | keys))
    check(folder)


@tried_on(250)
@given(_yaml, st.sampled_from(("settings", "sources", "query")))
def test_any_text_is_yaml_or_a_fault(folder: Path, text: str, file: str) -> None:
    write(folder, **{file: text})
    check(folder)


@tried_on(400)
@given(st.binary(max_size=60) | _yaml.map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_make_a_tree_or_name_their_flaw(data: bytes) -> None:
    with soon():
        tree = read_tree(data)
    for flaw in tree.flaws:
        assert flaw.found and flaw.place[0] >= 1 and flaw.place[1] >= 1


@tried_on(200)
@given(_values)
def test_a_tree_holds_what_json_says(value: Any) -> None:
    """JSON is YAML: what it says is read as said, apart from numbers too long and signs that YAML does not allow."""
    tree = read_tree(json.dumps({"valeur": value}).encode())
    assert tree.flaws or list(tree.value) == ["valeur"]
