"""Names of authors as bylines give them: split, cleaned, and told apart from organisations and from noise."""

import re

from crawler.extraction.metadata.wording import clean_inline, comparable, unaccented

MAX_STATEMENT = 500
MAX_NAME = 80
MAX_NAMES = 15

# What may stand before "par" in a byline: the kind of work, never the beginning of a sentence.
WORK = (
    r"(?:(?:un )?article|textes?|propos recueillis|recueilli|ecrit|écrit|rédigé|publié|posté|soumis|proposé|"
    r"une enquête|enquête|reportage|récit|analyse|story|written|words|reported|posted|published|submitted|"
    r"article written|text|geschrieben|(?:blog ?)?beitrag|artikel|publicado|escrito|scritto)"
)
BY = r"(?:par|by|von|por)"
# These are also parts of names (Di Maio, Da Silva), so they count in a visible byline only.
BY_VISIBLE = r"(?:par|by|von|por|di|da|door|av|af)"
AUTHOR_WORD = (
    r"(?:auteure?s?|autrices?|authors?|autor(?:in|es|a)?(?:/\w+)?|autore|redaktion|text|texte|redacteur|rédacteur)"
)
LEADING = re.compile(rf"^(?:{WORK}\s+)?{BY}(?:\s*:\s*|\s+)|^{AUTHOR_WORD}\s*:\s*", re.IGNORECASE)
LEADING_VISIBLE = re.compile(
    rf"^(?:{WORK}\s+)?{BY_VISIBLE}(?:\s*:\s*|\s+)|^{AUTHOR_WORD}(?:\s*:\s*|\s+)|^(?:escribe|écrit par)\s+",
    re.IGNORECASE,
)
WITH_OTHERS = re.compile(r"\((?:avec|with|mit|con)\s+([^)]*)\)", re.IGNORECASE)
IN_BRACKETS = re.compile(r"\s*[(\[][^)\]]{0,120}[)\]]?")
TRAILING = re.compile(
    r"\s*(?:[-–—|•·]\s.*|@\w+.*|"
    r"\b(?:publié|mis à jour|updated?|published|posted|geposted|hace|il y a|vor)\b.*|"
    r"\b(?:le|on|am|um|at|à|el)\s+(?:\w+[.,]?\s+)?\d.*|"
    r",?\s+(?:ph\.?d\.?|m\.?d\.?|r\.?d\.?|m\.?s\.?|mba|jr\.?|esq\.?)\.?)$",
    re.IGNORECASE,
)
# `Kommentar von Jan Moser`: only what follows is a name, where it begins with a capital.
BEFORE_BY = re.compile(r"^.{0,40}?\b(?:par|Par|PAR|by|By|BY|von|Von|VON|por|Por)\s+(?=[^\W\d_a-zà-ÿ])")
# Words of professions: a piece that holds one is no name.
ROLE = re.compile(
    r"\b(?:journalist[ae]?|journaliste|reporter|correspondent|correspondante?|korrespondent(?:in)?|redakteur(?:in)?|"
    r"editor|writer|columnist|chroniqueu[rs]e?|redactrice|redacteur|directeur|directrice|director|attorney|professor|"
    r"professeur|politikredaktion|photographe?|fotograf|twitter|facebook|follow|folgen|suivre|date|mail|"
    r"commentaires?|comments?)"
)
WITH_AGENCY = re.compile(r"\s+(?:avec|with|mit|con)\s+(?P<agency>[\w .,’'-]{2,60})$", re.IGNORECASE)
SPLIT = re.compile(r"\s*(?:[;|•·/]|\s&\s|\s\+\s|,|\s(?:et|and|und|y|e|i|en|och|og)\s)\s*", re.IGNORECASE)
CONJUNCTION = re.compile(r"\s(?:et|and|und|y|e|&)\s+\S+(?:\s+\S+){1,3}$", re.IGNORECASE)
ADDRESS = re.compile(r"https?:|www\.|\S@\S|\w\.\w{2,4}/", re.IGNORECASE)
NOISE = frozenset(
    """
    admin administrator administrateur webmaster root wordpress user editor author auteur autor null none undefined
    unknown anonymous anonyme default guest test na editeur about share by par von por superuser contact contacter
    suivre follow abonne true false
    """.split()
) | {"n a", "super user"}
PARTICLES = frozenset(
    "de du des la le les van von der den dem zu zum di da do dos das del della el al bin ibn ben e y af ter ten".split()
)
# Words that no person bears but newsrooms, agencies and companies do; compared without accents.
ORGANISATION = re.compile(
    r"\b(?:redaction|redaktion|redaccion|redazione|redacao|redakcja|newsroom|news|staff|team|equipe|editors?|editorial|"
    r"desk|agence|agency|agencias?|agentur|reuters|associated press|press|presse|presseagentur|media|magazine|journal|"
    r"zeitung|times|gmbh|inc|ltd|llc|group|groupe|tv|radio|online|redakteure|correspondants?|bureau|contributors?|"
    r"collectif|association|syndicat|syndication|agencies|wire|services?|photo|foto|bild|images?)\b"
)
# Agencies: in capitals anywhere, or as the whole name; `Sid` and `Efe` are first names too.
AGENCY = re.compile(r"\b(?:AFP|AP|APA|DPA|EFE|ANSA|SID|PAP|ATS|SDA|KNA|EPD|AG)\b|^(?:dpa|afp|kna|epd|sid|apa|belga)$")
DOMAIN = re.compile(r"\w\.(?:com|fr|de|org|net|info|ch|be|eu|co)\b", re.IGNORECASE)


def split_names(text: str, site_names: frozenset[str] = frozenset(), visible: bool = False) -> list[str]:
    """The names of one statement such as `Par Anne Dupré et Luc Martin (avec AFP)`; `visible` for text of the page."""
    written = clean_inline(text)[:MAX_STATEMENT]
    if ADDRESS.search(written) and " " not in written:
        return []
    written = (LEADING_VISIBLE if visible else LEADING).sub("", written)
    others = [
        name for match in WITH_OTHERS.finditer(written) for name in SPLIT.split(match[1]) if looks_like_person(name)
    ]
    written = TRAILING.sub("", IN_BRACKETS.sub(" ", written))
    pieces = [part for piece in SPLIT.split(written)[:MAX_NAMES] for part in without_agency(piece, site_names)]
    names = (clean_name(piece, visible) for piece in [*pieces, *others])
    return [name for name in names if name]


def without_agency(piece: str, site_names: frozenset[str]) -> list[str]:
    """`Luc Martin avec AFP` is signed by Luc Martin; `Le Journal avec AFP` stays one signature."""
    match = WITH_AGENCY.search(piece)
    if match is None:
        return [piece]
    signer = piece[: match.start()]
    if not looks_like_person(signer) or is_organisation(signer, site_names):
        return [piece]
    agency = match["agency"]
    return [signer, agency] if looks_like_person(agency) and not names_organisation(agency) else [signer]


def clean_name(text: str, visible: bool = False) -> str:
    """One name without label, address and punctuation; empty where nothing of a name is left."""
    name = (LEADING_VISIBLE if visible else LEADING).sub("", text.strip())
    if visible:
        name = BEFORE_BY.sub("", name)
        if ROLE.search(unaccented(name)):
            return ""
    name = TRAILING.sub("", name).strip(" \t,:;|-–—•·*'\"«»“”()[]")
    if not re.search(r"\b\w\.$", name):
        name = name.rstrip(".")
    words = comparable(name)
    if len(words) < 2 or len(name) > MAX_NAME or words in NOISE or ADDRESS.search(name) or name.startswith("@"):
        return ""
    if words.replace(" ", "").isdigit() or len(words.split()) > 8:
        return ""
    return capitalise(name) if name.isupper() and len(name) > 5 and " " in name else name


def capitalise(name: str) -> str:
    """`ANNE DUPRÉ` as people write it; a name partly in capitals keeps its form."""
    return re.sub(r"[^\W\d_]+", lambda match: match[0].capitalize(), name)


def looks_like_person(name: str) -> bool:
    """True for two to five words that begin with capitals, particles aside: what a byline holds besides noise."""
    words = name.replace("’", "'").split()
    if not 2 <= len(words) <= 5 or any(sign.isdigit() or sign in ":!?" for sign in name):
        return False
    if words[-1].lower() in PARTICLES:
        return False
    return all(
        word.lower() in PARTICLES or word[:1].isupper() or word[:2].lower() in ("d'", "o'", "l'") for word in words
    )


def joined_names(text: str) -> list[str]:
    """The names of a byline that is nothing but names with a final `et` before the last; empty for anything else."""
    written = LEADING_VISIBLE.sub("", clean_inline(text))
    if not CONJUNCTION.search(written):
        return []
    pieces = [piece for piece in SPLIT.split(written) if piece]
    good = all(looks_like_person(piece) and clean_name(piece, visible=True) == piece for piece in pieces)
    return pieces if good and 2 <= len(pieces) <= 5 else []


def is_organisation(name: str, site_names: frozenset[str]) -> bool:
    """True for newsrooms, agencies, companies and the site itself."""
    return is_site(name, site_names) or names_organisation(name)


def names_organisation(name: str) -> bool:
    """True where a word of the name is one that only organisations bear."""
    if AGENCY.search(name) or DOMAIN.search(name):
        return True
    return ORGANISATION.search(unaccented(comparable(name))) is not None


def is_site(name: str, site_names: frozenset[str]) -> bool:
    """True where a name is the site's own."""
    return comparable(name).replace(" ", "") in site_names


def drop_repeats(names: list[str]) -> list[str]:
    """Each name once, the first form kept."""
    kept: dict[str, str] = {}
    for name in names:
        kept.setdefault(unaccented(comparable(name)), name)
    return list(kept.values())
