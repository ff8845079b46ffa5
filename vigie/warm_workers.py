"""Extraction workers that stay from one turn of the daemon to the next.

A worker takes a second to start, most of it for loading the parsers, and a fresh page is to be found two seconds after
it was fetched. Where no page comes for a while the workers end and their memory is free for others.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from config.models import Settings

if TYPE_CHECKING:
    from crawler.extraction.pool import Pool

KEPT = timedelta(minutes=10)  # longer than the usual interval: where sources publish, workers stay


class WarmWorkers:
    """Used from one thread at a time. Whoever works with the pool gives it up (`close`) when the work breaks off."""

    def __init__(self) -> None:
        self._pool: Pool | None = None
        self._wanted: tuple[int, float, int] | None = None
        self._used_at: datetime | None = None

    def take(self, settings: Settings, now: datetime) -> "Pool":
        """The workers that these settings ask for: those that are there, or others in their place."""
        from crawler.extracting import make_pool  # it loads libraries that only extraction needs

        limits = settings.limits
        wanted = (settings.extraction_workers, limits.parse_seconds, limits.parse_bytes)
        if wanted != self._wanted:
            self.close()
        if self._pool is None:
            self._pool, self._wanted = make_pool(settings), wanted
        self._used_at = now
        return self._pool

    def let_go(self, now: datetime) -> None:
        """End the workers where nothing came for them for a while."""
        if self._used_at is not None and now - self._used_at > KEPT:
            self.close()

    def close(self) -> None:
        """End the workers; the next page gets new ones."""
        if self._pool is not None:
            self._pool.close()
        self._pool = self._wanted = self._used_at = None
