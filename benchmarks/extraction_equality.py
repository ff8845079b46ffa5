"""Whether the accelerated extraction gives what the plain one gives: `python -m benchmarks.extraction_equality FOLDER`.

Every page of the folder goes through both, and the results are compared field by field; before that, the extraction
library's own answers, precise and balanced, line by line. Nothing of the pages is kept, unless asked: `--save FILE`
writes the results, `--against FILE` compares with those written before, so that a change that must not change what
comes out can be held to it. Ends with 1 where one differs.
"""

import argparse
import json
import logging
import sys
from collections.abc import Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from archive.records import Extraction, Page, Rejection
from benchmarks.saved_pages import list_pages, read_pages
from crawler.extraction.accelerated import extract_lines, extract_lines_plainly
from crawler.extraction.decoding import decode_page
from crawler.extraction.extract import extract
from crawler.extraction.page_tree import parse_page


def find_differences(page: Page) -> Iterator[str]:
    """The names of what differs between the plain and the accelerated extraction of a page."""
    parsed = parse_page(decode_page(page.body, page.content_type).text)
    if parsed is not None and parsed.limit_hit is None:
        for precise, name in ((True, "precise answer"), (False, "balanced answer")):
            if extract_lines(parsed.root, precise=precise) != extract_lines_plainly(parsed.root, precise=precise):
                yield f"the library's {name}"
    yield from compare_results(extract(page, accelerated=False), extract(page, accelerated=True))


def compare_results(plain: Extraction | Rejection, accelerated: Extraction | Rejection) -> Iterator[str]:
    """The names of the fields in which two results differ."""
    if type(plain) is not type(accelerated):
        yield "the kind of the result"
        return
    for field in fields(plain):
        if getattr(plain, field.name) != getattr(accelerated, field.name):
            yield field.name


def write_down(name: str, result: Extraction | Rejection) -> dict[str, Any]:
    """A result as a line of a file of results holds it."""
    written: dict[str, Any] = json.loads(json.dumps({"page": name} | asdict(result), default=str))
    return written


def read_saved(path: Path) -> dict[str, dict[str, Any]]:
    """The results of a file by the names of their pages."""
    with path.open(encoding="utf-8") as lines:
        return {result["page"]: result for result in map(json.loads, lines)}


def compare_saved(before: dict[str, Any] | None, now: dict[str, Any]) -> Iterator[str]:
    """The names of the fields in which a result differs from the one saved before."""
    if before is None:
        yield "not among the saved results"
        return
    for name in dict.fromkeys((*before, *now)):
        if before.get(name) != now.get(name):
            yield f"{name} as saved"


def parse_arguments() -> argparse.Namespace:
    """What is asked on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="folder with .html files, with or without .gz, at any depth")
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the results to this file, a line each")
    parser.add_argument("--against", type=Path, metavar="FILE", help="compare with the results in this file too")
    return parser.parse_args()


def main() -> int:
    """Compare all pages; one line for each that differs."""
    arguments = parse_arguments()
    paths = list_pages(arguments.folder) if arguments.folder.is_dir() else []
    if not paths:
        print(f"{arguments.folder}: no page found. Expected a folder with .html or .html.gz files.", file=sys.stderr)
        return 2
    logging.disable(logging.CRITICAL)
    saved = read_saved(arguments.against) if arguments.against else None
    different, results = 0, []
    for path, page in read_pages(paths):
        name = str(path.relative_to(arguments.folder))
        names = list(find_differences(page))
        if saved is not None or arguments.save:
            results.append(write_down(name, extract(page)))
        if saved is not None:
            names += compare_saved(saved.get(name), results[-1])
        if names:
            different += 1
            print(f"{name}: {', '.join(names)}")
    if arguments.save:
        arguments.save.write_text("".join(json.dumps(each) + "\n" for each in results), encoding="utf-8")
    print(f"{len(paths)} pages, {different} of them different")
    return int(different > 0)


if __name__ == "__main__":
    raise SystemExit(main())
