"""The templates of sources: the layout of their pages as it was learned, and how often it served.

What a template means is the crawler's affair; here it is a text. One of an older extractor version is as good as none.
"""

from dataclasses import asdict, dataclass

from archive.catalogue.catalogue import Transaction
from archive.catalogue.schema import page_template
from archive.catalogue.statements import find_row, put_row


@dataclass(frozen=True)
class TemplateState:
    """What one extractor version knows of the layout of a source, and what came of it.

    Templates of a source that followed each other are told apart by their `edition`. `lessons` are the pages that were
    studied for this one, `agreed` those read both ways alike since it was begun. Of all editions, `hits` were read by
    the template alone, at `doubts` the full extraction was asked, each of the `disagreements` made one void.
    """

    source: str
    extractor_version: int
    template: str | None = None
    edition: int = 0
    lessons: int = 0
    agreed: int = 0
    hits: int = 0
    doubts: int = 0
    doubts_in_a_row: int = 0
    disagreements: int = 0


def read_state(transaction: Transaction, source_id: str, extractor_version: int) -> TemplateState:
    """What that version knows of the source, which may be nothing yet."""
    found = find_state(transaction, source_id)
    if found is None or found.extractor_version != extractor_version:
        return TemplateState(source_id, extractor_version)
    return found


def find_state(transaction: Transaction, source_id: str) -> TemplateState | None:
    """What the last version that looked knows of the source."""
    row = find_row(transaction, page_template, source=source_id)
    return None if row is None else TemplateState(*row)


def put_state(transaction: Transaction, state: TemplateState) -> None:
    """Keep what is known now."""
    row = asdict(state)
    put_row(transaction, page_template, "source", {"source": row.pop("source")}, row)
