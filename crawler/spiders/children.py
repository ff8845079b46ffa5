"""Which sitemaps of an index are looked at in one visit: those that moved, newest first, and never very many."""

from collections.abc import Sequence
from datetime import datetime

from archive.catalogue.sources import EntryPoint
from crawler.discovery.dates import parse_feed_date
from crawler.discovery.sitemap import ChildSitemap

CHILDREN_A_VISIT = (
    10  # an index of hundreds is read over many visits; at five seconds each, a minute of the host's time
)


def choose_children(
    children: Sequence[tuple[ChildSitemap, EntryPoint | None]], oldest: datetime, *, limit: int = CHILDREN_A_VISIT
) -> list[ChildSitemap]:
    """Each child comes with what is known of it, None for one met first.

    Children whose `lastmod` moved come first, newest first; then those never looked at; then those without a `lastmod`,
    the longest unseen first. One that has not moved, is set aside, or moved before `oldest`, is left out."""
    ranked = [(rank, child) for child, point in children if (rank := _rank(child, point, oldest)) is not None]
    ranked.sort(key=lambda item: item[0])
    return [child for _, child in ranked[:limit]]


def _rank(child: ChildSitemap, point: EntryPoint | None, oldest: datetime) -> tuple[int, float] | None:
    if point is not None and point.set_aside_at is not None:
        return None
    moved = parse_feed_date(child.lastmod)
    if moved is not None:
        is_read = point is not None and child.lastmod == point.lastmod and point.last_outcome in ("read", "same")
        return None if moved < oldest or is_read else (0, -moved.timestamp())
    if point is None or point.last_look_at is None:
        return 1, 0.0
    return 2, point.last_look_at.timestamp()
