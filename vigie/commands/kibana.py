"""`vigie kibana`: bring data views, sessions and a dashboard into Kibana, and link to what a search finds there."""

from typing import Annotated

import typer

from config.faults import ConfigurationError, Fault
from config.loading import SETTINGS_FILE
from indexer.analysis import FrenchAnalyzer
from indexer.kibana.installing import Installed, install, read_objects
from indexer.kibana.objects import SavedObject
from indexer.kibana.placing import DEFAULT_SPACE, Place
from indexer.kibana.server import KibanaServer
from indexer.kibana.sessions import make_query_sessions
from vigie.commands.searching import QUERY
from vigie.commands.session import AS_JSON, open_installation
from vigie.exits import CommandError, ExitCode
from vigie.installation import Installation
from vigie.kibana_links import link_to_kibana
from vigie.searching import Asked, understand
from vigie.terminal import complain, count_words, print_json, print_rows, say

kibana_app = typer.Typer(help="Look at the cluster's entries in Kibana.", no_args_is_help=True)

SPACE = typer.Option("--space", help="URL identifier of a space of Kibana.")


@kibana_app.command("install")
def install_command(
    context: typer.Context,
    space: Annotated[str, SPACE] = DEFAULT_SPACE,
    as_json: Annotated[bool, AS_JSON] = False,
) -> int:
    """Make data views, sessions, a dashboard and one session a saved query; set what a space needs.

    Harmless when run again: objects of Vigie are replaced, settings that are right are left alone.
    """
    from vigie.trying_queries import limits_of  # it loads an engine

    installation = open_installation(context)
    place = _place(installation, space)
    limits = limits_of(installation.settings.limits)
    made = list(make_query_sessions(installation.queries, limits, installation.clock()))
    objects = (*read_objects(installation.loaded.folder), *(session for session, _ in made))
    done = install(_server(installation), place, objects)
    passing = [session.title for session, dated in made if dated]
    if as_json:
        print_json(_describe(done, place, passing))
    else:
        _show(done, place, passing)
    return ExitCode.found_wrong if done.locked else ExitCode.done


@kibana_app.command("link")
def link_command(
    context: typer.Context,
    words: Annotated[list[str], QUERY],
    since: Annotated[str | None, typer.Option("--from", help="First day, month or year: 2026-03-14, 2026-03.")] = None,
    until: Annotated[str | None, typer.Option("--to", help="Last day, month or year, included.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Only this source; may be repeated.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only this kind of publisher; may be repeated.")] = None,
    region: Annotated[list[str] | None, typer.Option(help="Only this region, as FR-BRE; may be repeated.")] = None,
    state: Annotated[list[str] | None, typer.Option(help="Only live or only removed articles.")] = None,
    past: Annotated[bool, typer.Option("--past", help="Earlier versions of edited articles too.")] = False,
    space: Annotated[str, SPACE] = DEFAULT_SPACE,
) -> None:
    """Print a link that opens Discover on exactly what `vigie search` finds."""
    installation = open_installation(context)
    place = _place(installation, space)
    query = understand(installation, " ".join(words), FrenchAnalyzer())
    asked = Asked(query.text, since, until, source or (), kind or (), region or (), state or (), past)
    with installation.open_catalogue() as catalogue:
        link = link_to_kibana(installation, catalogue, asked, query, place.space)
    for note in query.notes:
        complain(f"note: {note}")
    print(link)


def _place(installation: Installation, space: str) -> Place:
    """The space that is meant, over the indices of the settings; Kibana has nothing to look at but a cluster."""
    settings = installation.settings
    if settings.engine != "elasticsearch":
        file = installation.loaded.folder / SETTINGS_FILE
        advice = "Kibana looks at a cluster: see docs/elasticsearch.md"
        raise ConfigurationError((Fault(file, None, None, "engine", settings.engine, "elasticsearch", advice),))
    try:
        return Place(settings.elasticsearch.prefix, space)
    except ValueError as error:
        raise CommandError(f"--space: {error}.", ExitCode.usage) from None


def _server(installation: Installation) -> KibanaServer:
    said, key = installation.settings.kibana, installation.loaded.credentials.kibana_key
    return KibanaServer(said.address, key, str(said.ca_file) if said.ca_file else None)


def _show(done: Installed, place: Place, passing: list[str]) -> None:
    say(f"Kibana {done.version}, space {place.space}: {count_words(len(done.made), 'object')} made, "
        f"{len(done.replaced)} replaced, {count_words(len(done.settings), 'setting')} changed.")  # fmt: skip
    print_rows([(each.kind, each.id, each.title) for each in done.made], indent="  made      ")
    print_rows([(each.kind, each.id, each.title) for each in done.replaced], indent="  replaced  ")
    print_rows(list(done.settings.items()), indent="  set       ")
    for title in passing:
        say(f"{title}: its words depend on the present time; the session keeps those of now until it is made anew.")
    for name in done.locked:
        complain(f"{name}: kibana.yml holds another value fast; take it out of uiSettings.overrides there.")


def _describe(done: Installed, place: Place, passing: list[str]) -> dict[str, object]:
    return {
        "version": done.version,
        "space": place.space,
        "made": [_name(each) for each in done.made],
        "replaced": [_name(each) for each in done.replaced],
        "settings": dict(done.settings),
        "locked": list(done.locked),
        "of_now": passing,
    }


def _name(each: SavedObject) -> dict[str, str]:
    return {"type": each.kind, "id": each.id, "title": each.title}
