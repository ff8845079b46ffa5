"""`vigie replay`: the archived pages as they were, in a browser, through pywb."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from vigie.commands.session import open_installation
from vigie.replay import COLLECTION, find_wayback, prepare_replay, write_command
from vigie.terminal import say, show_progress

WAYBACK = typer.Option(help="The program `wayback` of pywb, where it is not on the search path.")
PORT = typer.Option(min=1, max=65535, help="Port to serve on, on this machine alone.")


def replay_command(
    context: typer.Context,
    wayback: Annotated[Path | None, WAYBACK] = None,
    port: Annotated[int, PORT] = 8090,
) -> None:
    """Serve the archived pages as they were, with pywb, until Ctrl-C; docs/proof.md tells how pywb is installed.

    Shows what was archived up to its start. Images and style sheets are not archived.
    """
    program = find_wayback(wayback)
    installation = open_installation(context)
    with installation.open_catalogue() as catalogue, show_progress("pages listed") as advance:
        folder = prepare_replay(catalogue, lambda done: advance(done, None))
    say(f"The pages are on http://127.0.0.1:{port}/{COLLECTION}/. Ctrl-C ends it.")
    sys.stdout.flush()
    os.execv(program, write_command(program, folder, port))  # signals then reach pywb itself
