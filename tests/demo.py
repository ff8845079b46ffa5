"""`make demo`: Vigie on the local news site, end to end, through the real command line; prints what it found.

    python -m tests.demo FOLDER

Five invented publishers are served on loopback. They are crawled, their pages archived, extracted and indexed; a day
passes on the site, and they are visited again. Every page is held against what must become of it: the exit code is 1
where one is not as expected.
"""

import argparse
import contextlib
import shlex
import shutil
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from tests.site.accounting import account_for
from tests.site.articles import DAYS
from tests.site.configuration import write_configuration
from tests.site.expected import CHANGES
from tests.site.publishers import PUBLISHERS
from tests.site.seen import read_seen
from tests.site.server import Site

SEARCHES = (
    ("'\"refus d’obtempérer\"'", "A phrase, with the curly apostrophe or without accents: the same hits."),
    ("convoi radios --sort newest", "All words, in any form; a wire story printed in three titles."),
    ("effectif* AND kind:union --from 2025-11", "A wildcard, one kind of publisher, from a month on."),
)
SAVED_QUERY = """\
title: police et gendarmerie
query: police OR gendarm*
recipients: [redaction@exemple.test]
since: 2020-01-01
examples:
  match: ["La police manifeste"]
  no_match: ["Le marché rouvre"]
"""
EDITED = next(change for change in CHANGES[DAYS[1]] if change.kind == "edited")


class Demo:
    """Runs commands of Vigie as a person would type them, and counts what is not as it must be."""

    def __init__(self, folder: Path, site: Site) -> None:
        self._site = site
        self._config = write_configuration(folder / "config", site.port)
        self._data = folder / "data"
        self.faults = 0

    def run(self, command: str) -> None:
        """One command line; its output is shown as it comes."""
        print(f"\n$ vigie {command}", flush=True)
        words = [sys.executable, "-m", "vigie", "--config", str(self._config), *shlex.split(command)]
        done = subprocess.run(words, check=False)
        if done.returncode:
            print(f"(exit code {done.returncode})")
            self.faults += 1

    def save_query(self) -> None:
        """A saved query that looks back over the whole log, so that there is something to tell."""
        path = self._config / "queries" / "police-et-gendarmerie.yaml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(SAVED_QUERY, encoding="utf-8")
        print(f"\n# {path}\n{SAVED_QUERY}", flush=True)

    def serve(self) -> None:
        """The page over the archive of the demo, until the person who looks on has seen enough."""
        print("\n$ vigie web", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            subprocess.run([sys.executable, "-m", "vigie", "--config", str(self._config), "web"], check=False)

    def account(self, day: str) -> None:
        """Hold every page of the site against what must become of it."""
        account = account_for(read_seen(self._data), self._site.base, day)
        right = Counter(one.publisher for one in account.right)
        print("\nPages, articles, tracts and odd entries of the site that ended as they must:")
        for publisher in PUBLISHERS:
            print(f"  {publisher.name:<10} {right[publisher.name]:>3}")
        print("  every page is accounted for" if not account.wrong else "\nNot as they must:")
        for sentence in account.wrong:
            print(f"  {sentence}")
        self.faults += len(account.wrong)


def main() -> int:
    """Run the demo; 0 where everything was as it must be."""
    started = time.monotonic()
    parser = argparse.ArgumentParser(prog="python -m tests.demo", description="Vigie on the local news site.")
    parser.add_argument("folder", type=Path, help="where configuration and data of the demo go; emptied first")
    folder: Path = parser.parse_args().folder
    shutil.rmtree(folder, ignore_errors=True)
    with Site() as site:
        demo = Demo(folder, site)
        _play(demo, site)
    _say_how_to_go_on(folder)
    seconds = time.monotonic() - started
    verdict = f"{demo.faults} things are not as they must be" if demo.faults else "All as it must be"
    print(f"\n{verdict}; {seconds:.0f} s.", flush=True)
    if sys.stdout.isatty() and sys.stdin.isatty():
        demo.serve()
    return 1 if demo.faults else 0


def _play(demo: Demo, site: Site) -> None:
    _head("A fresh archive for five publishers of the local news site")
    demo.run("init")
    _head("The first visit: discover, fetch, archive, extract, index")
    demo.run("crawl")
    demo.run("extract")
    print("\n# A communiqué links its tract, a PDF, which is now due too")
    demo.run("crawl --due")
    demo.run("extract")
    demo.run("index")
    demo.account(DAYS[0])
    _head("Searching")
    for query, meaning in SEARCHES:
        print(f"\n# {meaning}")
        demo.run(f"search {query} --limit 3")
    _head("A day passes: two articles appear, two are edited, two are taken down, one page breaks")
    site.advance(DAYS[1])
    demo.run("crawl --look-again")
    demo.run("extract")
    demo.run("index")
    demo.account(DAYS[1])
    print("\nWhat answered 410 or 404 is marked as removed once it does so again 24 hours later.")
    print("\n# What changed in an edited article")
    demo.run(f"show {site.url(EDITED.publisher, EDITED.path)} --diff")
    _head("A saved query tells by mail")
    demo.save_query()
    demo.run("alerts check")
    demo.run("alerts run")
    demo.run("alerts audit")
    _head("Everything read back from the archive, against its digests")
    demo.run("verify")
    demo.run("status")


def _head(title: str) -> None:
    print(f"\n\n=== {title} ===", flush=True)


def _say_how_to_go_on(folder: Path) -> None:
    vigie = f".venv/bin/vigie --config {folder}/config"
    print("\n\nThe archive of the demo stays. Go on with:")
    print(f"  {vigie} search 'police NOT gendarm*' --facets")
    print(f"  {vigie} search grève --json")
    print(f"  {vigie} explain 'préavis OR \"heures supplémentaires\"~2'")
    print(f"  {vigie} sources list")
    print(f"  {vigie} web            # the page, on http://127.0.0.1:8080")
    print("Then put a contact address into config/settings.yaml and start the real thing: make run")


if __name__ == "__main__":
    sys.exit(main())
