"""The bad neighbourhood: hosts that break HTTP, XML and good manners on purpose, one fault a path.

`127.0.0.9` (TROUBLE) serves the faults by path, in the modules beside this one, and so do its NEIGHBOURS, for faults
that concern a whole host; `127.0.0.20` to `.33` each have one kind of robots.txt (`robots.CASES`). A feed of any paths
is at `/feed/of?path=/status/503&path=/drip`, so that a test can let a crawler find the fault in the ordinary way.
`/flaky/2/x` fails twice before it answers.
"""

import threading
from collections import Counter
from collections.abc import Callable

from tests.site.messages import RawAnswer, Request, Response, page
from tests.site.trouble import (
    bodies,
    bombs,
    charsets,
    entry_points,
    headers,
    heavy,
    redirects,
    robots,
    statuses,
    types,
)
from tests.site.trouble.articles import make_article

TROUBLE = "127.0.0.9"
NEIGHBOURS = tuple(f"127.0.0.{number}" for number in range(60, 76))
ADDRESSES = (TROUBLE, *NEIGHBOURS, *(case.address for case in robots.CASES))

_ROOMS: tuple[Callable[[Request, str], Response | RawAnswer | None], ...] = (
    statuses.answer,
    bodies.answer,
    bombs.answer,
    headers.answer,
    heavy.answer,
    redirects.answer,
    types.answer,
    charsets.answer,
    entry_points.answer,
)


class Trouble:
    """Answers for the bad hosts; remembers only how often each flaky address was asked."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._lock = threading.Lock()
        self._asked: Counter[str] = Counter()

    def answer(self, request: Request) -> Response | RawAnswer:
        """The fault that lives at this address; an ordinary article at `/article...`, else 404."""
        base = f"http://{request.address}:{self._port}"
        if request.address in robots.NAMES:
            return robots.answer(request, base)
        if request.path.startswith("/article"):
            return make_article(request.target)
        if request.path.startswith("/flaky/"):
            return self._fail_at_first(request)
        for room in _ROOMS:
            found = room(request, base)
            if found is not None:
                return found
        return page("<html><body><h1>Page introuvable</h1></body></html>", status=404)

    def _fail_at_first(self, request: Request) -> Response:
        with self._lock:
            self._asked[request.target] += 1
            asked = self._asked[request.target]
        failures = int(request.path.split("/")[2])
        return page("<p>Erreur interne</p>", status=500) if asked <= failures else make_article(request.target)
