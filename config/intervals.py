"""How often each source can be visited, given how many share a host.

A host is asked one thing at a time with a pause between, so a hundred feeds on one host cannot all be read every few
minutes. Where the visits would take more than a share of the interval, the interval is lengthened, and said.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from config.addresses import host_of
from config.faults import Fault
from config.models import Settings
from config.quantities import format_duration
from config.source import Source

# intervals people use; a lengthened one is the next of these
STEPS = tuple(
    timedelta(minutes=minutes)
    for minutes in (1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1440)
)


@dataclass(frozen=True)
class HostLoad:
    """What the due visits of one host's sources ask of it.

    `share` is the part of all time that its entry points take at their written intervals; `factor` is by how much
    intervals must grow for it to be within the allowed share, at least 1.
    """

    host: str
    entry_points: int
    share: float
    factor: float
    sources: tuple[str, ...]


def measure_loads(sources: Iterable[Source], settings: Settings) -> dict[str, HostLoad]:
    """Add up the entry points of enabled sources by host."""
    points: dict[str, list[Source]] = defaultdict(list)
    for source in sources:
        if source.enabled:
            for point in source.entry_points:
                points[host_of(point.url)].append(source)
    return {host: _measure(host, holders, settings) for host, holders in points.items()}


def _measure(host: str, holders: list[Source], settings: Settings) -> HostLoad:
    share = sum(settings.delay_of(source) / source.interval for source in holders)
    factor = max(1.0, share / settings.politeness.host_load_share)
    return HostLoad(host, len(holders), share, factor, tuple(sorted({source.id for source in holders})))


def effective_intervals(sources: Iterable[Source], settings: Settings) -> dict[str, timedelta]:
    """Give each enabled source the interval at which it can be visited: its own, or a longer one its host can carry."""
    known = {source.id: source for source in sources if source.enabled}
    factors: dict[str, float] = dict.fromkeys(known, 1.0)
    for load in measure_loads(known.values(), settings).values():
        for source_id in load.sources:
            factors[source_id] = max(factors[source_id], load.factor)
    return {source_id: _lengthen(source.interval, factors[source_id]) for source_id, source in known.items()}


def carried_intervals(sources: Iterable[Source], settings: Settings) -> dict[str, timedelta]:
    """Give each enabled source the shortest interval that its hosts can carry, were all their sources as often visited.

    Intervals adapt; below this one a host with many entry points would be asked more than its share of the time.
    """
    known = {source.id: source for source in sources if source.enabled}
    shares: dict[str, float] = dict.fromkeys(known, 0.0)
    for load in measure_loads(known.values(), settings).values():
        for source_id in load.sources:
            shares[source_id] = max(shares[source_id], load.share / settings.politeness.host_load_share)
    return {source_id: source.interval * shares[source_id] for source_id, source in known.items()}


def _lengthen(interval: timedelta, factor: float) -> timedelta:
    if factor <= 1:
        return interval
    needed = interval * factor
    fitting = [step for step in STEPS if step >= needed]
    return fitting[0] if fitting else timedelta(days=-(-needed // timedelta(days=1)))


def warn_of_loads(sources: Iterable[Source], settings: Settings, file: Path) -> list[Fault]:
    """Warn of each host whose sources' intervals are lengthened."""
    known = {source.id: source for source in sources}
    intervals = effective_intervals(known.values(), settings)
    loads = measure_loads(known.values(), settings)
    crowded = [load for _, load in sorted(loads.items()) if load.factor > 1]
    return [_warn(load, known, intervals, settings, file) for load in crowded]


def _warn(
    load: HostLoad, known: Mapping[str, Source], intervals: Mapping[str, timedelta], settings: Settings, file: Path
) -> Fault:
    shortest = min((known[source_id] for source_id in load.sources), key=lambda source: source.interval)
    found = (
        f"{load.entry_points} entry points of {len(load.sources)} sources, which take {load.share:.0%} of the time "
        f"at the intervals written (every {format_duration(shortest.interval)} or more)"
    )
    expected = f"visits to {load.host} that take at most {settings.politeness.host_load_share:.0%} of the time"
    lengthened = format_duration(intervals[shortest.id])
    return Fault(file, None, None, "interval", found, expected, f"Lengthened to {lengthened} or more", "warning")


def explain_source(source: Source, settings: Settings, intervals: Mapping[str, timedelta]) -> list[str]:
    """Tell in lines what follows from a source's entry: scope, zone, interval, delay."""
    effective = intervals.get(source.id, source.interval)
    shortest, longest = settings.interval_bounds_of(source)
    lines = [
        f"{source.id}: {source.name} ({source.kind}), {_explain_state(source)}",
        f"  scope: {_explain_scope(source)}",
        f"  entry points: {_explain_entry_points(source)}",
        f"  zone: {source.zone}",
        f"  interval: {format_duration(source.interval)}, between {format_duration(shortest)} and "
        f"{format_duration(longest)}",
        f"  delay: {format_duration(settings.delay_of(source))} between two requests to a host",
    ]
    if effective > source.interval:
        lines.append(f"  interval lengthened to {format_duration(effective)}: its host carries too many entry points")
    return lines


def _explain_state(source: Source) -> str:
    state = "visited" if source.enabled else "off"
    tried = ", addresses unverified" if source.unverified else ""
    return f"{state}{tried}{': ' + source.reason if source.reason else ''}"


def _explain_scope(source: Source) -> str:
    bare = sorted(host for host in source.hosts if not host.startswith("www."))
    both = " with and without www." if any(f"www.{host}" in source.hosts for host in bare) else ""
    hosts = f"{', '.join(bare) or 'no host'}{both}"
    include = f"; only {' '.join(source.include)}" if source.include else ""
    exclude = f"; not {' '.join(source.exclude)}" if source.exclude else ""
    return f"{hosts}{include}{exclude}"


def _explain_entry_points(source: Source) -> str:
    counts = [(len(source.feeds), "feed"), (len(source.sitemaps), "sitemap"), (len(source.listings), "listing")]
    words = [f"{count} {word}{'s' if count > 1 else ''}" for count, word in counts if count]
    return ", ".join(words) or "none"
