"""The page as a process of its own: `python -m vigie.web.server`, a child of the daemon, or `vigie web` by itself.

A fault of the search engine ends this process and nothing else. A child notices that its parent is gone by the end of
a pipe, and ends too.
"""

import argparse
import logging
import os
import socket
import sys
import threading
from dataclasses import replace
from pathlib import Path

import uvicorn

from archive.errors import ArchiveError
from config.faults import ConfigurationError
from config.loading import load_valid
from config.web import Web
from vigie.exits import CommandError, ExitCode
from vigie.installation import Installation
from vigie.logs import log_to_stderr
from vigie.web.app import make_app

logger = logging.getLogger(__name__)

STOP_SECONDS = 5  # for answers that are under way
CONNECTIONS = 500  # at once; more wait, so that nobody can use up the open files
KEEP_ALIVE_SECONDS = 20  # readers come back every few seconds


def serve(installation: Installation, *, until_gone: int | None = None) -> None:
    """Serve until SIGTERM or Ctrl-C, or until the pipe at file descriptor `until_gone` ends.

    Raises `CommandError` where the address cannot be had.
    """
    web = installation.settings.web
    listening = listen(web)
    try:
        server = uvicorn.Server(
            uvicorn.Config(
                make_app(installation),
                http="h11",
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,  # whoever is connected is who asks; headers of others are not believed
                limit_concurrency=CONNECTIONS,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=STOP_SECONDS,
            )
        )
        if until_gone is not None:
            threading.Thread(target=_stop_when_gone, args=(until_gone, server), daemon=True).start()
        logger.info("the page is served on %s", web.address)
        server.run(sockets=[listening])
    finally:
        listening.close()


def listen(web: Web) -> socket.socket:
    """The socket on which people ask, or a sentence on why it cannot be had."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            web.host, web.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
        listening.listen(1024)
    except OSError as error:
        raise CommandError(
            f"web: {web.host} port {web.port} cannot be listened on: {error.strerror or error}. "
            "Set another web.port, or end the program that has it.",
            ExitCode.unusable,
        ) from error
    return listening


def _stop_when_gone(pipe: int, server: uvicorn.Server) -> None:
    while os.read(pipe, 1):
        pass
    server.should_exit = True


def place_at(installation: Installation, host: str | None, port: int | None) -> Installation:
    """The installation served elsewhere than its settings say. Raises `ConfigurationError`'s kin for what cannot be."""
    said = installation.settings.web.model_dump() | {
        name: value for name, value in (("host", host), ("port", port)) if value is not None
    }
    settings = installation.settings.model_copy(update={"web": Web.model_validate(said)})
    return replace(installation, loaded=replace(installation.loaded, settings=settings))


def main(arguments: list[str]) -> int:
    """The child of the daemon: configuration from a folder, its end by a pipe on standard input."""
    parser = argparse.ArgumentParser(prog="python -m vigie.web.server")
    parser.add_argument("--config", type=Path, required=True)
    asked = parser.parse_args(arguments)
    log_to_stderr()
    try:
        serve(Installation(load_valid(asked.config)), until_gone=sys.stdin.fileno())
    except (CommandError, ConfigurationError, ArchiveError) as error:
        logger.error("%s", error)
        return int(ExitCode.unusable)
    return int(ExitCode.done)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
