"""`vigie run`: the daemon in the foreground, for a terminal or a service manager."""

import typer

from config.loading import find_folder
from vigie.commands.session import config_folder, open_installation
from vigie.exits import ExitCode
from vigie.logs import log_to_stderr
from vigie.memory import bound_kept_memory


def run_command(context: typer.Context) -> int:
    """Run everything by the clock until SIGTERM or Ctrl-C: crawl, extract, index, verify, tidy."""
    from vigie.daemon import Daemon, install_signals

    installation = open_installation(context, log=False)
    log_to_stderr()
    bound_kept_memory()
    daemon = Daemon(installation, config_folder(context) or find_folder())
    install_signals(daemon)
    daemon.run()
    return ExitCode.done
