"""Hazards X1 to X7 as an operator meets them: commands of the real program on a real node, with faults in between.

What the engine itself promises is held on two servers by `tests/indexer/engines/test_elasticsearch.py`
and its neighbours; here the sentence, the exit code, the watermark and the mail are looked at.
"""

import contextlib
import io
import logging
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive.catalogue import Catalogue, open_catalogue
from config.cluster import API_KEY
from indexer.analysis import FrenchAnalyzer
from indexer.engines.base import EntryRefusedError, Filters
from indexer.engines.choice import open_engine
from indexer.engines.cluster import Cluster
from indexer.engines.elasticsearch_bulk import PIECE_BYTES
from indexer.tree import Everything
from tests.elasticsearch_node.proxy import Proxy, hang_up, refuse
from tests.indexer.engines.entries import make_entry
from tests.indexer.newsroom import Newsroom
from tests.vigie.program import Done, Program
from tests.vigie.test_alerts import CLEAN, read_mails, save_query
from vigie import cli

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

KEY = "c2VjcmV0OmtleQ=="
BUSY = refuse(429, "es_rejected_execution_exception")
GONE = refuse(503, "unavailable")
QUOTE = "phrase confidentielle de l’article"


class InProcess(Program):
    """The same commands without a process for each: dozens of them are run here."""

    def run(self, *arguments: str) -> Done:
        out, err = io.StringIO(), io.StringIO()
        logger = logging.getLogger()
        before = list(logger.handlers)
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = cli.run(["--config", str(self.config), *arguments])
        for handler in [one for one in logger.handlers if one not in before]:
            logger.removeHandler(handler)
            handler.close()
        return Done(code, out.getvalue(), err.getvalue())


class Installed:
    """The program on a cluster, its catalogue written by an invented newsroom."""

    def __init__(self, folder: Path, place: Cluster, proxy: Proxy) -> None:
        self.program, self.place, self.proxy = InProcess(folder), place, proxy
        self._settings = (self.program.config / "settings.yaml").read_text(encoding="utf-8")
        self.set_address(proxy.url)
        self.program.must("init")
        self.publish("a", "b", "c")
        self.program.must("index")

    def set_address(self, url: str) -> None:
        """Say where the cluster is."""
        said = f"engine: elasticsearch\nelasticsearch: {{addresses: ['{url}'], prefix: {self.place.prefix}}}\n"
        (self.program.config / "settings.yaml").write_text(f"{self._settings}\n{said}", encoding="utf-8")

    @contextlib.contextmanager
    def catalogue(self) -> Iterator[Catalogue]:
        opened = open_catalogue(self.program.data)
        try:
            yield opened
        finally:
            opened.close()

    def publish(self, *names: str) -> None:
        """So many new articles about the police."""
        with self.catalogue() as catalogue:
            newsroom = Newsroom(catalogue)
            for name in names:
                newsroom.publish(name, f"La police manifeste, dit {name}.", f"Titre {name}")

    def index(self) -> Done:
        return self.program.run("index")

    def behind(self) -> int:
        return int(self.program.run("status", "--json").json["index_behind"])

    def found(self) -> int:
        return int(self.program.must("search", "police", "--limit", "0", "--json").json["total"])

    def assert_whole(self) -> None:
        """Nothing is waiting, and the index is the catalogue."""
        done = self.program.run("index", "check")
        assert done.code == 0, done.out + done.err


@pytest.fixture
def installed(cluster: Cluster, tmp_path: Path) -> Iterator[Installed]:
    with Proxy(cluster.addresses[0]) as proxy:
        yield Installed(tmp_path, cluster, proxy)


def assert_one_sentence(done: Done, code: int, said: str) -> None:
    lines = done.err.strip().splitlines()
    assert done.code == code and len(lines) == 1, done.err
    assert said in lines[0] and "Traceback" not in done.err


def test_x1_away_at_start_and_in_mid_bulk_costs_nothing_but_time(installed: Installed) -> None:
    """Nobody at the address, then connections that break in mid-bulk: the lag is said, and all is made good."""
    installed.publish("d", "e")
    installed.set_address("http://127.0.0.1:9")
    assert_one_sentence(installed.index(), 5, "cannot be reached")
    assert_one_sentence(installed.program.run("search", "police"), 5, "nothing is lost meanwhile")
    assert installed.program.must("extract").code == 0, "other stages go on"

    installed.set_address(installed.proxy.url)
    assert installed.behind() == 2
    assert "2 behind" in installed.program.must("status").out
    installed.proxy.faults += [hang_up] * 6
    assert_one_sentence(installed.index(), 5, "cannot be reached")
    assert installed.behind() == 2, "the watermark did not move"

    installed.proxy.faults.clear()
    assert installed.index().code == 0 and installed.behind() == 0 and installed.found() == 5
    installed.assert_whole()


def test_x1_a_bulk_that_arrived_after_all_does_no_harm(installed: Installed) -> None:
    """The cluster wrote everything and its answer was lost: sent again, nothing is there twice."""

    def lose_answer(answer: dict[str, Any]) -> dict[str, Any]:
        raise ConnectionAbortedError("the answer is lost on its way")

    installed.publish("d")
    installed.proxy.changes += [lose_answer]
    assert installed.index().code == 0
    assert installed.found() == 4
    installed.assert_whole()


def test_x2_a_busy_cluster_is_asked_again_with_growing_pauses(installed: Installed) -> None:
    """429, 503 and 429 again to the whole request: one command waits half a second, one, two, and is done."""
    installed.publish("d")
    installed.proxy.faults += [BUSY, GONE, BUSY]
    began = time.monotonic()

    assert installed.index().code == 0

    assert time.monotonic() - began > 3.5
    assert installed.proxy.faults == [] and installed.found() == 4


def test_x2_of_a_bulk_only_the_items_that_failed_are_sent_again(installed: Installed) -> None:
    """One item of a bulk gets 429: the second bulk holds it alone."""
    sizes: list[int] = []

    def refuse_first(answer: dict[str, Any]) -> dict[str, Any]:
        sizes.append(len(answer["items"]))
        item = next(iter(answer["items"][0].values()))
        item.update(status=429, error={"type": "es_rejected_execution_exception", "reason": ""})
        return {**answer, "errors": True}

    def count(answer: dict[str, Any]) -> dict[str, Any]:
        sizes.append(len(answer["items"]))
        return answer

    installed.publish("d", "e", "f")
    installed.proxy.changes += [refuse_first, count]

    assert installed.index().code == 0
    assert sizes == [3, 1]
    installed.assert_whole()


def test_x3_one_bad_document_is_set_aside_by_name_and_its_text_is_not_told(installed: Installed) -> None:
    """One document of a batch is refused: the others are found, it is named with the type of the error alone."""

    def refuse_e(answer: dict[str, Any]) -> dict[str, Any]:
        for one in answer["items"]:
            item = next(iter(one.values()))
            if item["_id"] == "e.1":
                item.update(status=400, error={"type": "document_parsing_exception", "reason": QUOTE})
        return {**answer, "errors": True}

    installed.publish("d", "e", "f")
    installed.proxy.changes += [refuse_e] * 4

    done = installed.index()

    assert done.code == 1 and "e.1: refused by the index: document_parsing_exception" in done.err
    assert installed.found() == 5 and installed.behind() == 0
    written = "".join(file.read_text(encoding="utf-8") for file in installed.program.data.rglob("*.log"))
    assert QUOTE not in done.out + done.err + written


def test_x4_fewer_answers_than_entries_are_no_success(installed: Installed) -> None:
    """An answer that leaves one entry out is counted, said, and the batch sent again at the next turn."""
    installed.publish("d", "e")
    installed.proxy.changes += [lambda answer: {**answer, "items": answer["items"][:-1]}] * 10

    done = installed.index()

    assert done.code != 0 and installed.behind() == 2
    assert "less than it was sent" in done.err or "refused" in done.err, done.err
    installed.proxy.changes.clear()
    assert installed.index().code == 0 and installed.found() == 5


@pytest.mark.parametrize("text", [float("nan"), b"octets", "demi \ud800 signe"], ids=["nan", "bytes", "surrogate"])
def test_x4_what_cannot_be_sent_is_named(cluster: Cluster, tmp_path: Path, text: Any) -> None:
    """NaN, bytes and lone surrogates are refused with the name of the document, before anything is sent."""
    engine = open_engine("elasticsearch", tmp_path, cluster=cluster)
    engine.swap(engine.beside(covers=0))

    with pytest.raises(EntryRefusedError) as refused:
        engine.put([replace(make_entry("bad"), text=text)])

    assert refused.value.entry == "bad.1"
    engine.put([make_entry("good", seq=2)])
    assert engine.commit(2).entries == 1
    engine.close()


def test_x4_documents_far_larger_than_a_bulk_are_sent(cluster: Cluster, tmp_path: Path) -> None:
    """A document of thirteen megabytes between two small ones: pieces are cut by bytes, and all three are there."""
    engine = open_engine("elasticsearch", tmp_path, FrenchAnalyzer(), cluster)
    engine.swap(engine.beside(covers=0))
    huge = make_entry("huge", seq=2, text="La police manifeste encore. " * 500_000)
    assert len(huge.text) > PIECE_BYTES

    engine.put([make_entry("a"), huge, make_entry("c", seq=3)])

    assert engine.commit(3).entries == 3
    assert [name for _, name in engine.ids(Everything(), Filters(past=True))] == ["a.1", "huge.1", "c.1"]
    engine.close()


def test_x5_a_block_is_said_never_lifted_and_over_when_it_is_lifted(installed: Installed) -> None:
    """A flood-stage block: one sentence, the block still stands, and the next run after it was lifted goes on."""
    name = f"{installed.place.prefix}-all"
    installed.publish("d")
    with installed.place.connect() as client:
        client.indices.put_settings(index=name, settings={"index.blocks.read_only_allow_delete": True})
        assert_one_sentence(installed.index(), 5, "Vigie never lifts it")
        assert installed.behind() == 1
        settings = client.indices.get_settings(index=name, name="index.blocks.*").body.values()
        assert {one["settings"]["index"]["blocks"]["read_only_allow_delete"] for one in settings} == {"true"}
        assert installed.program.must("search", "police", "--limit", "0").code == 0, "searching goes on"
        client.indices.put_settings(index=name, settings={"index.blocks.read_only_allow_delete": None})

    assert installed.index().code == 0 and installed.found() == 4


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (refuse(401, "security_exception"), "does not accept the key"),
        (refuse(403, "security_exception"), "not the right to"),
    ],
)
def test_x6_a_key_that_is_refused_is_one_sentence_and_one_request(
    installed: Installed, monkeypatch: pytest.MonkeyPatch, fault: Any, said: str
) -> None:
    """401 and 403: one sentence on what to set, the refused request is not repeated, and the key is not shown."""
    monkeypatch.setenv(API_KEY, KEY)
    installed.proxy.everywhere = True
    installed.proxy.faults += [fault, fault]

    done = installed.program.run("search", "police")

    assert_one_sentence(done, 5, said)
    assert len(installed.proxy.faults) == 1, "it was asked once"
    assert KEY not in done.out + done.err and "c2VjcmV0" not in done.out + done.err


def test_x6_a_key_is_not_sent_in_clear_to_another_machine(
    installed: Installed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key and an http:// address of another machine are refused by the check of the configuration."""
    monkeypatch.setenv(API_KEY, KEY)
    installed.set_address("http://search.exemple.test:9200")

    for command in (("config", "check"), ("index",)):
        done = installed.program.run(*command)
        assert done.code == 2 and "Anyone on the way could read an API key" in done.err + done.out
        assert KEY not in done.out + done.err


def test_x6_something_else_at_the_address_is_one_sentence(installed: Installed) -> None:
    """A web server that is no search server."""
    installed.proxy._mark = None

    assert_one_sentence(installed.program.run("search", "police"), 5, "not Elasticsearch")


@pytest.mark.parametrize("loss", ["everything", "one year", "the aliases", "some entries"])
def test_x7_a_lost_index_is_noticed_made_anew_and_mails_nothing_twice(installed: Installed, loss: str) -> None:
    """Deleted, emptied or renamed behind our back: said and rebuilt, no index of the cluster's own making, one mail."""
    program = installed.program
    save_query(program, "police", since="2020-01-01")
    program.must("alerts", "run")
    lose(installed.place, loss)

    said = program.run("search", "police")
    assert said.code == 5 and "vigie rebuild" in said.err, said.err
    installed.publish("d")
    assert installed.index().code == 0
    program.must("alerts", "run")

    assert installed.found() == 4
    installed.assert_whole()
    assert_no_foreign_index(installed.place)
    assert sum(str(mail["Subject"]).startswith("3 nouveaux") for mail in read_mails(program)) == 1
    assert len(read_mails(program)) == 2, "one on the three articles of before, one on the new one"
    assert program.must("alerts", "audit").out.startswith(CLEAN)


def lose(place: Cluster, what: str) -> None:
    """What somebody may do to the cluster while nobody looks."""
    with place.connect() as client:
        names = list(client.indices.get(index=f"{place.prefix}-v*", filter_path="*.aliases").body)
        if what == "everything":
            client.indices.delete(index=names)
        elif what == "one year":
            client.indices.delete(index=[name for name in names if not name.endswith("-base")])
        elif what == "the aliases":
            for alias in (f"{place.prefix}-all", place.prefix):
                client.options(ignore_status=404).indices.delete_alias(index=f"{place.prefix}-v*", name=alias)
        else:
            (year,) = (name for name in names if not name.endswith("-base"))
            client.delete(index=year, id="a.1", refresh=True)


def assert_no_foreign_index(place: Cluster) -> None:
    """Every index of the prefix has our strict mapping."""
    with place.connect() as client:
        mappings = client.indices.get_mapping(index=f"{place.prefix}*").body
    assert mappings and {name: one["mappings"].get("dynamic") for name, one in mappings.items()} == dict.fromkeys(
        mappings, "strict"
    )
