"""Redirects that lead nowhere good, under `/redirect/`.

ok, self, ring-a, ring-b, chain/21, to-self-by-meta, empty, non-ascii (Latin-1), utf-8, protocol-relative, javascript,
file, elsewhere (another domain), slashes (the same without a scheme), next-host (127.0.0.61 from 127.0.0.60),
private (10.0.0.1), metadata (169.254.169.254), loopback (127.0.0.1, the same port), home, without-location
"""

from tests.site.messages import Request, Response, page

PREFIX = "/redirect/"


def answer(request: Request, base: str) -> Response | None:
    """The redirect that lives at this path."""
    if not request.path.startswith(PREFIX):
        return None
    name = request.path.removeprefix(PREFIX)
    if name == "to-self-by-meta":
        return page(f'<html><head><meta http-equiv="refresh" content="0; url={base}{request.path}"></head></html>')
    if name == "without-location":
        return page("<p>Suite introuvable</p>", status=302)
    if name.startswith("chain/"):
        left = int(name.removeprefix("chain/"))
        return _to(f"{PREFIX}chain/{left - 1}" if left > 1 else "/article/end-of-chain")
    targets = _targets(base)
    return _to(targets[name]) if name in targets else None


def _targets(base: str) -> dict[str, str]:
    host, _, port = base.removeprefix("http://").partition(":")
    return {
        "ok": "/article/moved",
        "self": f"{base}{PREFIX}self",
        "ring-a": f"{PREFIX}ring-b",
        "ring-b": f"{PREFIX}ring-a",
        "empty": "",
        "non-ascii": "/article/caf\xe9",
        "utf-8": "/article/été".encode().decode("latin-1"),
        "protocol-relative": f"//{host}:{port}/article/protocol-relative",
        "javascript": "javascript:alert('bonjour')",
        "file": "file:///etc/hostname",
        "elsewhere": "https://ailleurs.exemple.test/accueil",
        "slashes": "//ailleurs.exemple.test/accueil",
        "next-host": f"http://{_next(host)}:{port}/article/next-host",
        "private": "http://10.0.0.1/interne",
        "metadata": "http://169.254.169.254/latest/meta-data/",
        "loopback": f"http://127.0.0.1:{port}/control/state",
        "home": "/",
    }


def _next(host: str) -> str:
    first, _, last = host.rpartition(".")
    return f"{first}.{int(last) + 1}"


def _to(location: str) -> Response:
    # an empty Location must still be sent: a blank keeps the header in the head
    return Response(b"<p>Redirection</p>", status=302, headers=(("Location", location or " "),))
