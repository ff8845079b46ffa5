"""Which redirects are followed: to usable and public addresses, within scope, not in circles, not for ever."""

from collections.abc import Iterable

from archive.outcomes import Outcome
from crawler.asking import Asking
from crawler.desk import Desk
from crawler.guard import is_private_url
from crawler.urls import clean, host_of, same_site

ABOUT_HOST = frozenset({"robots", "tdm"})  # belong to a host, not to a source: no scope holds for them


def read_location(headers: Iterable[tuple[str, str]]) -> str | None:
    """The Location of an answer, whose header fields are Latin-1; many servers write the bytes of UTF-8 into it."""
    said = next((value for name, value in headers if name.lower() == "location"), None)
    try:
        return said and said.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return said


def judge_redirect(desk: Desk, asking: Asking, location: str) -> tuple[Outcome, str]:
    """`redirected`, or why this redirect ends here."""
    target = clean(location, asking.url) if location.strip() else None
    if target is None:
        return Outcome.redirect_refused, "the Location is no usable http or https URL"
    if target == asking.url or target in asking.hops or len(asking.hops) >= desk.settings.limits.redirects:
        return Outcome.redirect_loop, f"after {len(asking.hops) + 1} redirects, to {target[:200]}"
    # a robots.txt that leads there is not read at all, so the guard refuses the next request instead of this answer
    if asking.purpose not in ABOUT_HOST and is_private_url(target, desk.allowed):
        return Outcome.refused_private, f"a redirect to {target[:200]}"
    if not _is_in_scope(desk, asking, target):
        return Outcome.redirect_refused, f"outside every source: {target[:200]}"
    return Outcome.redirected, target[:200]


def _is_in_scope(desk: Desk, asking: Asking, target: str) -> bool:
    """Articles must lie in a source's scope; an entry point may move on its own site and among its source's hosts."""
    if asking.purpose in ABOUT_HOST:
        return True
    if asking.purpose == "page":
        return desk.scopes.judge(target).source is not None
    source = desk.sources.get(asking.source)
    goal = host_of(target)
    return same_site(goal, asking.host) or (source is not None and goal in source.hosts)
