"""`vigie init` and `vigie config`: what stands before the first crawl."""

import shutil
from pathlib import Path
from typing import Annotated

import typer
import yaml

import config
from archive.catalogue import create_catalogue
from config.faults import Fault
from config.intervals import effective_intervals, explain_source
from config.loading import SETTINGS_FILE, SOURCES_FOLDER, find_folder, load, load_valid
from config.queries import QUERIES_FOLDER
from config.reference import render_settings
from indexer.engines.base import IndexUnusableError
from vigie import stages
from vigie.checking import check_all, count_public_sources
from vigie.commands.session import AS_JSON, check_source, config_folder
from vigie.exits import ExitCode
from vigie.installation import Installation
from vigie.logs import log_to_file
from vigie.terminal import complain, count_words, print_json, say

config_app = typer.Typer(help="Check, show and explain the configuration.", no_args_is_help=True)

_VERDICTS = {
    True: "a saved query that cannot be asked is disabled until it is mended, everything else starts",
    False: "nothing starts before the errors are mended",
}


def init_command(context: typer.Context) -> None:
    """Make what is missing: configuration, data folder, catalogue, search index. Harmless when run again.

    A catalogue of an older version is brought up to date; a copy of it is kept beside it.
    """
    folder = config_folder(context) or find_folder()
    for made in _write_missing(folder):
        say(f"{made}: written")
    installation = Installation(load_valid(folder))
    catalogue = create_catalogue(installation.folder)
    log_to_file(installation.log_folder, "vigie", installation.clock())
    try:
        prepared = stages.prepare(installation, catalogue)
    finally:
        catalogue.close()
    say(f"{installation.folder}: catalogue ready, {count_words(prepared.registered.visited, 'source')} to visit")
    for repair in prepared.repairs:
        say(repair)
    _make_index(installation)
    if unreachable := count_public_sources(installation.loaded):
        unvisited = count_words(unreachable, "source") + " on public hosts"
        say(f"{unvisited} will not be visited until `contact` is set in {folder / SETTINGS_FILE}.")


def _write_missing(folder: Path) -> list[Path]:
    """Settings with every default, and the sources and saved queries that come with Vigie, where there are none."""
    made = []
    settings = folder / SETTINGS_FILE
    if not settings.exists():
        folder.mkdir(parents=True, exist_ok=True)
        settings.write_text(render_settings(), encoding="utf-8")
        made.append(settings)
    if not (folder / SOURCES_FOLDER).exists():  # queries come with a fresh configuration; who removed them meant it
        for part in (SOURCES_FOLDER, QUERIES_FOLDER):
            shipped, own = Path(config.__path__[0]) / part, folder / part
            if not own.exists() and shipped.is_dir():
                shutil.copytree(shipped, own)
                made.append(own)
    return made


def _make_index(installation: Installation) -> None:
    """An index that is there and fits stays as it is."""
    with installation.open_engine() as engine:
        try:
            engine.checkpoint()
            return
        except IndexUnusableError:
            pass
    stages.project(installation, wait=True)


@config_app.command("check")
def check_command(context: typer.Context, as_json: Annotated[bool, AS_JSON] = False) -> int:
    """Read every file of the configuration and show all faults at once. Exit code 2 where one is an error."""
    loaded = load(config_folder(context))
    faults = check_all(loaded)
    sound = not any(fault.level == "error" for fault in faults)
    if as_json:
        print_json({"ok": sound, "sources": len(loaded.sources), "faults": [_describe(fault) for fault in faults]})
    else:
        _show_faults(faults)
        verdict = "nothing keeps it from starting" if sound else _VERDICTS[loaded.ok]
        say(f"{loaded.folder}: {count_words(len(loaded.sources), 'source')}, {len(loaded.enabled)} visited; {verdict}.")
    return ExitCode.done if sound else ExitCode.usage


@config_app.command("show")
def show_command(context: typer.Context, as_json: Annotated[bool, AS_JSON] = False) -> None:
    """Print the settings in force, defaults included."""
    settings = load_valid(config_folder(context)).settings.model_dump(mode="json")
    if settings["web"]["password_hash"]:
        settings["web"]["password_hash"] = "(set)"
    if as_json:
        print_json(settings)
    else:
        say(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False).rstrip())


@config_app.command("explain")
def explain_command(
    context: typer.Context,
    source: Annotated[list[str] | None, typer.Argument(help="Ids of sources; none means all.")] = None,
) -> None:
    """Tell what follows from the entry of a source: scope, zone, interval, delay."""
    installation = Installation(load_valid(config_folder(context)))
    for name in source or ():
        check_source(installation, name)
    intervals = effective_intervals(installation.sources.values(), installation.settings)
    for name in source or sorted(installation.sources):
        say("\n".join(explain_source(installation.sources[name], installation.settings, intervals)))


def _show_faults(faults: tuple[Fault, ...]) -> None:
    for fault in faults:
        complain(f"{fault.level}: {fault}")


def _describe(fault: Fault) -> dict[str, object]:
    return {
        "level": fault.level, "file": str(fault.file), "line": fault.line, "column": fault.column, "key": fault.key,
        "found": fault.found, "expected": fault.expected, "advice": fault.advice,
    }  # fmt: skip
