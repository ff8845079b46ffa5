"""tantivy's mapping of the index schema, and an entry as a tantivy document.

Texts come as finished terms separated by blanks; `·` stands where a word was dropped and leaves its place empty.
Instants and days are whole numbers: one column type, no zones, no limits of a date type.
"""

from collections.abc import Iterable

import tantivy

from indexer.analysis import HOLE
from indexer.document import FIELDS, IndexEntry, Kind
from indexer.engines.base import Analysis, EntryRefusedError
from indexer.engines.entry_terms import entry_flags, entry_keywords, entry_numbers, entry_texts

TOKENIZER = "terms"
CHECKPOINT_ID = "~checkpoint"
"""The id of the reserved entry that records how far the log was applied; no document id begins with `~`."""

_FAST: frozenset[Kind] = frozenset({"date", "number"})


def build_schema() -> tantivy.Schema:
    """The schema of an index, made from the table of fields."""
    builder = tantivy.SchemaBuilder()
    for name, field in FIELDS.items():
        if name == "id":
            builder.add_text_field(name, stored=True, tokenizer_name="raw", index_option="basic")
        elif field.kind in _FAST:
            builder.add_integer_field(name, fast=True)
        elif field.kind in ("keyword", "keywords", "flag") and (field.asked or not field.shown):
            builder.add_text_field(name, fast=field.facet, tokenizer_name="raw", index_option="basic")
        elif name.endswith("_exact"):
            builder.add_text_field(name, tokenizer_name=TOKENIZER, index_option="basic")
        elif field.asked:
            builder.add_text_field(name, tokenizer_name=TOKENIZER, index_option="position")
    builder.add_unsigned_field("checkpoint", stored=True)
    return builder.build()


def register_tokenizer(index: tantivy.Index) -> None:
    """Tell an index how to cut texts; tantivy forgets it whenever an index is closed."""
    words = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace())
    index.register_tokenizer(TOKENIZER, words.filter(tantivy.Filter.custom_stopword([HOLE])).build())


def document_of(entry: IndexEntry, analysis: Analysis) -> tantivy.Document:
    """The entry as a document; every value is added with its type, since a wrong one would poison the writer."""
    document = tantivy.Document()
    try:
        _add_texts(document, entry_texts(entry, analysis))
        _add_texts(document, entry_keywords(entry))
        _add_texts(document, entry_flags(entry))
        for name, number in entry_numbers(entry):
            document.add_integer(name, number)
    except (TypeError, ValueError, OverflowError, AttributeError) as error:
        raise EntryRefusedError(entry.id, str(error)) from error
    return document


def checkpoint_document(seq: int) -> tantivy.Document:
    """The reserved entry."""
    document = tantivy.Document()
    document.add_text("id", CHECKPOINT_ID)
    document.add_unsigned("checkpoint", seq)
    return document


def _add_texts(document: tantivy.Document, values: Iterable[tuple[str, str]]) -> None:
    for name, value in values:
        document.add_text(name, value)
