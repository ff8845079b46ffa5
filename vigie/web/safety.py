"""The gate in front of every page: known names only, no foreign posts, nobody without the right to read.

Answers carry a Content-Security-Policy under which nothing but our own style sheet and script is used, and nothing of
ours is shown inside a page of others.
"""

import ipaddress
from collections.abc import Callable
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from config.addresses import host_of
from config.web import Web
from vigie.web.login import Doorkeeper, ThrottledError

COOKIE = "vigie_session"
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
FREE = ("/healthz", "/login", "/static/")  # what everybody may see
FOR_PROGRAMS = ("/api/", "/metrics")  # asked who they are by the password itself, not by a form
READING = ("GET", "HEAD")

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with no-referrer, browsers send no Origin with our own forms
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "private, no-cache",
}


def find_names(web: Web) -> frozenset[str]:
    """The host names under which the page may be asked for."""
    names = {*web.allowed_hosts, *LOCAL_NAMES}
    if web.host not in ("0.0.0.0", "::"):
        names.add(web.host)
    if web.base_address:
        names.add(host_of(web.base_address))
    return frozenset(names)


class Gate:
    """Around the whole application. `doorkeeper` is None where no password is set."""

    def __init__(self, app: ASGIApp, web: Web, doorkeeper: Doorkeeper | None) -> None:
        self._app = app
        self._web = web
        self._names = find_names(web)
        self._doorkeeper = doorkeeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = await self._refuse(Request(scope))
        if scope["method"] == "HEAD":  # answered like GET; the server leaves the body out
            scope = {**scope, "method": "GET"}
        await (refusal or self._app)(scope, receive, _with_headers(send))

    async def _refuse(self, request: Request) -> Response | None:
        """The answer that ends this request here, or None."""
        if name_of(request.headers.get("host", "")) not in self._names:
            return _say(
                400, "This address is not served here. Add the host name to web.allowed_hosts or web.base_address."
            )
        if request.method not in READING and not self._is_own(request):
            return _say(403, "This request did not come from a page of Vigie.")
        if self._web.proxy_header is None and self._doorkeeper is None:
            return None
        if request.url.path.startswith(FREE) or self._is_let_in(request):
            return None
        return await self._ask_who(request)

    def _is_own(self, request: Request) -> bool:
        """Whether it was sent by a page of this address; another port of this machine is somebody else."""
        origin = request.headers.get("origin", "").lower()
        scheme, _, place = origin.partition("://")
        if self._web.base_address and origin == origin_of(self._web.base_address):
            return True
        return scheme in ("http", "https") and place == request.headers.get("host", "").lower()

    def _is_let_in(self, request: Request) -> bool:
        """By the proxy, or by a session."""
        if self._web.proxy_header and request.headers.get(self._web.proxy_header):
            return is_among(address_of(request), self._web.proxy_addresses)
        return bool(self._doorkeeper and self._doorkeeper.is_open(request.cookies.get(COOKIE, "")))

    async def _ask_who(self, request: Request) -> Response | None:
        path = request.url.path
        if self._doorkeeper is None:
            return _say(403, "The proxy in front of this page names nobody whom it let in.")
        if not path.startswith(FOR_PROGRAMS) and not path.endswith(".atom"):
            asked = f"{path}?{request.url.query}" if request.url.query else path
            return RedirectResponse(f"/login?next={quote(asked)}", status_code=303)
        header = request.headers.get("authorization")
        if header is not None:
            check: Callable[[str, str], bool] = self._doorkeeper.check_basic
            try:
                if await run_in_threadpool(check, header, address_of(request)):
                    return None
            except ThrottledError as error:
                return _say(429, f"Refused: {error}.")
        return _say(401, "Give the password as HTTP basic authentication.", {"WWW-Authenticate": 'Basic realm="Vigie"'})


def name_of(place: str) -> str:
    """The host of `host:port` in small letters, without brackets; empty for what is no such thing."""
    try:
        return (urlsplit(f"//{place}").hostname or "") if "@" not in place else ""
    except ValueError:
        return ""


def origin_of(address: str) -> str:
    """Scheme, host and port of an address, as browsers name where a request comes from."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}".lower()


def address_of(request: Request) -> str:
    """The address of whoever is connected to us; headers of the request are not asked."""
    return request.client.host if request.client else ""


def is_among(address: str, allowed: tuple[str, ...]) -> bool:
    """Whether an address is one of these, however it is written."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(found == ipaddress.ip_address(one) for one in allowed)


def _say(status: int, sentence: str, headers: dict[str, str] | None = None) -> Response:
    return PlainTextResponse(f"{sentence}\n", status, headers)


def _with_headers(send: Send) -> Send:
    """What an answer says itself holds before our headers."""

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers
