"""What every command needs first: the configuration folder that was asked for, checked and read."""

from pathlib import Path

import typer

from config.faults import close_sentence, name_nearest
from config.loading import load_valid
from vigie.exits import CommandError, ExitCode
from vigie.installation import Installation
from vigie.logs import log_to_file

AS_JSON = typer.Option("--json", help="Print one JSON document for programs instead of sentences.")
WAIT = typer.Option("--wait", help="Wait for another process that does the same, instead of giving up.")


def config_folder(context: typer.Context) -> Path | None:
    """The folder given by `--config`; None leaves the choice to the environment."""
    folder = context.find_root().obj
    return folder if isinstance(folder, Path) else None


def open_installation(context: typer.Context, *, log: bool = True) -> Installation:
    """The installation of the configuration; raises `ConfigurationError` with all faults where it has any."""
    installation = Installation(load_valid(config_folder(context)))
    if log and installation.folder.is_dir():
        log_to_file(installation.log_folder, "vigie", installation.clock())
    return installation


def check_source(installation: Installation, source_id: str) -> None:
    """Refuse a source that is not configured, with the nearest name."""
    if source_id not in installation.sources:
        hint = close_sentence(name_nearest(source_id, installation.sources))
        raise CommandError(
            f'There is no source "{source_id}". {hint or "`vigie sources list` shows all of them."}', ExitCode.usage
        )
