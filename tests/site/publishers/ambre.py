"""A local paper: RSS 2.0 in windows-1252, pages in windows-1252 that declare nothing, relative links, a paywall.

Its feed has the faults of real ones: a link to a page that no longer exists but answers 200, one to another site, one
that is a script, one entry of 2009. Its robots.txt asks for a pause of half a second between requests.
"""

# ruff: noqa: E501 - lines of HTML stay whole

from datetime import UTC, datetime
from html import escape

from tests.site.edition import Edition, Printed
from tests.site.markup import blocks_to_html, clock_time, numeric_day, rfc822
from tests.site.messages import Response

TITLE = "L’Écho du Val d’Ambre"
SOFT_MISSING = "/actualite/un-chien-retrouve-apres-six-mois-5102.htm"
OLD_ENTRY = "/archives/la-fete-des-moissons-2009.htm"
ELSEWHERE = "https://petites-annonces.exemple.test/val-d-ambre/immobilier-12.htm"
SCRIPT = "javascript:ouvrir('agenda')"

_ROBOTS = "User-agent: *\nCrawl-delay: 0.5\nDisallow: /panier/\n"
_WALL = """<div class="bloc-abonne"><p>La suite est réservée à nos abonnés.</p>
<p>Déjà abonné ? Connectez-vous. Pas encore abonné ? Découvrez nos offres à partir de 5,90 € par mois.</p></div>"""
_ODD_ENTRIES = (
    ("Un chien retrouvé après six mois", SOFT_MISSING, datetime(2025, 11, 20, 9, 0, tzinfo=UTC)),
    ("La fête des moissons en images", OLD_ENTRY, datetime(2009, 8, 16, 10, 0, tzinfo=UTC)),
    ("Immobilier : les annonces de la semaine", ELSEWHERE, datetime(2025, 12, 1, 5, 0, tzinfo=UTC)),
    ("L’agenda du week-end", SCRIPT, datetime(2025, 12, 1, 5, 0, tzinfo=UTC)),
)


def pages(edition: Edition) -> dict[str, Response]:
    """Every page of the local paper's site."""
    found = {
        "/robots.txt": Response(_ROBOTS.encode(), "text/plain"),
        "/rss.xml": _feed(edition),
        "/": _front_page(edition),
        "/contact.htm": _page("Contact", "", "<h1>La rédaction</h1><p>3, place du Beffroi, Ambre-sur-Seille</p>"),
        SOFT_MISSING: _page("Article introuvable", "", _SOFT),
        OLD_ENTRY: _page("La fête des moissons en images", "", "<h1>La fête des moissons en images</h1>"),
        "404": _page("Erreur", "", "<h1>Erreur 404</h1>", 404),
    }
    for one in edition.live:
        found[one.path] = _article(one)
    for one in edition.gone:
        found[one.path] = _page("Article supprimé", "", "<h1>Article supprimé</h1>", one.status)
    return found


_SOFT = """<h1>Article introuvable</h1><p>L’article que vous cherchez n’existe pas ou n’est plus en ligne.</p>
<p><a href="../index.htm">Retour à l’accueil</a></p>"""


def _feed(edition: Edition) -> Response:
    items = "".join(
        _item(
            one.wording.title,
            one.path,
            one.article.published.astimezone(UTC),
            one.extra("description"),
            ", ".join(one.article.authors),
        )
        for one in edition.live
    )
    items += "".join(_item(title, link, moment) for title, link, moment in _ODD_ENTRIES)
    text = f"""<?xml version="1.0" encoding="windows-1252"?>
<rss version="2.0">
<channel>
<title>{TITLE}</title>
<link>{edition.base}/</link>
<description>L’actualité de la vallée</description>
<language>fr</language>
<ttl>30</ttl>
{items}</channel>
</rss>
"""
    newest = max(one.changed_at for one in edition.live)
    return Response(text.encode("cp1252"), "text/xml", last_modified=newest, etag=True)


def _item(title: str, link: str, moment: datetime, description: str = "", author: str = "") -> str:
    signed = f"<author>redaction@ambre.example ({escape(author)})</author>\n" if author else ""
    return f"""<item>
<title>{escape(title)}</title>
<link>{escape(link)}</link>
<description>{escape(description)}</description>
{signed}<pubDate>{rfc822(moment)}</pubDate>
</item>
"""


def _article(one: Printed) -> Response:
    visible = int(one.extra("visible", "0"))
    blocks = one.wording.blocks[:visible] if visible else one.wording.blocks
    published = one.article.published
    body = f"""<div class="article">
<h1>{escape(one.wording.title)}</h1>
<p class="infos">Par <span class="auteur">{escape(", ".join(one.article.authors))}</span> | Publié le {numeric_day(published)} à {clock_time(published)}</p>
<div class="texte">
{blocks_to_html(blocks)}
</div>
{_WALL if visible else ""}
<p class="partage">Partager : <a href="#">Facebook</a> <a href="#">Courriel</a></p>
</div>"""
    return _page(one.wording.title, one.extra("description"), body)


def _front_page(edition: Edition) -> Response:
    links = "".join(
        f'<h3><a href="{one.path.lstrip("/")}">{escape(one.wording.title)}</a></h3><p>{escape(one.extra("description"))}</p>'
        for one in edition.live
    )
    return _page("L’actualité de la vallée", "", f"<h1>À la une</h1>{links}")


def _page(title: str, description: str, body: str, status: int = 200) -> Response:
    text = f"""<html lang="fr">
<head>
<title>{escape(title)} - {TITLE}</title>
<meta name="description" content="{escape(description)}">
</head>
<body>
<div id="haut"><a href="/">{TITLE}</a> <a href="/contact.htm">Contact</a> <a href="/panier/">Boutique</a></div>
<div id="centre">
{body}
</div>
<div id="droite"><h4>Météo</h4><p>Ambre-sur-Seille : 6 °C, brumes matinales</p>
<h4>Avis de décès</h4><p>Consultez les avis du jour</p></div>
<div id="bas">{TITLE} © tous droits réservés</div>
</body>
</html>
"""
    return Response(text.encode("cp1252"), "text/html", status)
