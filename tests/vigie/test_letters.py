"""Edits through the real program: a page that changes is told again with what changed, and the audit stays clean."""

from email import message_from_bytes
from email.policy import default

import pytest

from tests.site.articles import DAYS
from tests.site.server import Site
from tests.vigie.program import Program

CLEAN = "missed 0, extra 0, unsent 0, twice 0, not comparable 0"
QUERY = """\
title: tout
query: "*"
recipients: [redaction@exemple.test]
since: 2020-01-01
on_edit: mail
on_removal: mail
silence: 3x
told_in: {language}
"""


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_an_edited_page_is_told_with_what_changed(after_first_day: Program, site: Site) -> None:
    program = after_first_day
    (program.config / "queries").mkdir(exist_ok=True)
    for language in ("fr", "en"):
        path = program.config / "queries" / f"{language}.yaml"
        path.write_text(QUERY.format(language=language), encoding="utf-8")
    settings = program.config / "settings.yaml"
    said = settings.read_text(encoding="utf-8")
    settings.write_text(said.replace("web:\n", "web:\n  base_address: https://vigie.exemple.test\n"), encoding="utf-8")
    program.must("alerts", "run")

    site.advance(DAYS[1])
    for command in ("crawl --look-again", "extract", "alerts run"):
        program.must(*command.split())

    mails = [message_from_bytes(one.read_bytes(), policy=default) for one in (program.data / "mail").glob("*.eml")]
    bodies = [body.get_content() for mail in mails if (body := mail.get_body(("plain",))) is not None]
    changed = [body for body in bodies if "Ce qui a changé ([-retiré-] [+ajouté+])" in body]
    assert changed and "[-" in changed[0] and "+]" in changed[0]
    assert any("What changed ([-removed-] [+added+])" in body for body in bodies)
    assert all("https://vigie.exemple.test/captures/" in body for body in bodies)
    subjects = [str(mail["Subject"]) for mail in mails]
    assert any("modifié" in one for one in subjects) and any("edited" in one for one in subjects)
    assert program.must("alerts", "audit").out.startswith(CLEAN)
