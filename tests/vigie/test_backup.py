"""The drill: an archive backed up beside the daemon, put back elsewhere, searched, audited, and silent until told."""

import signal
from pathlib import Path

import pytest

from tests.site.articles import DAYS
from tests.site.server import Site
from tests.vigie.program import Program
from tests.vigie.test_alerts import CLEAN, read_mails, save_query
from tests.vigie.test_daemon import daemon, quicken, wait_for

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

WORDS = ("police", "effectif* AND kind:union", "grève")


def find(program: Program, words: str) -> set[tuple[str, str, str]]:
    hits = program.must("search", words, "--past", "--limit", "100", "--json").json["hits"]
    return {(hit["id"], hit["title"], hit["state"]) for hit in hits}


def answers(program: Program) -> dict[str, set[tuple[str, str, str]]]:
    return {words: find(program, words) for words in WORDS}


def restore_elsewhere(program: Program, backup: Path, folder: Path, *more: str) -> Program:
    """An installation of its own on what was backed up, with the configuration of the backup."""
    elsewhere = Program(folder, port=1)
    program.must("restore", str(backup), "--to", str(elsewhere.data), *more)
    kept = backup if (backup / "config").is_dir() else max(backup.glob("2*"))
    for file in (kept / "config").rglob("*.yaml"):
        target = elsewhere.config / file.relative_to(kept / "config")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(file.read_text())
    elsewhere.must("rebuild")
    return elsewhere


def test_the_drill(after_first_day: Program, site: Site, tmp_path: Path) -> None:
    # given: an archive whose daemon visits every source every two seconds, and a saved query
    program, target = after_first_day, tmp_path / "backups"
    quicken(program)
    program.must("crawl")  # from here on the next visit is planned by the short interval
    save_query(program, "q", since="2020-01-01")

    # when: it is backed up beside the daemon, and again after a day's news
    with daemon(program) as process:
        wait_for(lambda: bool(read_mails(program)), "the first mail")
        before, site_requests = answers(program), len(site.requests())
        first = program.must("backup", str(target), "--json").json
        wait_for(lambda: len(site.requests()) > site_requests, "the daemon goes on")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=40) == 0
    site.advance(DAYS[1])
    for command in ("crawl --look-again", "extract", "index"):
        program.must(*command.split())
    after = answers(program)
    second = program.must("backup", str(target), "--json").json

    # then: either is put back with the answers of its time, and nothing is amiss
    assert before != after and second["captures"] > first["captures"]
    assert first["faults"] == second["faults"] == []
    for made, expected in ((first, before), (second, after)):
        copy = restore_elsewhere(program, Path(made["folder"]), tmp_path / Path(made["folder"]).name, "--none")
        assert answers(copy) == expected
        verdict = copy.must("verify", "--json").json
        assert (verdict["captures"], verdict["damages"]) == (made["captures"], [])
        assert copy.must("index", "check", "--json").json["ok"]

    # and: the copy matches, and sends nothing until it is told to
    waiting = copy.must("alerts", "run", "--json").json["counts"]
    assert waiting.get("sent", 0) == 0 and read_mails(copy) == []
    assert "Mail is paused since" in copy.must("status").out and "restored from the backup" in copy.must("status").out
    copy.must("mail", "resume")
    copy.must("alerts", "run")
    assert copy.must("alerts", "audit").out.startswith(CLEAN)
    assert copy.must("alerts", "outbox", "--json").json["counts"].keys() == {"sent"}


def test_from_an_older_backup_what_was_withdrawn_since_stays_hidden(after_first_day: Program, tmp_path: Path) -> None:
    # given: a backup, then a withdrawal that only the list of the lost archive has
    program, target = after_first_day, tmp_path / "backups"
    program.must("backup", str(target))
    meant = program.must("search", "police", "--limit", "1", "--json").json["hits"][0]
    program.must("withdraw", meant["document"], "--reason", "décision de justice")
    newest = program.data / "warc" / "withdrawals.jsonl"

    # when: the operator forgets the list, and then gives it
    for forgotten in ((), ("--none", "--withdrawals", str(newest))):
        refused = program.run("restore", str(target), "--to", str(tmp_path / "no"), *forgotten)
        assert refused.code == 2 and "give the newest list of withdrawals" in refused.err
        assert not (tmp_path / "no").exists()
    copy = restore_elsewhere(program, target, tmp_path / "copy", "--withdrawals", str(newest))

    # then
    assert meant["document"] not in {name.partition(".")[0] for name, *_ in find(copy, "police")}
    assert "décision de justice" in copy.must("show", meant["document"]).out
    assert copy.must("withdraw", "--list", "--json").json == program.must("withdraw", "--list", "--json").json

    # and: a backup made since holds it, so that an older one beside it needs no list
    program.must("backup", str(target))
    older = min(target.glob("2*"))
    again = restore_elsewhere(program, older, tmp_path / "again", "--none")
    assert "décision de justice" in again.must("show", meant["document"]).out


def test_an_article_that_the_older_backup_never_had_is_not_shown_when_it_comes(
    program: Program, site: Site, tmp_path: Path
) -> None:
    target = tmp_path / "backups"
    program.must("init")
    program.must("backup", str(target))
    program.take_in()
    meant = program.must("search", "police", "--limit", "1", "--json").json["hits"][0]
    program.must("withdraw", meant["document"], "--reason", "décision de justice")

    newest = str(program.data / "warc" / "withdrawals.jsonl")
    copy = restore_elsewhere(program, target, tmp_path / "copy", "--withdrawals", newest)
    copy.must("crawl")
    done = copy.must("extract", "--json").json["counts"]
    copy.must("index")

    assert done["kept_withdrawn"] == 1
    assert meant["url"] not in copy.must("search", "police", "--limit", "100", "--json").out
    assert "décision de justice" in copy.must("show", meant["url"]).out


def test_a_place_inside_the_data_folder_and_a_damaged_backup_are_refused(
    after_first_day: Program, tmp_path: Path
) -> None:
    program, target = after_first_day, tmp_path / "backups"
    inside = program.run("backup", str(program.data / "backups"))
    program.must("backup", str(target))
    damaged = max(target.glob("2*/catalogue.sqlite"))
    content = bytearray(damaged.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)

    refused = program.run("restore", str(target), "--to", str(tmp_path / "copy"), "--none")

    assert inside.code == 5 and "lies inside the data folder" in inside.err
    assert refused.code == 5 and f"{damaged}: the file of the backup is damaged" in refused.err
    assert not (tmp_path / "copy").exists()
