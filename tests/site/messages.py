"""Requests and answers of the site's small HTTP server: conditional requests, HEAD and gzip as publishers do them."""

import gzip
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import parse_qsl, urlsplit

HTML = "text/html; charset=UTF-8"


@dataclass(frozen=True)
class Request:
    """One request as it arrived; `address` is the loopback address that was asked, `headers` have lower-case names."""

    method: str
    target: str
    address: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        """The target without its query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters, the last one of a name."""
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def conditional(self) -> bool:
        """True where the client asked for the page only if it changed."""
        return "if-none-match" in self.headers or "if-modified-since" in self.headers


@dataclass(frozen=True)
class Response:
    """A whole answer. `last_modified` and `etag` switch on conditional answers; `compress` offers gzip."""

    body: bytes
    content_type: str = HTML
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    last_modified: datetime | None = None
    etag: bool = False
    compress: bool = False


@dataclass(frozen=True)
class RawAnswer:
    """An answer that breaks the rules: `write` sends what it likes, then the connection is closed."""

    status: int
    write: Callable[["ByteSink"], Awaitable[None]]


@dataclass(frozen=True)
class ByteSink:
    """Where a raw answer writes: `send` waits until the client took the bytes, `reset` cuts the connection."""

    send: Callable[[bytes], Awaitable[None]]
    pause: Callable[[float], Awaitable[None]]
    reset: Callable[[], None]


def page(text: str, **options: object) -> Response:
    """An HTML page in UTF-8."""
    return Response(text.encode(), **options)  # type: ignore[arg-type]


def redirect(location: str, status: int = 301) -> Response:
    """A redirect with the short page that servers add."""
    body = f'<html><body><p>Document déplacé : <a href="{location}">suite</a></p></body></html>'
    return Response(body.encode(), status=status, headers=(("Location", location),))


def entity_tag(body: bytes) -> str:
    """A strong tag made from the bytes."""
    return f'"{hashlib.sha256(body).hexdigest()[:20]}"'


def answer_condition(request: Request, response: Response) -> Response:
    """The response itself, or 304 where the client has it; the tag decides before the date (RFC 9110, 13.2.2)."""
    if response.status != 200 or not request.conditional:
        return response
    wanted = request.headers.get("if-none-match")
    if wanted is not None:
        tags = {tag.strip().removeprefix("W/") for tag in wanted.split(",")}
        same = response.etag and entity_tag(response.body) in tags
    else:
        same = _not_modified_since(request.headers["if-modified-since"], response.last_modified)
    if not same:
        return response
    return Response(b"", response.content_type, 304, response.headers + _validators(response))


def render(request: Request, response: Response) -> bytes:
    """The bytes of an answer, head and body."""
    body = response.body
    extra: list[tuple[str, str]] = []
    if response.status == 200:
        extra += _validators(response)
    if response.compress and "gzip" in request.headers.get("accept-encoding", "") and body:
        body = gzip.compress(body, mtime=0)
        extra += [("Content-Encoding", "gzip"), ("Vary", "Accept-Encoding")]
    headers = [
        ("Date", format_datetime(datetime.now(UTC), usegmt=True)),
        ("Server", "local-news-site"),
        ("Content-Type", response.content_type),
        ("Content-Length", str(len(body))),
        *extra,
        *response.headers,
    ]
    if response.status == 304:
        headers = [pair for pair in headers if pair[0] not in ("Content-Length", "Content-Type")]
    lines = [f"HTTP/1.1 {response.status} {reason(response.status)}"]
    lines += [f"{name}: {value}" for name, value in headers if value]
    head = "\r\n".join(lines).encode("latin-1", "replace") + b"\r\n\r\n"
    return head if request.method == "HEAD" or response.status == 304 else head + body


def reason(status: int) -> str:
    """The phrase of a status, or one that says that there is none."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unassigned"


def _validators(response: Response) -> tuple[tuple[str, str], ...]:
    found = []
    if response.etag:
        found.append(("ETag", entity_tag(response.body)))
    if response.last_modified is not None:
        found.append(("Last-Modified", http_date(response.last_modified)))
    return tuple(found)


def _not_modified_since(since: str, last_modified: datetime | None) -> bool:
    if last_modified is None:
        return False
    try:
        return last_modified <= parsedate_to_datetime(since)
    except (TypeError, ValueError):
        return False


def http_date(instant: datetime) -> str:
    """An instant as HTTP headers write it."""
    return format_datetime(instant.astimezone(UTC), usegmt=True)
