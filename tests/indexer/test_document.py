"""The index schema: values as terms, the date of an entry, the order of entries."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

from indexer.document import FIELDS, IndexEntry, date_of, searchable_text, seconds_of
from tests.indexer.engines.entries import make_entry

SEEN = datetime(2024, 5, 2, 8, 30, tzinfo=UTC)
PRINTED = datetime(2024, 5, 1, 6, 0, tzinfo=UTC)


def test_every_shown_field_is_one_of_an_entry() -> None:
    shown = {name for name, field in FIELDS.items() if field.shown}
    assert shown == {field.name for field in fields(IndexEntry)} | {"id"}


def test_keyword_values_are_asked_as_they_are_written() -> None:
    assert FIELDS["authors"].terms_of("Jean-Marc  Œillet") == ("jean-marc oeillet", "jean", "marc", "oeillet")
    assert FIELDS["authors"].term_of("OEILLET") in FIELDS["authors"].terms_of("Jean-Marc Œillet")
    assert FIELDS["regions"].term_of(" fr-ara ") == "FR-ARA"
    assert FIELDS["sources"].terms_of("Courrier-Du-Val") == ("courrier-du-val",)
    assert FIELDS["url"].term_of("https://alpha.test/A") == "https://alpha.test/A"


def test_the_date_is_the_publication_unless_it_cannot_be_believed() -> None:
    seen = (SEEN, "first_seen", "second")
    assert date_of(PRINTED, "json_ld", "day", None, SEEN) == (PRINTED, "json_ld", "day")
    assert date_of(None, None, None, None, SEEN) == seen
    assert date_of(PRINTED, "meta", "second", "future", SEEN) == seen
    assert date_of(datetime(1, 1, 1, tzinfo=UTC), "meta", "second", None, SEEN) == seen


def test_entries_order_by_date_then_by_seq_even_before_1970() -> None:
    dates = [datetime(1951, 3, 4, tzinfo=UTC), PRINTED, PRINTED, SEEN]
    keys = [make_entry(seq=seq, date=date).sort_key for seq, date in enumerate(dates)]
    assert keys == sorted(set(keys))
    assert keys[-1] < 2**63


def test_seconds_are_rounded_down() -> None:
    assert seconds_of(PRINTED + timedelta(microseconds=999_999)) == seconds_of(PRINTED)
    assert seconds_of(datetime(1969, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC)) == -1


def test_the_lead_is_searched_once() -> None:
    assert searchable_text("Une nuit agitée.", "La suite.") == "Une nuit agitée.\n\nLa suite."
    assert searchable_text("Une nuit agitée.", "Une  nuit\nagitée. La suite.") == "Une  nuit\nagitée. La suite."
    assert searchable_text(None, "La suite.") == "La suite."
