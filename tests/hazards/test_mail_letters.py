"""Hazards M6 to M10: what a letter may hold, which queries are asked, and that each match is told of exactly once."""

import re
import shutil
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from archive.catalogue import Catalogue, documents, matches
from archive.catalogue.extractions import add_extraction
from archive.catalogue.outbox import Letter
from archive.records import Extraction
from config.mail import Mail
from indexer.alerts.delivery import build_mail
from indexer.alerts.notices import tell_operator
from indexer.alerts.wording import safe_link
from tests.hazards.newsrooms import open_newsroom
from tests.indexer.alerts.conftest import catalogue, newsroom
from tests.indexer.alerts.desk import NOW, PERSON, Desk, make_query
from tests.indexer.alerts.mail_server import Inbox
from tests.indexer.alerts.press import Press
from tests.indexer.alerts.test_disabling import read_state
from tests.indexer.alerts.test_notices import MAIL, OPERATOR
from tests.indexer.alerts.test_sending import Outbox, inbox, server
from tests.indexer.newsroom import Newsroom
from tests.vigie.program import Program
from tests.vigie.test_alerts import CLEAN, read_mails, save_query

__all__ = ["catalogue", "inbox", "newsroom", "server"]

HOSTILE = (
    "Police\r\nBcc: autre@exemple.test",
    "Police\nContent-Type: text/html\n\n<b>",
    "Police <script>alert(1)</script>",
    'Police "><img src=x onerror=alert(1)>',
    "Police \u202etxet\u202c \u200bcaché\x00",
    "Police \udcff\ud800 seule",
    "Police {{ 7 * 7 }} {% raw %}",
    "Police " + "x" * 10_000,
)


@pytest.fixture
def told(newsroom: Newsroom, catalogue: Catalogue, title: str) -> tuple[EmailMessage, Letter]:
    """The mail as its reader opens it, and the letter that it carries; a tame title stands beside the hostile one."""
    press = Press(catalogue, Desk(catalogue, q=make_query(title="alerte")))
    newsroom.publish("a", "La police manifeste.", "Un titre")
    newsroom.publish("b", "La police manifeste aussi.", "Un titre sage")
    rename(catalogue, "a", title)
    assert press.run() == 1
    (letter,), (message,) = press.letters(), press.messages()
    return message_from_bytes(build_mail(Mail(), message, letter).as_bytes(), policy=default), letter


@pytest.mark.parametrize("title", HOSTILE)
def test_m6_a_hostile_title_stops_no_digest(told: tuple[EmailMessage, Letter]) -> None:
    """Line ends, NUL, bidi marks, lone surrogates and 10,000 characters: one clean mail, with the tame title in it."""
    mail, letter = told

    assert mail["Bcc"] is None and mail["To"] == PERSON
    assert mail.get_content_type() == "multipart/alternative"
    subject = str(mail["Subject"])
    assert subject.isprintable() and len(subject) < 300
    assert not any(letter_ in letter.text + letter.html for letter_ in "\x00\u202e\u200b\r\ud800\udcff")
    assert "Un titre sage" in letter.text
    assert len(letter.text) < 5000


@pytest.mark.parametrize("title", HOSTILE)
def test_m6_a_hostile_subject_reaches_a_mail_server_whole(
    catalogue: Catalogue, server: Mail, inbox: Inbox, title: str
) -> None:
    """Even where it stands in the outbox as it was fetched, it is cleaned, sent, and adds no header."""
    box = Outbox(catalogue, letter=Letter(make_storable(title), "à bientôt", "<p>à bientôt</p>"))

    assert box.send(server) == {"sent": 1}

    (mail,) = inbox.taken
    assert mail["Bcc"] is None and str(mail["Subject"]).startswith("Police") and str(mail["Subject"]).isprintable()


@pytest.mark.parametrize("title", HOSTILE)
def test_m7_markup_in_a_title_is_text(told: tuple[EmailMessage, Letter]) -> None:
    """Tags in a title are escaped, no picture is fetched from anywhere, and a part in plain text is always there."""
    mail, _ = told

    plain, rich = mail.get_body(("plain",)), mail.get_body(("html",))
    assert plain is not None and rich is not None
    page = rich.get_content()
    assert "<script" not in page and "<img" not in page and "<b>" not in page
    assert not re.search(r"src=|url\(|@import|<link|<iframe", page.replace("src=x onerror", ""))
    assert "Un titre sage" in plain.get_content()


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,<b>x</b>", "file:///etc/passwd"])
def test_m7_a_dangerous_link_is_shown_as_text(newsroom: Newsroom, catalogue: Catalogue, link: str) -> None:
    """A document whose address is no address of the web is told of, and nothing in the mail leads there."""
    press = Press(catalogue, Desk(catalogue, q=make_query()))
    newsroom.publish("a", "La police manifeste.", "Un titre sage")
    with catalogue.write() as transaction:
        transaction.exec_driver_sql("UPDATE document SET url = ?", (link,))

    assert press.run() == 1

    (letter,) = press.letters()
    assert "Un titre sage" in letter.text and "Un titre sage" in letter.html
    assert f'href="{link[:5]}' not in letter.html and "<b>x" not in letter.html


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "https:// x", "//x"])
def test_m7_only_addresses_of_the_web_become_links(link: str) -> None:
    """Links of other kinds than http and https are shown as text."""
    assert safe_link(link) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("'police AND ('", "character"),
        ("polise:x", "there is no field"),
        ("NOT police", "NOT"),
        ("''", "expected at least 1 character"),
        ("'" + "(" * 50_000 + "'", "10000"),
        ('"police"', ""),
    ],
    ids=["syntax", "unknown field", "only NOT", "empty", "fifty thousand parentheses", "good"],
)
def test_m8_a_query_that_cannot_work_is_refused_by_the_check(tmp_path: Path, words: str, said: str) -> None:
    """`vigie alerts check` refuses each with file, line and reason; a good one passes."""
    program = Program(tmp_path)
    save_query(program, "essai", query=words)

    done = program.run("alerts", "check")

    if not said:
        assert done.code == 0, done.err
        return
    assert done.code == 2
    assert "essai.yaml:2: query:" in done.err and said in done.err, done.err[:400]
    assert len(done.err) < 1500 and "Traceback" not in done.err


def test_m8_a_fault_at_run_time_disables_that_query_alone(newsroom: Newsroom, catalogue: Catalogue) -> None:
    """Words that cannot be asked at run time put that query aside, keep its place, and leave the others alone."""
    # given: a query whose words could be asked when they were read, and cannot for the moment of a change
    desk = Desk(catalogue, bad=make_query(), good=make_query(), other=make_query("pompiers"))
    desk.watched["bad"] = replace(desk.watched["bad"], words="police AND (", tree=None)
    newsroom.publish("a", "La police et les pompiers manifestent.")

    # when
    done = desk.match()

    # then
    assert list(done.disabled) == ["bad"]
    assert (desk.outcomes("bad"), desk.outcomes("good"), desk.outcomes("other")) == (
        {},
        {"a.1": "told"},
        {"a.1": "told"},
    )
    assert read_state(desk, "bad").disabled_why and read_state(desk, "bad").watermark == 0
    newsroom.publish("b", "La police manifeste.")
    assert desk.match().disabled == {}, "it is left alone from then on"
    assert desk.outcomes("good") == {"a.1": "told", "b.1": "told"}


def test_m8_the_operator_is_told_once_of_a_query_that_stopped(newsroom: Newsroom, catalogue: Catalogue) -> None:
    """The operator has one letter about a query that cannot be asked, however often it is tried."""
    press = Press(catalogue, Desk(catalogue, bad=make_query("police AND ("), good=make_query()), MAIL)

    assert [tell_operator(catalogue, press.maker) for _ in range(3)] == [1, 0, 0]

    (message,), (letter,) = press.messages(), press.letters()
    assert message.recipient == OPERATOR and "« bad »" in letter.subject
    assert "ne peut pas être posée" in letter.text


def test_m9_five_thousand_hits_are_a_bounded_mail(newsroom: Newsroom, catalogue: Catalogue) -> None:
    """A query that matches everything: 100 in the mail, the count of the others, and where to find them."""
    press = Press(catalogue, Desk(catalogue, q=make_query("*")))
    newsroom.publish_all([f"d{number}" for number in range(5000)], at_once=1000)

    press.run()

    (letter,) = press.letters()
    assert letter.text.count("\n- ") == Mail().lines == 100
    assert re.match(r"5\s000 nouveaux", letter.subject)
    assert re.search(r"\+ 4\s900 autres articles", letter.text) and "vigie search '*'" in letter.text
    assert len(build_mail(Mail(), press.messages()[0], letter).as_bytes()) < 200_000
    with catalogue.read() as transaction:
        assert matches.count_waiting(transaction, "q", "told") == 0


def test_m9_a_new_query_starts_from_now(newsroom: Newsroom, catalogue: Catalogue) -> None:
    """What was there before a query is not told of, unless it asks."""
    newsroom.publish("before", "La police manifeste.")
    desk = Desk(catalogue, q=make_query())
    newsroom.publish("after", "Les policiers et la police manifestent.")
    newsroom.publish("other", "Le marché couvert rouvre.")

    assert desk.match().counts == {"told": 1}
    assert desk.outcomes("q") == {"after.1": "told"}


def test_m9_unless_a_start_is_given(newsroom: Newsroom, catalogue: Catalogue) -> None:
    """A query with a start looks back to it."""
    newsroom.publish("before", "La police manifeste.")
    desk = Desk(catalogue, q=make_query(since="2026-01-31"))

    desk.match()

    assert desk.outcomes("q") == {"before.1": "told"}


@pytest.mark.parametrize(
    ("on_edit", "expected"),
    [
        ("first", {"stub.2": "told", "stub.3": "already_told", "whole.1": "told", "whole.2": "already_told"}),
        ("mail", {"stub.2": "told", "stub.3": "told", "whole.1": "told", "whole.2": "told"}),
        ("ignore", {"stub.2": "not_asked", "stub.3": "not_asked", "whole.1": "told", "whole.2": "not_asked"}),
    ],
)
def test_m10_edits_are_told_as_the_query_asks(
    newsroom: Newsroom, catalogue: Catalogue, on_edit: str, expected: dict[str, str]
) -> None:
    """An edit is told, counted as told, or not asked for, as the query says."""
    desk = Desk(catalogue, q=make_query(on_edit=on_edit))
    newsroom.publish("stub", "Un rassemblement ce matin.")
    newsroom.publish("whole", "La police manifeste.")
    desk.match()
    newsroom.edit("stub", "Un rassemblement de la police ce matin.")
    newsroom.edit("whole", "La police manifeste encore.")
    desk.match()
    newsroom.edit("stub", "Un grand rassemblement de la police ce matin.")
    desk.match()

    assert desk.outcomes("q") == expected
    assert str(desk.audit()) == "missed 0, extra 0, unsent 0, twice 0, not comparable 0"


def test_m10_a_state_found_late_is_counted(newsroom: Newsroom, catalogue: Catalogue) -> None:
    """An older state that is found late is counted, and a later edit is then no news."""
    desk = Desk(catalogue, q=make_query())
    newsroom.publish("a", "Un rassemblement.")
    newsroom.find_older("a", "La police manifeste.")
    desk.match()
    newsroom.edit("a", "La police manifeste encore.")
    desk.match()

    assert desk.outcomes("q") == {"a.2": "counted", "a.3": "already_told"}
    assert desk.audit().is_clean


def test_m10_upgrades_removals_and_labels_tell_nothing(newsroom: Newsroom, catalogue: Catalogue) -> None:
    """New extractions, removals and new names of a source are no matches."""
    desk = Desk(catalogue, q=make_query())
    newsroom.publish("a", "La police manifeste.")
    desk.match()
    with catalogue.write() as transaction:
        (version,) = documents.list_versions(transaction, "a")
        stored = add_extraction(transaction, version.capture, Extraction(2, "https://lac.test/a", "T", "La police."))
        documents.replace_extraction(transaction, version, stored, at=NOW, via="live")
    newsroom.rename_source("Autre nom")
    newsroom.take_offline("a")

    assert desk.match().counts == {}
    assert desk.audit().is_clean


def test_m10_restored_and_old_articles_are_matched_once(newsroom: Newsroom, catalogue: Catalogue) -> None:
    """A document that was published last year is told of when it is found; one that comes back is no news."""
    press = Press(catalogue, Desk(catalogue, q=make_query()))
    newsroom.publish("old", "La police manifestait.")
    with catalogue.write() as transaction:
        transaction.exec_driver_sql("UPDATE extraction SET published_at = '2025-01-05T09:00:00.000000Z'")
    assert press.run() == 1
    newsroom.take_offline("old")
    newsroom.put_back("old")

    assert press.run() == 0
    assert press.desk.outcomes("q") == {"old.1": "told"}
    assert press.audit().missed == press.audit().extra == []


@pytest.mark.slow
def test_m10_a_rebuild_of_everything_mails_nothing(tmp_path: Path) -> None:
    """The index made anew, or thrown away and made anew: one mail before, one mail after."""
    program = open_newsroom(tmp_path)
    save_query(program, "police", since="2020-01-01")
    program.must("alerts", "run")
    for command in ("rebuild", "alerts run"):
        program.must(*command.split())
    shutil.rmtree(program.data / "index")
    for command in ("index", "alerts run"):
        program.must(*command.split())

    assert len(read_mails(program)) == 1
    assert program.must("alerts", "audit").out.startswith(CLEAN)


def make_storable(title: str) -> str:
    """SQLite takes no lone surrogates."""
    return title.encode("utf-8", "replace").decode()


def rename(catalogue: Catalogue, document: str, title: str) -> None:
    """Give it a title past all cleaning, as far as the catalogue can hold it."""
    with catalogue.write() as transaction:
        (version,) = documents.list_versions(transaction, document)
        transaction.exec_driver_sql(
            "UPDATE extraction SET title = ? WHERE id = ?", (make_storable(title), version.extraction)
        )
