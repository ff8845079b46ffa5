"""Listing pages: the links of a page that lead to articles.

Promises: general signs only (the shape of the address, where the link stands, what it says), each with a weight below;
navigation, footers, tags and account pages stay out; a PDF in the text counts; every address once, in the order of the
page; above the limit the rest is counted.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any
from urllib.parse import unquote, urlsplit

from archive.outcomes import Outcome
from archive.records import Entry
from crawler.discovery.dates import find_written_date
from crawler.discovery.feed_items import strip_markup
from crawler.extraction.decoding import decode_page
from crawler.extraction.page_tree import parse_page
from crawler.urls import canonical_form, clean

MAX_LINKS = 500
ENOUGH = 3  # points that make a link an article's; measured on real listings, see benchmarks/discovery.py
_NEVER = -100
_MAX_ANCHORS = 5_000  # a page with more links lists an archive, not news; each costs a walk up the tree
_MAX_TEXT = 4_000_000  # characters; parsed in the crawl's event loop, so a larger page is cut
_MAX_CLIMB = 12
_CARD_NODES = 120  # elements in the card or row of one article; what holds more holds several, or is hostile
_TITLE_LENGTHS = range(10, 301)

# One tag of 100,000 characters makes the parser quadratic; none that matters here is so long.
_HUGE_TAG = re.compile(r"<[^<>]{20000,}>?")

_ANCHOR = re.compile(r"<a\s", re.IGNORECASE)

_DATE_IN_PATH = re.compile(r"/(?:19|20)\d\d[/-](?:0?[1-9]|1[0-2])(?:[/-]|$)|(?:19|20)\d\d(?:0[1-9]|1[0-2])[0-3]\d")
_ID_AT_END = re.compile(r"(?:^|[-_,/a-z])\d{4,}(?:[-_,.][\w,.-]*)?$", re.IGNORECASE)
# A number in the query chooses an article, unless its name says that it chooses a list.
_ID_QUERY = re.compile(
    r"(?:^|&)(?!(?:cat\w*|rubrique|id_rubrique|id_mot|tag|theme|annee|mois|jour|year|month|m|lang|start|limitstart|"
    r"debut\w*)=)[a-z_]{1,20}=\d|^article\d+|view=article",
    re.IGNORECASE,
)
_DAY_ARCHIVE = re.compile(r"/(?:19|20)\d\d(?:/\d{1,2}){0,2}/?$")
_PAGE_EXTENSION = re.compile(r"\.(?:s?html?|php\d?|aspx?|jsp)$", re.IGNORECASE)
_OTHER_EXTENSION = re.compile(
    r"\.(?:jpe?g|png|gif|webp|svg|ico|css|js|xml|json|rss|atom|zip|rar|mp[34]|avi|mov|webm|docx?|xlsx?|pptx?|ics|epub)$",
    re.IGNORECASE,
)
# Anywhere in the path they make it a list, an account or a machine's page.
_STOP_ANYWHERE = frozenset(
    (
        "tag", "tags", "category", "categorie", "categories", "auteur", "auteurs", "author", "authors", "mot", "mots",
        "mots-cles", "mot-cle", "search", "recherche", "login", "connexion", "inscription", "register", "compte",
        "mon-compte", "account", "abonnement", "abonnements", "newsletter", "newsletters", "wp-admin", "wp-login.php",
        "wp-json", "feed", "boutique", "panier", "cart",
    )
)  # fmt: skip
# At its end they name a page that every site has.
_STOP_AT_END = frozenset(
    (
        "abonnez-vous", "adherer", "adhesion", "contact", "contacts", "contactez-nous", "nous-contacter",
        "mentions-legales", "politique-de-confidentialite", "confidentialite", "privacy-policy",
        "donnees-personnelles", "protection-des-donnees", "gestion-des-cookies", "cookies", "cgu", "cgv",
        "conditions-generales", "conditions-generales-de-vente", "conditions-generales-d-utilisation",
        "conditions-generales-utilisation", "plan-du-site", "sitemap", "aide", "faq", "a-propos", "about",
        "qui-sommes-nous", "rss", "flux", "flux-rss", "shop", "annonces", "archives", "partenaires", "nos-partenaires",
        "publicite", "jeux", "meteo", "rubriques", "themes", "dossiers", "toutes-les-actualites", "espace-adherent",
        "espace-adherents", "mot-de-passe-oublie",
    )
)  # fmt: skip
_PAGINATION = re.compile(r"/page/\d+/?$|(?:^|[&?])(?:page|paged|debut_articles|offset)=\d", re.IGNORECASE)
_OUTSIDE_TEXT = re.compile(
    r"\b(?:nav|navbar|menu|submenu|breadcrumb|fil-?ariane|pagination|pager|social|share|partage|cookie|footer|"
    r"sub-?menu|main-?nav|toolbar|login|lang(?:uage)?s?|tagcloud|widget_categories|widget_tag_cloud)\b",
    re.IGNORECASE,
)
_CARD = re.compile(
    r"\b(?:article|articles|post|posts|entry|teaser|card|story|news|actu|actus|actualite|actualites|item-page|hentry|"
    r"communique|communiques|blog|liste?-articles?)\b",
    re.IGNORECASE,
)
_MORE = re.compile(r"(?:lire|voir|en savoir|afficher|plus d|read|see|d[ée]couvrir)\b", re.IGNORECASE)
_ROWS = frozenset(("tr", "li", "article", "dd"))  # one of these holds one entry of a list
_HEADINGS = frozenset(("h1", "h2", "h3", "h4", "h5"))


@dataclass(frozen=True)
class ListingReading:
    """The entries of one listing page; `no_links` where not one was found."""

    entries: tuple[Entry, ...]
    outcome: Outcome
    left_out: int = 0


@dataclass
class _Link:
    """What all anchors with one address say together."""

    url: str
    place: int = 0
    heading: str | None = None
    texts: list[str] = field(default_factory=list)
    published: str | None = None


def read_listing(
    body: bytes,
    url: str,
    content_type: str | None,
    in_scope: Callable[[str], bool],
    limit: int = MAX_LINKS,
) -> ListingReading:
    """The article links of the page at `url` for which `in_scope` is true; never raises for any bytes."""
    text = decode_page(body, content_type).text
    end = max(0, text.rfind("<", 0, _MAX_TEXT)) if len(text) > _MAX_TEXT else len(text)
    page = parse_page(_HUGE_TAG.sub("", text[:end]))
    if page is None:
        return ListingReading((), Outcome.no_links)
    links, skipped = _gather_links(page.root, url)
    chosen = [link for link in links if _score_link(link) >= ENOUGH and in_scope(link.url)]
    entries = tuple(_make_entry(link) for link in chosen[:limit])
    left_out = len(chosen) - len(entries) + skipped + len(_ANCHOR.findall(text, end))
    return ListingReading(entries, Outcome.read if entries else Outcome.no_links, left_out)


def _score_link(link: _Link) -> int:
    """How much speaks for an article: the address, the best place the link stands at, its words, a date beside it."""
    dated = 2 if link.published else 0
    return _score_address(link.url) + link.place + _score_words(link.texts) + dated


def _gather_links(root: Any, page_url: str) -> tuple[list[_Link], int]:
    base = _base_of(root, page_url)
    own = canonical_form(page_url)
    links: dict[str, _Link] = {}
    skipped = 0
    for number, anchor in enumerate(root.iter("a")):
        if number >= _MAX_ANCHORS:
            skipped += 1
            continue
        href = anchor.get("href")
        url = clean(href, base) if href and not href.startswith("#") else None
        if url is None or (key := canonical_form(url)) == own:
            continue
        place, heading = _judge_place(anchor)
        link = links.setdefault(key, _Link(url, place))
        _add_anchor(link, anchor, place, heading)
    return list(links.values()), skipped


def _base_of(root: Any, page_url: str) -> str:
    declared = next((element.get("href") for element in root.iter("base") if element.get("href")), None)
    return (clean(declared, page_url) if declared else None) or page_url


def _add_anchor(link: _Link, anchor: Any, place: int, heading: str | None) -> None:
    link.place = max(link.place, place)
    link.heading = link.heading or heading
    text = _text_of(anchor) or strip_markup(anchor.get("title"))
    if text:
        link.texts.append(text)
    link.published = link.published or _date_nearby(anchor)


def _make_entry(link: _Link) -> Entry:
    titles = [link.heading] if link.heading else [text for text in link.texts if not _MORE.match(text)]
    title = next((text for text in titles if text and len(text) in _TITLE_LENGTHS), None)
    return Entry(url=link.url, through="listing", title=title, published=link.published)


def _score_address(url: str) -> int:
    parts = urlsplit(url)
    segments = [segment for segment in unquote(parts.path).lower().split("/") if segment]
    last = _PAGE_EXTENSION.sub("", segments[-1]) if segments else ""
    if parts.path.lower().endswith(".pdf"):
        return ENOUGH
    if _leads_elsewhere(url, segments, last):
        return _NEVER
    points = 0
    if _DATE_IN_PATH.search(parts.path):
        points += 3
    if _ID_AT_END.search(last) or _ID_QUERY.search(parts.query):
        points += 2
    slug = _score_slug(last)
    return points + slug if slug > 0 or points == 0 else points  # a short slug is no reproach to a dated address


def _leads_elsewhere(url: str, segments: list[str], last: str) -> bool:
    """The home page, a list, an account, a file: no article, wherever the link stands."""
    parts = urlsplit(url)
    if not segments and not parts.query:
        return True
    if _OTHER_EXTENSION.search(parts.path) or _DAY_ARCHIVE.search(parts.path) or _PAGINATION.search(url):
        return True
    return last in _STOP_AT_END or not _STOP_ANYWHERE.isdisjoint(segments)


def _score_slug(last: str) -> int:
    """Titles become slugs of several words; sections are one or two. A section taken for an article costs one fetch
    ever, an article taken for a section is lost: so two words weigh little."""
    words = [word for word in re.split(r"[-_,+ ]+", last) if word.isalnum()]
    if len(words) >= 3:
        return 3 if len(words) >= 5 else 2
    if any(char.isdigit() for char in last):
        return 0
    return -2 if len(words) == 2 else -5


def _score_words(texts: list[str]) -> int:
    spoken = [len(text) for text in texts if not _MORE.match(text)]
    longest = max(spoken, default=0)
    return 2 if longest >= 40 else 1 if longest >= 25 else 0


def _judge_place(anchor: Any) -> tuple[int, str | None]:
    """Points for where the anchor stands, and the heading that it is or holds."""
    heading = next((child for child in islice(anchor.iter(), _CARD_NODES) if child.tag in _HEADINGS), None)
    points, in_card = 0, False
    for element in _climb(anchor):
        tag, label = element.tag, f"{element.get('class') or ''} {element.get('id') or ''} {element.get('role') or ''}"
        if tag in _HEADINGS and heading is None:
            heading = anchor  # not the element: a heading may hold several links
        if not in_card and (tag == "article" or _CARD.search(label)):
            points, in_card = points + 2, True
        if tag in ("nav", "footer") or (tag != "body" and _OUTSIDE_TEXT.search(label)):
            return points - 5, None
        if tag == "aside" or (tag == "header" and not in_card):
            points -= 1
        if tag == "main":
            points += 1
    text = _text_of(heading) if heading is not None else None
    return (points + 3, text) if text else (points, None)


def _climb(anchor: Any) -> Iterator[Any]:
    for height, element in enumerate(anchor.iterancestors()):
        if height >= _MAX_CLIMB or element.tag in ("body", "html"):
            return
        yield element


def _text_of(element: Any) -> str | None:
    return strip_markup(" ".join(islice(element.itertext(), _CARD_NODES)))


def _date_nearby(anchor: Any) -> str | None:
    """The date in the anchor's own card or row: a `<time>`, else one written out."""
    for height, element in enumerate(anchor.iterancestors()):
        if height >= 4 or element.tag in ("body", "main", "html", "table", "ul"):
            return None
        nodes = list(islice(element.iter(), _CARD_NODES + 1))
        times = [node for node in nodes if node.tag == "time"]
        if len(nodes) > _CARD_NODES:
            return None
        if len(times) == 1:
            return strip_markup(times[0].get("datetime")) or _text_of(times[0])
        if times:
            return None
        if element.tag in _ROWS:
            return find_written_date(_text_of(element) or "")
    return None
