"""What must become of every page of the site: a document with these facts, or one named outcome.

`expected_on(day)` lists every address that a publisher answers and every odd entry of its feeds, as an archive must
hold them that visited the site on each day up to this one; `EXPECTED` is that of the first day, `CHANGES` what the
next days bring. The titles, authors and instants are those written in the head of each text; whatever a page adds,
hides or misspells, they are the truth. `differences` compares a document with them.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from archive.outcomes import Outcome
from archive.records import Through
from tests.site.articles import DAYS, PARIS, Article, Stage, Wording, read_articles
from tests.site.publishers import PUBLISHERS, ambre, estuaire
from tests.site.tract_words import HEADING

Role = Literal["article", "tract", "entry_point", "robots", "page", "variant", "entry"]
ChangeKind = Literal["new", "edited", "removed", "restored", "suspect"]

# not people: a reader may leave them out of the authors, or keep them
ORGANISATIONS = frozenset(
    {"Bureau national", "Agence Méridienne", "Radio Estuaire", "Rédaction Le Courrier des Deux Rives"}
)
SUSPECT_PATH = "/faits-divers/cambriolages-en-serie-les-gendarmes-appellent-a-la-vigilance-20415.html"
NO_ARTICLE = (Outcome.listing_page, Outcome.not_an_article, Outcome.no_text)


@dataclass(frozen=True)
class ExpectedDocument:
    """The facts of one document. `authors` is None where the page names nobody in a way that must be understood."""

    title: str
    authors: tuple[str, ...] | None
    published: datetime
    day_only: bool
    kind: str
    paywalled: bool = False
    wording: Wording | None = None


@dataclass(frozen=True)
class Expected:
    """One address and its end. `found` says through what a crawl meets it; None: no entry point leads there.

    `outcomes` are the last outcomes that are right, the best first. `surely` is false where a crawler may well leave
    the link alone. `same_as` is the path of the article that this address is another way to.
    """

    publisher: str
    path: str
    role: Role
    outcomes: tuple[Outcome, ...]
    found: Through | None = None
    surely: bool = True
    document: ExpectedDocument | None = None
    same_as: str | None = None


@dataclass(frozen=True)
class ExpectedChange:
    """What the log of changes tells of an article after a day; `suspect` is flagged and changes nothing."""

    publisher: str
    path: str
    kind: ChangeKind


def expected_on(day: str) -> tuple[Expected, ...]:
    """Every address of every publisher on a day of the script."""
    number = DAYS.index(day)
    articles = [one for publisher in PUBLISHERS for one in _articles(publisher.name, publisher.kind, number)]
    return (*articles, *_tracts(), *_ODD_ENTRIES, *_PAGES, *_entry_points())


def differences(
    wanted: ExpectedDocument,
    title: str | None,
    authors: Iterable[str],
    published: datetime | None,
    precision: str | None,
) -> tuple[str, ...]:
    """One sentence for each fact of a document that is not as it must be; none where all is right."""
    names = tuple(authors)
    found = []
    if _plain(title or "") != _plain(wanted.title):
        found.append(f"title: expected {wanted.title!r}, got {title!r}")
    found += _author_differences(wanted, names)
    if published is None or not _same_moment(wanted, published):
        found.append(f"published: expected {wanted.published.isoformat()}, got {published and published.isoformat()}")
    elif wanted.day_only != (precision == "day"):
        found.append(f"precision: expected {'a day' if wanted.day_only else 'a time'}, got {precision}")
    return tuple(found)


def _author_differences(wanted: ExpectedDocument, names: tuple[str, ...]) -> list[str]:
    if wanted.authors is None:
        return []
    people = [name for name in wanted.authors if name not in ORGANISATIONS]
    others = [name for name in names if name not in people and name not in wanted.authors]
    missing = [name for name in people if name not in names]
    return [f"authors: expected {wanted.authors}, got {names}"] if missing or others else []


def _same_moment(wanted: ExpectedDocument, published: datetime) -> bool:
    if wanted.day_only:
        return published.astimezone(PARIS).date() == wanted.published.astimezone(PARIS).date()
    return published.astimezone(UTC).replace(second=0) == wanted.published.astimezone(UTC).replace(second=0)


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", text)).strip()


_FOUND: dict[str, Through] = {
    "rempart": "feed",
    "sextant": "listing",
    "rives": "sitemap",
    "ambre": "feed",
    "estuaire": "feed",
}


def _articles(publisher: str, kind: str, day: int) -> list[Expected]:
    rows = []
    for article in read_articles(publisher):
        stage = article.on(day)
        if stage is None:
            continue
        outcomes = _ends_of(article, stage)
        document = None if outcomes[0] is Outcome.teaser else _document(article, _kept_wording(article, stage), kind)
        rows.append(Expected(publisher, article.path, "article", outcomes, _FOUND[publisher], document=document))
        if stage.status == 200:
            rows += _variants(article)
    return rows


def _ends_of(article: Article, stage: Stage) -> tuple[Outcome, ...]:
    """A wall after the first sentence leaves a teaser; after several paragraphs a document, marked as paywalled."""
    if stage.status != 200:
        return (Outcome.gone,)
    if article.path == SUSPECT_PATH and stage.day > 0:
        return (Outcome.suspect, *NO_ARTICLE)
    if article.extra.get("visible") == "1":
        return (Outcome.teaser, Outcome.no_text)
    return (Outcome.extracted,)


def _kept_wording(article: Article, stage: Stage) -> Wording:
    """What the archive holds: the last words that were an article's."""
    first = article.stages[0].wording
    assert first is not None
    return first if stage.wording is None or article.path == SUSPECT_PATH else stage.wording


def _document(article: Article, wording: Wording, kind: str) -> ExpectedDocument:
    return ExpectedDocument(
        title=wording.title,
        authors=article.authors or None,
        published=article.published,
        day_only=article.day_only,
        kind=kind,
        paywalled="visible" in article.extra,
        wording=wording,
    )


def _variants(article: Article) -> list[Expected]:
    """The other addresses of an article: short links, AMP pages, print views, the address before the last redesign."""
    number = article.extra.get("id")
    if article.publisher == "rempart":
        return [_variant(article, f"/?p={number}", Outcome.redirected)]
    if article.publisher != "rives":
        return []
    amp = f"{article.path}?amp=1"
    rows = [
        _variant(article, amp, Outcome.known, "feed" if article.extra.get("amp_in_feed") else None),
        _variant(article, f"/amp{article.path}", Outcome.known),
        _variant(article, f"/impression/{number}", Outcome.disallowed),
    ]
    if old := article.extra.get("old_path"):
        rows.append(_variant(article, old, Outcome.redirected, "feed"))
    return rows


def _variant(article: Article, path: str, outcome: Outcome, found: Through | None = None) -> Expected:
    return Expected(article.publisher, path, "variant", (outcome,), found, same_as=article.path)


def _tracts() -> list[Expected]:
    """A tract is dated by its own creation date or by the communiqué that links it: the same day."""
    text = ExpectedDocument(HEADING, None, datetime(2025, 11, 19, tzinfo=PARIS), True, "union")
    uploads = "/wp-content/uploads/"
    return [
        Expected(
            "rempart",
            f"{uploads}tract-heures-supplementaires.pdf",
            "tract",
            (Outcome.extracted,),
            "link",
            document=text,
        ),
        Expected("rempart", f"{uploads}affiche-rassemblement.pdf", "tract", (Outcome.image_only,), "feed"),
    ]


_ODD_ENTRIES = (
    Expected("ambre", ambre.SOFT_MISSING, "page", (Outcome.not_an_article, Outcome.no_text), "feed"),
    Expected("ambre", ambre.OLD_ENTRY, "page", (Outcome.too_old,), "feed"),
    Expected("ambre", ambre.ELSEWHERE, "entry", (Outcome.out_of_scope,), "feed"),
    Expected("ambre", ambre.SCRIPT, "entry", (Outcome.bad_url,), "feed"),
    Expected("estuaire", estuaire.CLOSED, "page", (Outcome.disallowed,), "feed"),
    Expected("estuaire", estuaire.VANISHED, "entry", (Outcome.gone,), "feed"),
    Expected("estuaire", estuaire.LEADS_AWAY, "page", (Outcome.redirect_refused,), "feed"),
    Expected("rives", "/jeux/mots-fleches.html", "entry", (Outcome.excluded,), "sitemap"),
    Expected("rives", "/recherche?q=police", "entry", (Outcome.disallowed,), "sitemap"),
)
_PAGES = (
    Expected("rempart", "/", "page", NO_ARTICLE),
    Expected("rempart", "/contact/", "page", NO_ARTICLE),
    Expected("rempart", "/?s=effectifs", "page", NO_ARTICLE),
    Expected("rempart", "/communiques/", "page", NO_ARTICLE),
    Expected("rempart", "/communiques/page/2/", "page", NO_ARTICLE),
    Expected("sextant", "/", "page", NO_ARTICLE, "listing", surely=False),
    Expected("sextant", "/contact.htm", "page", NO_ARTICLE, "listing", surely=False),
    Expected("rives", "/", "page", NO_ARTICLE, "sitemap"),
    Expected("rives", "/faits-divers/", "page", NO_ARTICLE, "sitemap"),
    Expected("rives", "/contact.html", "page", NO_ARTICLE, "sitemap"),
    Expected("rives", "/recherche", "page", (Outcome.disallowed,)),
    Expected("rives", "/compte/abonnement", "page", (Outcome.disallowed,)),
    Expected("ambre", "/", "page", NO_ARTICLE),
    Expected("ambre", "/contact.htm", "page", NO_ARTICLE),
    Expected("estuaire", "/", "page", NO_ARTICLE),
    Expected("estuaire", "/contact", "page", NO_ARTICLE),
)


def _entry_points() -> list[Expected]:
    read, kept = (Outcome.read,), (Outcome.not_a_document,)
    paths = {
        "rempart": ("/feed/",),
        "sextant": ("/actu.htm", "/actu2.htm"),
        "rives": ("/flux.json", "/sitemap-index.xml", "/sitemaps/actualites.xml.gz", "/sitemaps/pages.xml"),
        "ambre": ("/rss.xml",),
        "estuaire": ("/atom.xml",),
    }
    rows = [Expected(name, path, "entry_point", read) for name, found in paths.items() for path in found]
    rows += [Expected(name, "/robots.txt", "robots", kept) for name in paths if name != "sextant"]
    return [*rows, Expected("rives", "/.well-known/tdmrep.json", "robots", kept)]


EXPECTED = expected_on(DAYS[0])

CHANGES: dict[str, tuple[ExpectedChange, ...]] = {
    "next day": (
        ExpectedChange("rempart", "/2025/12/05/rassemblement-du-11-decembre-le-parcours/", "new"),
        ExpectedChange("rempart", "/2025/12/02/mutations-la-liste-provisoire-circule/", "removed"),
        ExpectedChange("rives", "/vie-locale/commissariat-de-saint-aubin-le-prefet-sur-le-chantier-20425.html", "new"),
        ExpectedChange(
            "rives", "/faits-divers/un-promeneur-sauve-de-la-noyade-par-deux-gardiens-de-la-paix-20412.html", "edited"
        ),
        ExpectedChange("rives", SUSPECT_PATH, "suspect"),
        ExpectedChange("estuaire", "/info/fermeture-du-tunnel-de-la-cale-apres-un-accident", "edited"),
        ExpectedChange("estuaire", "/info/violences-au-stade-municipal-quatre-supporters-juges", "removed"),
    ),
    "day after": (
        ExpectedChange("estuaire", "/info/violences-au-stade-municipal-quatre-supporters-juges", "restored"),
    ),
}
WIRE_STORY = (
    ("rives", "/societe/un-convoi-de-materiel-de-police-derobe-pres-de-valmorel-20418.html"),
    ("ambre", "/actualite/vol-de-radios-et-de-gilets-la-piste-du-hangar-5131.htm"),
    ("estuaire", "/info/materiel-de-police-vole-a-valmorel-ce-que-lon-sait"),
)
