"""`vigie mail`: the way by which digests leave, tried by hand, stopped and opened again."""

from typing import Annotated

import typer
from pydantic_core import PydanticCustomError

from archive.catalogue import outbox
from config.query import check_recipient
from vigie.commands.session import open_installation
from vigie.exits import CommandError, ExitCode
from vigie.terminal import complain, count_words, say

mail_app = typer.Typer(help="Try how mail leaves; pause it.", no_args_is_help=True)


@mail_app.callback()
def open_mail() -> None:
    """Try how mail leaves; pause it."""


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


@mail_app.command("pause")
def pause_command(
    context: typer.Context, why: Annotated[str, typer.Option(help="Why; `vigie status` shows it.")] = "asked for"
) -> None:
    """Let nothing leave, neither mail nor webhooks, until `vigie mail resume`. Matching goes on; messages wait."""
    installation = open_installation(context)
    with installation.open_catalogue() as catalogue, catalogue.write() as transaction:
        outbox.pause_mail(transaction, why, installation.clock())
    say("Mail is paused. `vigie mail resume` lets it leave again.")


@mail_app.command("resume")
def resume_command(context: typer.Context) -> None:
    """Let mail and webhooks leave again, those that wait too. `vigie alerts outbox` shows them before."""
    installation = open_installation(context)
    with installation.open_catalogue() as catalogue, catalogue.write() as transaction:
        was_paused = outbox.resume_mail(transaction)
        waiting = outbox.count_waiting(transaction)
    messages = f"{count_words(waiting, 'message')} {'waits' if waiting == 1 else 'wait'} to leave"
    say(f"Mail leaves again; {messages}." if was_paused else f"Mail was not paused; {messages}.")
