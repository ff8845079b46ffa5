"""`vigie alerts feed`: what a saved query told, for feed readers."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from vigie.commands.alerts import QUERY, find_configured
from vigie.commands.session import open_installation
from vigie.exits import CommandError
from vigie.terminal import say


def feed_command(
    context: typer.Context,
    query: Annotated[str, QUERY],
    output: Annotated[Path | None, typer.Option(help="File to write; otherwise the feed is printed.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Articles shown, the newest first.")] = 100,
) -> None:
    """Write an Atom feed of what a saved query told. Run it after `alerts run`, or now and then by the clock."""
    from vigie import alerting

    installation = open_installation(context, log=output is not None)
    find_configured(installation, query)
    with installation.open_catalogue() as catalogue:
        feed = alerting.make_feed(installation, catalogue, query, limit)
    if output is None:
        sys.stdout.buffer.write(feed)
        return
    _write_whole(output, feed)
    say(f"{output}: written.")


def _write_whole(path: Path, feed: bytes) -> None:
    """A reader sees the feed as it was before, or as it is now."""
    beside = path.with_name(f"{path.name}.part")
    try:
        beside.write_bytes(feed)
        beside.replace(path)
    except OSError as error:
        raise CommandError(f"{path}: cannot be written ({error.strerror}).") from None
