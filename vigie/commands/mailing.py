"""`vigie mail`: the way by which digests leave, tried by hand."""

from typing import Annotated

import typer
from pydantic_core import PydanticCustomError

from config.query import check_recipient
from vigie.commands.session import open_installation
from vigie.exits import CommandError, ExitCode
from vigie.terminal import complain, say

mail_app = typer.Typer(help="Try how mail leaves.", no_args_is_help=True)


@mail_app.callback()
def open_mail() -> None:
    """Try how mail leaves."""


@mail_app.command("test")
def test_command(
    context: typer.Context, address: Annotated[str, typer.Argument(help="Who gets the trial message.")]
) -> int:
    """Send one message and say what each step answered. Exit code 4 where it was not taken."""
    from vigie import alerting

    try:
        check_recipient(address)
    except PydanticCustomError as error:
        raise CommandError(f"{address}: expected {(error.context or {})['expected']}.", ExitCode.usage) from None
    end = alerting.send_trial(open_installation(context), address, say)
    if end.end == "sent":
        say(f"Taken: {end.said}")
        return ExitCode.done
    complain(f"Not taken ({end.phase}): {end.said}")
    return ExitCode.unreachable
