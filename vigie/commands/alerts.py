"""`vigie alerts`: saved queries listed, tried, matched and told, looked at and audited."""

from collections import Counter
from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from archive.catalogue import matches, outbox, saved_queries
from archive.catalogue.changed_entries import read_changed_entries
from archive.catalogue.changes import read_changes_of
from archive.catalogue.outbox import Message
from archive.outcomes import Outcome
from config.faults import ConfigurationError, name_nearest
from config.loading import read_query_file
from config.query import SavedQuery
from vigie import stages
from vigie.commands.pipeline import show_counts, stop_on_signal
from vigie.commands.session import AS_JSON, WAIT, open_installation
from vigie.exits import CommandError, ExitCode
from vigie.installation import Installation
from vigie.query_states import list_watches
from vigie.terminal import complain, count_words, print_json, print_rows, say, show_instant, show_progress

alerts_app = typer.Typer(help="Saved queries: match, tell, try, explain, audit.", no_args_is_help=True)

QUERY = typer.Argument(help="Name of a saved query: its file without .yaml.")
FILE = typer.Argument(help="File of a saved query; it need not lie in the configuration.")
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
    """Try every saved query on its examples. Exit code 2 where one cannot be asked or does otherwise than it must."""
    from vigie.checking import check_queries

    installation = open_installation(context, log=False)
    faults = check_queries(installation.loaded)
    for fault in faults:
        complain(f"{fault.level}: {fault}")
    tried = count_words(len(installation.queries), "saved query", "saved queries")
    say(f"{tried}, {count_words(len(faults), 'fault')}.")
    return ExitCode.usage if faults else ExitCode.done


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
    if installation.settings.mail.server is None and counts[Outcome.sent.name] and not as_json:
        say(f"No mail server is set: the messages lie in {installation.settings.mail.folder}.")
    refused = counts[Outcome.mail_refused.name] + counts[Outcome.mail_given_up.name]
    return ExitCode.found_wrong if refused else ExitCode.done


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
    start = None if since is None else _midnight(installation, since)
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
    return ExitCode.done if found.is_clean else ExitCode.found_wrong


@alerts_app.command("backtest")
def backtest_command(
    context: typer.Context,
    file: Annotated[Path, FILE],
    days: Annotated[int, typer.Option(min=1, max=36500, help="Days of the log to replay.")] = 90,
    as_json: Annotated[bool, AS_JSON] = False,
) -> int:
    """Say what a query would have told: matches a week, the biggest day, examples of each month."""
    from vigie import alerting

    installation = open_installation(context, log=False)
    query = _read_query(file)
    with installation.open_catalogue() as catalogue, show_progress("changes replayed") as advance:
        found = alerting.backtest(installation, catalogue, query, file.stem, days=days, report=advance)
    if as_json:
        print_json(vars(found))
        return ExitCode.done
    told = found.outcomes[Outcome.told.name]
    say(f"{count_words(found.changes, 'version')} of {count_words(days, 'day')}: {told} told, "
        f"{found.outcomes[Outcome.counted.name]} counted, {found.outcomes[Outcome.already_told.name]} already told; "
        f"{told * 7 / days:.1f} a week on average.")  # fmt: skip
    if found.by_day:
        day, count = max(found.by_day.items(), key=lambda item: (item[1], item[0]))
        say(f"The biggest day is {day} with {count}.")
    for month, lines in sorted(found.examples.items()):
        say(f"\n{month}")
        print_rows(lines, indent="  ")
    return ExitCode.done


@alerts_app.command("explain")
def explain_command(
    context: typer.Context,
    query: Annotated[str, QUERY],
    document: Annotated[str, typer.Argument(help="Id of a document, as `vigie search` shows it.")],
) -> int:
    """Say why a saved query matches a document or not: condition by condition, version by version."""
    from vigie.explaining_matches import explain_match

    installation = open_installation(context, log=False)
    saved = _configured(installation, query)
    with installation.open_catalogue() as catalogue, catalogue.read() as transaction:
        changes = [
            one for one in read_changes_of(transaction, document) if one.kind in ("new", "edited", "older_found")
        ]
        rows = read_changed_entries(transaction, changes)
        recorded = {
            one.seq: one.outcome
            for change in changes
            for one in matches.list_matches(transaction, query, after=change.seq - 1, up_to=change.seq)
            if one.document == document
        }
    if not rows:
        raise CommandError(f'There is no document "{document}" to be seen. `vigie search` shows ids.')
    for change in changes:
        if change.seq in rows:
            say(f"version {change.version} ({change.kind}, change {change.seq}): "
                f"recorded as {recorded.get(change.seq, 'no match')}")  # fmt: skip
            for depth, holds, line in explain_match(saved, query, rows[change.seq], change.at, installation):
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
    _configured(installation, name)
    with installation.open_catalogue() as catalogue, catalogue.write() as transaction:
        if saved_queries.read_query(transaction, name) is None:
            raise CommandError(f"{name}: was never matched yet. Name a recipient, then run `vigie alerts run`.")
        saved_queries.pause_query(transaction, name, installation.clock() if pause else None)


def _row(message: Message, zone: str) -> tuple[str, ...]:
    again = "" if message.next_attempt_at is None else f"next {show_instant(message.next_attempt_at, zone)}"
    return (show_instant(message.made_at, zone), message.state, message.recipient, ", ".join(message.queries), again,
            message.said or "")  # fmt: skip


def _configured(installation: Installation, name: str) -> SavedQuery:
    if name not in installation.queries:
        hint = name_nearest(name, installation.queries)
        raise CommandError(f'There is no saved query "{name}". {hint}'.strip(), ExitCode.usage)
    return installation.queries[name]


def _read_query(file: Path) -> SavedQuery:
    query, faults = read_query_file(file)
    if query is None:
        raise ConfigurationError(faults)
    return query


def _midnight(installation: Installation, day: str) -> datetime:
    try:
        return datetime.combine(date.fromisoformat(day), time(), ZoneInfo(installation.settings.clock.zone))
    except ValueError:
        raise CommandError(f'--since: expected a day such as 2026-03-14, got "{day}".', ExitCode.usage) from None
