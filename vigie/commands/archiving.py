"""`vigie backup` and `vigie restore`: the archive kept elsewhere, and put back."""

from pathlib import Path
from typing import Annotated

import typer

from archive.backup import BackedUp, Order, back_up
from archive.catalogue import utc_now
from archive.restore import Restored, restore
from archive.withdrawals import LIST_FILE
from config.copying import copy_configuration
from config.loading import find_folder
from vigie.commands.session import AS_JSON, config_folder, open_installation
from vigie.exits import CommandError, ExitCode
from vigie.installation import make_document_id
from vigie.terminal import complain, count_words, print_json, say


def backup_command(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="Where backups lie; made where it is missing.")],
    keep: Annotated[
        int, typer.Option(min=0, help="Backups kept, the newest ones; 0 keeps all. WARC files are kept in any case.")
    ] = 0,
    as_json: Annotated[bool, AS_JSON] = False,
) -> int:
    """Back up catalogue, WARC files, configuration and list of withdrawals, while everything runs.

    A further backup into the same folder adds what is new. Exit code 1 where a WARC file was missing or damaged.
    """
    installation = open_installation(context)
    configuration = config_folder(context) or find_folder()
    order = Order(
        lambda target: copy_configuration(configuration, target), installation.clock, installation.make_id, keep
    )
    with installation.open_catalogue() as catalogue:
        made = back_up(catalogue, folder.expanduser().absolute(), order)
    if as_json:
        print_json(vars(made))
    else:
        _say_made(made)
    return ExitCode.found_wrong if made.faults else ExitCode.done


def _say_made(made: BackedUp) -> None:
    for fault in made.faults:
        complain(fault)
    taken = f"{made.copied} copied and {made.linked} linked now"
    say(f"{made.folder}: {count_words(made.captures, 'capture')} in {count_words(made.files, 'WARC file')}, {taken}.")
    if made.removed:
        say(f"{count_words(made.removed, 'older backup')} removed.")


def restore_command(
    folder: Annotated[Path, typer.Argument(help="A folder of backups, of which the newest is taken, or one of them.")],
    to: Annotated[Path, typer.Option("--to", metavar="DATA_FOLDER", help="The data folder to make; empty or missing.")],
    withdrawals: Annotated[
        Path | None, typer.Option(metavar="FILE", help=f"The newest {LIST_FILE} there is: what it names stays hidden.")
    ] = None,
    none: Annotated[
        bool, typer.Option("--none", help="There is no newer list of withdrawals than those of the backups.")
    ] = False,
    as_json: Annotated[bool, AS_JSON] = False,
) -> int:
    """Make a data folder from a backup, every file compared with its digest. No mail leaves it until it is told to.

    `vigie rebuild` makes its search index, `vigie mail resume` lets mail leave. The configuration lies in the backup.
    """
    if none == (withdrawals is not None):
        raise CommandError(
            "What was withdrawn after the backup must stay hidden: give the newest list of withdrawals "
            f"(warc/{LIST_FILE} of the archive that is replaced) by --withdrawals FILE, "
            "or say by --none that there is none. Exactly one of them is expected.",
            ExitCode.usage,
        )
    target = to.expanduser().absolute()
    done = restore(folder.expanduser().absolute(), target, newest=withdrawals, clock=utc_now, make_id=make_document_id)
    if as_json:
        print_json(vars(done) | {"data_folder": target})
    else:
        _say_restored(done, target)
    return ExitCode.found_wrong if done.missing else ExitCode.done


def _say_restored(done: Restored, target: Path) -> None:
    for name in done.missing:
        complain(f"{name}: was missing when the backup was made.")
    say(
        f"{target}: the archive as of {done.made_at:%Y-%m-%d %H:%M} UTC, {count_words(done.captures, 'capture')} in "
        f"{count_words(done.files, 'WARC file')}, all as recorded in the backup."
    )
    listed = count_words(done.withdrawals, "withdrawal")
    say(f"{listed} in force, {done.hidden} of them younger than the backup.")
    say(f"The configuration lies in {done.configuration}; set `data_folder` in it to {target}.")
    say("Then `vigie rebuild` makes the search index. Mail is paused until `vigie mail resume`.")
