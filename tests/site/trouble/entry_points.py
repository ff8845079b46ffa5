"""Feeds, sitemaps and listings that are broken, huge or hostile.

/feed/of?path=/a&path=/b     a sound feed that lists these paths of this host
/feed/huge?items=20000       /feed/latin1-byte   /feed/billion-laughs   /feed/external-entity   /feed/cut
/feed/empty   /feed/html   /feed/json   /feed/odd-links   /feed/same-guid   /feed/moved   /feed/to-home
/sitemap/self   /sitemap/ring-a   /sitemap/ring-b   /sitemap/deep/5   /sitemap/cut   /sitemap/bomb.xml.gz
/sitemap/huge?urls=500000   /sitemap/other-hosts
/listing/huge?links=100000   /listing/without-links
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import escape
from urllib.parse import parse_qsl, urlsplit

from tests.site.markup import rfc822
from tests.site.messages import RawAnswer, Request, Response, page, redirect
from tests.site.trouble.articles import article_text
from tests.site.trouble.bombs import zip_blanks

_NEWEST = datetime(2025, 12, 1, 8, 0, tzinfo=UTC)
_RSS = "application/rss+xml"
_SITEMAP = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_LAUGHS = "".join(f'<!ENTITY rire{n} "{f"&rire{n - 1};" * 10}">' for n in range(1, 10))
_ODD_LINKS = (
    ("guid seul", '<guid isPermaLink="false">1</guid>'),
    ("sans lien", ""),
    ("relatif", "<link>/article/relatif</link>"),
    ("script", "<link>javascript:void(0)</link>"),
    ("courriel", "<link>mailto:redaction@exemple.test</link>"),
    ("fichier", "<link>file:///etc/hostname</link>"),
    ("sur deux lignes", "<link>\n /article/sur-deux-lignes \n</link>"),
    ("avec blancs", "<link>/article/avec des blancs</link>"),
    ("sain", "<link>/article/sain</link>"),
)


def answer(request: Request, base: str) -> Response | RawAnswer | None:
    """The entry point that lives at this path."""
    kind, _, name = request.path.strip("/").partition("/")
    if kind == "feed":
        return _feed(name, request, base)
    if kind == "sitemap":
        return _sitemap(name, request, base)
    if kind == "listing":
        return _listing(name, request)
    return None


def make_feed(links: list[str]) -> bytes:
    """A sound RSS feed of these links, newest first."""
    items = "".join(
        f"<item><title>{escape(article_text(urlsplit(link).path)[0])}</title><link>{escape(link)}</link>"
        f"<pubDate>{rfc822(_NEWEST - timedelta(minutes=number))}</pubDate></item>\n"
        for number, link in enumerate(links)
    )
    return _channel(items).encode()


def _channel(items: str, doctype: str = "") -> str:
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n{doctype}<rss version="2.0"><channel>'
    return f"{head}<title>Fil d’essai</title><link>/</link>\n{items}</channel></rss>\n"


def _feed(name: str, request: Request, base: str) -> Response | None:
    if name == "of":
        paths = [value for key, value in parse_qsl(urlsplit(request.target).query) if key == "path"]
        return Response(make_feed([base + path for path in paths]), _RSS, etag=True)
    if name == "huge":
        count = int(request.query.get("items", "20000"))
        return Response(make_feed([f"{base}/article/{number}" for number in range(count)]), _RSS)
    if name == "moved":
        return redirect("/feed/of?path=/article/a", 301)
    if name == "to-home":
        return redirect("/", 302)
    body = _broken_feed(name, base)
    return None if body is None else Response(body, _RSS)


def _broken_feed(name: str, base: str) -> bytes | None:
    sound = make_feed([f"{base}/article/{number}" for number in range(3)])
    item = f"<item><title>&{{}};</title><link>{base}/article/entite</link></item>"
    local_file = '<!DOCTYPE rss [<!ENTITY lu SYSTEM "file:///etc/hostname">]>'
    laughs = f'<!DOCTYPE rss [<!ENTITY rire0 "ha">{_LAUGHS}]>'
    makers: dict[str, Callable[[], bytes]] = {
        "latin1-byte": lambda: sound.replace("d’essai".encode(), "d’été préfet ".encode() + b"\xe9"),
        "billion-laughs": lambda: _channel(item.format("rire9"), laughs).encode(),
        "external-entity": lambda: _channel(item.format("lu"), local_file).encode(),
        "cut": lambda: sound[: sound.rindex(b"/article/2") + len(b"/article/")],
        "empty": lambda: b"",
        "html": lambda: b"<html><body><h1>Connexion</h1><form></form></body></html>",
        "json": lambda: b'{"erreur": "introuvable"}',
        "odd-links": lambda: _channel(
            "".join(f"<item><title>{title}</title>{link}</item>" for title, link in _ODD_LINKS)
        ).encode(),
        "same-guid": lambda: _channel(
            "".join(f"<item><title>n° {n}</title><link>{base}/article/{n}</link><guid>7</guid></item>" for n in (1, 2))
        ).encode(),
    }
    return makers[name]() if name in makers else None


def _sitemap(name: str, request: Request, base: str) -> Response | RawAnswer | None:
    if name == "bomb.xml.gz":
        opening = f"<?xml version='1.0'?><urlset {_SITEMAP}>".encode()
        return Response(b"".join(zip_blanks(int(request.query.get("mib", "200")), opening)), "application/gzip")
    if name.startswith("deep/"):
        left = int(name.removeprefix("deep/"))
        return _index([f"{base}/sitemap/deep/{left - 1}"]) if left > 1 else _urls([f"{base}/article/deep"])
    rings = {"self": "self", "ring-a": "ring-b", "ring-b": "ring-a"}
    if name in rings:
        return _index([f"{base}/sitemap/{rings[name]}", f"{base}/sitemap/sound"])
    lists = {
        "sound": lambda: [f"{base}/article/sitemap-{number}" for number in range(3)],
        "huge": lambda: [f"{base}/article/{number}" for number in range(int(request.query.get("urls", "500000")))],
        "other-hosts": lambda: ["https://ailleurs.exemple.test/a", "http://10.0.0.1/b", f"{base}/article/ici"],
        "cut": lambda: [f"{base}/article/1", f"{base}/article/1234"],
    }
    if name not in lists:
        return None
    whole = _urls(lists[name]())
    return Response(whole.body[: whole.body.rindex(b"234")], whole.content_type) if name == "cut" else whole


def _index(children: list[str]) -> Response:
    rows = "".join(f"<sitemap><loc>{child}</loc></sitemap>" for child in children)
    return Response(f"<sitemapindex {_SITEMAP}>{rows}</sitemapindex>".encode(), "application/xml")


def _urls(links: list[str]) -> Response:
    # every lastmod the same and of today, as careless generators write it
    now = datetime.now(UTC).date().isoformat()
    rows = "".join(f"<url><loc>{link}</loc><lastmod>{now}</lastmod></url>" for link in links)
    return Response(f"<urlset {_SITEMAP}>{rows}</urlset>".encode(), "application/xml")


def _listing(name: str, request: Request) -> Response | None:
    if name == "without-links":
        return page("<html><body><h1>Actualités</h1><div id='app'></div></body></html>")
    if name == "huge":
        count = int(request.query.get("links", "100000"))
        row = '<li><a href="/article/{n}-une-affaire-de-plus">Une affaire de plus, {n}</a></li>'
        rows = "".join(row.format(n=number) for number in range(count))
        return page(f"<html><body><main><ul>{rows}</ul></main></body></html>")
    return None
