"""The control port: what a test in another process, or a person with curl, may ask of the running site.

POST /control/advance {"day": "next day"}
POST /control/edit    {"publisher": "rempart", "path": "/...", "title": "...", "paragraphs": ["..."]}
POST /control/remove  {"publisher": "rempart", "path": "/...", "status": 410}
POST /control/restore {"publisher": "rempart", "path": "/..."}
POST /control/put     {"publisher": "rempart", "path": "/robots.txt", "text": "...", "type": "text/plain"}
POST /control/slow    {"publisher": "rempart", "seconds": 0.5}
POST /control/reset   {}
GET  /control/state   the day, the port, the publishers
GET  /control/requests?host=127.0.0.2   every request so far
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from tests.site.articles import DAYS
from tests.site.messages import HTML, Request, Response
from tests.site.publishers import PUBLISHERS

if TYPE_CHECKING:
    from tests.site.server import Site


def answer_control(site: "Site", request: Request) -> Response:
    """Do what was asked; 400 with a sentence where that makes no sense."""
    action = request.path.removeprefix("/control/")
    try:
        if request.method == "GET" and action in _QUESTIONS:
            return _json(_QUESTIONS[action](site, request))
        if request.method == "POST" and action in _ACTIONS:
            _ACTIONS[action](site, json.loads(request.body or b"{}"))
            return _json(_state(site, request))
    except (ValueError, KeyError, TypeError) as error:
        return _json({"error": f"{type(error).__name__}: {error}"}, 400)
    return _json({"error": f"expected POST /control/{{{', '.join(_ACTIONS)}}} or GET /control/state, requests"}, 404)


def _state(site: "Site", request: Request) -> dict[str, Any]:
    return {
        "day": DAYS[site.day],
        "port": site.port,
        "publishers": {one.name: site.base(one.name) for one in PUBLISHERS},
    }


def _requests(site: "Site", request: Request) -> list[dict[str, Any]]:
    return [asdict(one) for one in site.requests(request.query.get("host"))]


def _read_answer(asked: dict[str, Any]) -> Response | None:
    """The answer to pin; an order without a text takes it away."""
    if asked.get("text") is None:
        return None
    return Response(asked["text"].encode(), asked.get("type", HTML), asked.get("status", 200))


_QUESTIONS: dict[str, Callable[["Site", Request], Any]] = {"state": _state, "requests": _requests}
_ACTIONS: dict[str, Callable[["Site", Any], None]] = {
    "advance": lambda site, asked: site.advance(asked["day"]),
    "edit": lambda site, asked: site.edit(
        asked["publisher"], asked["path"], title=asked.get("title"), paragraphs=asked.get("paragraphs")
    ),
    "remove": lambda site, asked: site.remove(asked["publisher"], asked["path"], asked.get("status", 410)),
    "restore": lambda site, asked: site.restore(asked["publisher"], asked["path"]),
    "put": lambda site, asked: site.put(asked["publisher"], asked["path"], _read_answer(asked)),
    "slow": lambda site, asked: site.slow_down(asked["publisher"], float(asked["seconds"])),
    "reset": lambda site, asked: site.reset(),
}


def _json(value: object, status: int = 200) -> Response:
    return Response(json.dumps(value, ensure_ascii=False).encode(), "application/json", status)
