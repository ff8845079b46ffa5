"""`vigie withdraw` through the real program: an article is gone from everything that people are shown, for good."""

import json
from pathlib import Path

import pytest

from tests.site.articles import DAYS
from tests.site.server import Site
from tests.vigie.program import Program
from tests.vigie.test_alerts import CLEAN, read_mails, save_query

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

REASON = ("--reason", "décision de justice du 3 mars", "--by", "greffe")


def find(program: Program, words: str = "police") -> list[dict[str, str]]:
    hits = program.must("search", words, "--past", "--limit", "100", "--json").json["hits"]
    assert isinstance(hits, list)
    return hits


def test_an_article_is_hidden_everywhere_and_a_dated_note_of_it_stays(after_first_day: Program) -> None:
    program = after_first_day
    meant, *others = find(program)
    save_query(program, "q", since="2020-01-01", query=f'url:"{meant["url"]}"')

    said = program.must("withdraw", meant["url"], *REASON).out

    assert "withdrawn; 1 address will not be shown again" in said
    assert {hit["id"] for hit in find(program)} == {hit["id"] for hit in others}
    assert program.must("index", "check", "--json").json["ok"], "the entries left the index at once"
    shown = program.must("show", meant["document"], "--text")
    assert "décision de justice du 3 mars" in shown.out and meant["url"] in shown.out
    assert meant["title"] not in shown.out
    told = program.must("show", meant["url"], "--json")
    assert told.json["withdrawn"]["by"] == "greffe"
    assert meant["title"] not in told.out and told.json["versions"] == told.json["captures"] == []
    for name in (meant["document"], str(meant["capture"])):
        raw = program.run("show", name, "--raw")
        assert (raw.code, raw.out) == (1, ""), name
    assert program.must("alerts", "run", "--json").json["counts"] == {}
    assert "<entry>" not in program.must("alerts", "feed", "q").out
    (listed,) = program.must("withdraw", "--list", "--json").json
    assert listed["documents"] == [meant["document"]]
    assert listed["reason"] in program.must("withdraw", "--list").out


def test_what_is_withdrawn_stays_away_when_it_is_met_again(after_first_day: Program, site: Site) -> None:
    program = after_first_day
    meant = find(program)[0]
    program.must("withdraw", meant["document"], *REASON)
    site.advance(DAYS[1])

    for command in ("crawl --look-again", "extract --again", "index", "rebuild"):
        program.must(*command.split())

    assert meant["document"] not in {hit["document"] for hit in find(program)}
    again = program.must("withdraw", meant["document"], "--reason", "deux fois")
    assert "Nothing was changed" in again.out
    assert len(program.must("withdraw", "--list", "--json").json) == 1


def test_a_mail_that_waits_is_written_anew_without_it(after_first_day: Program) -> None:
    # given: a mail that tells of several articles, and one that tells of a single one, both held back
    program = after_first_day
    meant, *others = find(program)
    save_query(program, "q", since="2020-01-01")
    save_query(program, "single", since="2020-01-01", title="une seule", query=f'url:"{meant["url"]}"')
    program.must("mail", "pause", "--why", "essai")
    first = program.must("alerts", "run", "--json").json["counts"]
    assert (first["messages"], first.get("sent", 0), read_mails(program)) == (2, 0, [])
    assert "Mail is paused since" in program.must("status").out

    # when: it is withdrawn, and mail leaves again
    program.must("withdraw", meant["document"], *REASON)
    assert "1 message waits" not in program.must("mail", "resume").out
    program.must("alerts", "run")

    # then: one mail, of the others; the empty one ended by name
    (mail,) = read_mails(program)
    assert str(mail["Subject"]).startswith(f"{len(others)} nouveaux")
    assert meant["url"] not in str(mail) and others[0]["document"] in mail.as_string().replace("=\n", "")
    assert program.must("alerts", "outbox", "--json").json["counts"] == {"sent": 1, "withdrawn": 1}
    assert program.must("alerts", "audit").out.startswith(CLEAN)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("withdraw", "nowhere", "--reason", "x"), 1, 'There is no document "nowhere". Give its id'),
        (("withdraw", "nowhere"), 2, "--reason: expected a reason of at most 1000 characters, got none."),
        (("withdraw", "nowhere", "--reason", " "), 2, "--reason: expected a reason"),
        (("withdraw",), 2, "Name the document, or ask for `vigie withdraw --list`."),
        (("withdraw", "nowhere", "--list"), 2, "--list takes no document"),
    ],
)
def test_what_cannot_be_withdrawn_is_said(taken_in: Program, arguments: tuple[str, ...], code: int, said: str) -> None:
    done = taken_in.run(*arguments)

    assert (done.code, done.out) == (code, "") and said in done.err


def test_a_list_that_was_spoiled_is_named_and_nothing_is_done(after_first_day: Program) -> None:
    path: Path = after_first_day.data / "warc" / "withdrawals.jsonl"
    path.write_text(json.dumps({"id": "x"}) + "\n")

    done = after_first_day.run("rebuild")

    assert done.code == 5 and "withdrawals.jsonl: line 1: expected a withdrawal" in done.err
