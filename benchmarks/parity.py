"""The embedded engine against Elasticsearch: the same answers, how fast entries get there, what our layer costs.

    python -m benchmarks.parity FOLDER --url http://127.0.0.1:9200 --documents 20000

Both are given the same generated entries and asked the same random queries of the language. The writing is compared
with the client's own bulk helper sending the same finished bodies to an index of the same mapping; a search with the
same request sent by hand.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from elasticsearch import Elasticsearch
from elasticsearch.helpers import streaming_bulk

from benchmarks.figures import Figure, report_figures
from benchmarks.generator import Generator
from benchmarks.indexing import TextFile
from indexer.analysis import FrenchAnalyzer
from indexer.document import FACETS, IndexEntry
from indexer.engines.base import Engine, Filters, SearchPage, SearchRequest, narrow
from indexer.engines.choice import open_engine
from indexer.engines.cluster import Cluster
from indexer.engines.elasticsearch_mapping import body_of, index_body
from indexer.engines.elasticsearch_query import compile_tree
from indexer.highlight import snippet
from indexer.query import QueryError, parse
from indexer.tree import Node
from tests.elasticsearch_node.fixture import clear
from tests.indexer.query_generator import QueryGenerator

BATCH = 5_000
QUERIES = 400
SAME_ORDER = 10
DEEP = 20_000
PAST = Filters(past=True)
NOW = datetime(2026, 6, 1, tzinfo=UTC)


def fill(engine: Engine, entries: list[IndexEntry]) -> tuple[float, float]:
    """Index the entries in commits of the size that a rebuild makes; the seconds it took, and those of the commits."""
    began, committing = time.perf_counter(), 0.0
    for start in range(0, len(entries), BATCH):
        part = entries[start : start + BATCH]
        engine.put(part)
        put = time.perf_counter()
        engine.commit(part[-1].seq)
        committing += time.perf_counter() - put
    return time.perf_counter() - began, committing


def send_bare(client: Elasticsearch, index: str, bodies: list[tuple[str, bytes]]) -> float:
    """The same bodies through the bulk helper alone; the seconds it took."""
    client.indices.create(index=index, **index_body({}))
    began = time.perf_counter()
    actions = ({"_index": index, "_id": name, "_source": body} for name, body in bodies)
    for _ in streaming_bulk(client, actions, chunk_size=500, max_chunk_bytes=10 * 2**20):
        pass
    client.indices.refresh(index=index)
    seconds = time.perf_counter() - began
    client.indices.delete(index=index)
    return seconds


def make_trees(entries: list[IndexEntry], analysis: FrenchAnalyzer) -> Iterator[tuple[str, Node]]:
    """Random queries over words of the entries."""
    words = sorted({word for entry in entries[:: len(entries) // 20] for word in entry.text.split() if len(word) > 3})
    generator = QueryGenerator(11, tuple(words[:: len(words) // 60]), tuple(word[:4] for word in words[::40]))
    while True:
        text = generator.query()
        try:
            yield text, parse(text, now=NOW, analyzer=analysis).tree
        except QueryError:
            continue


def differences(one: Engine, other: Engine, tree: Node) -> Iterator[str]:
    """In what the answers of two engines differ."""
    request = SearchRequest(tree, PAST, sort="newest", limit=20, facets=FACETS, histogram="month")
    here, there = one.search(request), other.search(request)
    for name in ("total", "facets", "histogram"):
        if getattr(here, name) != getattr(there, name):
            yield name
    if [hit.id for hit in here.hits] != [hit.id for hit in there.hits]:
        yield "order by date"
    if list(one.ids(tree, PAST)) != list(other.ids(tree, PAST)):
        yield "ids"


def shared_of_first(one: Engine, other: Engine, tree: Node) -> tuple[int, int] | None:
    """How many of the first ten by relevance are the same, as they stand, and where equal scores count as equal.

    None where there is no ranking, or so few hits that the first ten say little. Equal scores come newest first on
    both, but scores are reckoned in floats of 32 bits, in another order, and may miss being equal by the last of them.
    """
    first, many = (one.search(SearchRequest(tree, PAST, limit=limit)) for limit in (SAME_ORDER, DEEP))
    if many.total < 5 * SAME_ORDER or many.hits[0].score is None:
        return None
    least = (many.hits[SAME_ORDER - 1].score or 0.0) * 0.9999  # scores are floats of 32 bits
    as_good = {hit.id for hit in many.hits if (hit.score or 0.0) >= least}
    theirs = {hit.id for hit in other.search(SearchRequest(tree, PAST, limit=SAME_ORDER)).hits}
    return len({hit.id for hit in first.hits} & theirs), len(as_good & theirs)


def overhead(
    engine: Engine,
    client: Elasticsearch,
    alias: str,
    trees: list[Node],
    finish: Callable[[SearchPage, Node], object] = lambda page, tree: None,
) -> float:
    """The median of what a search through the engine, and what `finish` does with it, takes longer than its request
    sent by hand, in milliseconds."""
    extra = []
    for tree in trees:
        body = {"query": compile_tree(narrow(tree, PAST)), "size": 10, "track_total_hits": True, "source": False}
        body["sort"] = [{"sort_key": "desc"}]
        by_hand = _milliseconds(lambda body=body: client.search(index=alias, **body))  # type: ignore[misc]
        request = SearchRequest(tree, PAST, sort="newest")
        ours = _milliseconds(lambda request=request: finish(engine.search(request), request.tree))  # type: ignore[misc]
        extra.append(ours - by_hand)
    return statistics.median(extra)


def cut_snippets(page: SearchPage, tree: Node, texts: TextFile, analysis: FrenchAnalyzer) -> None:
    """What people see of each hit of a page."""
    found = texts.texts([hit.id for hit in page.hits])
    for hit in page.hits:
        snippet(found[hit.id], tree, analysis)


def _milliseconds(call: Callable[[], object]) -> float:
    times = []
    for _ in range(3):
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1000)
    return min(times)


def main() -> int:
    """Build both, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--url", required=True)
    parser.add_argument("--documents", type=int, default=20_000)
    arguments = parser.parse_args()
    analysis = FrenchAnalyzer()
    entries = list(Generator(7, arguments.documents).entries(0, arguments.documents))
    cluster = Cluster((arguments.url,), prefix="bench")
    embedded = open_engine("embedded", arguments.folder, analysis)
    remote = open_engine("elasticsearch", arguments.folder, analysis, cluster)
    for engine in (embedded, remote):
        engine.swap(engine.beside(covers=0))
    (embedded_seconds, _), (remote_seconds, committing) = fill(embedded, entries), fill(remote, entries)
    with cluster.connect() as client:
        bodies = [(entry.id, body_of(entry, analysis)) for entry in entries]
        bare = send_bare(client, "bench-bare", bodies)
        del bodies
        chosen = [next(trees) for trees in [make_trees(entries, analysis)] for _ in range(QUERIES)]
        wrong = [(text, list(differences(embedded, remote, tree))) for text, tree in chosen]
        shared = [found for _, tree in chosen if (found := shared_of_first(embedded, remote, tree)) is not None]
        asked = [tree for _, tree in chosen[:100]]
        extra = overhead(remote, client, "bench-all", asked)
        texts = TextFile(arguments.folder)
        texts.add(entries)
        with_snippets = overhead(
            remote, client, "bench-all", asked, lambda page, tree: cut_snippets(page, tree, texts, analysis)
        )
    for text, what in wrong:
        if what:
            print(f"differs in {', '.join(what)}: {text}", file=sys.stderr)
    missed = report_figures("parity", [
        Figure("entries", len(entries), ""),
        Figure("queries answered alike", sum(not what for _, what in wrong), f"of {QUERIES}", at_least=QUERIES),
        Figure("ranked queries", len(shared), ""),
        Figure("of their first ten alike", statistics.fmean(one for one, _ in shared), "of 10", at_least=8),
        Figure("with equal scores as equal", statistics.fmean(two for _, two in shared), "of 10"),
        Figure("embedded", len(entries) / embedded_seconds, "entries/s"),
        Figure("Elasticsearch, with analysis", len(entries) / remote_seconds, "entries/s"),
        Figure("Elasticsearch, bodies finished", len(entries) / committing, "entries/s"),
        Figure("bare bulk of the same bodies", len(entries) / bare, "entries/s"),
        Figure("share of the bare bulk", 100 * bare / committing, "%", at_least=70),
        Figure("search through the engine, over by hand", extra, "ms, median", at_most=3),
        Figure("with the texts read and snippets cut", with_snippets, "ms, median", at_most=20),
    ])  # fmt: skip
    embedded.close()
    remote.close()
    clear(cluster)
    return missed


if __name__ == "__main__":
    sys.exit(main())
