"""The document and the settings file say what the code says."""

from pathlib import Path

import pytest

from config import reference
from config.models import Settings
from config.yaml_tree import read_tree

ROOT = Path(__file__).parents[2]


def test_the_document_is_the_one_made_from_the_models() -> None:
    written = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    hint = "run: python -m config.reference > docs/configuration.md"
    assert written == reference.render_document(), hint


def test_the_settings_file_made_from_the_models_holds_every_default() -> None:
    tree = read_tree(reference.render_settings().encode())
    assert tree.flaws == []
    assert Settings.model_validate(tree.value) == Settings()
    assert tree.value == Settings().model_dump(mode="json")


def test_the_shipped_settings_file_has_every_key_and_its_comment() -> None:
    """An operator's own values may differ; keys and comments may not."""
    shipped = (ROOT / "config" / "settings.yaml").read_text(encoding="utf-8")
    made = reference.render_settings()
    comments = [line for line in made.splitlines() if line.strip().startswith("#")]
    missing = [line for line in comments if line not in shipped.splitlines()]
    assert missing == [], "run: python -m config.reference settings > config/settings.yaml"
    tree, made_tree = read_tree(shipped.encode()), read_tree(made.encode())
    assert set(tree.places) >= {path for path in made_tree.places if all(isinstance(step, str) for step in path)}


def test_the_module_prints_either(capsys: pytest.CaptureFixture[str]) -> None:
    reference.main([])
    assert capsys.readouterr().out.startswith("# Configuration\n")
    reference.main(["settings"])
    assert "contact: null" in capsys.readouterr().out
