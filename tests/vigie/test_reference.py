"""The documents made from the code are those in `docs/`."""

from pathlib import Path

import pytest

from vigie import reference

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(
    ("name", "render"),
    [("command-reference.md", reference.render_commands), ("outcomes.md", reference.render_outcomes)],
)
def test_the_document_is_the_one_made_from_the_code(name: str, render: object) -> None:
    assert callable(render)
    assert (DOCS / name).read_text(encoding="utf-8") == render(), "run: make docs"


def test_every_command_says_what_it_does() -> None:
    text = reference.render_commands()

    assert text.count("\n## vigie ") >= 18
    assert "\n\n\n\n" not in text
