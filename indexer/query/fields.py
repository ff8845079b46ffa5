"""The names by which people ask for fields, and the nearest name where one is misspelt."""

from difflib import get_close_matches

from indexer.document import FIELDS, Field
from indexer.query.errors import QueryError

ALIASES = {
    "source": "sources",
    "region": "regions",
    "departement": "departements",
    "author": "authors",
    "tag": "tags",
    "language": "lang",
    "titre": "title",
    "texte": "text",
    "auteur": "authors",
    "langue": "lang",
    "région": "regions",
    "département": "departements",
}
"""`source:` asks all sources that showed a document, not only the one it belongs to."""

TEXT_FIELDS = (("title", 2.0), ("text", 1.0))
"""What a word without a field asks, and how much a hit there weighs."""

_INSTEAD = {
    "lead": "The lead is part of the text: ask text:",
    "body": "Ask text:",
    "_exists_": "Whether a field has a value is asked with a star, as in author:*",
    "http": 'Put an address in quotation marks, as in url:"https://www.exemple.test/a"',
    "https": 'Put an address in quotation marks, as in url:"https://www.exemple.test/a"',
}


def resolve_field(name: str, position: int) -> Field:
    """The field of that name or alias; refused with the nearest name where there is none."""
    key = name.lower()
    field = FIELDS.get(ALIASES.get(key, key))
    if field is None or not field.asked:
        raise QueryError(f"there is no field {name[:60]!r}", position, _suggest(key))
    return field


def _suggest(name: str) -> str:
    if name in _INSTEAD:
        return _INSTEAD[name]
    known = [field.name for field in FIELDS.values() if field.asked] + list(ALIASES)
    near = get_close_matches(name, known, 1)
    if near:
        return f"Did you mean {near[0]}:? A colon that is part of the words belongs in quotation marks"
    return "A colon that is part of the words belongs in quotation marks; the fields are listed in the documentation"
