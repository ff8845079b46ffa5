"""`vigie extract`: everything that waits, or what would be taken from pages saved as files."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from archive.catalogue import captures
from archive.outcomes import Outcome
from crawler.urls import clean
from vigie import stages
from vigie.commands.pipeline import leave_with_daemon, show_counts, stop_on_signal
from vigie.commands.session import AS_JSON, WAIT, open_installation
from vigie.exits import CommandError, ExitCode
from vigie.installation import Installation
from vigie.saved_pages import extract_saved_pages
from vigie.terminal import one_line, print_json, print_json_line, print_rows, say, show_progress

FILE = typer.Option("--file", help="Only show what would be taken from this saved page; may be repeated.")
URL = typer.Option("--url", help="The address of the saved page, one for each --file, in the same order.")


def extract_command(
    context: typer.Context,
    again: Annotated[bool, typer.Option("--again", help="Also captures that an older extractor read.")] = False,
    file: Annotated[list[Path] | None, FILE] = None,
    url: Annotated[list[str] | None, URL] = None,
    wait: Annotated[bool, WAIT] = False,
    as_json: Annotated[bool, AS_JSON] = False,
) -> int:
    """Take text, title, authors and dates from every capture that waits. Beside a daemon `--again` is left with it.

    With `--file` and `--url` nothing is kept: what would be taken is shown, with every claim and the rule that chose;
    with `--json` one line for each of several files.
    """
    installation = open_installation(context)
    if file or url:
        if again:
            raise CommandError("--again and --file: expected one of them.", ExitCode.usage)
        return _show_saved(installation, _pair(file or [], url or []), as_json)
    if again and leave_with_daemon(installation, stages.EXTRACT_AGAIN, {}, as_json):
        return ExitCode.done
    return _extract_waiting(installation, again=again, wait=wait, as_json=as_json)


def _extract_waiting(installation: Installation, *, again: bool, wait: bool, as_json: bool) -> int:
    with installation.open_catalogue() as catalogue, catalogue.read() as transaction:
        waiting = captures.count_to_extract(transaction)
    with stop_on_signal() as stop, show_progress("captures read") as advance:
        done = 0

        def report(capture: captures.Capture, outcome: Outcome) -> None:
            nonlocal done
            done += 1
            advance(done, None if again else max(waiting, done))

        counts = stages.extract(installation, again=again, wait=wait, stop=stop, report=report)
    show_counts(counts, "captures", as_json)
    return ExitCode.interrupted if stop() else ExitCode.done


def _pair(files: Sequence[Path], urls: Sequence[str]) -> list[tuple[Path, str]]:
    """Each file with its address; refuses what does not fit together."""
    if len(files) != len(urls):
        found = f"{len(files)} and {len(urls)}"
        raise CommandError(f"--file and --url: expected one address for each file, got {found}.", ExitCode.usage)
    for file in files:
        if not file.is_file():
            found = "a folder" if file.is_dir() else "nothing"
            raise CommandError(f"{file}: expected a saved page, found {found}.", ExitCode.usage)
    cleaned = [clean(url) for url in urls]
    for url, usable in zip(urls, cleaned, strict=True):
        if usable is None:
            raise CommandError(f'--url: expected an http or https URL, got "{one_line(url)[:200]}".', ExitCode.usage)
    return [(file, url) for file, url in zip(files, cleaned, strict=True) if url is not None]


def _show_saved(installation: Installation, pages: Sequence[tuple[Path, str]], as_json: bool) -> int:
    taken = 0
    for told in extract_saved_pages(installation, pages):
        taken += told["extraction"] is not None
        if not as_json:
            _show_one(told)
        elif len(pages) == 1:
            print_json(told)
        else:
            print_json_line(told)
    return ExitCode.done if taken == len(pages) else ExitCode.found_wrong


def _show_one(told: Mapping[str, Any]) -> None:
    content = told["extraction"]
    say(f"{told['file']}: {told['outcome']}{': ' + told['detail'] if told['detail'] else ''}")
    if content is None:
        _show_claims(told["claims"])
        return
    rows = [(name, _value(content[name])) for name in (
        "title", "authors", "published_at", "published_precision", "modified_at", "language", "section", "tags",
        "paywalled", "canonical_url",
    )]  # fmt: skip
    print_rows(rows, indent="  ")
    _show_claims(content["claims"])
    say(f"\n{content['text']}\n")


def _show_claims(claims: Iterable[Mapping[str, Any]]) -> None:
    for one in claims:
        chosen = f"*{one['rule']}" if one["chosen"] else one["doubt"] or ""
        print_rows([(one["field"], one["origin"], one["text"][:80], one["value"] or "-", chosen)], indent="  ")


def _value(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple | list) else "-" if value is None else str(value)
