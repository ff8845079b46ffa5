"""The catalogue: one module a noun, all on one SQLite file; nothing above this folder knows which database it is."""

from archive.catalogue.catalogue import (
    Catalogue,
    Transaction,
    create_catalogue,
    open_catalogue,
    require_catalogue,
    update_catalogue,
    utc_now,
)

__all__ = [
    "Catalogue",
    "Transaction",
    "create_catalogue",
    "open_catalogue",
    "require_catalogue",
    "update_catalogue",
    "utc_now",
]
