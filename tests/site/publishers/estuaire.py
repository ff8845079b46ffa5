"""A broadcaster: an Atom feed with `published` and `updated`, UTF-8 pages marked up with microdata and `<time>`.

Its feed also names a page closed by robots.txt, one that is gone, and one that leads to another domain.
"""

# ruff: noqa: E501 - lines of HTML stay whole

from datetime import UTC, datetime
from html import escape

from tests.site.edition import Edition, Printed
from tests.site.markup import blocks_to_html, clock_time, day_in_french, text_of
from tests.site.messages import Response, page, redirect

TITLE = "Radio Estuaire"
CLOSED = "/podcasts/prives/les-coulisses-de-la-matinale"
VANISHED = "/info/le-direct-du-29-novembre"
LEADS_AWAY = "/partenaires/jeu-concours-de-noel"
AWAY = "https://jeux.exemple.test/noel"

_ROBOTS = "User-agent: *\nDisallow: /podcasts/prives/\n\nUser-agent: AspirateurTotal\nDisallow: /\n"
_ODD_ENTRIES = (
    ("Les coulisses de la matinale", CLOSED, datetime(2025, 12, 1, 6, 0, tzinfo=UTC)),
    ("Le direct du 29 novembre", VANISHED, datetime(2025, 11, 29, 6, 0, tzinfo=UTC)),
    ("Jeu-concours de Noël", LEADS_AWAY, datetime(2025, 12, 1, 7, 0, tzinfo=UTC)),
)


def pages(edition: Edition) -> dict[str, Response]:
    """Every page of the broadcaster's site."""
    found = {
        "/robots.txt": Response(_ROBOTS.encode(), "text/plain; charset=utf-8"),
        "/atom.xml": _feed(edition),
        "/": _front_page(edition),
        "/contact": page(_layout("Contact", "<h1>Écrire à l’antenne</h1><p>antenne@estuaire.example</p>")),
        CLOSED: page(_layout("Les coulisses", "<h1>Les coulisses de la matinale</h1><p>Réservé.</p>")),
        LEADS_AWAY: redirect(AWAY, 302),
        "404": _missing(404),
    }
    for one in edition.live:
        found[one.path] = _article(edition, one)
    for one in edition.gone:
        found[one.path] = _missing(one.status)
    return found


def _feed(edition: Edition) -> Response:
    entries = "".join(_entry(edition, one) for one in edition.live)
    entries += "".join(
        f"""<entry><title>{escape(title)}</title><link href="{path}"/><id>{edition.base}{path}</id>
<published>{moment.isoformat()}</published><updated>{moment.isoformat()}</updated></entry>
"""
        for title, path, moment in _ODD_ENTRIES
    )
    updated = max(one.changed_at for one in edition.live)
    text = f"""<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr" xml:base="{edition.base}/">
<title>{TITLE} : l’info</title>
<id>{edition.base}/</id>
<link rel="self" href="/atom.xml"/>
<link rel="alternate" type="text/html" href="/"/>
<updated>{updated.isoformat()}</updated>
{entries}</feed>
"""
    return Response(
        text.encode(), "application/atom+xml; charset=utf-8", last_modified=updated, etag=True, compress=True
    )


def _entry(edition: Edition, one: Printed) -> str:
    authors = "".join(f"<author><name>{escape(name)}</name></author>" for name in one.article.authors)
    return f"""<entry>
<title type="html">{escape(escape(one.wording.title, quote=False))}</title>
<link rel="alternate" type="text/html" href="{one.path}"/>
<link rel="enclosure" type="audio/mpeg" href="/sons/{one.extra("slug")}.mp3" length="1048576"/>
<id>tag:estuaire.example,2025:{one.extra("slug")}</id>
<published>{one.article.published.isoformat()}</published>
<updated>{one.changed_at.isoformat()}</updated>
{authors}
<summary>{escape(text_of(one.wording.blocks[0])[:160])}…</summary>
</entry>
"""


def _article(edition: Edition, one: Printed) -> Response:
    published, changed = one.article.published, one.changed_at
    update = ""
    if one.wording.modified:
        update = (
            f' – Mis à jour le <time itemprop="dateModified" datetime="{changed.isoformat()}">'
            f"{day_in_french(changed)} à {clock_time(changed)}</time>"
        )
    authors = ", ".join(
        f'<span itemprop="author" itemscope itemtype="https://schema.org/Person"><span itemprop="name">{escape(name)}</span></span>'
        for name in one.article.authors
    )
    body = f"""<article itemscope itemtype="https://schema.org/NewsArticle">
<h1 itemprop="headline">{escape(one.wording.title)}</h1>
<p class="meta">Par {authors} – Publié le <time itemprop="datePublished" datetime="{published.isoformat()}">{day_in_french(published)} à {clock_time(published)}</time>{update}</p>
<figure><audio controls src="/sons/{one.extra("slug")}.mp3"></audio><figcaption>Écouter le reportage (2 min 14)</figcaption></figure>
<div itemprop="articleBody">
{blocks_to_html(one.wording.blocks)}
</div>
</article>
<aside><h2>À réécouter</h2><ul>{_links(edition, one)}</ul></aside>"""
    head = f'<link rel="canonical" href="{edition.base}{one.path}">'
    return page(_layout(one.wording.title, body, head), last_modified=changed, etag=True, compress=True)


def _links(edition: Edition, beside: Printed) -> str:
    others = [one for one in edition.live if one.path != beside.path][:3]
    return "".join(f'<li><a href="{one.path}">{escape(one.wording.title)}</a></li>' for one in others)


def _front_page(edition: Edition) -> Response:
    teasers = "".join(
        f'<div class="carte"><a href="{one.path}">{escape(one.wording.title)}</a></div>' for one in edition.live
    )
    return page(_layout("Accueil", f"<h1>L’info de l’estuaire</h1>{teasers}"))


def _missing(status: int) -> Response:
    return page(_layout("Page introuvable", "<h1>Silence radio</h1><p>Cette page n’existe pas.</p>"), status=status)


def _layout(title: str, body: str, head: str = "") -> str:
    return f"""<!DOCTYPE html>
<html lang="fr">
<head><meta charset="utf-8"><title>{escape(title)} - {TITLE}</title>
<link rel="alternate" type="application/atom+xml" href="/atom.xml">
{head}</head>
<body>
<header><a href="/">{TITLE}</a><nav><a href="/direct">Direct</a> <a href="/podcasts">Podcasts</a> <a href="/contact">Contact</a></nav></header>
<main>{body}</main>
<footer>{TITLE}, 98.1 FM</footer>
</body></html>
"""
