"""Heads that do not end well.

/endless-headers?lines=400000   that many header lines, then nothing more
/long-header?kib=100            one header line of that size before an ordinary page
/bad-header                     a header line without a colon, one with a bare line feed
/tdm-reserved                   an article with `TDM-Reservation: 1`
/two-lengths                    two Content-Length headers that differ
"""

from tests.site.messages import ByteSink, RawAnswer, Request, Response
from tests.site.trouble.articles import article_html, make_article

_LINES_A_TIME = 1000


def answer(request: Request, base: str) -> Response | RawAnswer | None:
    """The head that lives at this path."""
    body = article_html(request.path).encode()
    if request.path == "/tdm-reserved":
        policy = ("TDM-Policy", f"{base}/politique-tdm.json")
        return Response(make_article(request.path).body, headers=(("TDM-Reservation", "1"), policy))
    if request.path == "/endless-headers":
        return _endless(int(request.query.get("lines", "400000")))
    lines = {
        "/long-header": f"X-Remplissage: {'x' * 1024 * int(request.query.get('kib', '100'))}\r\n",
        "/bad-header": "Ceci n'est pas un en-tete\r\nX-Coupe: a\nX-Suite: b\r\n",
        "/two-lengths": f"Content-Length: {len(body) // 2}\r\n",
    }
    if request.path not in lines:
        return None
    return _with_lines(lines[request.path].encode(), body)


def _with_lines(lines: bytes, body: bytes) -> RawAnswer:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n" + lines
    head += f"Content-Length: {len(body)}\r\n\r\n".encode()

    async def write(sink: ByteSink) -> None:
        await sink.send(head + body)

    return RawAnswer(200, write)


def _endless(lines: int) -> RawAnswer:
    async def write(sink: ByteSink) -> None:
        await sink.send(b"HTTP/1.1 200 OK\r\n")
        for start in range(0, lines, _LINES_A_TIME):
            block = "".join(f"X-Ligne-{number}: rien\r\n" for number in range(start, start + _LINES_A_TIME))
            await sink.send(block.encode())

    return RawAnswer(200, write)
