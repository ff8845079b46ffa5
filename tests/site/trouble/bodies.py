"""Bodies that never come, come slowly, stop short or grow.

/hang                     accepts the request and says nothing
/hang-in-body             head and half of the body, then nothing
/stall?mib=15             that many MiB of a page that is one MiB longer, then nothing
/drip?pause=0.5           one byte at a time
/reset                    the connection is cut without a byte
/short                    a third of what Content-Length promises
/cut-chunked              a chunked body without its last chunk
/no-length                a whole article, ended by closing the connection
/cut-gzip                 half of a gzip stream, with the Content-Length of that half
/not-gzip                 plain text declared as gzip
/encoding/NAME            plain text declared as the content encoding NAME
/double-gzip              `Content-Encoding: gzip, gzip`, both true
/grow?mib=300             that much text without a Content-Length
/claims-10-gib            a Content-Length of 10 GiB before a page
/greeting                 an SMTP greeting instead of HTTP
/changing                 an article that says something else at each request
"""

import gzip
import itertools

from tests.site.messages import ByteSink, RawAnswer, Request, Response
from tests.site.trouble.articles import article_html, make_article

MIB = 2**20
FOREVER = 3600.0  # longer than any test waits; the site's stop ends it
_OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
_serial = itertools.count(1)


def answer(request: Request, base: str) -> Response | RawAnswer | None:
    """The body that lives at this path."""
    if request.path == "/changing":
        return make_article(f"changing {next(_serial)}")
    if request.path.startswith("/encoding/"):
        return Response(_article(), headers=(("Content-Encoding", request.path.removeprefix("/encoding/")),))
    if request.path in _WHOLE:
        body, headers = _WHOLE[request.path]()
        return Response(body, headers=headers)
    return _raw(request)


def _article() -> bytes:
    return article_html("/bodies").encode()


def _half_gzip() -> tuple[bytes, tuple[tuple[str, str], ...]]:
    packed = gzip.compress(_article(), mtime=0)
    return packed[: len(packed) // 2], (("Content-Encoding", "gzip"),)


def _not_gzip() -> tuple[bytes, tuple[tuple[str, str], ...]]:
    return _article(), (("Content-Encoding", "gzip"),)


def _double_gzip() -> tuple[bytes, tuple[tuple[str, str], ...]]:
    return gzip.compress(gzip.compress(_article(), mtime=0), mtime=0), (("Content-Encoding", "gzip, gzip"),)


_WHOLE = {"/cut-gzip": _half_gzip, "/not-gzip": _not_gzip, "/double-gzip": _double_gzip}


def _raw(request: Request) -> RawAnswer | None:
    mebibytes = int(request.query.get("mib", "200"))
    pause = float(request.query.get("pause", "0.5"))

    async def hang(sink: ByteSink) -> None:
        await sink.pause(FOREVER)

    async def hang_in_body(sink: ByteSink) -> None:
        body = _article()
        await sink.send(_head(len(body)) + body[: len(body) // 2])
        await sink.pause(FOREVER)

    async def stall(sink: ByteSink) -> None:
        await sink.send(_head((mebibytes + 1) * MIB))
        for _ in range(mebibytes):
            await sink.send(b"<p>et encore une ligne</p>\n" * (MIB // 27) + b" " * (MIB % 27))
        await sink.pause(FOREVER)

    async def drip(sink: ByteSink) -> None:
        body = _article()
        await sink.send(_head(len(body)))
        for number in range(len(body)):
            await sink.send(body[number : number + 1])
            await sink.pause(pause)

    async def reset(sink: ByteSink) -> None:
        sink.reset()

    async def short(sink: ByteSink) -> None:
        body = _article()
        await sink.send(_head(len(body)) + body[: len(body) // 3])

    async def cut_chunked(sink: ByteSink) -> None:
        body = _article()
        await sink.send(_OK + b"Transfer-Encoding: chunked\r\n\r\n" + f"{len(body):x}\r\n".encode() + body + b"\r\n")

    async def no_length(sink: ByteSink) -> None:
        await sink.send(_OK + b"Connection: close\r\n\r\n" + _article())

    async def grow(sink: ByteSink) -> None:
        await sink.send(_OK + b"Connection: close\r\n\r\n" + _article())
        for _ in range(mebibytes):
            await sink.send(b"<p>et encore une ligne</p>\n" * (MIB // 27))

    async def claim_much(sink: ByteSink) -> None:
        await sink.send(_head(10 * 2**30) + _article())
        await sink.pause(FOREVER)

    async def greet(sink: ByteSink) -> None:
        await sink.send(b"220 courrier.exemple.test ESMTP\r\n")

    writers = {
        "/hang": (0, hang),
        "/hang-in-body": (200, hang_in_body),
        "/stall": (200, stall),
        "/drip": (200, drip),
        "/reset": (0, reset),
        "/short": (200, short),
        "/cut-chunked": (200, cut_chunked),
        "/no-length": (200, no_length),
        "/grow": (200, grow),
        "/claims-10-gib": (200, claim_much),
        "/greeting": (0, greet),
    }
    return RawAnswer(*writers[request.path]) if request.path in writers else None


def _head(length: int) -> bytes:
    return _OK + f"Content-Length: {length}\r\n\r\n".encode()
