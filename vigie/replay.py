"""Give the archive to pywb, which shows its pages as they were; `vigie replay`.

pywb runs as a program of its own and reads the WARC files where they lie. What it needs besides, an index of the
captures and a list of the files, is made anew in the data folder each time it starts: what comes in afterwards is
shown from the next start on. Pages of withdrawn documents are not in the index.
"""

import heapq
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import TextIO

from archive.catalogue import Catalogue, captures, warc_files
from archive.catalogue.captures import Capture
from archive.cdxj import IndexedRecord, write_line
from archive.layout import WARC_FOLDER
from archive.warc import OPEN_SUFFIX
from vigie.exits import CommandError, ExitCode

REPLAY_FOLDER = "replay"
COLLECTION = "vigie"
PROGRAM = "wayback"
PAGE = 500  # captures read in one transaction
SORTED_AT_ONCE = 50_000  # lines, about 20 MB; beyond, sorted runs are merged
PYWB = "pywb==2.10.0"
_MISSING = (
    f"pywb is needed for this and was not found. It cannot be installed beside Vigie, so give it a place of its own: "
    f"`python3 -m venv pywb && pywb/bin/pip install {PYWB}`, then `vigie replay --wayback pywb/bin/wayback`."
)


def find_wayback(named: Path | None) -> Path:
    """The program of pywb: the one named, or the one on the search path. Raises `CommandError` where there is none."""
    found = shutil.which(str(named.absolute()) if named else PROGRAM) or ""
    if not found and named is not None:
        raise CommandError(f"{named}: expected the program `wayback` of pywb, found none. {_MISSING}", ExitCode.usage)
    if not found:
        raise CommandError(_MISSING, ExitCode.unusable)
    return Path(found)


def prepare_replay(catalogue: Catalogue, report: Callable[[int], None] = lambda done: None) -> Path:
    """Write what pywb reads and return its folder."""
    folder = catalogue.folder / REPLAY_FOLDER
    folder.mkdir(exist_ok=True)
    index, places = folder / "index.cdxj", folder / "files.tsv"
    with tempfile.TemporaryDirectory(dir=folder) as runs, index.open("w", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in _sort(_write_lines(catalogue, report), Path(runs)))
    places.write_text("".join(_list_files(catalogue)), encoding="utf-8")
    collection = {"index_paths": str(index), "archive_paths": str(places)}
    settings = {"collections": {COLLECTION: collection}}  # JSON is YAML too
    (folder / "config.yaml").write_text(json.dumps(settings), encoding="utf-8")
    return folder


def write_command(wayback: Path, folder: Path, port: int) -> list[str]:
    """How pywb is started: for this machine alone, since the pages of others run their scripts in it."""
    return [str(wayback), "-b", "127.0.0.1", "-p", str(port), "-d", str(folder)]


def _write_lines(catalogue: Catalogue, report: Callable[[int], None]) -> Iterator[str]:
    after = done = 0
    while True:
        with catalogue.read() as transaction:
            page = captures.list_shown(transaction, after=after, limit=PAGE)
        if not page:
            return
        yield from (write_line(_describe(capture)) for capture in page)
        after, done = page[-1].id, done + len(page)
        report(done)


def _describe(capture: Capture) -> IndexedRecord:
    media_type = (capture.content_type or "").partition(";")[0].strip().lower() or "unk"
    return IndexedRecord(
        url=capture.url,
        fetched_at=capture.fetched_at,
        mime="warc/revisit" if capture.revisit_of is not None else media_type,
        status=capture.status,
        payload_sha256=capture.payload_sha256,
        record_sha256=None,
        filename=capture.place.warc_file,
        offset=capture.place.offset,
        length=capture.place.length,
    )


def _list_files(catalogue: Catalogue) -> Iterator[str]:
    """Each file with the two places where it may lie: it may get its final name while pywb runs."""
    folder = catalogue.folder / WARC_FOLDER
    with catalogue.read() as transaction:
        names = sorted(file.name for file in warc_files.list_files(transaction))
    return (f"{name}\t{folder / name}\t{folder / (name + OPEN_SUFFIX)}\n" for name in names)


def _sort(lines: Iterable[str], folder: Path) -> Iterator[str]:
    """The lines in the order of their bytes, however many there are."""
    left = iter(lines)
    runs: list[Path] = []
    while run := sorted(islice(left, SORTED_AT_ONCE)):
        runs.append(folder / str(len(runs)))
        runs[-1].write_text("".join(f"{line}\n" for line in run), encoding="utf-8")
    with ExitStack() as files:
        opened = [files.enter_context(run.open(encoding="utf-8")) for run in runs]
        yield from heapq.merge(*(_read_lines(file) for file in opened))


def _read_lines(file: TextIO) -> Iterator[str]:
    return (line.removesuffix("\n") for line in file)
