"""`config check`: the faults of the files, and those that only other rooms can judge, as one list."""

from config.faults import Fault
from config.loading import SETTINGS_FILE, Loaded
from crawler.scope import Scopes


def check_all(loaded: Loaded) -> tuple[Fault, ...]:
    """Every fault of every room, in the order of files and lines."""
    faults = list(loaded.faults)
    if loaded.ok:  # of a configuration with errors a part is missing, and what follows would be wrong
        faults += [*_check_contact(loaded), *_check_scopes(loaded), *check_queries(loaded)]
        faults += _check_sources_asked(loaded)
    return tuple(sorted(faults, key=lambda fault: (str(fault.file), fault.line or 0, fault.column or 0)))


def count_public_sources(loaded: Loaded) -> int:
    """How many sources that are on cannot be visited because no contact is set; 0 where one is."""
    if loaded.settings.contact is not None:
        return 0
    allowed = {pair.rpartition(":")[0].strip("[]") for pair in map(str, loaded.settings.private_hosts)}
    return sum(not source.hosts <= allowed for source in loaded.enabled)


def _check_contact(loaded: Loaded) -> list[Fault]:
    """Without a contact no public host is visited: said once, where it can be set."""
    public = count_public_sources(loaded)
    if not public:
        return []
    found = f"nothing, so that {public} of {len(loaded.enabled)} sources, those on public hosts, are not visited"
    expected = "an e-mail address or a URL by which publishers can reach you"
    file = loaded.folder / SETTINGS_FILE
    return [Fault(file, None, None, "contact", found, expected, "Set it before `make run`", "warning")]


def check_queries(loaded: Loaded) -> list[Fault]:
    """Saved queries whose words make no sense, or whose examples do otherwise than they must."""
    if not loaded.queries:
        return []
    from vigie.trying_queries import try_query  # it loads the analysis and an engine

    faults = []
    for name, query in sorted(loaded.queries.items()):
        for found, expected, advice in try_query(query, loaded.settings.limits):
            file, line = loaded.query_files[name], loaded.query_lines[name]
            faults.append(Fault(file, line, None, "query", found, expected, advice))
    return faults


def _check_sources_asked(loaded: Loaded) -> list[Fault]:
    """A source in the words of a query that is not configured: what it once brought is found, nothing new ever."""
    if not loaded.queries:
        return []
    from vigie.trying_queries import list_sources_asked

    return [
        Fault(
            loaded.query_files[name], loaded.query_lines[name], None, "query", f'"source:{source}"',
            "the id of a configured source", "`vigie sources list` shows all of them", "warning",
        )
        for name, query in sorted(loaded.queries.items())
        for source in list_sources_asked(query, loaded.settings.limits)
        if source not in loaded.sources
    ]  # fmt: skip


def _check_scopes(loaded: Loaded) -> list[Fault]:
    """An exclude pattern that names a source's own home page or entry point would throw away what it is read for."""
    scopes = Scopes(loaded.sources.values())
    faults = []
    for source in loaded.enabled:
        if source.homepage and source.include and scopes.judge(source.homepage).source is None:
            continue  # a home page outside `include` is usual: only articles lie inside
        if source.homepage and scopes.judge(source.homepage).source is None:
            found = f"{source.homepage}, which its own exclude patterns leave out"
            faults.append(
                Fault(
                    loaded.files[source.id], None, None, f"{source.id}: exclude", found,
                    "patterns that leave the home page in", "Write a longer path", "warning",
                )
            )  # fmt: skip
    return faults
