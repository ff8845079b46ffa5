"""Pages of our own writing for the tests of metadata: invented events, invented names."""

import json
from datetime import UTC, datetime
from typing import Any

from lxml import html

from archive.records import Claim, Hint, Page
from crawler.extraction.metadata import Metadata, read_metadata

URL = "https://www.gazette-du-val.test/faits-divers/tir-a-montfleury-1234"
# A Thursday noon in Paris.
FETCHED_AT = datetime(2025, 10, 9, 10, 0, tzinfo=UTC)
TITLE = "Un policier blessé lors d'un refus d'obtempérer à Montfleury"
BODY_TEXT = (
    "Un fonctionnaire de la brigade de nuit a été blessé à la jambe dans la nuit de mardi à mercredi. "
    "Le conducteur, âgé de vingt ans, a pris la fuite par le quai des Tanneurs avant d'être arrêté par une patrouille. "
    "Le syndicat des gardiens du Val demande que des renforts soient envoyés avant la fin du mois dans la ville."
)


def linked(node: dict[str, Any] | list[Any]) -> str:
    """A JSON-LD script element."""
    return f'<script type="application/ld+json">{json.dumps(node, ensure_ascii=False)}</script>'


def meta(**values: str) -> str:
    """Meta elements; two underscores stand for a colon: `article__published_time`."""
    return "".join(f'<meta property="{name.replace("__", ":")}" content="{value}">' for name, value in values.items())


def read(
    body: str = "",
    head: str = "",
    *,
    url: str = URL,
    title: str | None = TITLE,
    zone: str = "Europe/Paris",
    hints: tuple[Hint, ...] = (),
    text: str = BODY_TEXT,
    first_block: str | None = None,
    fetched_at: datetime = FETCHED_AT,
    last_modified: str | None = None,
    lang: str = "fr",
) -> Metadata:
    """Read the metadata of a page put together from these parts; a `title` becomes the h1."""
    heading = f"<h1>{title}</h1>" if title else ""
    written = (
        f'<html lang="{lang}"><head><meta charset="utf-8">{head}</head><body>{heading}{body}<p>{text}</p></body></html>'
    )
    page = Page(written.encode(), url, fetched_at, "text/html", zone=zone, hints=hints, last_modified=last_modified)
    return read_metadata(html.document_fromstring(written), page, text, first_block)


def claims_of(found: Metadata, field: str) -> list[Claim]:
    """The claims about one field."""
    return [claim for claim in found.claims if claim.field == field]


def chosen(found: Metadata, field: str) -> Claim:
    """The believed claim about one field; exactly one is expected."""
    (claim,) = [claim for claim in claims_of(found, field) if claim.chosen]
    return claim
