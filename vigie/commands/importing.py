"""`vigie import FILE...`: WARC files of others, taken in once; what becomes of each record is counted by name."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vigie import stages
from vigie.commands.pipeline import show_counts, stop_on_signal
from vigie.commands.session import AS_JSON, WAIT, open_installation
from vigie.exits import CommandError, ExitCode
from vigie.installation import Installation
from vigie.terminal import complain, count_words, print_json, say, show_progress

if TYPE_CHECKING:
    from crawler.importing import Imported

SHOWN_DAMAGES = 20  # more than these are in the log; a file with a thousand cut records is one fact, not a thousand

FILES_ARGUMENT = typer.Argument(metavar="FILE", help="WARC files, gzipped record by record or not at all.")


def import_command(
    context: typer.Context,
    files: Annotated[list[Path], FILES_ARGUMENT],
    wait: Annotated[bool, WAIT] = False,
    as_json: Annotated[bool, AS_JSON] = False,
) -> int:
    """Take in WARC files of others: pages in scope become captures with the time at which they were fetched.

    Exit code 1 where a record is damaged or a file is no WARC file; everything else is taken in all the same.
    """
    installation = open_installation(context)
    _refuse_missing(files)
    with stop_on_signal() as stop, show_progress("bytes read") as advance:
        done = stages.import_files(installation, files, wait=wait, stop=stop, report=advance)
    if as_json:
        print_json(_as_object(done))
    else:
        _show(installation, done)
    if stop():
        return ExitCode.interrupted
    return ExitCode.found_wrong if done.damages or done.refused else ExitCode.done


def _refuse_missing(files: Sequence[Path]) -> None:
    """A name that leads to no file is a slip of the pen: said before anything is done."""
    for file in files:
        if file.parts[:1] in (("http:",), ("https:",)):  # not repeated: an address may hold a password
            raise CommandError("expected a WARC file, found an address. Download it first.", ExitCode.usage)
        if not file.is_file():
            found = "a folder" if file.is_dir() else "nothing of that name" if not file.exists() else "no regular file"
            raise CommandError(f"{file}: expected a WARC file, found {found}. Nothing was taken in.", ExitCode.usage)


def _as_object(done: "Imported") -> dict[str, object]:
    return {
        "counts": dict(done.counts),
        "damages": [{"file": one.file, "offset": one.offset, "what": one.what} for one in done.damages],
        "refused": [{"file": one.file, "what": one.what} for one in done.refused],
    }


def _show(installation: Installation, done: "Imported") -> None:
    for refusal in done.refused:
        complain(f"{refusal.file}: {refusal.what}")
    for damage in done.damages[:SHOWN_DAMAGES]:
        complain(f"{damage.file} at {damage.offset}: {damage.what}")
    if len(done.damages) > SHOWN_DAMAGES:
        more = count_words(len(done.damages) - SHOWN_DAMAGES, "more damaged record")
        complain(f"and {more}; all are named in {installation.log_folder}.")
    show_counts(done.counts, "records", as_json=False)
    if done.counts.get("imported"):
        daemon = stages.daemon_runs(installation)
        pages = count_words(done.counts["imported"], "page")
        say(
            f"{pages} taken in; "
            + ("the running daemon does the rest." if daemon else "next: vigie extract, vigie index")
        )
