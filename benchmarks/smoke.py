"""Every benchmark at a tiny size, two at once, to see that they still run.

    python -m benchmarks.smoke [NAME ...]

Their figures say nothing and are kept apart from the real ones. A benchmark that fails is named with the end of what it
said. Those that need something from outside, or whose time is made of time limits, are named with the reason.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks.generator import Generator
from benchmarks.news_site import address_of, make_page

CHAINS: tuple[dict[str, tuple[str, ...]], ...] = (
    {"crawl": ()},
    {"web": ("{folder}/web",), "web_beside_crawl": ("{folder}/web",)},
    {"growth": ("{folder}/growth",)},
    {"thousand_sources": ()},
    {"alerts": ("{folder}/alerts",)},
    {"alert_latency": ()},
    {"alert_flood": ()},
    {"feed_check": ()},
    {"indexing": ("{folder}/index",), "search": ("{folder}/index",)},
    {"extraction_cost": ("{folder}/pages", "--rounds", "1")},
    {"extraction_equality": ("{folder}/pages",)},
    {"templates": ()},
    {"same_texts": ("{folder}/same-texts",)},
    {"warc": ()},
)
"""What each is given beside `--tiny`. Of a chain one goes on with what the one before made; the longest stand first."""

TINY = {name: words for chain in CHAINS for name, words in chain.items()}

WITHOUT_TINY = frozenset({"extraction_cost", "extraction_equality"})  # as large as the folder they are given

LEFT_OUT = {
    "extraction, discovery": "need a corpus of real pages",
    "parity": "needs a search node",
    "news_please": "needs a virtual environment of its own, which make bench-news-please makes",
    "bombs, misbehaving": "wait for limits of seconds and minutes; the same hazards stand among the tests",
    "freshness": "waits for the next visit of a source, a minute away",
    "locks": "its four stages need a minute to get going together",
    "audits, kills, soak": "a short form of each stands among the tests",
}

PAGES = 6
AT_ONCE = 2
LONGEST_SECONDS = 300.0
SHOWN_LINES = 15


def run(names: Collection[str], folder: Path) -> int:
    """Run these; 1 where one failed, else 0."""
    _write_pages(folder / "pages")
    chains = [[name for name in chain if name in names] for chain in CHAINS]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        ran = list(pool.map(lambda chain: [_run_one(name, folder) for name in chain], chains))
    good = sum(map(sum, ran))
    print(f"{good} of {len(names)} benchmarks run")
    return int(good < len(names))


def _run_one(name: str, folder: Path) -> bool:
    words = [sys.executable, "-m", f"benchmarks.{name}", *(word.format(folder=folder) for word in TINY[name])]
    words += [] if name in WITHOUT_TINY else ["--tiny"]
    began = time.monotonic()
    code, said = _run_to_its_end(words)
    # one that has no tiny form may say that it missed its target; any other failure leaves a traceback
    ran = code == 0 or (name in WITHOUT_TINY and "MISSED" in said)
    print(f"{name:<20}  {time.monotonic() - began:5.1f} s  {'ran' if ran else 'FAILED'}", flush=True)
    if not ran:
        print("\n".join(said.splitlines()[-SHOWN_LINES:]))
    return ran


def _run_to_its_end(words: list[str]) -> tuple[int, str]:
    """Exit code and all that it said; where it takes too long, it is stopped with all that it started."""
    out = subprocess.STDOUT
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=out, text=True, start_new_session=True) as process:
        try:
            said, _ = process.communicate(timeout=LONGEST_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            said = f"{process.communicate()[0]}\nstopped after {LONGEST_SECONDS:.0f} s"
    return process.returncode, said


def _write_pages(folder: Path) -> None:
    """Pages of all templates, where a benchmark wants a folder of them."""
    folder.mkdir()
    generator = Generator(7, PAGES)
    for number in range(PAGES):
        page = make_page(generator.entry(number), number, address_of(number))
        (folder / f"{number}.html").write_bytes(page)


def main() -> int:
    """Run all of them, or those that are named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.smoke", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"some of: {', '.join(TINY)}")
    asked = parser.parse_args()
    if unknown := set(asked.names) - TINY.keys():
        parser.error(f"unknown: {', '.join(sorted(unknown))}; expected some of {', '.join(TINY)}")
    with tempfile.TemporaryDirectory(prefix="vigie-smoke-") as folder:
        failed = run(asked.names or TINY, Path(folder))
    if not asked.names:
        for name, why in LEFT_OUT.items():
            print(f"left out: {name}: {why}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
