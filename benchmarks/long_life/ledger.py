"""The end of a long run: is everything accounted for, whole and the same everywhere?

Each line says what was counted and whether it may stand so. Read from the catalogue's tables, from the commands that
people use (`verify`, `index check`, `alerts audit`), from the mail server and from the site's log of requests.
"""

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from archive.outcomes import Outcome
from benchmarks.long_life.dwelling import Dwelling
from benchmarks.long_life.samples import Trend
from benchmarks.long_life.site_life import FEED, FOLDER, Living
from tests.site.publishers import PUBLISHERS
from tests.site.request_log import LoggedRequest
from tests.site.server import Site

MOST_NAMED = 5  # examples in one line


_DUE_CANDIDATES = """
    SELECT count(*) FROM candidate LEFT JOIN host ON host.name = candidate.host
    WHERE outcome IS NULL AND (next_attempt_at IS NULL OR next_attempt_at <= ?)
    AND (host.paused_until IS NULL OR host.paused_until <= ?) AND host.blocked_since IS NULL
"""
NOT_PROJECTED = """
    SELECT count(*) FROM change WHERE seq > coalesce((SELECT max(seq) FROM watermark WHERE consumer = 'search'), 0)
"""
NOT_MATCHED = """
    SELECT count(*) FROM change WHERE seq > coalesce(
        (SELECT min(w.seq) FROM watermark w JOIN saved_query q ON w.consumer = 'alert:' || q.name), 0)
"""


@dataclass(frozen=True)
class Line:
    """One line of the table; `wrong` names what must not be."""

    name: str
    found: str
    wrong: str = ""


def print_lines(lines: Iterable[Line]) -> int:
    """The table; 1 where anything is wrong."""
    told = list(lines)
    width = max(len(line.name) for line in told)
    for line in told:
        print(f"{line.name:<{width}}  {line.found}{f'  WRONG: {line.wrong}' if line.wrong else ''}")
    return int(any(line.wrong for line in told))


def find_waiting(dwelling: Dwelling, site: Site, calm_since: float) -> str:
    """What a daemon that is left alone still has to do; empty where it has read all feeds and done all that is due."""
    now = _moment()
    read = {one.host for one in site.requests() if one.path == FEED and one.second > calm_since}
    unread = {one.address for one in PUBLISHERS} - read - _list_paused(dwelling)
    waiting = {
        "feeds to read": len(unread),
        "candidates": dwelling.count(_DUE_CANDIDATES, now, now),
        "captures": dwelling.count("SELECT count(*) FROM capture WHERE extracted_by IS NULL"),
        "messages": dwelling.count(
            "SELECT count(*) FROM message WHERE state = 'sending' OR next_attempt_at <= ?", _moment()
        ),
        "changes to project": dwelling.count(NOT_PROJECTED),
    }
    return ", ".join(f"{count} {name}" for name, count in waiting.items() if count)


def account(dwelling: Dwelling, site: Site, articles: Sequence[Living], arrivals: Counter[str]) -> Iterator[Line]:
    """Every line about the archive, once the daemon has ended."""
    yield _candidates(dwelling)
    yield _articles(dwelling, site, articles)
    yield _open_ends(dwelling)
    for words in ("extract", "index"):
        dwelling.run(*words.split())
    yield _captures(dwelling)
    yield _verify(dwelling)
    yield _index(dwelling)
    yield from _audit(dwelling)
    yield _mails(dwelling, arrivals)


def account_for_service(unasked: Sequence[str], faults: Sequence[str], code: int | None) -> Iterator[Line]:
    """How the daemon itself behaved."""
    yield Line("ends of the daemon that nobody asked for", str(len(unasked)), "; ".join(unasked[:MOST_NAMED]))
    yield Line("faults of the program in its log", str(len(faults)), "; ".join(faults[:MOST_NAMED]))
    yield Line("the last SIGTERM", f"ended with {code}", "" if code == 0 else "expected 0")


def account_for_growth(trends: Sequence[Trend], judged: Sequence[str]) -> Iterator[Line]:
    """Whether memory and files stayed flat."""
    for trend in trends:
        wrong = "" if trend.is_flat or trend.name not in judged else "grew by more than a tenth"
        yield Line(trend.name, f"{trend.early:.1f} in the second quarter, {trend.late:.1f} in the last", wrong)


def account_for_repeats(requests: Sequence[LoggedRequest], kills: Sequence[float]) -> Iterator[Line]:
    """Articles that were asked for twice: only those may be whose host was asked nothing else before a kill."""
    hosts: dict[str, list[LoggedRequest]] = defaultdict(list)
    for one in requests:
        hosts[one.host].append(one)
    repeated, wrong = 0, []
    for asked in hosts.values():
        for earlier, between in _repeats(asked):
            repeated += 1
            until = min((one.second for one in between), default=float("inf"))
            if not any(earlier.second <= kill <= until for kill in kills):
                wrong.append(f"{earlier.host}{earlier.path}")
    yield Line("articles asked for", str(sum(one.path.startswith(FOLDER) for one in requests)))
    yield Line("of these a second time after a kill", str(repeated), _name_some(wrong))


def _repeats(asked: Sequence[LoggedRequest]) -> Iterator[tuple[LoggedRequest, list[LoggedRequest]]]:
    """Each request for an article that was made again, with all that the host was asked from then on."""
    places: dict[str, list[int]] = defaultdict(list)
    for place, one in enumerate(asked):
        if one.path.startswith(FOLDER):
            places[one.path].append(place)
    for found in places.values():
        for earlier, _ in itertools.pairwise(found):
            yield asked[earlier], list(asked[earlier + 1 :])


def _candidates(dwelling: Dwelling) -> Line:
    ends = Counter(dict(dwelling.rows("SELECT outcome, count(*) FROM candidate WHERE outcome NOT NULL GROUP BY 1")))
    waiting = dwelling.count("SELECT count(*) FROM candidate WHERE outcome IS NULL")
    now = _moment()
    forgotten = dwelling.count(_DUE_CANDIDATES, now, now)
    odd = [name for name in ends if name not in Outcome.__members__ or not Outcome[name].final]
    said = ", ".join(f"{name} {count}" for name, count in ends.most_common())
    wrong = f"{forgotten} due and not tried" if forgotten else f"no last end: {', '.join(odd)}" if odd else ""
    return Line("candidates by their one end", f"{said}; {waiting} wait for their next attempt", wrong)


def _articles(dwelling: Dwelling, site: Site, articles: Sequence[Living]) -> Line:
    """Every article that still stands has a document, or waits for an attempt after a failure."""
    found = dict(
        dwelling.rows(
            "SELECT c.url, max(p.document NOT NULL) FROM candidate c LEFT JOIN capture p ON p.candidate = c.id "
            "WHERE c.url LIKE ? GROUP BY 1",
            f"%{FOLDER}%",
        )
    )
    waiting = {url for (url,) in dwelling.rows("SELECT url FROM candidate WHERE outcome IS NULL")}
    standing = {site.url(one.publisher, one.path): site.address(one.publisher) for one in articles if one.status == 200}
    paused = _list_paused(dwelling)
    missing = sorted(url for url in standing if not found.get(url))
    lost = [url for url in missing if url not in waiting and standing[url] not in paused]
    said = f"{len(standing)}: {len(standing) - len(missing)} documents, {len(missing) - len(lost)} wait for their turn"
    return Line("articles that stand on the site", said, _name_some(lost))


def _list_paused(dwelling: Dwelling) -> set[str]:
    """Hosts that asked for patience, and are left alone until later."""
    return {name for (name,) in dwelling.rows("SELECT name FROM host WHERE paused_until > ?", _moment())}


def _open_ends(dwelling: Dwelling) -> Line:
    counts = {
        "requests without an end": dwelling.count("SELECT count(*) FROM fetch_attempt WHERE outcome = 'no_outcome'"),
        "visits that never ended": dwelling.count("SELECT count(*) FROM run WHERE ended_at IS NULL"),
        "hosts still held": dwelling.count("SELECT count(*) FROM host WHERE lease_holder IS NOT NULL"),
        "open WARC files": dwelling.count("SELECT count(*) FROM warc_file WHERE state = 'open'"),
    }
    left = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return Line("requests, visits, hosts and files left open", str(sum(counts.values())), left)


def _captures(dwelling: Dwelling) -> Line:
    rows = dwelling.rows(
        "SELECT coalesce(extraction_outcome, 'none'), count(*) FROM capture GROUP BY 1 ORDER BY 2 DESC"
    )
    waiting = dwelling.count("SELECT count(*) FROM capture WHERE extracted_by IS NULL")
    said = ", ".join(f"{name} {count}" for name, count in rows)
    return Line("captures by their one end", said, f"{waiting} without one" if waiting else "")


def _verify(dwelling: Dwelling) -> Line:
    found = dwelling.ask("verify")
    said = f"{found['captures']} captures in {found['files']} files read back"
    return Line("verify", said, _name_some([str(one) for one in found["damages"]]))


def _index(dwelling: Dwelling) -> Line:
    found = dwelling.ask("index", "check")
    wrong = [*found["record"], *map(str, found["counts"]), *map(str, found["wrong"])]
    behind = found["end"] - found["checkpoint"]
    said = f"{found['entries']} entries compared, {behind} changes behind"
    return Line("index against catalogue", said, "" if found["ok"] and not behind else _name_some(wrong) or "behind")


def _audit(dwelling: Dwelling) -> Iterator[Line]:
    found = dwelling.ask("alerts", "audit")
    wrong = _name_some([*found["missed"], *found["extra"]])
    said = f"{found['checked']} versions, missed {len(found['missed'])}, extra {len(found['extra'])}"
    yield Line("audit of the saved queries", said, wrong)


def _mails(dwelling: Dwelling, arrivals: Counter[str]) -> Line:
    """Sent messages arrived once; twice only what was uncertain; the rest waits or is left for a person, by name."""
    rows = dwelling.rows("SELECT message_id, state, uncertain, next_attempt_at, ended_at FROM message")
    uncertain = {name for name, _, count, *_ in rows if count}
    wrong = [f"{name} arrived {count} times" for name, count in arrivals.items() if count > 1 + (name in uncertain)]
    wrong += [f"{name} is unknown" for name in arrivals.keys() - {name for name, *_ in rows}]
    wrong += [f"{name} is sent and never arrived" for name, state, *_ in rows if state == "sent" and not arrivals[name]]
    wrong += [
        f"{name} is {state} without a next attempt"
        for name, state, count, again, ended in rows
        if state != "sent" and again is None and not (state == "uncertain" and ended)
    ]
    states = Counter(state for _, state, *_ in rows)
    said = ", ".join(f"{count} {state}" for state, count in states.most_common())
    twice = sum(count > 1 for count in arrivals.values())
    return Line("messages", f"{said}; {len(uncertain)} were uncertain once, {twice} arrived twice", _name_some(wrong))


def _name_some(faults: Sequence[str]) -> str:
    more = f" and {len(faults) - MOST_NAMED} more" if len(faults) > MOST_NAMED else ""
    return "; ".join(faults[:MOST_NAMED]) + more


def _moment() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
