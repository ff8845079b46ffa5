"""A union without a feed: two hand-made listing pages, tables and capitals, windows-1252 under a declared iso-8859-1.

The day of a communiqué stands only in prose, after the town: "Paris, le 04 décembre 2025". It has no robots.txt.
"""

# ruff: noqa: E501 - lines of HTML stay whole

from html import escape

from tests.site.edition import Edition, Printed
from tests.site.markup import day_in_french
from tests.site.messages import Response

TITLE = "Fédération Sextant Police"
PER_PAGE = 3

_CONTACT = """<p>Fédération Sextant Police<br>9 bis, passage des Horlogers<br>75000 Paris</p>
<p>Téléphone : 01 00 00 00 00<br>Télécopie : 01 00 00 00 01</p>"""


def pages(edition: Edition) -> dict[str, Response]:
    """Every page of the federation's site; there is no robots.txt, so that address answers 404."""
    found = {
        "/": _page("Accueil", "<p>Bienvenue sur le site de la fédération. <a href='actu.htm'>Nos communiqués</a></p>"),
        "/contact.htm": _page("Nous écrire", _CONTACT),
        "/actu.htm": _listing(edition.live[:PER_PAGE], '<a href="actu2.htm">Page suivante &gt;&gt;</a>'),
        "/actu2.htm": _listing(edition.live[PER_PAGE:], '<a href="actu.htm">&lt;&lt; Page précédente</a>'),
        "404": _page("Erreur 404", "<p>Le document demandé n'existe pas.</p>", 404),
    }
    for one in edition.live:
        found[one.path] = _communique(one)
    for one in edition.gone:
        found[one.path] = _page("Erreur", "<p>Le document demandé n'existe plus.</p>", one.status)
    return found


def _communique(one: Printed) -> Response:
    paragraphs = "\n".join(
        f'<p align="justify"><font face="Arial" size="2">{escape(block, quote=False)}</font></p>'
        for block in one.wording.blocks
    )
    body = f"""<p align="right"><font face="Arial" size="2"><i>{one.extra("place")}, le {day_in_french(one.article.published)}</i></font></p>
<h1 align="center"><font face="Arial">{escape(one.wording.title)}</font></h1>
{paragraphs}
<p align="right"><font face="Arial" size="2"><b>{escape(one.extra("signature"))}</b></font></p>
<p align="center"><a href="javascript:history.back()">Retour</a> | <a href="javascript:window.print()">Imprimer</a></p>"""
    return _page(one.wording.title, body)


def _listing(shown: tuple[Printed, ...], turn: str) -> Response:
    rows = "\n".join(
        f'<tr><td width="90"><font size="1">{day_in_french(one.article.published)}</font></td>'
        f'<td><a href="{one.path.lstrip("/")}"><b>{escape(one.wording.title)}</b></a></td></tr>'
        for one in shown
    )
    body = f"""<h2>NOS COMMUNIQUÉS</h2>
<table border="0" cellpadding="4">
{rows}
</table>
<p align="center">{turn}</p>"""
    return _page("Communiqués", body)


def _page(title: str, body: str, status: int = 200) -> Response:
    text = f"""<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01 Transitional//EN">
<html>
<head>
<meta http-equiv="Content-Type" content="text/html; charset=iso-8859-1">
<title>{TITLE} - {escape(title)}</title>
</head>
<body bgcolor="#FFFFFF">
<table width="780" align="center" border="0"><tr>
<td valign="top" width="150" bgcolor="#DDE6F0">
<p><a href="/">ACCUEIL</a></p><p><a href="/actu.htm">COMMUNIQUÉS</a></p><p><a href="/contact.htm">NOUS ÉCRIRE</a></p>
<p><a href="mailto:bureau@sextant.example">COURRIEL</a></p></td>
<td valign="top" width="630">
{body}
</td></tr></table>
<p align="center"><font size="1">{TITLE} - Tous droits réservés</font></p>
</body>
</html>
"""
    # the browsers' reading of iso-8859-1: œ and curly apostrophes exist only in windows-1252
    return Response(text.encode("cp1252"), "text/html", status)
