"""Whether the page shows only the beginning of its article to a reader without a subscription.

The publisher's own machine-readable word decides; without it, the sentences that such pages show do. The mere
presence of a subscription offer says nothing: every page of a daily carries one.
"""

import re
from typing import Any

from crawler.extraction.metadata.evidence import Evidence
from crawler.extraction.metadata.wording import unaccented, visible_text

# "metered" is in neither: the first few articles are shown whole.
LOCKED_TIERS = frozenset({"locked", "premium", "paid", "payant", "abonne", "abonnes", "subscriber", "subscribers"})
FREE_TIERS = frozenset({"free", "gratuit", "open"})
META_TIER = ("article:content_tier", "og:article:content_tier", "article:content-tier", "content_tier", "content-tier")
META_PREMIUM = ("ispremium", "adv:premium", "is_premium", "premium", "is_paid", "paywall")
# Both are compared without accents and with one kind of apostrophe. Labels stand on teasers of other articles too, as
# part of their links; calls are made once, where the text breaks off.
WALL_LABEL = re.compile(
    r"(?:la suite|cet article|ce contenu|article) (?:de cet article )?(?:est |en acces )?(?:exclusivement )?"
    r"reservee?s? (?:a nos|aux|a l'ensemble de nos) abonnes"
)
WALL_CALL = re.compile(
    r"il vous reste \d{1,3}(?:[.,]\d+)? ?% (?:de cet article |a lire)|"
    r"(?:abonnez|connectez|inscrivez)[- ]vous pour (?:lire|continuer|acceder|decouvrir|connaitre)(?: a)? "
    r"(?:la suite|l'integralite|cet article|l'article|votre lecture|la lecture)|"
    r"^pour lire la suite|poursuivez votre lecture avec|deja abonne ?\? connectez|"
    r"subscribe to (?:continue|read|keep) |this article is for subscribers|"
    r"jetzt weiterlesen mit|weiterlesen mit \S+ ?(?:\+|plus)"
)
# One of these is in each of those sentences, and most pages hold none.
WALL_WORDS = ("abonne", "vous pour", "il vous reste", "lire la suite", "poursuivez", "subscri", "weiterlesen")
MAX_LINK = 300


def is_paywalled(evidence: Evidence) -> bool:
    """True where the article is shown in part only."""
    stated = stated_by_linked_data(evidence)
    if stated is None:
        stated = stated_by_meta(evidence)
    return shows_wall(evidence) if stated is None else stated


def stated_by_linked_data(evidence: Evidence) -> bool | None:
    """`isAccessibleForFree` of the article or of a part of it: one closed part closes the page."""
    stated: list[bool] = []
    for node in (*evidence.article_nodes[:2], *evidence.page_nodes[:1]):
        parts = node.get("hasPart")
        for item in (node, *(parts if isinstance(parts, list) else [parts])):
            free = read_boolean(item.get("isAccessibleForFree")) if isinstance(item, dict) else None
            if free is not None:
                stated.append(free)
    return not all(stated) if stated else None


def stated_by_meta(evidence: Evidence) -> bool | None:
    """Content tier and premium flags."""
    for value in evidence.head.each(*META_TIER):
        tier = unaccented(value).strip()
        if tier in LOCKED_TIERS:
            return True
        if tier in FREE_TIERS:
            return False
    for value in evidence.head.each(*META_PREMIUM):
        premium = read_boolean(value)
        if premium is not None:
            return premium
    return None


def read_boolean(value: Any) -> bool | None:
    """Booleans as publishers write them: true, "False", "no", 0, http://schema.org/False."""
    written = str(value).strip().rsplit("/", 1)[-1].lower() if value is not None else ""
    if written in ("true", "yes", "1", "oui", "y"):
        return True
    return False if written in ("false", "no", "0", "non", "n") else None


def shows_wall(evidence: Evidence) -> bool:
    """True where a short visible block says that the rest is for subscribers."""
    short = evidence.unaccented_short
    if not any(word in short for word in WALL_WORDS):
        return False
    for block, words in zip(evidence.blocks, short.replace("’", "'").split("\n"), strict=True):
        if WALL_CALL.search(words):
            return True
        if WALL_LABEL.search(words) and not in_link(block.element):
            return True
    return False


def in_link(element: Any) -> bool:
    """True where a block stands in a link, or a link in it carries the label."""
    if any(ancestor.tag == "a" for ancestor in element.iterancestors()):
        return True
    links = list(element.iter("a"))[:20]
    return any(WALL_LABEL.search(fold_sentence(visible_text(link, MAX_LINK))) for link in links)


def fold_sentence(text: str) -> str:
    """Lower case, no accents, one kind of apostrophe."""
    return unaccented(text).replace("’", "'")
