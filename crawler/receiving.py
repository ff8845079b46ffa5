"""The bodies that are under way in this crawl, counted together: many large ones at once must not fill the memory.

Promise: while all of them hold more than the budget, none grows beyond its equal share of it. So the sum stays
below twice the budget, however many hosts send however slowly, and an ordinary page always has room.
"""

from dataclasses import dataclass
from typing import Any

from scrapy import Request
from scrapy.exceptions import StopDownload

BUDGET_SHARE = 4  # of limits.child_bytes: a body is held two or three times over while it is decoded and written


@dataclass
class _Body:
    """What one request has received."""

    host: str
    size: int = 0


class Receiving:
    """Counts what each request has received, from its beginning to its end."""

    def __init__(self, child_bytes: int) -> None:
        self._budget = child_bytes // BUDGET_SHARE
        self._bodies: dict[Request, _Body] = {}
        self._total = 0

    def begin(self, request: Request, host: str) -> None:
        """A request is made, in the conversation with this host."""
        self._bodies[request] = _Body(host)

    def note_bytes(self, data: bytes, request: Request, **_: Any) -> None:
        """More of a body has come; raises `StopDownload` where it takes too large a share of too much."""
        body = self._bodies.get(request)
        if body is None:
            return
        body.size += len(data)
        self._total += len(data)
        if self._total > self._budget and body.size > self._budget // len(self._bodies):
            raise StopDownload

    def end(self, request: Request) -> None:
        """The request has its end: its body is written, or dropped."""
        self._total -= self._bodies.pop(request).size

    def held_for(self, host: str) -> int:
        """Bytes of the bodies that are under way in the conversation with a host."""
        return sum(body.size for body in self._bodies.values() if body.host == host)
