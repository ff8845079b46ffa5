"""Logging in and out, and the choice of a language: the only forms that are posted; the archive stays as it is."""

from urllib.parse import parse_qs, urlsplit

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response

from config.web import Web
from vigie.web.languages import NAMES
from vigie.web.login import SESSION, Doorkeeper, ThrottledError
from vigie.web.safety import COOKIE, address_of
from vigie.web.views import Views

FORM_BYTES = 16_384
YEAR_SECONDS = 365 * 86_400


def make_router(views: Views, web: Web, doorkeeper: Doorkeeper | None) -> APIRouter:
    """`/language`, and with a password `/login` and `/logout`."""
    router = APIRouter(include_in_schema=False)
    is_secure = (web.base_address or "").startswith("https://")

    @router.post("/language")
    async def choose_language(request: Request) -> Response:
        form = await read_form(request)
        answer = _go_on(form.get("next", ""))
        if form.get("lang") in NAMES:
            answer.set_cookie("lang", form["lang"], YEAR_SECONDS, httponly=True, samesite="lax", secure=is_secure)
        return answer

    if doorkeeper is None:
        return router

    @router.get("/login")
    def show_login(request: Request) -> Response:
        return views.render(request, "login.html.j2", next=request.query_params.get("next", ""), fault=None)

    @router.post("/login")
    async def log_in(request: Request) -> Response:
        form = await read_form(request)
        asked = form.get("next", "")
        try:
            right = await run_in_threadpool(doorkeeper.check_password, form.get("password", ""), address_of(request))
        except ThrottledError as error:
            return views.render(request, "login.html.j2", 429, next=asked, fault=str(error))
        if not right:
            return views.render(request, "login.html.j2", 403, next=asked, fault="this is not the password")
        answer = _go_on(asked)
        seconds = int(SESSION.total_seconds())
        answer.set_cookie(COOKIE, doorkeeper.make_session(), seconds, httponly=True, samesite="lax", secure=is_secure)
        return answer

    @router.post("/logout")
    def log_out() -> Response:
        answer = RedirectResponse("/login", 303)
        answer.delete_cookie(COOKIE, httponly=True, samesite="lax", secure=is_secure)
        return answer

    return router


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a small form; of a larger body only the beginning is read, and nothing of it is taken."""
    body = b""
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > FORM_BYTES:
                return {}
    except ClientDisconnect:
        return {}
    fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=20)
    return {name: values[0] for name, values in fields.items()}


def _go_on(asked: str) -> Response:
    """Back to a page of ours; an address of anybody else is not followed."""
    return RedirectResponse(asked if _is_ours(asked) else "/", 303)


def _is_ours(address: str) -> bool:
    if not address.startswith("/") or address.startswith("//") or "\\" in address or not address.isprintable():
        return False
    parts = urlsplit(address)
    return not parts.scheme and not parts.netloc
