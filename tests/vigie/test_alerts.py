"""Saved queries through the real program: from a page to a message that can be opened, killed at any moment."""

import random
import subprocess
import time
from collections import Counter
from datetime import date, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from tests.indexer.alerts.mail_server import Inbox, serve
from tests.site.articles import DAYS
from tests.site.server import Site
from tests.vigie.program import Program

ROUNDS = 12
CLEAN = "missed 0, extra 0, unsent 0, twice 0, not comparable 0"


def save_query(program: Program, name: str, **more: str) -> Path:
    folder = program.config / "queries"
    folder.mkdir(exist_ok=True)
    keys = {"title": "police", "query": "police", "recipients": "[redaction@exemple.test]"} | more
    path = folder / f"{name}.yaml"
    path.write_text("".join(f"{key}: {value}\n" for key, value in keys.items()), encoding="utf-8")
    return path


def set_mail(program: Program, port: int) -> None:
    said = f"mail: {{server: 127.0.0.1, port: {port}, security: none, reply_seconds: 20}}\n"
    with (program.config / "settings.yaml").open("a", encoding="utf-8") as file:
        file.write(said)


def read_mails(program: Program) -> list[EmailMessage]:
    files = sorted((program.data / "mail").glob("*.eml"))
    return [message_from_bytes(file.read_bytes(), policy=default) for file in files]


@pytest.mark.slow
def test_what_the_log_holds_is_told_once_and_the_audit_is_clean(after_first_day: Program, site: Site) -> None:
    program = after_first_day
    save_query(program, "police", since="2020-01-01")
    found = program.must("search", "police", "--past", "--limit", "0", "--json").json["total"]

    first = program.must("alerts", "run", "--json").json["counts"]
    again = program.must("alerts", "run", "--json").json["counts"]

    assert (first["told"], first["messages"], first["sent"], again) == (found, 1, 1, {})
    (mail,) = read_mails(program)
    assert str(mail["Subject"]).startswith(f"{found} nouveaux : police (")
    body = mail.get_body(("plain",))
    assert body is not None and body.get_content().count("\n- ") <= found
    assert program.must("alerts", "audit").out.startswith(CLEAN)

    site.advance(DAYS[1])
    for command in ("crawl --look-again", "extract", "index", "rebuild", "alerts run"):
        program.must(*command.split())
    assert program.must("alerts", "audit").out.startswith(CLEAN)
    listed = program.must("alerts", "list", "--json").json[0]
    assert (listed["state"], listed["waiting"]) == ("on", 0)


@pytest.mark.slow
def test_killed_at_any_moment_nothing_is_missed_and_nothing_told_twice_unsaid(
    after_first_day: Program, site: Site
) -> None:
    program, inbox, chance = after_first_day, Inbox(), random.Random(7)
    with serve(inbox) as port:
        set_mail(program, port)
        for number in range(ROUNDS):
            save_query(program, f"q{number}", title=f"q{number}", since="2020-01-01")  # something to do in each round
            process = subprocess.Popen(program.words("alerts", "run"), stdout=subprocess.DEVNULL)
            time.sleep(chance.uniform(0.3, 2.0))
            process.kill()
            process.wait()
        deadline = time.monotonic() + 60
        while program.run("alerts", "outbox", "--state", "pending", "--json").json["messages"] or not inbox.taken:
            program.must("alerts", "run")
            assert time.monotonic() < deadline
        program.must("alerts", "run")
    verdict = program.run("alerts", "audit", "--json").json

    assert (verdict["missed"], verdict["extra"], verdict["unsent"], verdict["not_comparable"]) == ([], [], [], 0)
    delivered = Counter(inbox.ids())
    doubled = [one for one, count in delivered.items() if count > 1]
    assert set(doubled) <= {line.partition(" ")[0] for line in verdict["twice"]}
    assert len(delivered) == ROUNDS


@pytest.mark.slow
def test_the_daemon_tells_of_a_new_article_by_itself(program: Program, site: Site) -> None:
    program.take_in()
    save_query(program, "police", since="2020-01-01")
    process = subprocess.Popen(program.words("run"), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while not read_mails(program):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.2)
    finally:
        process.terminate()
        process.wait(60)
    assert program.must("alerts", "audit").out.startswith(CLEAN)


@pytest.mark.slow
def test_a_query_is_tried_explained_and_played_back_before_it_is_saved(taken_in: Program, tmp_path: Path) -> None:
    file = tmp_path / "essai.yaml"
    file.write_text("title: essai\nquery: police\n", encoding="utf-8")

    played = taken_in.must("alerts", "backtest", str(file), "--days", "30000", "--json").json

    total = taken_in.must("search", "police", "--past", "--limit", "0", "--json").json["total"]
    assert played["outcomes"] == {"told": total}
    assert (played["read"], played["unusable"]) == (0, None)
    assert sum(week["matches"] for week in played["weeks"].values()) == total
    file.write_text("title: essai\nquery: police\nschedule: daily 00:00\nexamples: {no_match: [La police]}\n")
    (day,) = (date.fromisoformat(day) + timedelta(days=1) for day in played["by_day"])
    shown = taken_in.run("alerts", "backtest", str(file), "--show", str(day), "--html", str(tmp_path / "m.html"))
    assert shown.code == 1 and "essai.yaml: examples: expected words that leave this example out" in shown.err
    assert f"The mail of {day}:\nSubject: {total} nouveaux : essai" in shown.out
    assert "<html" in (tmp_path / "m.html").read_text(encoding="utf-8")
    file.write_text("title: essai\nquery: 'police AND ('\n", encoding="utf-8")
    refused = taken_in.run("alerts", "backtest", str(file))
    assert refused.code == 2 and "character" in refused.err


@pytest.mark.slow
def test_explain_says_which_condition_does_not_hold(after_first_day: Program) -> None:
    program = after_first_day
    save_query(program, "police", query="'police AND licorne'")
    hit = program.must("search", "police", "--limit", "1", "--json").json["hits"][0]

    said = program.must("alerts", "explain", "police", hit["document"]).out.splitlines()

    assert said[0].startswith("version 1 (new, change ") and said[0].endswith(
        ": does not match; not asked: the query never ran"
    )
    assert "*polic" in "".join(said[1:3]).casefold()
    assert any(line.strip().startswith("no") and "licorn" in line for line in said)
    assert any(line.strip().startswith("yes") and "polic" in line for line in said)
    wrong = program.run("alerts", "explain", "polise", hit["document"])
    assert wrong.code == 2 and 'Did you mean "police"?' in wrong.err


@pytest.mark.slow
def test_a_faulty_query_or_example_is_shown_with_its_place(program: Program) -> None:
    program.must("init")
    save_query(program, "bad", query="'police AND ('")
    save_query(program, "example", examples="{match: [Le marché rouvre], no_match: [La police manifeste]}")

    checked = program.run("alerts", "check")

    assert checked.code == 2
    assert "bad.yaml:2: query: expected a query that can be asked" in checked.err
    assert 'no match with "Le marché rouvre"' in checked.err and 'a match with "La police manifeste"' in checked.err
    assert program.run("config", "check").code == 2


@pytest.mark.slow
def test_a_paused_query_waits_and_goes_on(after_first_day: Program) -> None:
    program = after_first_day
    save_query(program, "police", since="2020-01-01", schedule="weekly monday 07:30")
    program.must("alerts", "run")
    program.must("alerts", "pause", "police")
    assert program.must("alerts", "list", "--json").json[0]["state"] == "paused"
    program.must("alerts", "resume", "police")
    assert program.must("alerts", "list", "--json").json[0]["state"] == "on"


@pytest.mark.slow
def test_the_way_of_mail_is_tried_by_hand(program: Program) -> None:
    program.must("init")
    assert "Taken: " in program.must("mail", "test", "a@exemple.test").out
    (mail,) = read_mails(program)
    assert mail["Subject"] == "Vigie : essai"

    inbox = Inbox()
    inbox.plan("recipient", "550 nobody here")
    with serve(inbox) as port:
        set_mail(program, port)
        refused = program.run("mail", "test", "a@exemple.test")
        taken = program.run("mail", "test", "a@exemple.test")
    assert (refused.code, taken.code) == (4, 0)
    assert "Not taken (recipient): 550 nobody here" in refused.err
    assert taken.out.splitlines()[-2:] == ["text: 250 taken", "Taken: 250 taken"]
    assert program.run("mail", "test", "nobody").code == 2
