"""`vigie index`, which brings the search index up to date, and `vigie index check`, which compares and mends it."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from indexer.checking import SAMPLE, Checked
from indexer.projection import Refusal
from indexer.repairing import Repaired
from vigie import stages
from vigie.commands.pipeline import leave_with_daemon, stop_on_signal
from vigie.commands.session import AS_JSON, WAIT, open_installation
from vigie.exits import ExitCode
from vigie.terminal import complain, count_words, print_json, say, show_progress

index_app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)


@index_app.callback()
def index_command(
    context: typer.Context, wait: Annotated[bool, WAIT] = False, as_json: Annotated[bool, AS_JSON] = False
) -> int | None:
    """Bring the search index up to date with the log of changes; make one where there is none."""
    if context.invoked_subcommand is not None:
        return None
    installation = open_installation(context)
    with stop_on_signal() as stop, show_progress("changes indexed") as advance:
        done = stages.project(installation, wait=wait, stop=stop, report=advance)
    if done is None:
        return ExitCode.interrupted
    projected = done.projected
    if done.rebuilt and not as_json:
        complain(done.rebuilt)
    counts = {"changes": projected.changes, "indexed": projected.indexed, "index_refused": len(projected.refused)}
    if as_json:
        refused = _list_refused(projected.refused)
        print_json({"counts": counts, "refused": refused, "rebuilt": done.rebuilt, "checkpoint": projected.checkpoint})
    else:
        entries = count_words(projected.indexed, "entry", "entries")
        say(f"{count_words(projected.changes, 'change')} applied, {entries} written")
        _name_refused(projected.refused)
    return ExitCode.found_wrong if projected.refused else ExitCode.done


@index_app.command("check")
def check_command(
    context: typer.Context,
    repair: Annotated[
        bool, typer.Option("--repair", help="Put or remove just the entries that are wrong, and check again.")
    ] = False,
    sample: Annotated[int, typer.Option(min=0, help="Entries compared field by field.")] = SAMPLE,
    wait: Annotated[bool, WAIT] = False,
    as_json: Annotated[bool, AS_JSON] = False,
) -> int:
    """Hold the search index against the catalogue. Exit code 1 where they differ.

    Every entry is compared by id, and counted by source and month; of a sample, each field. What the projection has yet
    to do is no difference. Beside a running daemon `--repair` leaves the request with it instead.
    """
    installation = open_installation(context)
    if not repair:
        return _tell(stages.check_index(installation, sample=sample), as_json)
    if leave_with_daemon(installation, stages.REPAIR_INDEX, {"sample": sample}, as_json):
        return ExitCode.done
    with stop_on_signal() as stop:
        done = stages.repair_index(installation, sample=sample, wait=wait, stop=stop)
    return _tell_repair(done, as_json)


def _tell(found: Checked, as_json: bool) -> int:
    if as_json:
        print_json(_as_json(found))
    else:
        for difference in found.differences:
            complain(difference)
        say(_summarise(found))
    return ExitCode.done if found.ok else ExitCode.found_wrong


def _tell_repair(done: Repaired, as_json: bool) -> int:
    if done.after is None:
        complain("Interrupted; `vigie rebuild` goes on where it ended.")
        return ExitCode.interrupted
    if as_json:
        found = {"before": _as_json(done.before), "after": _as_json(done.after)}
        print_json({**found, "mended": done.mended, "rebuilt": done.rebuilt, "refused": _list_refused(done.refused)})
        return ExitCode.done if done.after.ok else ExitCode.found_wrong
    for difference in done.before.differences:
        say(difference)
    mended = f"{count_words(done.mended, 'entry', 'entries')} mended"
    say("The index was made anew." if done.rebuilt else f"{mended}.")
    _name_refused(done.refused)
    return _tell(done.after, as_json=False)


def _summarise(found: Checked) -> str:
    entries = f"{count_words(found.entries, 'entry', 'entries')} compared, {found.sampled} of them field by field"
    said = "as in the catalogue" if found.ok else count_words(len(found.differences), "difference")
    waiting = max(0, found.end - found.checkpoint)
    behind = f" {count_words(waiting, 'change')} not yet applied." if waiting else ""
    return f"{entries}: {said}.{behind}"


def _as_json(found: Checked) -> dict[str, Any]:
    said = asdict(found) | {"ok": found.ok}
    said["counts"] = [asdict(each) | {"month": f"{each.month:%Y-%m}"} for each in found.counts]
    return said


def _list_refused(refused: tuple[Refusal, ...]) -> list[dict[str, str]]:
    return [{"entry": refusal.entry, "reason": refusal.reason} for refusal in refused]


def _name_refused(refused: tuple[Refusal, ...]) -> None:
    for refusal in refused:
        complain(f"{refusal.entry}: refused by the index: {refusal.reason}")
