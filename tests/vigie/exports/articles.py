"""Invented articles as an export meets them, honest and hostile ones."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from config.source import Redistribution
from indexer.document import IndexEntry
from indexer.highlight import Snippet
from vigie.exports.redistribution import Article, carry
from vigie.exports.selection import Picked

NOW = datetime(2026, 3, 14, 10, 11, 12, tzinfo=UTC)
SEEN = datetime(2026, 3, 13, 6, 30, tzinfo=UTC)
LEAD = "Les agents de nuit du commissariat de Roquefeuil se sont rassemblés devant la préfecture."
TEXT = f"{LEAD}\n" + "Ils demandent des renforts avant l’été et une réponse écrite de leur direction. " * 12
PASSAGE = Snippet("… une réponse écrite de leur direction …", ((6, 13),))

HOSTILE = IndexEntry(
    document="0badc0de0badc0de", version=2, seq=7, source="rives", source_name='=cmd|"/c calc"!A1', kind="local_press",
    url="javascript:alert(1)", text="<script>alert(1)</script> texte assez long pour un extrait. " * 20,
    date=SEEN, date_origin="first_seen", date_precision="second", first_seen_at=SEEN, capture=9, content_hash="cd" * 32,
    title='=HYPERLINK("http://mal.test";"</title><script>alert(1)</script>")\x00\u202e%_#{}\\',
    authors=("+33 Mallory", "@nyme"), tags=("a&b",), state="removed", edited=True, paywalled=True, current=False,
)  # fmt: skip


def make_entry(**changes: Any) -> IndexEntry:
    """An article of a regional paper."""
    entry = IndexEntry(
        document="1a2b3c4d5e6f7a8b", version=1, seq=1, source="rives", source_name="Le Courrier des Deux Rives",
        kind="regional_press", url="https://rives.exemple.test/faits-divers/greve-a-roquefeuil-20377.html", text=TEXT,
        date=datetime(2026, 3, 11, 23, 0, tzinfo=UTC), date_origin="json_ld", date_precision="day", first_seen_at=SEEN,
        capture=3, content_hash="ab" * 32, title="Grève à Roquefeuil : « Nous n’en pouvons plus »", lead=LEAD,
        authors=("Jeanne Exemple", "Rédaction de Nantes"), sources=("rives",), regions=("FR-PDL",),
        departements=("44",), lang="fr", section="Faits divers", tags=("police", "grève"),
        published_at=datetime(2026, 3, 11, 23, 0, tzinfo=UTC),
    )  # fmt: skip
    return replace(entry, **changes)


def make_picked(entry: IndexEntry | None = None) -> Picked:
    """The article as the archive hands it over."""
    return Picked(entry or make_entry(), SEEN, PASSAGE, 3.5)


def make_article(
    entry: IndexEntry | None = None, rule: Redistribution = "extract", *, with_text: bool = False
) -> Article:
    """The article as a writer gets it."""
    return carry(make_picked(entry), rule, with_text=with_text)
