"""One publisher whose addresses mislead: variants, canonical links, renamed and copied articles.

Pages are pinned on the address of `rempart`; each says what one of the site's articles says, so that two keys are two
texts. A feed lists them; `take_in` crawls and extracts as often as a test wants.
"""

from html import escape
from pathlib import Path

from archive.catalogue import open_catalogue
from archive.catalogue.documents import Document
from tests.crawler.crawling import Ended, Station
from tests.hazards.asking import ask_vigie
from tests.hazards.bad_feeds import RSS, make_feed, make_item
from tests.site.articles import Wording, read_articles
from tests.site.messages import Response
from tests.site.server import Site
from tests.site.trouble import ADDRESSES
from vigie.portrait import find_document

HOST, OTHER = "rempart", "sextant"
WORDINGS: tuple[Wording, ...] = tuple(
    wording
    for publisher in ("rempart", "sextant", "rives", "ambre", "estuaire")
    for article in read_articles(publisher)
    if (wording := article.stages[0].wording) is not None
)


def make_article(number: int, head: str = "", opening: str = "") -> bytes:
    """A page with the words of that article of the site, after an opening of its own."""
    wording = WORDINGS[number]
    title = escape(wording.title)
    blocks = (opening, *wording.blocks) if opening else wording.blocks
    paragraphs = "".join(f"<p>{escape(block.lstrip('#>- '))}</p>" for block in blocks)
    return (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{title}</title>{head}</head>'
        f"<body><main><article><h1>{title}</h1>{paragraphs}</article></main></body></html>"
    ).encode()


def link_canonical(href: str) -> str:
    """The head of a page that names this address as its own."""
    return f'<link rel="canonical" href="{escape(href)}">'


class Identities:
    """The station, its feed and its pages."""

    def __init__(self, folder: Path, site: Site) -> None:
        self.site = site
        self.station = Station(folder, site, ADDRESSES)
        self.base = site.url(HOST, "")
        for file in (self.station.config / "sources").rglob("*.yaml"):
            file.unlink()  # the demo's source of this host would own every address
        self._items: list[str] = []
        self.ended: list[Ended] = []
        homepage = f"{self.base}/"
        feeds, sitemaps = [f"{self.base}/val.xml"], [f"{self.base}/plan.txt"]
        self.station.add_source("val", site.address(HOST), homepage=homepage, feeds=feeds, sitemaps=sitemaps)

    def put(self, path: str, number: int, head: str = "", opening: str = "", *, listed: bool = True) -> str:
        """Let a path show an article; returns its address. The feed lists it unless told otherwise."""
        self.site.put(HOST, path, Response(make_article(number, head, opening)))
        if listed:
            self.list(self.base + path)
        return self.base + path

    def redirect(self, path: str, location: str) -> str:
        """Let a path lead to another address; returns its own."""
        self.site.put(HOST, path, Response(b"", status=301, headers=(("Location", location),)))
        return self.base + path

    def list(self, link: str, title: str = "Titre") -> None:
        """Let the feed name this link, after those before."""
        self._items.append(make_item(escape(title), escape(link)))
        self.site.put(HOST, "/val.xml", Response(make_feed(*self._items), RSS))

    def map(self, *addresses: str) -> None:
        """Let the sitemap, which is empty until then, name these addresses."""
        self.site.put(HOST, "/plan.txt", Response("\n".join(addresses).encode(), "text/plain"))

    def copy(self, number: int) -> str:
        """Let another publisher, a source of its own, show an article; returns the address there."""
        address, base = self.site.address(OTHER), self.site.url(OTHER, "")
        self.site.put(OTHER, "/reprise", Response(make_article(number)))
        self.site.put(OTHER, "/mer.xml", Response(make_feed(make_item("Titre", f"{base}/reprise")), RSS))
        self.station.add_source("mer", address, homepage=f"{base}/", feeds=[f"{base}/mer.xml"])
        return f"{base}/reprise"

    def take_in(self) -> Ended:
        """Crawl every source and extract what came."""
        self.ended.append(self.station.crawl())
        self.say("extract")
        return self.ended[-1]

    def find(self, address: str) -> Document:
        """The document under an address, as every command finds it."""
        catalogue = open_catalogue(self.station.data)
        try:
            with catalogue.read() as transaction:
                found = find_document(transaction, address)
        finally:
            catalogue.close()
        assert found is not None, f"no document under {address}"
        return found

    def text_of(self, address: str) -> int:
        """The number of the article that the document under an address shows."""
        found = self.find(address)
        rows = self.station.rows(
            "SELECT extraction.title FROM version JOIN extraction ON extraction.id = version.extraction "
            "WHERE version.document = ? AND version.number = ?", found.id, found.current_version,
        )  # fmt: skip
        return [wording.title for wording in WORDINGS].index(rows[0][0])

    def say(self, *arguments: str) -> str:
        """What a command prints."""
        done = ask_vigie(self.station, *arguments)
        assert done.code == 0, done.err
        return done.out
