"""Ordinary articles for the bad hosts: a fault must not keep a crawler from reading the page beside it."""

import hashlib

from tests.site.messages import Response, page

_STREETS = ("des Tisserands", "du Vieux-Lavoir", "de la Corderie", "des Quatre-Vents", "de l’Ancienne-Gare")
_FINDINGS = ("une remorque volée", "un lot d’outils", "trois vélos électriques", "des plaques d’immatriculation")

PARAGRAPHS = (
    "Les policiers du poste de Brévannes-le-Haut ont retrouvé {finding} dans une cour de la rue {street}, au terme "
    "d’une surveillance de plusieurs nuits. L’affaire, ouverte sous le numéro {number}, avait commencé par un appel.",
    "Une voisine avait remarqué des allées et venues inhabituelles, toujours après minuit. « Je notais les heures sur "
    "mon calendrier », raconte-t-elle. Ses notes ont permis de dresser un emploi du temps précis et d’éviter une "
    "intervention hasardeuse.",
    "Deux personnes ont été entendues puis remises en liberté. Le parquet attend le résultat des expertises avant de "
    "décider des suites. Les propriétaires, prévenus dans la matinée, pourront récupérer leur bien dès la semaine "
    "prochaine, sur présentation d’une facture.",
)


def article_text(key: str) -> tuple[str, tuple[str, ...]]:
    """Title and paragraphs of the article of a key: the same key, the same words."""
    number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big")
    facts = {
        "finding": _FINDINGS[number % len(_FINDINGS)],
        "street": _STREETS[number // 7 % len(_STREETS)],
        "number": str(number),
    }
    title = f"Rue {facts['street']} : {facts['finding']}, dossier {number}"
    return title, tuple(paragraph.format(**facts) for paragraph in PARAGRAPHS)


def article_html(key: str, head: str = '<meta charset="utf-8">') -> str:
    """A whole page around the article of a key."""
    title, paragraphs = article_text(key)
    body = "\n".join(f"<p>{paragraph}</p>" for paragraph in paragraphs)
    return f"""<!DOCTYPE html>
<html lang="fr"><head>{head}<title>{title}</title>
<meta property="article:published_time" content="2025-12-01T09:00:00+01:00"></head>
<body><main><article><h1>{title}</h1>
<p>Publié le 1er décembre 2025 à 9 h</p>
{body}
</article></main></body></html>
"""


def make_article(key: str) -> Response:
    """The article of a key as an ordinary page."""
    return page(article_html(key), etag=True)
