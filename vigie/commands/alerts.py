"""`vigie alerts`: saved queries listed, tried, matched and told, looked at and audited."""

from collections import Counter
from datetime import date, datetime, time
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from archive.catalogue import outbox, saved_queries
from archive.catalogue.outbox import Message
from archive.outcomes import Outcome
from config.faults import name_nearest
from config.query import SavedQuery
from vigie import stages
from vigie.commands.pipeline import show_counts, stop_on_signal
from vigie.commands.session import AS_JSON, WAIT, open_installation
from vigie.exits import CommandError, ExitCode
from vigie.installation import Installation
from vigie.query_states import list_watches
from vigie.terminal import complain, count_words, print_json, print_rows, say, show_instant

alerts_app = typer.Typer(help="Saved queries: match, tell, try, explain, audit.", no_args_is_help=True)

QUERY = typer.Argument(help="Name of a saved query: its file without .yaml.")
TURNS_SHOWN = 3  # two show the distance, the third that it is kept
SHOWN = 20  # lines of a list of faults on a terminal; --json has all


@alerts_app.command("list")
def list_command(context: typer.Context, as_json: Annotated[bool, AS_JSON] = False) -> None:
    """List the saved queries: on or why not, when, for how many, how far matched, what waits."""
    installation = open_installation(context, log=False)
    with installation.open_catalogue() as catalogue:
        rows = list_watches(installation, catalogue)
    if as_json:
        print_json([row.as_json() for row in rows])
        return
    if not rows:
        say("There are no saved queries. docs/alerts.md tells how to write one.")
    print_rows(
        [
            (row.name, row.state, row.schedule, count_words(row.recipients, "recipient"), f"{row.told} told",
             f"{row.waiting} waiting", row.title)
            for row in rows
        ]
    )  # fmt: skip


@alerts_app.command("check")
def check_command(context: typer.Context) -> int:
    """Try every saved query on its examples, and tell when those that are on are told next.

    Exit code 2 where one cannot be asked or does otherwise than it must.
    """
    from vigie.checking import check_queries

    installation = open_installation(context, log=False)
    faults = check_queries(installation.loaded)
    for fault in faults:
        complain(f"{fault.level}: {fault}")
    on = [(name, query) for name, query in sorted(installation.queries.items()) if query.is_on]
    print_rows([(name, str(query.schedule), _next_turns(installation, query)) for name, query in on])
    tried = count_words(len(installation.queries), "saved query", "saved queries")
    say(f"{tried}, {count_words(len(faults), 'fault')}.")
    return ExitCode.usage if faults else ExitCode.done


def _next_turns(installation: Installation, query: SavedQuery) -> str:
    """The next moments at which a digest is made, as the schedule was understood."""
    if query.schedule.every == "at once":
        return "next: as soon as something is found"
    zone, turn, turns = installation.settings.clock.zone, installation.clock(), []
    for _ in range(TURNS_SHOWN):
        turn = query.schedule.next_turn(turn, zone)
        turns.append(show_instant(turn, zone))
    return f"next: {', '.join(turns)}"


@alerts_app.command("run")
def run_command(
    context: typer.Context, wait: Annotated[bool, WAIT] = False, as_json: Annotated[bool, AS_JSON] = False
) -> int:
    """Match new changes, make the digests that are due, and send what waits. The daemon does the same by itself."""
    installation = open_installation(context)
    with stop_on_signal() as stop:
        counts: Counter[str] = stages.match(installation, wait=wait, stop=stop)
        counts += stages.send(installation, wait=wait, stop=stop)
    show_counts(counts, "new matches and no messages", as_json)
    _say_paused(installation, as_json)
    if installation.settings.mail.server is None and counts[Outcome.sent.name] and not as_json:
        say(f"No mail server is set: the messages lie in {installation.settings.mail.folder}.")
    refused = counts[Outcome.mail_refused.name] + counts[Outcome.mail_given_up.name]
    return ExitCode.found_wrong if refused else ExitCode.done


def _say_paused(installation: Installation, as_json: bool) -> None:
    with installation.open_catalogue() as catalogue, catalogue.read() as transaction:
        pause = outbox.read_pause(transaction)
    if pause is not None and not as_json:
        say(f"Mail is paused ({pause.why}): nothing leaves until `vigie mail resume`.")


@alerts_app.command("outbox")
def outbox_command(
    context: typer.Context,
    state: Annotated[str | None, typer.Option(help="Only messages in this state.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Messages shown, the newest first.")] = 20,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Show messages and how each stands: attempts, next attempt, last answer."""
    installation = open_installation(context, log=False)
    with installation.open_catalogue() as catalogue, catalogue.read() as transaction:
        found = outbox.list_messages(transaction, limit=limit, state=state)
        counted = outbox.count_states(transaction)
    if as_json:
        print_json({"counts": counted, "messages": [vars(one) for one in found]})
        return
    say(", ".join(f"{count} {name}" for name, count in sorted(counted.items())) or "The outbox is empty.")
    zone = installation.settings.clock.zone
    print_rows([_row(one, zone) for one in found])


@alerts_app.command("audit")
def audit_command(
    context: typer.Context,
    since: Annotated[str | None, typer.Option(help="Only changes from this day on, YYYY-MM-DD.")] = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> int:
    """Evaluate every saved query again and compare with what was told and sent. Exit code 1 where they differ."""
    from vigie import alerting

    installation = open_installation(context, log=False)
    start = None if since is None else midnight_of(installation, "--since", since)
    with installation.open_catalogue() as catalogue:
        found = alerting.audit(installation, catalogue, start)
    if as_json:
        print_json(vars(found) | {"clean": found.is_clean})
    else:
        for what in ("missed", "extra", "unsent", "twice"):
            listed = getattr(found, what)
            for one in listed[:SHOWN]:
                complain(f"{what}: {one}")
            if len(listed) > SHOWN:
                complain(f"{what}: and {len(listed) - SHOWN} more")
        say(str(found))
        withdrawn = f", {found.withdrawn} of withdrawn documents skipped" if found.withdrawn else ""
        say(f"{count_words(found.checked, 'version')} evaluated{withdrawn}.")
        if found.left_waiting:
            say(f"No mail told of {count_words(found.left_waiting, 'match', 'matches')} of queries that ended; "
                "a query that is on again tells of its own.")  # fmt: skip
    return ExitCode.done if found.is_clean else ExitCode.found_wrong


@alerts_app.command("explain")
def explain_command(
    context: typer.Context,
    query: Annotated[str, QUERY],
    document: Annotated[str, typer.Argument(help="Id of a document, as `vigie search` shows it.")],
) -> int:
    """Say why a saved query matches a document or not: condition by condition, version by version."""
    from vigie.explaining_matches import explain_document  # it loads the templates of mails

    installation = open_installation(context, log=False)
    saved = find_configured(installation, query)
    with installation.open_catalogue() as catalogue:
        found = explain_document(installation, catalogue, query, saved, document)
    if not found.versions:
        why = "It was withdrawn: nobody is told of it." if found.hidden else "`vigie search` shows ids."
        raise CommandError(f'There is no document "{document}" to be seen. {why}')
    for note in found.notes:
        say(f"note: {note}")
    for one in found.versions:
        verdict = "matches" if one.holds else "does not match"
        say(f"version {one.change.version} ({one.change.kind}, change {one.change.seq}): {verdict}; {one.recorded}")
        say(f"  title: {one.title}")
        say(f"  text: {one.passage}")
        for depth, holds, line in one.conditions:
            say(f"  {'  ' * depth}{'yes' if holds else 'no '}  {line}")
    return ExitCode.done


@alerts_app.command("pause")
def pause_command(context: typer.Context, query: Annotated[str, QUERY]) -> None:
    """Stop matching a query; it keeps its place in the log."""
    _set_pause(context, query, pause=True)
    say(f"{query}: paused. `vigie alerts resume {query}` goes on from here.")


@alerts_app.command("resume")
def resume_command(context: typer.Context, query: Annotated[str, QUERY]) -> None:
    """Let a paused query go on from where it stopped."""
    _set_pause(context, query, pause=False)
    say(f"{query}: goes on from where it stopped.")


def _set_pause(context: typer.Context, name: str, *, pause: bool) -> None:
    installation = open_installation(context)
    find_configured(installation, name)
    with installation.open_catalogue() as catalogue, catalogue.write() as transaction:
        if saved_queries.read_query(transaction, name) is None:
            raise CommandError(f"{name}: was never matched yet. Name a recipient, then run `vigie alerts run`.")
        saved_queries.pause_query(transaction, name, installation.clock() if pause else None)


def _row(message: Message, zone: str) -> tuple[str, ...]:
    again = "" if message.next_attempt_at is None else f"next {show_instant(message.next_attempt_at, zone)}"
    return (show_instant(message.made_at, zone), message.state, message.recipient, ", ".join(message.queries), again,
            message.said or "")  # fmt: skip


def find_configured(installation: Installation, name: str) -> SavedQuery:
    """The saved query of that name, or a complaint that names the nearest."""
    if name not in installation.queries:
        hint = name_nearest(name, installation.queries)
        raise CommandError(f'There is no saved query "{name}". {hint}'.strip(), ExitCode.usage)
    return installation.queries[name]


def midnight_of(installation: Installation, option: str, day: str) -> datetime:
    """The first instant of a day that an option names, in the archive's zone."""
    try:
        return datetime.combine(date.fromisoformat(day), time(), ZoneInfo(installation.settings.clock.zone))
    except ValueError:
        raise CommandError(f'{option}: expected a day such as 2026-03-14, got "{day}".', ExitCode.usage) from None
