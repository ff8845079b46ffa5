"""`vigie sources`: what is configured, how it goes, and whether its addresses work."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
from pydantic_core import PydanticCustomError

from archive.catalogue import Catalogue, captures, runs, sources
from archive.catalogue.sources import EntryPoint, SourceState
from archive.outcomes import Outcome
from config.addresses import check_url, host_of
from config.intervals import effective_intervals, explain_source
from config.source import Source
from vigie.commands.session import AS_JSON, check_source, open_installation
from vigie.exits import CommandError, ExitCode
from vigie.installation import Installation
from vigie.proposing import propose_entry, try_addresses, write_entry
from vigie.state import Trouble, find_troubles
from vigie.terminal import complain, count_words, print_json, print_rows, say, show_instant

sources_app = typer.Typer(help="List, show, try and add sources.", no_args_is_help=True)


@sources_app.command("list")
def list_command(
    context: typer.Context,
    failing: Annotated[
        bool, typer.Option("--failing", help="Only those that are failing, blocked or set aside.")
    ] = False,
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """List the sources with their state; `--failing` says since when and why something does not work."""
    installation = open_installation(context)
    with installation.open_catalogue() as catalogue:
        states, points = _read_all(catalogue)
    on = {source.id: source for source in installation.loaded.enabled}
    troubles = find_troubles(
        [one for one in states.values() if one.id in on], [p for p in points if p.source in on], on
    )
    if failing:
        _show_troubles(troubles, installation.settings.clock.zone, as_json)
        return
    troubled = {trouble.source: trouble for trouble in reversed(troubles)}
    chosen = [installation.sources[name] for name in sorted(installation.sources)]
    if as_json:
        print_json([_describe(source, states.get(source.id), troubled.get(source.id)) for source in chosen])
        return
    zone = installation.settings.clock.zone
    print_rows([_row(source, states.get(source.id), troubled.get(source.id), zone) for source in chosen])
    say(f"{count_words(len(chosen), 'source')}, {len(on)} on, {len(troubled)} not in order.")


@sources_app.command("show")
def show_command(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="Id of a source.")],
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Show one source: what its entry means, how its addresses answered, its latest visits, its counts."""
    installation = open_installation(context)
    check_source(installation, source)
    configured = installation.sources[source]
    with installation.open_catalogue() as catalogue, catalogue.read() as transaction:
        state = sources.read_source(transaction, source)
        points = sources.list_entry_points(transaction, source)
        visits = runs.list_runs(transaction, source_id=source, limit=10)
        week = (installation.clock() - timedelta(days=7)).date().isoformat()
        counts = Counter(runs.read_day_counts(transaction, week, source))
        rejected = captures.count_rejected(transaction, source)
    if as_json:
        entry = configured.model_dump(mode="json")
        print_json({"source": entry, "state": state, "entry_points": points, "runs": visits, "rejected": rejected})
        return
    zone = installation.settings.clock.zone
    intervals = effective_intervals(installation.sources.values(), installation.settings)
    say("\n".join(explain_source(configured, installation.settings, intervals)))
    if state is not None:
        say(f"  last visit {show_instant(state.last_visit_at, zone)}, next {show_instant(state.next_visit_at, zone)}")
    for trouble in find_troubles([state] if state else [], points, {source: configured}):
        say(f"  {trouble.what} since {show_instant(trouble.since, zone)}: {trouble.why}")
    if points:
        say("\naddresses")
    print_rows([_point_row(point, zone) for point in points], indent="  ")
    if visits:
        say("\nlatest visits")
    for visit in visits:
        visit_counts = ", ".join(f"{count} {name}" for name, count in visit.counts.items())
        say(f"  {show_instant(visit.started_at, zone)}  {visit.outcome or 'under way'}  {visit_counts}")
    if counts:
        say("\nlooks without news in the last week: " + ", ".join(f"{n} {name}" for name, n in counts.most_common()))
    if rejected:
        say("\nread, and no document made of it")
        print_rows([(str(count), name, Outcome[name].sentence) for name, count in rejected.items()], indent="  ")


@sources_app.command("try")
def try_command(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="Id of a source.")],
    as_json: Annotated[bool, AS_JSON] = False,
) -> int:
    """Fetch robots.txt and each address of a source once, politely, and say which work. Nothing is kept."""
    installation = open_installation(context)
    check_source(installation, source)
    configured = installation.sources[source]
    if not configured.entry_points:
        raise CommandError(f"{source}: has no address to try. {configured.reason or ''}".rstrip(), ExitCode.usage)
    tried = []
    for one in try_addresses(installation, ["--source", source]):
        tried.append(one)
        if not as_json:
            _show_tried(one)
    if as_json:
        print_json(tried)
    addresses = [one for one in tried if one["through"] != "robots"]
    working = sum(bool(one["works"]) for one in addresses)
    if not as_json:
        say(f"Addresses that work: {working} of {len(addresses)}.")
    return ExitCode.done if working else ExitCode.unreachable


@sources_app.command("add")
def add_command(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="The home page of a publisher.")],
    as_json: Annotated[bool, AS_JSON] = False,
) -> int:
    """Find feeds and sitemaps from a home page and print an entry to review and put into a file under sources/."""
    installation = open_installation(context)
    _check_homepage(url)
    _check_contact(installation, url)
    tried = []
    for one in try_addresses(installation, ["--url", url]):
        tried.append(one)
        if not as_json:
            complain(_tell_tried(one))
    entry = propose_entry(url, tried, set(installation.sources))
    if as_json:
        print_json({"entry": entry, "tried": tried})
    elif entry is not None:
        say(write_entry(entry).rstrip())
    if entry is None:
        complain("No feed, sitemap or listing was found there; nothing is proposed.")
        return ExitCode.unreachable
    return ExitCode.done


def _check_homepage(url: str) -> None:
    try:
        check_url(url)
    except PydanticCustomError as error:
        given = error.context or {}
        advice = f" {given['advice']}" if given.get("advice") else ""
        raise CommandError(f'URL: expected {given["expected"]}, got "{url}".{advice}', ExitCode.usage) from None


def _check_contact(installation: Installation, url: str) -> None:
    """Without a contact address only the private hosts of the settings are asked."""
    private = {place.rpartition(":")[0] for place in installation.settings.private_hosts}
    if installation.settings.contact is None and host_of(url) not in private:
        complaint = (
            "settings.yaml: contact: no public host is visited before it is set. Give an e-mail address or a URL."
        )
        raise CommandError(complaint, ExitCode.usage)


def _show_tried(one: Mapping[str, Any]) -> None:
    say(_tell_tried(one))


def _tell_tried(one: Mapping[str, Any]) -> str:
    """One line on one address."""
    held = f"{one['entries']} entries" if one["entries"] else one["detail"] or Outcome[one["outcome"]].sentence
    newest = f", newest of {one['newest'][:10]}" if one["newest"] else ""
    moved = f", moved to {one['moved_to']}: put that into the entry" if one["moved_to"] else ""
    verdict = "works" if one["works"] else "no"
    return f"{verdict:<6} {one['through']:<8} {one['url']}  {one['outcome']}: {held}{newest}{moved}"


def _read_all(catalogue: Catalogue) -> tuple[dict[str, SourceState], list[EntryPoint]]:
    with catalogue.read() as transaction:
        return {state.id: state for state in sources.list_states(transaction)}, sources.list_entry_points(transaction)


def _show_troubles(troubles: tuple[Trouble, ...], zone: str, as_json: bool) -> None:
    if as_json:
        print_json([{"source": t.source, "what": t.what, "since": t.since, "why": t.why} for t in troubles])
    elif not troubles:
        say("Every source that is on works.")
    else:
        print_rows([(one.source, one.what, f"since {show_instant(one.since, zone)}", one.why) for one in troubles])


def _describe(source: Source, state: SourceState | None, trouble: Trouble | None) -> dict[str, object]:
    return {
        "id": source.id, "name": source.name, "kind": source.kind, "enabled": source.enabled, "reason": source.reason,
        "unverified": source.unverified, "entry_points": len(source.entry_points),
        "last_visit_at": _iso(state.last_visit_at if state else None),
        "next_visit_at": _iso(state.next_visit_at if state else None),
        "trouble": trouble.what if trouble else None,
    }  # fmt: skip


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


def _row(source: Source, state: SourceState | None, trouble: Trouble | None, zone: str) -> tuple[str, ...]:
    said = trouble.what.partition(":")[0] if trouble else ("on" if source.enabled else "off")
    seen = f"visited {show_instant(state.last_visit_at if state else None, zone)}"
    return source.id, source.kind, said, seen, source.name


def _point_row(point: EntryPoint, zone: str) -> tuple[str, ...]:
    aside = f"set aside: {point.set_aside_why}" if point.set_aside_at else point.last_outcome or "not looked at yet"
    looks = f"{count_words(point.looks, 'look')}, last {show_instant(point.last_look_at, zone)}"
    return point.through, point.url, aside, looks
