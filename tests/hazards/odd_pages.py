"""Pages that are not what they should be: heavy, mislabelled, closed, empty or lying."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from typing import Any

from tests.hazards.gazette import make_page
from tests.site.messages import HTML
from tests.site.trouble.heavy import make_heavy
from tests.site.trouble.types import PICTURE

TITLE = "Le poste de Saint-Aubrac garde ses effectifs de nuit"
# every character that may not reach a text, with what must be left of it
MARKED = (
    "La pre\u0301fe\u0300te\x00 a\x07 re\xadnon\u200bce\x85 au \u202eplan\u202c d’E\u0301toile \U0001f692"
    " &#xD800;&#x1;la\ufeff nuit."
)
CLEAN = "La préfète a renonce au plan d’Étoile \U0001f692 la nuit."


BUSY = ("attributes", "paragraphs", "ampersands")
LARGE = ("elements", "depth", "text")


def make_bombs() -> dict[str, bytes]:
    """Pages made to keep a parser busy or to fill its memory, by path."""
    return {f"/p{number}/{name}": make_heavy(name) for number, names in ((1, BUSY), (2, LARGE)) for name in names}


@dataclass(frozen=True)
class Odd:
    """A page that is something else, how it must end, and what the server calls it."""

    end: str
    body: str | bytes
    content_type: str = HTML
    options: Mapping[str, Any] = field(default_factory=dict)


def _zip(name: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(name, "<p>du texte</p>")
    return packed.getvalue()


def _empty_pdf() -> bytes:
    """A PDF of one blank page: nothing in it can be read."""
    objects = ["<</Type/Catalog/Pages 2 0 R>>", "<</Type/Pages/Kids[3 0 R]/Count 1>>",
               "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>"]  # fmt: skip
    written, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(written))
        written += f"{number} 0 obj{content}endobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    tail = f"xref\n0 4\n0000000000 65535 f \n{table}trailer<</Size 4/Root 1 0 R>>\nstartxref\n{len(written)}\n%%EOF"
    return written + tail.encode()


def make_kinds() -> dict[str, Odd]:
    """Contents under a label that is not theirs, by path."""
    return {
        "/p5/scan": Odd("image_only", _empty_pdf()),
        "/p5/image": Odd("not_html", PICTURE),
        "/p5/zip": Odd("not_html", _zip("a.html")),
        "/p5/word": Odd("not_html", _zip("word/document.xml")),
        "/p5/old-word": Odd("not_html", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
        "/p5/film": Odd("not_html", b"\x00\x00\x00\x20ftypmp42" + bytes(600)),
        "/p5/octets": Odd("new_document", make_page("p5"), "application/octet-stream"),
    }


def make_walls() -> dict[str, Odd]:
    """Pages without an article on them, by path."""
    consent = "Nous utilisons des cookies. Accepter les cookies ou refuser les cookies de police d’assurance."
    check = "<h1>Un instant…</h1><p>Vérifiez que vous êtes humain en cochant la case, dit la police du site.</p>"
    paid = '<script type="application/ld+json">{"@type":"NewsArticle","isAccessibleForFree":false}</script>'
    forty = "La police municipale informe les riverains que le bureau reste fermé lundi. " * 3
    return {
        "/p6/empty": Odd("no_text", "<!doctype html><html><head><title>Police</title></head><body></body></html>"),
        "/p6/cookies": Odd("no_text", f"<html><body><div><p>{consent}</p></div></body></html>"),
        "/p6/teaser": Odd(
            "teaser", f"<html><head>{paid}</head><body><h1>{TITLE}</h1><p>La police a…</p></body></html>"
        ),
        "/p6/check": Odd("not_an_article", f"<html><head><title>Un instant…</title></head><body>{check}</body></html>"),
        "/p6/script": Odd(
            "no_text",
            "<html><body><noscript>Activez JavaScript pour lire la police</noscript><div id='app'></div></body></html>",
        ),
        "/p6/forty-words": Odd("no_text", f"<html><body><p>{forty[:235]}</p></body></html>"),
    }


def make_liars() -> Iterator[tuple[str, str]]:
    """Articles whose metadata is broken, huge or false; the path, then the page."""
    huge = json.dumps({"@type": "NewsArticle", "headline": TITLE, "articleBody": "x" * 3_000_000})
    deep = '{"@graph":' + "[" * 100_000 + "]" * 100_000 + "}"
    lying = {"@type": "NewsArticle", "headline": "Gagnez un téléphone", "datePublished": "2031-01-01T00:00:00Z",
             "author": {"@type": "Person", "name": "admin"}}  # fmt: skip
    scripts = {
        "broken": '{"@type": "NewsArticle", "headline": "Sans fin',
        "huge": huge,
        "deep": deep,
        "lying": json.dumps(lying),
    }
    for name, script in scripts.items():
        head = f'<script type="application/ld+json">{script}</script><meta property="og:title" content="{TITLE}">'
        dated = '<p class="date">Publié le 1er décembre 2025 à 9 h</p>'
        yield f"/p7/{name}", make_page(f"p7 {name}", head=head, before=dated, title=TITLE)
    head = (
        f'<meta property="og:title" content="{escape(TITLE)} - La Gazette du Val"><meta name="author" content="admin">'
        f"<title>Accueil</title>"
    )
    yield "/p7/three-titles", make_page("p7 titles", head=head, title=TITLE)
