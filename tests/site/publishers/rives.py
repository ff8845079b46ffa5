"""A regional daily: a sitemap index with a gzipped news sitemap, a JSON Feed with tracked links, JSON-LD on every page.

Around each article stand a cookie banner, a newsletter box, "Lire aussi" links in the middle of the text, comments and
a subscription offer; every article also exists as an AMP page and as a print view, both pointing to the canonical one.
"""

# ruff: noqa: E501 - lines of HTML stay whole

import gzip
import json
from html import escape

from tests.site.edition import Edition, Printed
from tests.site.markup import blocks_to_html, clock_time, day_in_french, text_of
from tests.site.messages import Response, page, redirect

TITLE = "Le Courrier des Deux Rives"

_ROBOTS = """# Le Courrier des Deux Rives
User-agent: *
Disallow: /recherche
Disallow: /impression/
Disallow: /compte/

User-agent: AspirateurTotal
Disallow: /

Sitemap: {base}/sitemap-index.xml
"""
_TDM = [{"location": "/abonnes/*", "tdm-reservation": 1, "tdm-policy": "/politique-tdm.json"}]
_NEWSLETTER = """<aside class="newsletter-box"><p>Chaque matin, l’essentiel de l’actualité de votre ville dans votre
boîte mail.</p><form><input type="email" placeholder="Votre adresse e-mail"><button>Je m’inscris</button></form></aside>"""
_COOKIES = """<div id="cookie-banner" role="dialog"><p>Avec votre accord, nous et nos 214 partenaires utilisons des
cookies pour mesurer l’audience et personnaliser les annonces.</p><button>Tout refuser</button>
<button>Tout accepter</button></div>"""
_COMMENTS = """<section id="commentaires" class="comments"><h2>Commentaires</h2><ol>
<li class="comment"><cite>Riverain49</cite><p>On attend surtout de voir ce que ça donnera dans six mois.</p></li>
<li class="comment"><cite>Mado</cite><p>Bravo à toutes les équipes, et merci pour cet article.</p></li></ol></section>"""
_WALL = """<div class="paywall"><p><strong>Cet article est réservé aux abonnés.</strong> Il vous reste 62 % à lire.</p>
<a href="/compte/abonnement">Je m’abonne dès 1 € par mois</a></div>"""


def pages(edition: Edition) -> dict[str, Response]:
    """Every page of the daily's site."""
    base = edition.base
    found = {
        "/robots.txt": Response(_ROBOTS.format(base=base).encode(), "text/plain; charset=utf-8"),
        "/.well-known/tdmrep.json": Response(json.dumps(_TDM).encode(), "application/json"),
        "/sitemap-index.xml": _sitemap_index(edition),
        "/sitemaps/actualites.xml.gz": Response(gzip.compress(_news_sitemap(edition), mtime=0), "application/gzip"),
        "/sitemaps/pages.xml": _page_sitemap(edition),
        "/flux.json": _json_feed(edition),
        "/": _front_page(edition),
        "/faits-divers/": _section(edition, "Faits divers"),
        "/contact.html": _html("Nous contacter", _CONTACT),
        "/recherche": _html("Recherche", _SEARCH),
        "/compte/abonnement": _html("Abonnement", "<h1>Choisissez votre formule</h1><p>Sans engagement.</p>"),
        "404": _missing(404),
    }
    for one in edition.live:
        found |= _article_pages(edition, one)
    for one in edition.gone:
        found[one.path] = _missing(one.status)
    return found


def _article_pages(edition: Edition, one: Printed) -> dict[str, Response]:
    found = {
        one.path: _article(edition, one),
        f"{one.path}?amp=1": _bare(edition, one, "amp"),
        f"/amp{one.path}": _bare(edition, one, "amp"),
        f"/impression/{one.extra('id')}": _bare(edition, one, "print"),
    }
    if one.extra("old_path"):
        found[one.extra("old_path")] = redirect(one.path, 301)
    return found


def _sitemap_index(edition: Edition) -> Response:
    newest = max(one.changed_at for one in edition.live).isoformat()
    children = "".join(
        f"<sitemap><loc>{edition.base}{path}</loc><lastmod>{newest}</lastmod></sitemap>"
        for path in ("/sitemaps/actualites.xml.gz", "/sitemaps/pages.xml")
    )
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{children}</sitemapindex>"""
    return Response(text.encode(), "application/xml", etag=True)


def _news_sitemap(edition: Edition) -> bytes:
    entries = "".join(
        f"""<url><loc>{edition.base}{one.path}</loc><lastmod>{one.changed_at.isoformat()}</lastmod>
<news:news><news:publication><news:name>{TITLE}</news:name><news:language>fr</news:language></news:publication>
<news:publication_date>{one.article.published.isoformat()}</news:publication_date>
<news:title>{escape(one.wording.title)}</news:title><news:keywords>{escape(one.extra("tags"))}</news:keywords></news:news>
</url>
"""
        for one in edition.live
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="http://www.google.com/schemas/sitemap-news/0.9">
{entries}</urlset>
""".encode()


def _page_sitemap(edition: Edition) -> Response:
    """Pages that are no articles: sitemaps of real publishers list them too."""
    paths = ("/", "/faits-divers/", "/contact.html", "/recherche?q=police", "/jeux/mots-fleches.html")
    entries = "".join(f"<url><loc>{edition.base}{path}</loc></url>" for path in paths)
    text = f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{entries}</urlset>'
    return Response(text.encode(), "application/xml")


def _json_feed(edition: Edition) -> Response:
    items = []
    for one in edition.live:
        address = edition.base + (one.extra("old_path") or one.path)
        query = "amp=1" if one.extra("amp_in_feed") else "utm_source=flux&utm_medium=json"
        items.append(
            {
                "id": one.extra("id"),
                "url": f"{address}?{query}",
                "title": one.wording.title,
                "summary": one.extra("lead"),
                "date_published": one.article.published.isoformat(),
                "date_modified": one.changed_at.isoformat(),
                "authors": [{"name": name} for name in one.article.authors],
            }
        )
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": TITLE,
        "home_page_url": edition.base + "/",
        "language": "fr",
        "items": items,
    }
    body = json.dumps(feed, ensure_ascii=False, indent=1).encode()
    return Response(body, "application/feed+json", etag=True, compress=True)


def _article(edition: Edition, one: Printed) -> Response:
    canonical = edition.base + one.path
    title = escape(one.wording.title)
    tags = "".join(f'<li><a href="/tag/{number}">{escape(tag)}</a></li>' for number, tag in enumerate(_tags(one)))
    body = f"""<article itemscope>
<p class="surtitre">{escape(one.extra("section"))}</p>
<h1>{title}</h1>
<p class="chapo">{escape(one.extra("lead"))}</p>
<div class="signature">Par <span class="auteur">{escape(" et ".join(one.article.authors))}</span>
<span class="date">Publié le {day_in_french(one.article.published)} à {clock_time(one.article.published)}</span>
{_update_line(one)}</div>
<div class="corps">
{_body(edition, one)}
</div>
<ul class="mots-cles">{tags}</ul>
</article>
{_NEWSLETTER}
{_COMMENTS}
<section class="plus-lus"><h2>Les plus lus</h2>{_links(edition, one)}</section>"""
    head = f"""<link rel="canonical" href="{canonical}">
<link rel="amphtml" href="{edition.base}/amp{one.path}">
<link rel="alternate" media="print" href="/impression/{one.extra("id")}">
<meta name="description" content="{escape(one.extra("lead"))}">
<meta property="og:type" content="article"><meta property="og:title" content="{title}">
<meta property="og:site_name" content="{TITLE}"><meta property="og:url" content="{canonical}">
<script type="application/ld+json">{_structured(edition, one)}</script>"""
    return page(_layout(one.wording.title, body, head), last_modified=one.changed_at, etag=True, compress=True)


def _body(edition: Edition, one: Printed) -> str:
    """The blocks with a box of links after the second one; behind the wall only the first ones are sent."""
    visible = int(one.extra("visible", "0"))
    blocks = one.wording.blocks[:visible] if visible else one.wording.blocks
    opening, rest = blocks_to_html(blocks[:2]), blocks_to_html(blocks[2:])
    box = f'<div class="lire-aussi"><p>Lire aussi</p>{_links(edition, one)}</div>' if len(blocks) > 2 else ""
    return f"{opening}\n{box}\n{rest}\n{_WALL if visible else ''}"


def _update_line(one: Printed) -> str:
    if one.wording.modified is None:
        return ""
    moment = one.wording.modified
    return f'<span class="maj">Mis à jour le {day_in_french(moment)} à {clock_time(moment)}</span>'


def _structured(edition: Edition, one: Printed) -> str:
    """One graph in which people and publisher are nodes of their own, pointed to by @id."""
    base = edition.base
    people = [
        {"@type": "Person", "@id": f"{base}/#auteur-{number}", "name": name}
        for number, name in enumerate(one.article.authors)
    ]
    article: dict[str, object] = {
        "@type": "NewsArticle",
        "@id": f"{base}{one.path}#article",
        "headline": one.wording.title,
        "description": one.extra("lead"),
        "datePublished": one.article.published.isoformat(),
        "dateModified": one.changed_at.isoformat(),
        "author": [{"@id": person["@id"]} for person in people],
        "publisher": {"@id": f"{base}/#journal"},
        "articleSection": one.extra("section"),
        "keywords": _tags(one),
        "inLanguage": "fr-FR",
        "isAccessibleForFree": not one.extra("visible"),
        "mainEntityOfPage": f"{base}{one.path}",
    }
    if one.extra("visible"):
        article["hasPart"] = {"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".paywall"}
    paper = {"@type": "NewsMediaOrganization", "@id": f"{base}/#journal", "name": TITLE, "url": base}
    graph = {"@context": "https://schema.org", "@graph": [paper, *people, article]}
    return json.dumps(graph, ensure_ascii=False).replace("</", "<\\/")


def _bare(edition: Edition, one: Printed, kind: str) -> Response:
    """The AMP page (with the facts for machines) or the print view: the text alone, and where it really stands."""
    mark = " amp" if kind == "amp" else ""
    facts = f'<script type="application/ld+json">{_structured(edition, one)}</script>' if mark else ""
    visible = int(one.extra("visible", "0")) or None
    text = f"""<!DOCTYPE html><html{mark} lang="fr"><head><meta charset="utf-8"><title>{escape(one.wording.title)}</title>
<link rel="canonical" href="{edition.base}{one.path}">{facts}</head><body><article><h1>{escape(one.wording.title)}</h1>
<p>{escape(one.extra("lead"))}</p>{blocks_to_html(one.wording.blocks[:visible])}</article></body></html>"""
    return page(text)


def _tags(one: Printed) -> list[str]:
    return [tag.strip() for tag in one.extra("tags").split(";") if tag.strip()]


def _links(edition: Edition, beside: Printed) -> str:
    others = [one for one in edition.live if one.path != beside.path][:3]
    return (
        "<ul>" + "".join(f'<li><a href="{one.path}">{escape(one.wording.title)}</a></li>' for one in others) + "</ul>"
    )


def _front_page(edition: Edition) -> Response:
    teasers = "".join(
        f'<article><h2><a href="{one.path}">{escape(one.wording.title)}</a></h2><p>{escape(one.extra("lead"))}</p></article>'
        for one in edition.live
    )
    return _html("L’actualité en direct", f"<h1>À la une</h1>{teasers}{_NEWSLETTER}")


def _section(edition: Edition, name: str) -> Response:
    lines = "".join(
        f'<li><a href="{one.path}">{escape(one.wording.title)}</a><p>{text_of(one.wording.blocks[0])[:90]}…</p></li>'
        for one in edition.live
        if one.extra("section") == name
    )
    return _html(name, f"<h1>{name}</h1><ul class='liste'>{lines}</ul>")


def _html(title: str, body: str) -> Response:
    return page(_layout(title, body, ""), compress=True)


def _missing(status: int) -> Response:
    return page(_layout("Page introuvable", "<h1>Oups, cette page n’existe pas</h1>", ""), status=status)


_CONTACT = """<h1>Nous contacter</h1><p>Siège : 14, quai des Mariniers, Port-Ligneul.</p>
<ul><li>Rédaction : redaction@deux-rives.example</li><li>Abonnements : abonnes@deux-rives.example</li></ul>"""
_SEARCH = """<h1>Rechercher</h1><form action="/recherche"><input name="q" value="police"></form>
<p>128 résultats</p>"""


def _layout(title: str, body: str, head: str) -> str:
    return f"""<!DOCTYPE html>
<html lang="fr">
<head>
<meta charset="utf-8">
<title>{escape(title)} | {TITLE}</title>
{head}
</head>
<body>
{_COOKIES}
<header><a class="logo" href="/">{TITLE}</a>
<nav><a href="/faits-divers/">Faits divers</a> <a href="/vie-locale/">Vie locale</a> <a href="/societe/">Société</a>
<a href="/recherche">Rechercher</a> <a href="/compte/abonnement">S’abonner</a></nav></header>
<main>
{body}
</main>
<footer><p>© {TITLE} – <a href="/contact.html">Contact</a> – Mentions légales – Gestion des cookies</p></footer>
</body>
</html>
"""
