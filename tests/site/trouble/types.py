"""Contents under a wrong label, at `/type/NAME`, and other things that are no article.

pdf-as-html, html-as-pdf, picture-as-html, json-as-html, html-as-octets, html-as-text, no-type, xhtml
"""

from pathlib import Path

from tests.site.messages import Request, Response
from tests.site.trouble.articles import article_html

_PDF = Path(__file__).parent.parent / "tracts" / "tract-heures-supplementaires.pdf"
# the smallest picture of one grey point
PICTURE = bytes.fromhex("4749463839610100010080000080808000000021f90400000000002c00000000010001000002024401003b")


def answer(request: Request, base: str) -> Response | None:
    """The content that lives at this path."""
    if not request.path.startswith("/type/"):
        return None
    html = article_html(request.path).encode()
    contents = {
        "pdf-as-html": (_PDF.read_bytes, "text/html"),
        "html-as-pdf": (lambda: html, "application/pdf"),
        "picture-as-html": (lambda: PICTURE, "text/html"),
        "json-as-html": (lambda: b'{"erreur": "non autoris\\u00e9"}', "text/html"),
        "html-as-octets": (lambda: html, "application/octet-stream"),
        "html-as-text": (lambda: html, "text/plain"),
        "no-type": (lambda: html, ""),
        "xhtml": (lambda: html, "application/xhtml+xml"),
    }
    name = request.path.removeprefix("/type/")
    if name not in contents:
        return None
    read, content_type = contents[name]
    return Response(read(), content_type)
