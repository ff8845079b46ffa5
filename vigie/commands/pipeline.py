"""The stages by hand: `vigie crawl, rebuild, verify`. Each runs once and ends."""

import contextlib
import signal
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from threading import Event
from typing import Annotated

import typer

from archive import verify as verifying
from archive.catalogue import Catalogue, counts, require_catalogue
from archive.outcomes import Outcome
from vigie import stages
from vigie.commands.session import AS_JSON, WAIT, check_source, open_installation
from vigie.crawl_child import CrawlEnd
from vigie.exits import CommandError, ExitCode
from vigie.installation import Installation
from vigie.logs import log_file
from vigie.terminal import complain, count_words, print_json, print_rows, say, show_progress

SOURCE_ARGUMENT = typer.Argument(help="Ids of sources; none means all that are on.")
_CRAWL_ENDS = {
    "finished": ExitCode.done,
    "retired": ExitCode.done,
    "interrupted": ExitCode.interrupted,
    "refused": ExitCode.usage,
    "disk_full": ExitCode.unusable,
}


def crawl_command(
    context: typer.Context,
    source: Annotated[list[str] | None, SOURCE_ARGUMENT] = None,
    since: Annotated[str | None, typer.Option(help="Take entries back to this day, YYYY-MM-DD.")] = None,
    due: Annotated[bool, typer.Option("--due", help="Visit only what is due by the plan.")] = False,
    look_again: Annotated[
        bool, typer.Option("--look-again", help="Look at every known article again, whatever the plan says.")
    ] = False,
    wait: Annotated[bool, WAIT] = False,
    as_json: Annotated[bool, AS_JSON] = False,
) -> int:
    """Visit sources now, fetch what is new and archive it; ends when nothing is left to do.

    Beside a running daemon `--since` leaves the request with it instead.
    """
    installation = open_installation(context)
    for name in source or ():
        check_source(installation, name)
    order = stages.CrawlOrder(tuple(source or ()), _read_day(since), due, look_again)
    if order.since is not None and leave_with_daemon(
        installation, stages.CRAWL_SINCE, {"sources": list(order.sources), "since": order.since.isoformat()}, as_json
    ):
        return ExitCode.done
    require_catalogue(installation.folder)  # before a log is made where nothing is
    path = log_file(installation.log_folder, "crawl", installation.clock())
    with path.open("ab") as errors, stop_on_signal() as stop, show_progress("pages archived") as advance:
        end = stages.crawl_once(
            installation, order, wait=wait, stop=stop, errors=errors,
            watch=lambda catalogue: advance(_count_captures(catalogue), None),
        )  # fmt: skip
    _show_crawl(end, str(path), as_json)
    return _CRAWL_ENDS.get(end.name, ExitCode.found_wrong)


def rebuild_command(context: typer.Context, as_json: Annotated[bool, AS_JSON] = False) -> int:
    """Make the search index anew from the catalogue, beside the one in use, and swap; nothing is lost or fetched."""
    installation = open_installation(context)
    with stop_on_signal() as stop, show_progress("changes indexed") as advance:
        done = stages.rebuild(installation, stop=stop, report=advance)
    if done is None:
        complain("Interrupted; `vigie rebuild` goes on where it ended.")
        return ExitCode.interrupted
    if as_json:
        print_json({"counts": {"indexed": done.indexed, "index_refused": len(done.refused)}})
    else:
        entries = count_words(done.indexed, "entry", "entries")
        say(f"{entries} written, {len(done.refused)} refused; the new index is in use.")
    return ExitCode.found_wrong if done.refused else ExitCode.done


def verify_command(context: typer.Context, as_json: Annotated[bool, AS_JSON] = False) -> int:
    """Read every record back and compare it with its digests. Exit code 1 where anything is damaged or missing."""
    installation = open_installation(context)
    with installation.open_catalogue() as catalogue, show_progress("records read back") as advance:
        verdict = verifying.verify(catalogue, report=lambda done: advance(done, None))
    if as_json:
        damages = [{"where": damage.where, "what": damage.what} for damage in verdict.damages]
        print_json({"captures": verdict.captures, "files": verdict.files, "seals": verdict.seals, "damages": damages})
    else:
        for damage in verdict.damages:
            complain(f"{damage.where}: {damage.what}")
        read = f"{count_words(verdict.captures, 'capture')} in {count_words(verdict.files, 'WARC file')} read back"
        read += f", {count_words(verdict.seals, 'seal')} checked" if verdict.seals else ""
        say(f"{read}: {count_words(len(verdict.damages), 'damage') if verdict.damages else 'all as recorded'}.")
    return ExitCode.found_wrong if verdict.damages else ExitCode.done


@contextlib.contextmanager
def stop_on_signal() -> Iterator[Callable[[], bool]]:
    """SIGTERM and Ctrl-C ask the stage to stop at the next safe point; the block is given what says so."""
    asked = Event()
    kept = {number: signal.signal(number, lambda *_: asked.set()) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield asked.is_set
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def leave_with_daemon(installation: Installation, kind: str, arguments: dict[str, object], as_json: bool) -> bool:
    holder = stages.daemon_runs(installation)
    if holder is None:
        return False
    number = stages.leave_errand(installation, kind, arguments)
    if as_json:
        print_json({"errand": number, "daemon": holder})
    else:
        say(f"Left with the running daemon, {holder}, as errand {number}; `vigie status` shows it.")
    return True


def _read_day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        message = f'--since: expected a day such as 2026-03-14, got "{text}".'
        raise CommandError(message, ExitCode.usage) from None


def _count_captures(catalogue: Catalogue) -> int:
    with catalogue.read() as transaction:
        return counts.count_captures(transaction)


def _show_crawl(end: CrawlEnd, log: str, as_json: bool) -> None:
    if as_json:
        print_json({"end": end.name, "counts": end.counts, "why": end.complaint or None})
        return
    if end.name == "refused" and end.complaint:
        complain(end.complaint)
        return
    if end.name not in ("finished", "retired"):
        complain(f"The crawl ended {end.name}{': ' + end.complaint if end.complaint else ''}. See {log}.")
    show_counts(end.counts, "requests and entries", as_json=False)


def show_counts(counts: Mapping[str, int], what: str, as_json: bool) -> None:
    """Counts by outcome with the sentence of each."""
    if as_json:
        print_json({"counts": dict(counts)})
        return
    if not counts:
        say(f"Nothing to do: no {what}.")
    known = Outcome.__members__
    rows = [
        (str(count), name, known[name].sentence if name in known else "")
        for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]
    print_rows(rows)
