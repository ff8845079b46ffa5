"""The index schema: what one entry of the search index holds, and how each field is written and asked.

An entry is one version of a document. `FIELDS` is the one table from which the query language takes its field names
and every engine its mapping; raise `SCHEMA_VERSION` when either changes, and every index is rebuilt.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

from indexer.analysis import fold

SCHEMA_VERSION = 1

ARCHIVE_ZONE = ZoneInfo("Europe/Paris")
"""Days, weeks and months of the search are those of this zone, whatever zone a source lives in."""

KEYWORD_MAX_CHARS = 2_000
"""Longer keyword values are cut, when written and when asked: one engine drops long terms without a word."""

Kind = Literal["text", "keyword", "keywords", "date", "number", "flag"]
Form = Literal["as_is", "lower", "upper", "folded"]


@dataclass(frozen=True)
class Field:
    """One field: its kind, whether people may ask for it and see it, and the form of its terms.

    A field that is not `asked` is internal to the engines, or only shown: `lead`, which `text` contains, and
    `content_hash`, of which every entry has another.
    A `folded` field holds the whole value without capitals and accents, and each of its words beside it:
    `author:dupont` and `author:"jean dupont"` both find « Jean Dupont ».
    """

    name: str
    kind: Kind
    asked: bool = True
    shown: bool = True
    facet: bool = False
    form: Form = "as_is"

    def term_of(self, value: str) -> str:
        """The index term under which a keyword value is asked for."""
        return _FORMS[self.form](value.strip())[:KEYWORD_MAX_CHARS]

    def terms_of(self, value: str) -> tuple[str, ...]:
        """The index terms under which a keyword value is written."""
        whole = self.term_of(value)
        if self.form != "folded":
            return (whole,)
        words = (word for word in _BETWEEN_WORDS.split(whole) if len(word) > 1)
        return tuple(dict.fromkeys((whole, *words)))


_BETWEEN_WORDS = re.compile(r"[\s'.,&/-]+")


def fold_keyword(value: str) -> str:
    """The value without capitals, accents, ligatures and doubled blanks."""
    return " ".join(filter(None, map(fold, value.split())))


_FORMS: Mapping[Form, Callable[[str], str]] = MappingProxyType(
    {"as_is": lambda value: value, "lower": str.lower, "upper": str.upper, "folded": fold_keyword}
)

_TABLE = (
    Field("id", "keyword"),
    Field("document", "keyword"),
    Field("version", "number"),
    Field("seq", "number"),
    Field("current", "flag"),
    Field("state", "keyword", form="lower", facet=True),
    Field("edited", "flag"),
    Field("title", "text"),
    Field("lead", "text", asked=False),
    Field("text", "text"),
    Field("authors", "keywords", form="folded"),
    Field("source", "keyword", form="lower", facet=True),
    Field("sources", "keywords", form="lower", facet=True),
    Field("source_name", "keyword", form="folded"),
    Field("kind", "keyword", form="lower", facet=True),
    Field("regions", "keywords", form="upper", facet=True),
    Field("departements", "keywords", form="upper", facet=True),
    Field("lang", "keyword", form="lower", facet=True),
    Field("section", "keyword", form="folded"),
    Field("tags", "keywords", form="folded"),
    Field("url", "keyword"),
    Field("date", "date"),
    Field("date_origin", "keyword", form="lower"),
    Field("date_precision", "keyword", form="lower"),
    Field("published_at", "date"),
    Field("modified_at", "date"),
    Field("first_seen_at", "date"),
    Field("paywalled", "flag"),
    Field("capture", "number"),
    Field("content_hash", "keyword", asked=False),
    Field("title_exact", "text", asked=False, shown=False),
    Field("text_exact", "text", asked=False, shown=False),
    Field("has", "keywords", asked=False, shown=False),
    Field("day", "number", asked=False, shown=False),
    Field("sort_key", "number", asked=False, shown=False),
)

FIELDS: Mapping[str, Field] = MappingProxyType({field.name: field for field in _TABLE})
"""Every field by name. `has` lists the fields that hold a value, `day` is the local day as an ordinal number."""

FACETS: tuple[str, ...] = tuple(field.name for field in _TABLE if field.facet)


@dataclass(frozen=True)
class IndexEntry:
    """One version of a document as the index holds it.

    `seq` is that of the change that made the version and never changes; the other fields may, and the entry is put
    again whole. Instants are aware. `date` is never missing: see `date_of`.
    """

    document: str
    version: int
    seq: int
    source: str
    source_name: str
    kind: str
    url: str
    text: str
    date: datetime
    date_origin: str
    date_precision: str
    first_seen_at: datetime
    capture: int
    content_hash: str
    title: str | None = None
    lead: str | None = None
    current: bool = True
    state: str = "live"
    edited: bool = False
    authors: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    departements: tuple[str, ...] = ()
    lang: str | None = None
    section: str | None = None
    tags: tuple[str, ...] = ()
    published_at: datetime | None = None
    modified_at: datetime | None = None
    paywalled: bool = False

    @property
    def id(self) -> str:
        """The entry's id: the document's, a dot, the version's number."""
        return entry_id(self.document, self.version)

    @property
    def day(self) -> int:
        """The day of `date` in the archive's zone, as an ordinal number."""
        return self.date.astimezone(ARCHIVE_ZONE).toordinal()

    @property
    def sort_key(self) -> int:
        """A number that orders entries by date and is unique, so that pages neither repeat nor skip an entry."""
        return (seconds_of(self.date) - _YEAR_ONE) << 24 | (self.seq & 0xFFFFFF)


def entry_id(document: str, version: int) -> str:
    """The id of a version's entry."""
    return f"{document}.{version}"


def split_entry_id(name: str) -> tuple[str, int] | None:
    """The document and the version's number of an entry's id, or None for what is no such id."""
    document, _, number = name.rpartition(".")
    return (document, int(number)) if document and number.isascii() and number.isdecimal() else None


_YEAR_ONE = int(datetime(1, 1, 1, tzinfo=UTC).timestamp())


def seconds_of(instant: datetime) -> int:
    """Whole seconds since 1970, rounded down: instants are indexed to the second."""
    since = instant - datetime(1970, 1, 1, tzinfo=UTC)
    return since.days * 86_400 + since.seconds


def date_of(
    published_at: datetime | None, origin: str | None, precision: str | None, doubt: str | None, first_seen_at: datetime
) -> tuple[datetime, str, str]:
    """The date by which an entry is sorted and filtered, where it comes from, and how precise it is.

    The publication date, unless it is missing, doubtful or of no year in which a paper could have printed it; then
    the moment the document was first seen.
    """
    if published_at is None or doubt is not None or not 1600 <= published_at.year <= 2200:
        return first_seen_at, "first_seen", "second"
    return published_at, origin or "page", precision or "second"


def searchable_text(lead: str | None, text: str) -> str:
    """The text that is indexed: with the lead in front where the page's text lacks it."""
    if not lead or " ".join(lead.split()) in " ".join(text.split()):
        return text
    return f"{lead}\n\n{text}"
