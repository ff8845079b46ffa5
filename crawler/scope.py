"""Whose is a URL: the source whose scope fits it best, or why it is nobody's."""

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from archive.outcomes import Outcome
from config.source import Source
from crawler.urls import host_of


@dataclass(frozen=True)
class Judgement:
    """The source that a URL belongs to; or None and the outcome that closes it."""

    source: str | None
    closed: Outcome | None


class Scopes:
    """The scopes of all configured sources, enabled or not: a source that is off still owns its articles."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._by_host: dict[str, list[Source]] = defaultdict(list)
        for source in sources:
            for host in source.hosts:
                self._by_host[host].append(source)

    def narrow_to(self, hosts: Collection[str]) -> "Scopes":
        """The scopes of the sources on these hosts: a small part that can be sent to another process."""
        near = (source for host in hosts for source in self._by_host.get(host, []))
        return Scopes({source.id: source for source in near}.values())

    def judge(self, url: str) -> Judgement:
        """The most specific source in whose scope the URL lies; of equals the first by configuration order."""
        parts = urlsplit(url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        host = host_of(url)
        near = self._by_host.get(host, [])
        fitting = [(source.specificity(host, path), source) for source in near]
        best = max(fitting, key=lambda pair: pair[0], default=(0, None))
        if best[0] > 0 and best[1] is not None:
            return Judgement(best[1].id, None)
        if any(source.excludes(path) for source in near):
            return Judgement(None, Outcome.excluded)
        return Judgement(None, Outcome.out_of_scope)
