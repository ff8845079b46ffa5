"""Feeds and webhooks through the real program, from a page to what comes out at the other end."""

import base64
import json

import pytest

from tests.indexer.alerts.atom_check import find_atom_faults, read_feed
from tests.indexer.alerts.webhook_server import Hook, serve_hook
from tests.vigie.program import Program
from tests.vigie.test_alerts import CLEAN, save_query

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]


def allow_host(program: Program, pair: str) -> None:
    settings = program.config / "settings.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("private_hosts:\n", f"private_hosts:\n  - {pair}\n"), encoding="utf-8")


def test_a_feed_of_what_was_told(after_first_day: Program) -> None:
    program = after_first_day
    save_query(program, "police", since="2020-01-01")
    told = program.must("alerts", "run", "--json").json["counts"]["told"]
    file = program.folder / "police.xml"

    program.must("alerts", "feed", "police", "--output", str(file))

    written = file.read_bytes()
    assert find_atom_faults(written) == []
    read = read_feed(written)
    assert not read.bozo and len(read.entries) == told
    assert program.must("alerts", "feed", "police", "--limit", "1").out.count("<entry>") == 1
    assert not list(program.folder.glob("*.part"))
    wrong = program.run("alerts", "feed", "polise")
    assert wrong.code == 2 and 'Did you mean "police"?' in wrong.err
    nowhere = program.run("alerts", "feed", "police", "--output", str(program.folder / "nulle" / "part.xml"))
    assert nowhere.code != 0 and "cannot be written" in nowhere.err


def test_a_webhook_is_told_like_a_person(after_first_day: Program) -> None:
    program, hook = after_first_day, Hook()
    key = program.config / "cle"
    key.write_text("whsec_" + base64.b64encode(bytes(range(32))).decode(), encoding="utf-8")
    key.chmod(0o600)
    with serve_hook(hook) as port:
        pair = f"127.0.0.1:{port}"
        save_query(program, "police", since="2020-01-01", webhook=f'{{url: "http://{pair}/v", key_file: cle}}')
        refused = program.run("config", "check")
        allow_host(program, pair)
        hook.plan("503")
        first = program.must("alerts", "run", "--json").json["counts"]
        waiting = program.must("alerts", "outbox", "--state", "pending", "--json").json["messages"]
        unsent = program.run("alerts", "audit", "--json").json["unsent"]

    assert refused.code == 2 and "webhook.url" in refused.err and pair in refused.err
    assert (first["messages"], first["sent"], first["pending"]) == (2, 1, 1)
    (posted,) = hook.posted
    (query,) = json.loads(posted.body)["data"]["queries"]
    assert len(query["articles"]) == first["told"] and query["articles"][0]["url"].startswith("http://")
    assert [one["recipient"] for one in waiting] == [f"http://{pair}/v"] and waiting[0]["said"].startswith("text: 503")
    assert len(unsent) == 1 and f"http://{pair}/v" in unsent[0]


def test_what_a_webhook_has_taken_is_clean_in_the_audit(after_first_day: Program) -> None:
    program, hook = after_first_day, Hook()
    key = program.config / "cle"
    key.write_text("whsec_" + base64.b64encode(bytes(range(32))).decode(), encoding="utf-8")
    key.chmod(0o600)
    with serve_hook(hook) as port:
        webhook = f'{{url: "http://127.0.0.1:{port}/v", key_file: cle}}'
        save_query(program, "police", since="2020-01-01", webhook=webhook, recipients="[]")
        allow_host(program, f"127.0.0.1:{port}")
        program.must("alerts", "run")
        program.must("alerts", "run")

    assert len(hook.posted) == 1
    assert program.must("alerts", "audit").out.startswith(CLEAN)
