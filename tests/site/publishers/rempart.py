"""A police union on a WordPress-like site: an RSS feed with whole texts, archive pages, tracts as PDF.

Times in its feed are in UTC; its pages show the day in words and the exact time in `<time datetime>`.
"""

# ruff: noqa: E501 - lines of HTML stay whole

from html import escape
from pathlib import Path

from tests.site.edition import Edition, Printed
from tests.site.markup import blocks_to_html, day_in_french, rfc822, text_of
from tests.site.messages import Response, page, redirect

TITLE = "Rempart Police Nationale"
TRACTS = Path(__file__).parent.parent / "tracts"
PER_PAGE = 5

_ROBOTS = "User-agent: *\nDisallow: /wp-admin/\nAllow: /wp-admin/admin-ajax.php\n"
_CONTACT = """<p>Permanence du lundi au vendredi, de 9 heures à 17 heures.</p>
<form action="/contact/" method="post"><label>Votre nom <input name="nom"></label>
<label>Votre message <textarea name="message"></textarea></label><button>Envoyer</button></form>"""


def pages(edition: Edition) -> dict[str, Response]:
    """Every page of the union's site."""
    found = {
        "/robots.txt": Response(_ROBOTS.encode(), "text/plain"),
        "/feed/": _feed(edition),
        "/": _archive(edition, "Accueil", edition.live[:PER_PAGE], None),
        "/contact/": page(_layout("Contact", f"<h1>Contact</h1>{_CONTACT}")),
        "/?s=effectifs": _search(edition),
        "404": _missing(404),
    }
    for number in range(1, 1 + -(-len(edition.live) // PER_PAGE)):
        shown = edition.live[(number - 1) * PER_PAGE : number * PER_PAGE]
        path = "/communiques/" if number == 1 else f"/communiques/page/{number}/"
        found[path] = _archive(edition, "Communiqués", shown, number)
    for one in edition.live:
        found[one.path] = _article(one)
        found[f"/?p={one.extra('id')}"] = redirect(edition.base + one.path)
    for one in edition.gone:
        found[one.path] = _missing(one.status)
    for file in sorted(TRACTS.glob("*.pdf")):
        found[f"/wp-content/uploads/{file.name}"] = Response(file.read_bytes(), "application/pdf", etag=True)
    return found


def _feed(edition: Edition) -> Response:
    items = "".join(_item(edition, one) for one in edition.live)
    built = max(one.changed_at for one in edition.live)
    text = f"""<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"
	xmlns:content="http://purl.org/rss/1.0/modules/content/"
	xmlns:dc="http://purl.org/dc/elements/1.1/"
	xmlns:atom="http://www.w3.org/2005/Atom"
	xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
<channel>
	<title>{TITLE}</title>
	<atom:link href="{edition.base}/feed/" rel="self" type="application/rss+xml" />
	<link>{edition.base}</link>
	<description>Le syndicat des gardiens, gradés et officiers</description>
	<lastBuildDate>{rfc822(built)}</lastBuildDate>
	<language>fr-FR</language>
	<sy:updatePeriod>hourly</sy:updatePeriod>
	<sy:updateFrequency>1</sy:updateFrequency>
{items}</channel>
</rss>
"""
    return Response(text.encode(), "application/rss+xml; charset=UTF-8", last_modified=built, etag=True)


def _item(edition: Edition, one: Printed) -> str:
    link = edition.base + one.path
    summary = text_of(one.wording.blocks[0])[:180].rsplit(" ", 1)[0] + " […]"
    body = blocks_to_html(one.wording.blocks).replace("]]>", "]]&gt;")
    enclosure = ""
    if one.extra("enclosure"):
        length = (TRACTS / one.extra("enclosure")).stat().st_size
        address = f"{edition.base}/wp-content/uploads/{one.extra('enclosure')}"
        enclosure = f'\n\t\t<enclosure url="{address}" length="{length}" type="application/pdf" />'
    return f"""	<item>
		<title>{escape(one.wording.title).replace("’", "&#8217;")}</title>
		<link>{link}</link>
		<dc:creator><![CDATA[{"; ".join(one.article.authors)}]]></dc:creator>
		<pubDate>{rfc822(one.article.published)}</pubDate>
		<category><![CDATA[{one.extra("section", "Communiqués")}]]></category>
		<guid isPermaLink="false">{edition.base}/?p={one.extra("id")}</guid>
		<description><![CDATA[<p>{escape(summary, quote=False)}</p>]]></description>
		<content:encoded><![CDATA[{body}
<p>L’article <a href="{link}">{escape(one.wording.title)}</a> est apparu en premier sur <a href="{edition.base}">{TITLE}</a>.</p>
]]></content:encoded>{enclosure}
	</item>
"""


def _article(one: Printed) -> Response:
    title = escape(one.wording.title)
    tract = ""
    if one.extra("tract"):
        tract = f'<p><a href="/wp-content/uploads/{one.extra("tract")}">Télécharger le tract (PDF)</a></p>'
    author = ", ".join(one.article.authors)
    body = f"""<article class="post type-post">
<header class="entry-header"><h1 class="entry-title">{title}</h1>
<div class="entry-meta">Publié le <time class="entry-date published" datetime="{one.article.published.isoformat()}">{day_in_french(one.article.published)}</time>
par <span class="author vcard"><a class="url fn n" rel="author" href="/author/bureau/">{author}</a></span></div></header>
<div class="entry-content">
{blocks_to_html(one.wording.blocks)}
{tract}
</div>
<div class="sharedaddy"><h3>Partager :</h3><ul><li><a href="#f">Facebook</a></li><li><a href="#x">X</a></li></ul></div>
<footer class="entry-footer">Catégorie : <a rel="category tag" href="/communiques/">{one.extra("section", "Communiqués")}</a></footer>
</article>"""
    head = f"""<meta property="og:type" content="article"><meta property="og:title" content="{title}">
<meta property="og:site_name" content="{TITLE}"><link rel="canonical" href="{one.path}">
<meta property="article:published_time" content="{one.article.published.isoformat()}">"""
    return page(_layout(one.wording.title, body, head), last_modified=one.changed_at, etag=True)


def _archive(edition: Edition, heading: str, shown: tuple[Printed, ...], number: int | None) -> Response:
    teasers = "".join(
        f'<article class="teaser"><h2><a href="{one.path}">{escape(one.wording.title)}</a></h2>'
        f"<p>{day_in_french(one.article.published)}</p></article>\n"
        for one in shown
    )
    older = f'<a class="next" href="/communiques/page/{number + 1}/">Articles plus anciens</a>' if number else ""
    if number and number * PER_PAGE >= len(edition.live):
        older = '<a class="prev" href="/communiques/">Articles plus récents</a>'
    return page(_layout(heading, f"<h1>{heading}</h1>\n{teasers}<nav class='pagination'>{older}</nav>"))


def _search(edition: Edition) -> Response:
    hits = [one for one in edition.live if "effectifs" in " ".join(one.wording.blocks)]
    lines = "".join(f'<li><a href="{one.path}">{escape(one.wording.title)}</a></li>' for one in hits)
    return page(_layout("Recherche", f"<h1>Résultats de recherche pour : effectifs</h1><ul>{lines}</ul>"))


def _missing(status: int) -> Response:
    words = "a été retirée" if status == 410 else "est introuvable"
    body = f"<h1>Page {'retirée' if status == 410 else 'introuvable'}</h1><p>La page demandée {words}.</p>"
    return page(_layout("Page introuvable", body), status=status)


def _layout(title: str, body: str, head: str = "") -> str:
    return f"""<!DOCTYPE html>
<html lang="fr-FR">
<head>
<meta charset="UTF-8">
<title>{escape(title)} – {TITLE}</title>
<link rel="alternate" type="application/rss+xml" title="{TITLE} » Flux" href="/feed/">
{head}
</head>
<body>
<header class="site-header"><a href="/">{TITLE}</a>
<nav class="menu"><ul><li><a href="/">Accueil</a></li><li><a href="/communiques/">Communiqués</a></li>
<li><a href="/contact/">Contact</a></li><li><a href="/adherer/">Adhérer</a></li></ul></nav></header>
<main>
{body}
</main>
<aside class="sidebar"><h3>Nous rejoindre</h3><p>Adhérez en ligne : 66 % de votre cotisation ouvrent droit à un crédit d’impôt.</p>
<form role="search" action="/"><input name="s" placeholder="Rechercher"></form></aside>
<footer class="site-footer"><p>© {TITLE} – Mentions légales – Fièrement propulsé par nos adhérents</p></footer>
</body>
</html>
"""
