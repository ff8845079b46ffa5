"""Where a mail leads: to the pages of this installation where their address is set, else to the command that shows it.

The pages are `/documents/<id>`, `/captures/<number>` and `/search?q=<words>`.
"""

import shlex
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from config.query import SavedQuery

LINK_CHARACTERS = 2000
"""Mail programs and servers cut longer addresses; the words of a query may be longer."""


@dataclass(frozen=True)
class Links:
    """The pages at `base`, None where there are none."""

    base: str | None = None

    def document(self, document: str) -> str | None:
        """The page of a document."""
        return None if self.base is None else f"{self.base}/documents/{quote(document, safe='')}"

    def capture(self, number: int) -> str | None:
        """The page of an archived copy."""
        return None if self.base is None else f"{self.base}/captures/{number}"

    def search(self, words: str) -> str | None:
        """The page that finds what these words find."""
        link = None if self.base is None else f"{self.base}/search?{urlencode({'q': words})}"
        return link if link is not None and len(link) <= LINK_CHARACTERS else None


NO_PAGES = Links()


def show_command(document: str) -> str:
    """The command that shows a document with its archived copies."""
    return f"vigie show {shlex.quote(document)}"


def search_command(words: str) -> str:
    """The command that finds what these words find."""
    return f"vigie search {shlex.quote(words)}"


def search_words(query: SavedQuery) -> str:
    """The words of a query with its filters written into them, as a search takes them."""
    filters = [
        _say_filter(field, values)
        for field, values in (
            ("source", query.sources), ("kind", query.kinds), ("region", query.regions), ("language", query.languages)
        )
        if values
    ]  # fmt: skip
    words = " ".join(query.query.split())
    return " AND ".join([f"({words})" if filters else words, *filters])


def _say_filter(field: str, values: tuple[str, ...]) -> str:
    said = " OR ".join(f"{field}:{value}" for value in sorted(values))
    return f"({said})" if len(values) > 1 else said
