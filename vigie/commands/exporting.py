"""`vigie export`: the hits of a search, or chosen documents, as a file in a format of others."""

import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from vigie.commands.searching import Order
from vigie.commands.session import open_installation
from vigie.exits import CommandError, ExitCode
from vigie.exports.exporting import WITH_PASSAGES, Exported, Format, Wanted, export_file
from vigie.exports.files import check_place
from vigie.exports.selection import select_documents, select_hits
from vigie.searching import Asked
from vigie.terminal import complain, count_words, say, show_bytes

QUERY = typer.Argument(metavar="QUERY...", help="What to look for, as in `vigie search`.")
FORMAT = typer.Option("--format", help="What to write; docs/exports.md says what each holds.")
OUTPUT = typer.Option("--output", help="The file to write; one of that name is replaced when the new one is whole.")
DOCUMENT = typer.Option("--document", metavar="DOCUMENT|URL", help="Only this document; may be repeated.")
TEXT = typer.Option("--text", help="Carry whole texts, of sources whose redistribution is full.")
OWN_USE = typer.Option("--own-use", help="Leave nothing out; the file is for yourself and not to be passed on.")
BOM = typer.Option("--bom", help="Begin a CSV with a byte order mark, for spreadsheets that misread accents.")


def export_command(
    context: typer.Context,
    form: Annotated[Format, FORMAT],
    output: Annotated[Path, OUTPUT],
    words: Annotated[list[str] | None, QUERY] = None,
    document: Annotated[list[str] | None, DOCUMENT] = None,
    since: Annotated[str | None, typer.Option("--from", help="First day, month or year: 2026-03-14, 2026-03.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Last day, month or year, included.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only this source; may be repeated.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only this kind of publisher; may be repeated.")] = None,
    region: Annotated[list[str] | None, typer.Option(help="Only this region, as FR-BRE; may be repeated.")] = None,
    state: Annotated[list[str] | None, typer.Option(help="Only live or only removed articles.")] = None,
    past: Annotated[bool, typer.Option("--past", help="Search earlier versions of edited articles too.")] = False,
    sort: Annotated[Order, typer.Option(help="Order of the articles.")] = "relevance",
    limit: Annotated[int | None, typer.Option(min=1, help="Take only the first ones.")] = None,
    text: Annotated[bool, TEXT] = False,
    own_use: Annotated[bool, OWN_USE] = False,
    bom: Annotated[bool, BOM] = False,
) -> None:
    """Write the articles that a search finds, or chosen ones, as table, references, press review or web archive."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # like Ctrl-C: nothing stays beside the file
    wanted = Wanted(form, text, own_use, bom)
    wanted.check()
    check_place(output)
    query = " ".join(words or ())
    asked = Asked(query, since, until, source or (), kind or (), region or (), state or (), past, sort)
    _check_choice(asked, document or [], limit)
    installation = open_installation(context)
    passages = form in WITH_PASSAGES
    with installation.open_catalogue() as catalogue:
        if document:
            selection = select_documents(catalogue, document, passages=passages)
        else:
            with installation.open_engine() as engine:
                selection = select_hits(installation, catalogue, engine, asked, limit=limit, passages=passages)
        done = export_file(output, catalogue, installation.sources, selection, wanted, installation.clock())
    _tell(done, output)


def _check_choice(asked: Asked, document: list[str], limit: int | None) -> None:
    """Either a search with its filters or documents."""
    if bool(asked.query) == bool(document):
        raise CommandError("Expected a query or --document, one of the two.", ExitCode.usage)
    if document and (asked != Asked("") or limit is not None):
        raise CommandError("--document: takes no filter, order or limit; those narrow a query.", ExitCode.usage)


def _tell(done: Exported, output: Path) -> None:
    say(f"{count_words(done.articles, 'article')} written to {output} ({show_bytes(done.size_bytes)}).")
    if done.without_text:
        complain(f"Without the text, since `redistribution` is not full: {_list(done.without_text)}.")
    if done.left_out:
        complain(f"Left out, since `redistribution` is not full: {_list(done.left_out)}. --own-use takes them in.")


def _list(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ({count})" for name, count in sorted(counts.items()))
