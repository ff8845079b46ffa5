"""A newsroom whose pages are written one by one: what a page says, in whatever bytes, and what became of it.

Pages are pinned on the address of `rempart`; a feed lists them. All words are our own.
"""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from html import escape
from pathlib import Path
from typing import Any

from archive.catalogue import open_catalogue
from archive.catalogue.captures import Capture, read_capture
from archive.layout import WARC_FOLDER
from archive.store import decode_record
from archive.warc import read_record
from tests.hazards.bad_feeds import RSS, make_feed, make_item
from tests.site.messages import HTML, Response
from tests.site.server import Site
from tests.site.trouble.articles import article_text
from tests.vigie.program import Program

HOST = "rempart"
SOURCE = "val"
LARGE = 2**26


def make_page(key: str, *, head: str = "", before: str = "", after: str = "", title: str | None = None) -> str:
    """A page with the words of a key, undated; `before` stands above its text and `after` below."""
    said, paragraphs = article_text(key)
    title = said if title is None else title
    body = "".join(f"<p>{escape(paragraph)}</p>" for paragraph in paragraphs)
    return (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{escape(title)}</title>{head}</head>'
        f"<body><main><article><h1>{escape(title)}</h1>{before}{body}{after}</article></main></body></html>"
    )


class Gazette(Program):
    """Commands of Vigie on one source, its pages, and a look at the catalogue."""

    def __init__(self, folder: Path, site: Site, limits: Mapping[str, object] | None = None, **keys: object) -> None:
        super().__init__(folder, site.port)
        self.site = site
        self.base = site.url(HOST, "")
        self._items: list[str] = []
        for file in (self.config / "sources").rglob("*.yaml"):
            file.unlink()
        entry = {
            "id": SOURCE, "name": "La Gazette du Val", "kind": "local_press", "homepage": f"{self.base}/",
            "feeds": [f"{self.base}/val.xml"], "delay": "0s", "backfill_days": 36500, "limits": dict(limits or {}),
        }  # fmt: skip
        (self.config / "sources" / "val.yaml").write_text(json.dumps([entry | keys]), encoding="utf-8")
        self.announce()

    def put(
        self,
        path: str,
        body: str | bytes,
        content_type: str = HTML,
        *,
        said: str = "",
        title: str = "Titre",
        listed: bool = True,
        **options: Any,
    ) -> str:
        """Let a path answer this; the feed names it, with `said` beside the title. Returns its address."""
        data = body.encode() if isinstance(body, str) else body
        self.site.put(HOST, path, Response(data, content_type, **options))
        if listed:
            self.announce(make_item(escape(title), f"{self.base}{path}", said))
        return self.base + path

    def announce(self, *items: str) -> None:
        """Let the feed hold these items too."""
        self._items += items
        self.site.put(HOST, "/val.xml", Response(make_feed(*self._items), RSS))

    def take_in(self) -> None:
        """Visit the source and every known article, and read and index what came."""
        if not self.data.exists():
            self.must("init")
        self.must("crawl", "--look-again")
        self.must("extract")
        self.must("index")

    @property
    def log(self) -> str:
        """What the crawls of this installation logged."""
        return "".join(file.read_text(encoding="utf-8") for file in (self.data / "logs").glob("crawl-*.log"))

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Look into the catalogue."""
        with closing(sqlite3.connect(self.data / "catalogue.sqlite", timeout=30)) as database:
            return database.execute(query, values).fetchall()

    def execute(self, statement: str, *values: object) -> None:
        """Change the catalogue, as time would."""
        with closing(sqlite3.connect(self.data / "catalogue.sqlite", timeout=30)) as database:
            database.execute(statement, values)
            database.commit()

    def ends(self) -> dict[str, str | None]:
        """How the extraction of the latest capture of each page ended, by path."""
        rows = self.rows("SELECT url, extraction_outcome FROM capture WHERE purpose = 'page' ORDER BY id")
        return {url.removeprefix(self.base): end for url, end in rows}

    def attempts(self, path: str) -> list[tuple[str, str]]:
        """Outcome and detail of every attempt to read the captures of a page."""
        return self.rows(
            "SELECT a.outcome, a.detail FROM extraction_attempt a JOIN capture c ON c.id = a.capture "
            "WHERE c.url = ? ORDER BY a.id",
            self.base + path,
        )

    def taken(self, path: str) -> dict[str, Any]:
        """The latest extraction of a page, by column."""
        with closing(sqlite3.connect(self.data / "catalogue.sqlite", timeout=30)) as database:
            database.row_factory = sqlite3.Row
            row = database.execute(
                "SELECT e.* FROM extraction e JOIN capture c ON c.id = e.capture WHERE c.url = ? ORDER BY e.id DESC",
                (self.base + path,),
            ).fetchone()
        assert row is not None, f"nothing was taken from {path}: {self.ends().get(path)}"
        return dict(row)

    def claims(self, path: str, field: str) -> list[dict[str, Any]]:
        """What the page and its sightings claim of a field, the chosen one first."""
        with closing(sqlite3.connect(self.data / "catalogue.sqlite", timeout=30)) as database:
            database.row_factory = sqlite3.Row
            rows = database.execute(
                "SELECT * FROM claim WHERE extraction = ? AND field = ? ORDER BY chosen DESC, position",
                (self.taken(path)["id"], field),
            ).fetchall()
        return [dict(row) for row in rows]

    def stored(self, path: str) -> bytes:
        """The body of the latest capture of a page, read back from the archive."""
        with closing(open_catalogue(self.data)) as catalogue, catalogue.read() as transaction:
            ((number,),) = self.rows("SELECT max(id) FROM capture WHERE url = ?", self.base + path)
            capture: Capture | None = read_capture(transaction, number)
        assert capture is not None
        return decode_record(read_record(self.data / WARC_FOLDER, capture.place), LARGE).body

    def documents(self) -> set[str]:
        """The paths of all documents."""
        return {url.removeprefix(self.base) for (url,) in self.rows("SELECT url FROM document")}

    def kinds(self, path: str) -> list[str]:
        """The lines of the log about the document of a page, in order."""
        rows = self.rows(
            "SELECT kind FROM change WHERE document = (SELECT id FROM document WHERE url = ?) ORDER BY seq",
            self.base + path,
        )
        return [kind for (kind,) in rows]
