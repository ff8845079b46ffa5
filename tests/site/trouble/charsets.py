"""One French article in every encoding a publisher gets wrong, at `/charset/NAME`; its text is always `WORDS`.

cp1252-declared-utf8, utf8-declared-latin1, cp1252-undeclared, utf8-undeclared, header-against-meta, bom, utf16,
one-bad-byte (a lone windows-1252 apostrophe in UTF-8), decomposed (NFD), controls (NUL, soft hyphens, bidi marks)
"""

# ruff: noqa: E501 - the sentences and lines of HTML stay whole

import unicodedata

from tests.site.messages import Request, Response

WORDS = (
    "Le préfet de Haute-Vesle a réuni les maires à l’hôtel de ville : « Le cœur du problème, c’est la relève », a-t-il dit.",
    "Neuf élus, dont une adjointe d’Œuilly-le-Château, ont réclamé des renforts avant l’été ; ça ne coûtera que 12 000 €.",
    "La prochaine réunion, fixée au 7 février, se tiendra à Noyelles-en-Forêt où l’on attend près de cinquante délégués.",
)
CASES = (
    "cp1252-declared-utf8", "utf8-declared-latin1", "cp1252-undeclared", "utf8-undeclared", "header-against-meta", "bom",
    "utf16", "one-bad-byte", "decomposed", "controls",
)  # fmt: skip
_META = '<meta charset="{}">'


def answer(request: Request, base: str) -> Response | None:
    """The article in the encoding that the path names."""
    if not request.path.startswith("/charset/"):
        return None
    made = _variants().get(request.path.removeprefix("/charset/"))
    return Response(made[0], made[1]) if made else None


def _page(head: str, words: tuple[str, ...] = WORDS) -> str:
    body = "".join(f"<p>{paragraph}</p>" for paragraph in words)
    return f"<html lang='fr'><head>{head}<title>Relève à l’hôtel de ville</title></head><body><article><h1>Relève à l’hôtel de ville</h1>{body}</article></body></html>"


def _variants() -> dict[str, tuple[bytes, str]]:
    utf8, latin1, plain = _META.format("utf-8"), _META.format("iso-8859-1"), "text/html"
    marked = tuple(word.replace("réuni", "ré\xaduni").replace("maires", "mai\u202eres\x00") for word in WORDS)
    return {
        "cp1252-declared-utf8": (_page(utf8).encode("cp1252"), plain + "; charset=utf-8"),
        "utf8-declared-latin1": (_page(latin1).encode(), plain + "; charset=iso-8859-1"),
        "cp1252-undeclared": (_page("").encode("cp1252"), plain),
        "utf8-undeclared": (_page("").encode(), plain),
        "header-against-meta": (_page(latin1).encode(), plain + "; charset=utf-8"),
        "bom": (b"\xef\xbb\xbf" + _page(latin1).encode(), plain),
        "utf16": (_page("").encode("utf-16"), plain),
        "one-bad-byte": (_page(utf8).encode().replace("l’été".encode(), b"l\x92\xc3\xa9t\xc3\xa9"), plain),
        "decomposed": (unicodedata.normalize("NFD", _page(utf8)).encode(), plain),
        "controls": (_page(utf8, marked).encode(), plain),
    }
