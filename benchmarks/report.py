"""The page of figures: `python -m benchmarks.report > docs/performance.md`.

Made from the JSON of full runs that `benchmarks/results/` keeps, one file a benchmark, copied there from `build/bench/`
when a run is worth keeping. A benchmark without a file is said not to be measured; a test compares the page with this.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import fill
from typing import Any

from benchmarks.report_sections import SECTIONS, Section

KEPT = Path(__file__).parent / "results"
MIB = 1 << 20
LINE = 120

Result = Mapping[str, Any]

HEAD = """# Performance

What each stage costs, measured, with the target it is held to. Every table is made from the figures of a run that is
kept in `benchmarks/results/`; `python -m benchmarks.report > docs/performance.md` writes this page anew. `make
bench-NAME` runs a benchmark, leaves its figures in `build/bench/NAME.json` and ends with 1 where a target is missed;
copy the file to `benchmarks/results/` to have it here. `make bench-smoke` shows that all of them still run.

Ratios are measured side by side, both in turn in one run, since milliseconds differ from machine to machine. A figure
without a target is there to be compared with the next run. The load is the mean number of processes that wanted a core
in the last quarter of an hour: where it is above the number of cores, other work ran beside, so that figures by the
clock are too high by about as much; processor times are less so.
"""

GROWTH_HEAD = """
## How cost grows

`make bench-growth DOCUMENTS=10000,100000,1000000` makes an archive of each size, with WARC files of real pages, a
catalogue and an index, and runs each kind of work on it as a process of its own. Memory is the largest sum over all
its processes (PSS). `verify` reads every record; nothing is sampled. A check is one feed read anew whose forty entries
are all known. What a command takes to start, about a second, is part of its figures. The last column is the largest
size against the smallest; the archive is {times:g} times as large.

Memory counts the pages of the index that are mapped into a process, which the system takes back when others need
them. A run of `index` may meet a merge of the index's segments, the price of which is spread over many runs: so its
figures jump from one run to the next.
"""

GROWTH_NONE = """
## How cost grows

Not measured yet: `make bench-growth DOCUMENTS=10000,100000,1000000`.
"""

LARGE_HEAD = """
## Ten and a hundred million

Sums from the largest size above ({size:,} documents), each document at the same price: **reckoned, not measured**.

| | 10 million | 100 million |
| --- | ---: | ---: |
"""

LARGE_TAIL = """
At five thousand documents a day, ten million are five and a half years and a hundred million fifty-five. The sums of
the disk are those of generated pages, which are 45 to 100 KB before they are packed, as many real ones are.

**What does not grow** with the archive: a check of a source, the way of a new document from the feed to the index, a
batch of alerts, the look for hosts with work. They find their rows by an index, and a test reads the query plans
(`tests/archive/test_query_plans.py`). How many machines a crawl needs is decided by the number of sources, not by the
age of the archive.

**Ten million** documents stay on one machine: WARC files on any disk with room for the sum above, the catalogue and
the search index on an SSD. What is felt first are searches with many hits, since each is counted exactly: their time
is in proportion to the hits. Where the reckoned milliseconds are more than readers accept, the index moves to
Elasticsearch (`engine: elasticsearch`, [how](elasticsearch.md)): the same query has the same hits there, and the
catalogue stays the store of record. `verify` and a rebuild take the hours above. They can run at night; while a new
index is made, the old one goes on answering.

**A hundred million** documents are too many for one index on one machine. On a cluster, the analysis is still made by
Vigie's own process, so that a rebuild takes about the reckoned time on one core whatever the size of the cluster; and
Vigie makes each index with one shard, which Elasticsearch advises to keep below some 50 GB. The catalogue holds
longest, since nothing in daily work reads it from end to end, but a backup copies it whole. So before that size the
archive is divided into several installations, each with its own sources (by region, say), its own catalogue and WARC
files, and a prefix of its own on the same cluster. No source belongs to two of them, so crawling, extraction, `verify`
and rebuilds are shared among as many machines without a word between them. Vigie's page then shows one of
them; a search over all is made in Kibana. This has not been tried at that size.
"""


def read_results(folder: Path = KEPT) -> dict[str, Result]:
    """The kept runs by the name of their benchmark."""
    results = (json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json")))
    return {result["benchmark"]: result for result in results}


def write_page(results: Mapping[str, Result]) -> str:
    """The whole page."""
    parts = [HEAD]
    for section in SECTIONS:
        parts.append(_write_section(section, results.get(section.benchmark)))
    known = {section.benchmark for section in SECTIONS} | {"growth"}
    parts += [f"\n## {name}\n{_write_table(results[name])}" for name in sorted(results.keys() - known)]
    growth = results.get("growth")
    parts.append(GROWTH_NONE if growth is None else "".join(_write_growth(growth)))
    return "".join(parts)


def _write_section(section: Section, result: Result | None) -> str:
    head = f"\n## {section.title}\n\n{fill(section.meaning, LINE)}\n"
    if result is None:
        return f"{head}\nNot measured yet: `{section.command}`.\n"
    return f"{head}\nTo run it again: `{section.command}`.\n{_write_table(result)}"


def _write_table(result: Result) -> str:
    rows = [
        f"| {one['name'].strip()} | {_say(one['measured'])} {one['unit']} | {_say_target(one)} |".replace("  |", " |")
        for one in result["figures"]
    ]
    return (
        f"\n{_say_machine(result)}\n\n| figure | measured | target |\n| --- | ---: | --- |\n" + "\n".join(rows) + "\n"
    )


def _say_machine(result: Result) -> str:
    machine, versions = result["machine"], result["versions"]
    sizes = ", ".join(f"{name.replace('_', ' ')} {value:,}" for name, value in result["sizes"].items())
    libraries = ", ".join(f"{name} {number}" for name, number in versions.items())
    said = (
        f"{result['measured_at'][:10]}, {machine['cores']} cores of {machine['processor']}, "
        f"{machine['memory_gib']} GiB, {machine['kernel']}, Python {machine['python']}, load "
        f"{machine['load']}; {libraries}" + (f"; {sizes}." if sizes else ".")
    )
    return fill(said, LINE)


def _say(value: float) -> str:
    return f"{value:,.3g}" if abs(value) < 1_000 else f"{value:,.0f}"


def _say_target(one: Mapping[str, Any]) -> str:
    if one["at_most"] is not None:
        sign, bound, missed = "<=", one["at_most"], one["measured"] > one["at_most"]
    elif one["at_least"] is not None:
        sign, bound, missed = ">=", one["at_least"], one["measured"] < one["at_least"]
    else:
        return ""
    return f"{sign} {_say(bound)}" + (", **missed**" if missed else "")


def _write_growth(result: Result) -> Iterator[str]:
    rows = _read_growth(result)
    sizes = sorted({size for row in rows.values() for size in row})
    yield GROWTH_HEAD.format(times=max(sizes) / min(sizes))
    yield f"\n{_say_machine(result)}\n\n"
    yield f"| | {' | '.join(f'{size:,}' for size in sizes)} | largest / smallest |\n"
    yield f"| --- |{' ---: |' * (len(sizes) + 1)}\n"
    units = {_split(one["name"])[0]: one["unit"] for one in result["figures"]}
    for name, row in rows.items():
        values = " | ".join(_say(row[size]) for size in sizes)
        times = row[max(sizes)] / row[min(sizes)] if row[min(sizes)] > 0 else float("nan")
        yield f"| {name}, {units[name]} | {values} | {times:.2g} |\n"
    yield LARGE_HEAD.format(size=max(sizes))
    yield from _reckon(rows, sizes)
    yield LARGE_TAIL


def _reckon(rows: Mapping[str, Mapping[int, float]], sizes: Sequence[int]) -> Iterator[str]:
    """The price of one more document between the smallest and the largest size, times so many."""

    def say(name: str, written: Callable[[float], str]) -> str:
        reckoned = (_reckon_one(rows[name], sizes, count) for count in _COUNTS)
        return " | ".join("not to be told" if value is None else written(value) for value in reckoned)

    for name in ("disk: catalogue", "disk: index", "disk: WARC files"):
        yield f"| {name.removeprefix('disk: ')} | {say(name, lambda value: f'{value * MIB / 1e9:,.0f} GB')} |\n"
    for name, said in (("rebuild", "rebuild of the index"), ("verify, everything read", "verify, every record")):
        hours = say(f"{name}: processor", lambda value: f"{value / 3600:,.1f} h")
        yield f"| {said}, processor | {hours} |\n"
    for name in ("search p50", "search p99"):
        yield f"| {name} | {say(name, lambda value: f'{value:,.0f} ms')} |\n"


def _reckon_one(row: Mapping[int, float], sizes: Sequence[int], documents: int) -> float | None:
    """None where what was measured did not grow: then there is more noise in it than growth."""
    small, large = min(sizes), max(sizes)
    slope = (row[large] - row[small]) / (large - small) if large > small else row[large] / large
    return row[large] + slope * (documents - large) if slope >= 0 else None


_COUNTS = (10_000_000, 100_000_000)


def _read_growth(result: Result) -> dict[str, dict[int, float]]:
    """Figure by name and size."""
    rows: dict[str, dict[int, float]] = defaultdict(dict)
    for one in result["figures"]:
        name, size = _split(one["name"])
        rows[name][size] = one["measured"]
    return rows


def _split(name: str) -> tuple[str, int]:
    """Name and size of a figure such as `rebuild, 10,000`; the size keeps its own comma."""
    said, _, size = name.rpartition(", ")
    return said, int(size.replace(",", ""))


def main() -> int:
    """Print the page."""
    sys.stdout.write(write_page(read_results()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
