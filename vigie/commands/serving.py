"""`vigie web`: the page and the API by themselves, and the hash of a password for them."""

import getpass
import sys
from typing import Annotated

import typer
from pydantic import ValidationError

from vigie.commands.session import open_installation
from vigie.exits import CommandError, ExitCode
from vigie.logs import log_to_stderr
from vigie.terminal import say

web_app = typer.Typer(help="Serve the page and the API; hash a password for them.", invoke_without_command=True)

SHORTEST = 10  # characters of a password: fewer can be tried through, slowly, by anybody who reaches the page


@web_app.callback()
def web_command(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Address to listen on, instead of web.host.")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port, instead of web.port.")] = None,
) -> None:
    """Serve the page and the API until Ctrl-C, with or without a daemon beside it."""
    if context.invoked_subcommand is not None:
        return
    from vigie.web.server import place_at, serve

    installation = open_installation(context, log=False)
    try:
        placed = place_at(installation, host, port)
    except ValidationError as error:
        told = error.errors()[0].get("ctx", {})
        advice = f" {told['advice']}." if told.get("advice") else ""
        raise CommandError(f"web: expected {told.get('expected', error)}.{advice}", ExitCode.usage) from None
    log_to_stderr()
    say(f"The page is on {placed.settings.web.address}. Ctrl-C ends it.")
    sys.stdout.flush()
    serve(placed)


@web_app.command("password")
def password_command() -> None:
    """Ask for a password, twice on a terminal, and print the hash that goes into web.password_hash."""
    from vigie.web.login import hash_password

    if sys.stdin.isatty():
        password = getpass.getpass("Password: ")
        if getpass.getpass("Once more: ") != password:
            raise CommandError("The two are not the same. Try again.", ExitCode.usage)
    else:
        password = sys.stdin.readline().rstrip("\n")
    if len(password) < SHORTEST:
        raise CommandError(f"A password of at least {SHORTEST} characters is needed.", ExitCode.usage)
    say(hash_password(password))
