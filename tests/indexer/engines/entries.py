"""Invented entries for the tests of the engines: a few hundred short articles with every kind of value."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from indexer.document import IndexEntry

WORDS = (
    "le", "la", "les", "de", "du", "et", "policier", "policière", "policiers", "syndicat", "syndical", "préavis",
    "grève", "manifestation", "manifestants", "commissariat", "brigade", "l'agression", "agressions",
    "d'obtempérer", "refus", "narco-trafic", "narcotrafic", "Saint-Étienne", "cœur", "communiqué", "commune",
    "C.R.S.", "CRS", "gardien", "gardiens", "paix", "nuit", "12,5", "2024", "unité", "préfet", "préfète",
    "effectifs", "sécurité", "l'insécurité", "patrouille", "équipage", "blessé", "blessés", "interpellation",
    "tribunal", "magistrat", "enquête", "quartier",
)  # fmt: skip
PEOPLE = ("Élodie Vannier", "Jean-Marc Tissot", "Rédaction", "Aïcha Belkour")
SOURCES = ("syndicat-alpha", "courrier-du-val", "radio-des-monts")
KINDS = ("union", "regional_press", "broadcaster")
START = datetime(2023, 10, 28, 21, 0, tzinfo=UTC)


def make_entry(
    document: str = "d1", version: int = 1, seq: int = 1, text: str = "bonjour", **others: Any
) -> IndexEntry:
    """One entry with plain values, of which any may be given."""
    date = others.pop("date", START + timedelta(hours=seq))
    entry = IndexEntry(
        document=document, version=version, seq=seq, source="syndicat-alpha", sources=("syndicat-alpha",),
        source_name="Syndicat Alpha", kind="union", url=f"https://alpha.test/{document}", text=text, date=date,
        date_origin="feed", date_precision="second", first_seen_at=date, capture=seq, content_hash=f"{seq:064x}",
    )  # fmt: skip
    return replace(entry, **others)


def make_entries(count: int, seed: int = 1) -> list[IndexEntry]:
    """Entries of `count` documents, some of them with a past version; equal for an equal seed."""
    chance = random.Random(seed)
    entries: list[IndexEntry] = []
    for number in range(count):
        edited = chance.random() < 0.15
        if edited:
            entries.append(_random_entry(chance, number, 1, len(entries) + 1, current=False, edited=True))
        entries.append(_random_entry(chance, number, 1 + edited, len(entries) + 1, current=True, edited=edited))
    return entries


def _random_entry(
    chance: random.Random, number: int, version: int, seq: int, *, current: bool, edited: bool
) -> IndexEntry:
    source = chance.choice(SOURCES)
    others = tuple(name for name in SOURCES if name != source and chance.random() < 0.2)
    published = START + timedelta(seconds=chance.randrange(500 * 86_400)) if chance.random() < 0.8 else None
    seen = START + timedelta(seconds=chance.randrange(500 * 86_400))
    return make_entry(
        f"d{number:04}", version, seq, _sentence(chance, chance.randint(4, 40)),
        title=_sentence(chance, chance.randint(2, 6)) if chance.random() < 0.9 else None,
        current=current, edited=edited, state="removed" if chance.random() < 0.1 else "live", source=source,
        sources=(source, *others), kind=KINDS[SOURCES.index(source)], date=published or seen, published_at=published,
        first_seen_at=seen, authors=tuple(chance.sample(PEOPLE, chance.randint(0, 2))),
        regions=tuple(chance.sample(("FR-ARA", "FR-BRE", "FR-974"), chance.randint(0, 2))),
        departements=("2A",) if chance.random() < 0.2 else (), lang=chance.choice(("fr", "fr", "en", None)),
        section=chance.choice(("Faits divers", "Société", None)), tags=("Police nationale",) * chance.randint(0, 1),
        paywalled=chance.random() < 0.3,
    )  # fmt: skip


def _sentence(chance: random.Random, words: int) -> str:
    return " ".join(chance.choice(WORDS) for _ in range(words))
