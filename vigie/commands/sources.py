"""`vigie sources`: what is configured, how it goes, and whether its addresses work."""

from collections import Counter
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from pydantic_core import PydanticCustomError

from archive.catalogue.sources import EntryPoint
from archive.catalogue.templates import TemplateState
from archive.outcomes import Outcome
from config.addresses import check_url, host_of
from config.intervals import effective_intervals, explain_source
from vigie.commands.session import AS_JSON, check_source, open_installation
from vigie.exits import CommandError, ExitCode
from vigie.installation import Installation
from vigie.proposing import propose_entry, try_addresses, write_entry
from vigie.source_health import SourceHealth, SourceReport, list_health, list_troubles, read_report
from vigie.state import Trouble
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
    zone = installation.settings.clock.zone
    with installation.open_catalogue() as catalogue:
        if failing:
            _show_troubles(list_troubles(installation, catalogue), zone, as_json)
            return
        listed = list_health(installation, catalogue)
    if as_json:
        print_json([one.as_json() for one in listed])
        return
    print_rows([_row(one, zone) for one in listed])
    on, troubled = len(installation.loaded.enabled), sum(one.trouble is not None for one in listed)
    say(f"{count_words(len(listed), 'source')}, {on} on, {troubled} not in order.")


@sources_app.command("show")
def show_command(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="Id of a source.")],
    as_json: Annotated[bool, AS_JSON] = False,
) -> None:
    """Show one source: what its entry means, how its addresses answered, its latest visits, its counts."""
    installation = open_installation(context)
    check_source(installation, source)
    with installation.open_catalogue() as catalogue:
        report = read_report(installation, catalogue, source)
    if as_json:
        print_json(report.as_json())
    else:
        _show_report(installation, report)


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


def _show_report(installation: Installation, report: SourceReport) -> None:
    zone, state = installation.settings.clock.zone, report.state
    intervals = effective_intervals(installation.sources.values(), installation.settings)
    say("\n".join(explain_source(report.source, installation.settings, intervals)))
    if state is not None:
        say(f"  last visit {show_instant(state.last_visit_at, zone)}, next {show_instant(state.next_visit_at, zone)}")
    for trouble in report.troubles:
        say(f"  {trouble.what} since {show_instant(trouble.since, zone)}: {trouble.why}")
    if report.points:
        say("\naddresses")
    print_rows([_point_row(point, zone) for point in report.points], indent="  ")
    if report.runs:
        say("\nlatest visits")
    for visit in report.runs:
        visit_counts = ", ".join(f"{count} {name}" for name, count in visit.counts.items())
        say(f"  {show_instant(visit.started_at, zone)}  {visit.outcome or 'under way'}  {visit_counts}")
    if report.quiet_looks:
        listed = ", ".join(f"{n} {name}" for name, n in Counter(report.quiet_looks).most_common())
        say(f"\nlooks without news in the last week: {listed}")
    if report.template is not None:
        say(f"\ntemplate of its pages\n  {_tell_template(report.template)}")
    if report.rejected:
        say("\nread, and no document made of it")
        print_rows([(str(n), name, Outcome[name].sentence) for name, n in report.rejected.items()], indent="  ")


def _tell_template(state: TemplateState) -> str:
    """What is known of the layout, and how often it served."""
    known = "none" if state.template is None else f"learned from {count_words(state.lessons, 'page')}"
    served = f"{count_words(state.hits, 'hit')}, {count_words(state.doubts, 'doubt')}"
    return f"{known}: {served}, {state.agreed} read both ways alike, {count_words(state.disagreements, 'disagreement')}"


def _show_troubles(troubles: tuple[Trouble, ...], zone: str, as_json: bool) -> None:
    if as_json:
        print_json([{"source": t.source, "what": t.what, "since": t.since, "why": t.why} for t in troubles])
    elif not troubles:
        say("Every source that is on works.")
    else:
        print_rows([(one.source, one.what, f"since {show_instant(one.since, zone)}", one.why) for one in troubles])


def _row(health: SourceHealth, zone: str) -> tuple[str, ...]:
    source, state = health.source, health.state
    seen = f"visited {show_instant(state.last_visit_at if state else None, zone)}"
    return source.id, source.kind, health.standing, seen, source.name


def _point_row(point: EntryPoint, zone: str) -> tuple[str, ...]:
    aside = f"set aside: {point.set_aside_why}" if point.set_aside_at else point.last_outcome or "not looked at yet"
    looks = f"{count_words(point.looks, 'look')}, last {show_instant(point.last_look_at, zone)}"
    return point.through, point.url, aside, looks
