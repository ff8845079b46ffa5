"""Names of authors as bylines give them: splitting, cleaning, and telling a person from an organisation or from noise."""

import re

from crawler.extraction.metadata.wording import clean_inline, comparable, unaccented

MAX_NAME = 80
MAX_NAMES = 15
LEADING = re.compile(
    r"^(?:(?:propos recueillis|texte|article|ecrit|écrit|rédigé|publié|posté|photos?|un article|une enquête|reportage|story|written|words|reported|posted|published|"
    r"submitted|text|auteure?s?|authors?|autor(?:in|es|a)?|author|redaktion)\s*)?(?:\b(?:par|by|von|por|per|di|da|door|av|af|de la part de|od)\b|:)\s*:?\s*|"
    r"^(?:auteure?s?|authors?|autor(?:in|es|a)?)\s*:?\s+",
    re.IGNORECASE,
)
TRAILING = re.compile(
    r"\s*(?:\((?:avec\b[^)]*|with\b[^)]*|mit\b[^)]*|AFP|à [^)]*|envoyée? [^)]*|correspond[^)]*|@[^)]*|dpa|Reuters|AP|[^)]{0,40}@[^)]*)\)|"
    r"\s[-–—|]\s.*|@\w+.*|\b(?:le|on|am|publié|mis à jour|updated?|published|posted)\s+(?:\w+\s+)?\d.*)$",
    re.IGNORECASE,
)
SPLIT = re.compile(r"\s*(?:[;|•·/]|\s&\s|\s\+\s|,(?!\s*(?:jr|sr|ii|iii|ph\.?d|m\.?d)\b)|\s(?:et|and|und|y|e|i|en|och|og|with|avec)\s)\s*", re.IGNORECASE)
ADDRESS = re.compile(r"https?://|www\.|\S@\S|\.(?:com|fr|org|net|de)\b.*/", re.IGNORECASE)
NOISE = frozenset({
    "admin", "administrator", "administrateur", "webmaster", "root", "wordpress", "user", "editor", "author", "auteur", "null", "none",
    "undefined", "unknown", "anonymous", "anonyme", "staff", "default", "guest", "test", "n a", "na", "redactor", "editeur", "about", "share", "by", "par",
    "superuser", "super user", "administrator user",
})  # fmt: skip
# Words that no person bears but newsrooms, agencies and companies do.
ORGANISATION = re.compile(
    r"\b(?:redaction|redaktion|redaccion|redazione|redacao|redakcja|newsroom|news|staff|team|equipe|editors?|editorial|desk|agence|agency|agencias?|agentur|"
    r"afp|reuters|dpa|ap|apa|efe|ansa|sid|pap|belga|ats|kna|epd|associated press|press|presse|media|magazine|journal|zeitung|times|"
    r"gmbh|ag|inc|ltd|llc|group|groupe|tv|radio|online|redakteure|correspondants?|bureau|contributors?|com|fr|de|org|net|collectif|association|syndicat|"
    r"syndication|agencies|wire|services?)\b"
)


def split_names(text: str) -> list[str]:
    """The names of one statement such as `Par Anne Dupré et Luc Martin (avec AFP)`."""
    written = clean_inline(text)[:500]
    if ADDRESS.search(written) and " " not in written:
        return []
    written = LEADING.sub("", written)
    names = []
    for piece in SPLIT.split(TRAILING.sub("", written))[:MAX_NAMES]:
        name = clean_name(piece)
        if name:
            names.append(name)
    return names


def clean_name(text: str) -> str:
    """One name without label, address and punctuation; empty where nothing of a name is left."""
    name = LEADING.sub("", text.strip())
    name = TRAILING.sub("", name).strip(" \t.,:;|-–—•·*'\"«»()[]")
    words = comparable(name)
    if not words or len(name) > MAX_NAME or words in NOISE or ADDRESS.search(name) or name.startswith("@"):
        return ""
    if words.replace(" ", "").isdigit() or len(words) < 2 or len(words.split()) > 7:
        return ""
    if name.isupper() and len(name) > 5 and " " in name:
        return capitalise(name)
    return name


def capitalise(name: str) -> str:
    """`ANNE DUPRÉ` as people write it; a name partly in capitals keeps its form."""
    return re.sub(r"[^\W\d_]+", lambda match: match[0].capitalize(), name)


def is_organisation(name: str, site_names: frozenset[str]) -> bool:
    """True for newsrooms, agencies, companies and the site itself."""
    words = comparable(name)
    squashed = words.replace(" ", "")
    if squashed in site_names or ORGANISATION.search(unaccented(words)):
        return True
    return False


def drop_repeats(names: list[str]) -> list[str]:
    """Each name once, the first form kept; a name that is part of a longer one is dropped."""
    kept: list[str] = []
    for name in names:
        words = unaccented(comparable(name))
        if all(unaccented(comparable(other)) != words for other in kept):
            kept.append(name)
    return kept
