"""The command line: one thin verb a stage, sentences for people, exit codes for scripts.

Every end that can be foreseen is one sentence on standard error and a documented code; anything else is one sentence
and a traceback in the log.
"""

import itertools
import logging
import os
import sys
from errno import EACCES, EDQUOT, ENOSPC, EPERM, EROFS
from pathlib import Path
from typing import Annotated

import typer
from typer import TyperException

from archive.catalogue import utc_now
from archive.errors import ArchiveError, StageBusyError, WaitEndedError
from config.faults import ConfigurationError
from config.loading import load
from indexer.alerts.errors import MailSettingsError
from indexer.engines.base import EngineError, IndexBusyError
from indexer.kibana.errors import KibanaError, ObjectsInvalidError, ObjectsRefusedError
from indexer.query import QueryError
from vigie.commands import (
    alerts,
    archiving,
    backtesting,
    exporting,
    extracting,
    feeds,
    importing,
    indexing,
    kibana,
    mailing,
    packing,
    pipeline,
    proving,
    replaying,
    running,
    searching,
    serving,
    setup,
    showing,
    sources,
    status,
    withdrawing,
)
from vigie.exits import CommandError, ExitCode
from vigie.installation import LOG_FOLDER
from vigie.logs import log_to_file
from vigie.terminal import complain, make_robust

CONFIG = typer.Option("--config", help="Configuration folder; otherwise VIGIE_CONFIG, otherwise config.")


def make_app() -> typer.Typer:
    """The program with all its commands, in the order in which they are needed."""
    app = typer.Typer(
        name="vigie",
        help="Media-monitoring crawler and archive for French police unions and the regional press.",
        add_completion=False,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(open_session)
    app.command("init")(setup.init_command)
    app.add_typer(setup.config_app, name="config")
    app.add_typer(sources.sources_app, name="sources")
    app.command("crawl")(pipeline.crawl_command)
    app.command("import")(importing.import_command)
    app.command("extract")(extracting.extract_command)
    app.add_typer(indexing.index_app, name="index")
    app.command("search")(searching.search_command)
    app.command("explain")(searching.explain_command)
    alerts.alerts_app.command("backtest")(backtesting.backtest_command)
    alerts.alerts_app.command("feed")(feeds.feed_command)
    app.command("export")(exporting.export_command)
    app.add_typer(alerts.alerts_app, name="alerts")
    app.add_typer(mailing.mail_app, name="mail")
    app.add_typer(kibana.kibana_app, name="kibana")
    app.command("show")(showing.show_command)
    app.command("status")(status.status_command)
    app.command("withdraw")(withdrawing.withdraw_command)
    app.command("verify")(pipeline.verify_command)
    app.add_typer(packing.archive_app, name="archive")
    app.command("backup")(archiving.backup_command)
    app.command("restore")(archiving.restore_command)
    app.command("rebuild")(pipeline.rebuild_command)
    app.command("seal")(proving.seal_command)
    app.command("prove")(proving.prove_command)
    app.command("check-proof")(proving.check_proof_command)
    app.command("replay")(replaying.replay_command)
    app.command("run")(running.run_command)
    app.add_typer(serving.web_app, name="web")
    return app


def open_session(context: typer.Context, config: Annotated[Path | None, CONFIG] = None) -> None:
    """Keep the configuration folder for the command that follows."""
    context.obj = config


def main() -> None:
    """Run the command line and end with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        make_robust(stream)
    code = run(sys.argv[1:])
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        code = _leave_closed_pipe()
    sys.exit(int(code))


def run(arguments: list[str]) -> int:
    """One command; its exit code."""
    try:
        return int(make_app()(arguments, prog_name="vigie", standalone_mode=False) or ExitCode.done)
    except BrokenPipeError:
        return _leave_closed_pipe()
    except KeyboardInterrupt:
        return ExitCode.interrupted
    except SystemExit as end:  # how the command line library ends where the pipe was closed
        return _leave_closed_pipe() if end.code else ExitCode.done
    except (typer.Abort, EOFError):
        return ExitCode.interrupted
    except Exception as error:  # noqa: BLE001 - the outermost boundary: nobody is shown a traceback
        return _explain(error, arguments)


def _explain(error: Exception, arguments: list[str]) -> int:
    """One sentence for what ended a command, and its code."""
    for kinds, code in _ENDS:
        if isinstance(error, kinds):
            complain(str(error))
            return code
    if isinstance(error, CommandError):
        complain(str(error))
        return error.code
    if isinstance(error, TyperException):
        said = error.format_message().replace("Value error, ", "").rstrip(".")
        complain(f"{said}. `vigie {' '.join(_verbs(arguments))}--help` shows what is possible.")
        return ExitCode.usage
    if isinstance(error, OSError):
        complain(_describe(error))
        return ExitCode.unusable
    return _log_unforeseen(error, arguments)


def _describe(error: OSError) -> str:
    """What the system refused, where, and what is to be done about it."""
    if error.errno in (ENOSPC, EDQUOT):
        where = error.filename or "the data folder"
        return f"{where}: the disk is full. Make room and start again; nothing kept is lost."
    advice = " Check its owner and mount." if error.errno in (EACCES, EPERM, EROFS) else ""
    return f"{error.filename or 'the system'}: {error.strerror or error}.{advice}"


_ENDS: tuple[tuple[type[Exception] | tuple[type[Exception], ...], ExitCode], ...] = (
    ((ConfigurationError, QueryError, MailSettingsError, ObjectsInvalidError), ExitCode.usage),
    (ObjectsRefusedError, ExitCode.found_wrong),
    (KibanaError, ExitCode.unreachable),
    ((StageBusyError, IndexBusyError), ExitCode.busy),
    (WaitEndedError, ExitCode.interrupted),
    ((ArchiveError, EngineError), ExitCode.unusable),
)


def _verbs(arguments: list[str]) -> list[str]:
    """The words before the first option: the command whose help is meant."""
    verbs: list[str] = []
    for word in arguments:
        if word.startswith("-"):
            break
        verbs.append(word)
    return [*verbs[:1], ""] if verbs else []


def _log_unforeseen(error: Exception, arguments: list[str]) -> int:
    """The traceback goes to the log of the installation; where there is none, to standard error."""
    place = dict(itertools.pairwise(arguments)).get("--config")
    data = load(Path(place) if place else None).settings.data_folder
    path = log_to_file(data / LOG_FOLDER, "vigie", utc_now()) if data.is_dir() else None
    logging.getLogger("vigie").error("vigie %s", " ".join(arguments), exc_info=error)
    where = f"The details are in {path}." if path else "The details stand above."
    complain(f"A fault of the program itself ended the command ({type(error).__name__}). {where}")
    return ExitCode.unexpected


def _leave_closed_pipe() -> int:
    """Whoever read our output has left: not our fault, and nothing more can be said."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - for the flush at the very end
    return ExitCode.done


if __name__ == "__main__":
    main()
