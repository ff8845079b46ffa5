"""`vigie archive pack`: closed WARC files packed smaller when the machine has time."""

from typing import Annotated

import typer

from archive.locks import hold_stage
from archive.repacking import Repacked, pack_files
from vigie.commands.pipeline import stop_on_signal
from vigie.commands.session import AS_JSON, WAIT, open_installation
from vigie.exits import ExitCode
from vigie.terminal import complain, count_words, print_json, say, show_progress

archive_app = typer.Typer(help="Look after the WARC files.", no_args_is_help=True)


@archive_app.command("pack")
def pack_command(
    context: typer.Context, wait: Annotated[bool, WAIT] = False, as_json: Annotated[bool, AS_JSON] = False
) -> int:
    """Pack closed WARC files as small as gzip makes them; no record changes, and a killed run goes on at the next.

    Meant for quiet hours, as `nice vigie archive pack`; it may run beside the daemon. The old files stay for a day, so
    that nobody who is reading stumbles. Exit code 1 where a file is damaged: it stays as it is.
    """
    installation = open_installation(context)
    records = 0
    with (
        hold_stage(installation.folder, "pack", wait=wait),
        installation.open_catalogue() as catalogue,
        stop_on_signal() as stop,
        show_progress("records packed") as advance,
    ):

        def count(step: str) -> None:
            nonlocal records
            records += step == "record"
            advance(records, None)

        floor = installation.settings.limits.free_space_bytes
        done = pack_files(catalogue, installation.clock, free_floor=floor, stop=stop, report=count)
        stopped = stop()
    if as_json:
        print_json([vars(one) for one in done])
    else:
        _tell(done)
    if stopped:
        return ExitCode.interrupted
    return ExitCode.found_wrong if any(one.fault for one in done) else ExitCode.done


def _tell(done: list[Repacked]) -> None:
    for one in done:
        if one.fault:
            complain(f"{one.fault} It stays as it is.")
    packed = [one for one in done if not one.fault]
    if not packed:
        say("No closed WARC file waits to be packed.")
        return
    before, after = sum(one.before for one in packed), sum(one.after for one in packed)
    saved = 100 * (before - after) / before
    files = count_words(len(packed), "WARC file")
    say(f"{files} packed: {before >> 20} MiB became {after >> 20} MiB, {saved:.0f} % less once the old files are gone.")
