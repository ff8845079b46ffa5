"""`vigie search` and `vigie explain`."""

import sys
from typing import Annotated, Literal

import typer

from indexer.analysis import FrenchAnalyzer
from indexer.document import FACETS, IndexEntry
from indexer.engines.base import MAX_WINDOW
from indexer.highlight import Snippet
from vigie.commands.session import AS_JSON, open_installation
from vigie.searching import Answer, Asked, DateField, search, understand
from vigie.terminal import count_words, one_line, plain, print_json, print_rows, say, show_day

QUERY = typer.Argument(metavar="QUERY...", help="What to look for; docs/query-language.md has every form.")
Order = Literal["relevance", "newest", "oldest"]
Bin = Literal["day", "week", "month"]
MAX_LIMIT = 1000  # each hit's text is read; more is for `--offset` or an export

_ORIGINS = {
    "json_ld": "stated in the page's data",
    "meta": "stated in the page's head",
    "feed": "from the feed",
    "sitemap": "from the sitemap",
    "listing": "from the listing page",
    "url": "read in the address",
    "page": "read on the page",
    "header": "from the server",
    "pdf": "stated in the PDF",
    "first_seen": "when first seen; the page gives no usable date",
}


def search_command(
    context: typer.Context,
    words: Annotated[list[str], QUERY],
    since: Annotated[str | None, typer.Option("--from", help="First day, month or year: 2026-03-14, 2026-03.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Last day, month or year, included.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only this source; may be repeated.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only this kind of publisher; may be repeated.")] = None,
    region: Annotated[list[str] | None, typer.Option(help="Only this region, as FR-BRE; may be repeated.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="Only this language, as fr; may be repeated.")] = None,
    state: Annotated[list[str] | None, typer.Option(help="Only live or only removed articles.")] = None,
    by: Annotated[DateField, typer.Option(help="The date that --from and --to bound.")] = "date",
    past: Annotated[bool, typer.Option("--past", help="Search earlier versions of edited articles too.")] = False,
    sort: Annotated[Order, typer.Option(help="Order of the hits.")] = "relevance",
    limit: Annotated[int, typer.Option(min=0, max=MAX_LIMIT, help="Hits on a page.")] = 10,
    offset: Annotated[int, typer.Option(min=0, max=MAX_WINDOW - MAX_LIMIT, help="Hits to leave out first.")] = 0,
    facets: Annotated[bool, typer.Option("--facets", help="Count all hits by source, kind, region and so on.")] = False,
    histogram: Annotated[Bin | None, typer.Option(help="Count all hits by day, week or month.")] = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Search the archive: title, source, date, the passage that matches, address and capture of each hit."""
    installation = open_installation(context)
    asked = Asked(
        " ".join(words), since, until, source or (), kind or (), region or (), state or (), past, sort, limit, offset,
        FACETS if facets else (), histogram, language or (), by,
    )  # fmt: skip
    with installation.open_catalogue() as catalogue, installation.open_engine() as engine:
        answer = search(installation, catalogue, engine, asked)
    if as_json:
        print_json(answer.as_json())
    else:
        _show(answer, asked)


def explain_command(
    context: typer.Context,
    words: Annotated[list[str], QUERY],
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Show how a query is understood: its tree, the words after analysis, what the index is asked."""
    query = " ".join(words)
    understood = understand(open_installation(context), query, FrenchAnalyzer())
    if as_json:
        print_json({"query": query, "explanation": understood.explain(), "notes": understood.notes})
    else:
        say("\n".join(understood.explain()))


def _show(answer: Answer, asked: Asked) -> None:
    for note in answer.query.notes:
        say(f"note: {note}")
    shown = len(answer.hits)
    which = "" if shown == answer.total else f", {asked.offset + 1} to {asked.offset + shown} shown" if shown else ""
    say(f"{count_words(answer.total, 'hit')}{which} ({answer.took_ms:.0f} ms)")
    for hit in answer.hits:
        entry = hit.entry
        say()
        print(_mark(hit.title))
        say(f"  {entry.source_name} · {show_date(entry)}{_labels(entry)}")
        print(f"  {_mark(hit.snippet)}")
        say(f"  {entry.url}")
        say(f"  document {entry.document}, capture {entry.capture}")
    for name, values in answer.facets.items():
        say(f"\n{name}")
        print_rows([(value, str(count)) for value, count in values.items()], indent="  ")
    if answer.histogram:
        say(f"\nby {asked.histogram}")
        print_rows([(start.isoformat(), str(count)) for start, count in answer.histogram.items()], indent="  ")


def show_date(entry: IndexEntry) -> str:
    """The entry's date as precise as it is, and where it comes from."""
    return f"{show_day(entry.date, entry.date_precision)} ({_ORIGINS.get(entry.date_origin, entry.date_origin)})"


def _labels(entry: IndexEntry) -> str:
    labels = [
        "removed by the publisher" * (entry.state == "removed"),
        f"version {entry.version}" * entry.edited,
        "an earlier version" * (not entry.current),
        "behind a paywall" * entry.paywalled,
    ]
    return "".join(f" · {label}" for label in labels if label)


def _mark(piece: Snippet) -> str:
    """The text on one line with what matches set off: bold on a terminal, in brackets elsewhere."""
    before, after = ("\x1b[1m", "\x1b[0m") if sys.stdout.isatty() else ("[", "]")
    parts, place = [], 0
    for start, end in piece.spans:
        parts += [_flat(piece.text[place:start]), before, _flat(piece.text[start:end]), after]
        place = end
    return "".join([*parts, _flat(piece.text[place:])])


def _flat(text: str) -> str:
    """Without line ends and control characters; blanks at the ends stay, since pieces are joined."""
    body = one_line(text)
    left = " " if text[:1].isspace() else ""
    right = " " if body and text[-1:].isspace() else ""
    return plain(f"{left}{body}{right}")
