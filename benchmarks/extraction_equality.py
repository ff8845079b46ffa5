"""Whether the accelerated extraction gives what the plain one gives: `python -m benchmarks.extraction_equality FOLDER`.

Every page of the folder goes through both, and the results are compared field by field; before that, the extraction
library's own answers, precise and balanced, line by line. Nothing of the pages is kept. Ends with 1 where one differs.
"""

import argparse
import logging
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

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


def main() -> int:
    """Compare all pages; one line for each that differs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path, help="folder with .html files, with or without .gz, at any depth")
    arguments = parser.parse_args()
    paths = list_pages(arguments.folder) if arguments.folder.is_dir() else []
    if not paths:
        print(f"{arguments.folder}: no page found. Expected a folder with .html or .html.gz files.", file=sys.stderr)
        return 2
    logging.disable(logging.CRITICAL)
    different = 0
    for path, page in read_pages(paths):
        if names := list(find_differences(page)):
            different += 1
            print(f"{path.relative_to(arguments.folder)}: {', '.join(names)}")
    print(f"{len(paths)} pages, {different} of them different")
    return int(different > 0)


if __name__ == "__main__":
    raise SystemExit(main())
