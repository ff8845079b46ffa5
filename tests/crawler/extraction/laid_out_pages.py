"""Pages of one invented paper, all in one layout, each with its own text: the same page for the same number."""

import random
from datetime import UTC, datetime

from archive.records import Page

FETCHED_AT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_SUBJECTS = (
    "La section départementale du syndicat", "Le commissariat de Montreval", "La brigade de nuit du Val",
    "Une délégation d’agents de la Sarvène", "Le secrétaire régional", "La préfecture de la Sarvène",
)  # fmt: skip
_DEEDS = (
    "demande une réunion avec la direction avant la fin du mois", "annonce un rassemblement devant l’hôtel de police",
    "a reçu une réponse écrite du ministère lundi dernier", "regrette l’absence de moyens pour les patrouilles de nuit",
    "rappelle que trois véhicules sur huit sont au garage", "propose un nouveau cycle de travail aux équipes",
)  # fmt: skip
_ENDS = (
    "sans donner de date précise", "selon un tract diffusé vendredi matin", "après deux semaines de discussions",
    "malgré les réserves de plusieurs élus", "dans l’attente des renforts promis", "ce que confirme la mairie",
)  # fmt: skip


def make_text(number: int, paragraphs: int = 6) -> list[str]:
    """The paragraphs of an article."""
    chance = random.Random(number)
    return [
        " ".join(
            f"{chance.choice(_SUBJECTS)} {chance.choice(_DEEDS)}, {chance.choice(_ENDS)} ({number}-{place}-{sentence})."
            for sentence in range(3)
        )
        for place in range(paragraphs)
    ]


def make_html(
    number: int, text: list[str] | None = None, *, before: str = "", within: str = "", after: str = ""
) -> str:
    """An article, with parts of its own before, within and after the text."""
    title = f"Montreval : la police du Val attend sa réponse numéro {number}"
    body = "".join(f"<p>{paragraph}</p>" for paragraph in text or make_text(number))
    teasers = "".join(
        f'<li class="teaser"><a href="/a/{n}"><h3>Une autre nouvelle du Val, la {number + n}</h3></a></li>'
        for n in range(5 + number % 7)
    )
    return (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{title} - Gazette du Val</title>'
        f'<meta property="og:type" content="article"><meta property="og:title" content="{title}">'
        f'<meta property="article:published_time" content="2026-03-{1 + number % 28:02}T08:00:00+01:00"></head>'
        f'<body class="post-{number}"><header class="top"><nav><a href="/">Accueil</a><a href="/police">Police</a>'
        f"</nav></header>{before}"
        f'<main><article class="item item-{number}"><h1>{title}</h1>'
        f'<p class="signature">Par Camille Vautrin</p><div class="text">{body}{within}</div></article>{after}</main>'
        f'<aside class="more"><h2>À lire aussi</h2><p>Le ciel reste variable sur le Val</p><ul>{teasers}</ul></aside>'
        "<footer><p>Gazette du Val, tous droits réservés</p></footer></body></html>"
    )


def make_page(html: str, number: int = 0) -> Page:
    """The page as it was captured."""
    return Page(html.encode(), f"https://gazette.test/a/{number}", FETCHED_AT, "text/html; charset=utf-8")
