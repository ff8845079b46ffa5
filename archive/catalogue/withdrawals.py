"""Withdrawals: documents that nobody is to see any more, why, and the addresses at which they are met no more.

A withdrawal names every document that is the same article and every address under which it was met, so that it holds
in an older catalogue too, which may know the article under another id, as two documents, or not at all.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from archive.catalogue import documents
from archive.catalogue.catalogue import Transaction
from archive.catalogue.documents import Document
from archive.catalogue.schema import alias, document, withdrawal, withdrawn_address


@dataclass(frozen=True)
class Withdrawal:
    """One decision: when, why and by whom, and what it hides. `documents` begins with the one that was meant."""

    id: str
    at: datetime
    reason: str
    by: str | None
    source: str
    url: str
    first_seen_at: datetime
    documents: tuple[str, ...]
    addresses: tuple[str, ...]


def find_head(transaction: Transaction, found: Document) -> Document:
    """The document that this one was merged into, in any number of steps; itself where it was not."""
    while found.merged_into is not None:
        winner = documents.read_document(transaction, found.merged_into)
        if winner is None:
            return found
        found = winner
    return found


def describe(
    transaction: Transaction, head: Document, withdrawal_id: str, at: datetime, reason: str, by: str | None
) -> Withdrawal:
    """The withdrawal of a document with everything that it hides; nothing is written yet."""
    addresses = sa.select(alias.c.canonical).where(alias.c.document == head.id).order_by(alias.c.canonical)
    family = documents.list_family(transaction, head.id)
    return Withdrawal(
        withdrawal_id, at, reason, by, head.source, head.url, head.first_seen_at, family,
        tuple(transaction.execute(addresses).scalars()),
    )  # fmt: skip


def apply(transaction: Transaction, one: Withdrawal, now: datetime) -> list[str]:
    """Record a withdrawal and hide what it names; returns the documents that were to be seen until now.

    Done twice, it changes nothing.
    """
    row = {name: getattr(one, name) for name in withdrawal.columns.keys()}  # noqa: SIM118 - columns are no mapping
    row |= {"documents": list(one.documents), "addresses": list(one.addresses)}
    if transaction.execute(insert(withdrawal).values(**row).on_conflict_do_nothing()).rowcount == 0:
        return []
    if one.addresses:
        rows = [{"canonical": address, "withdrawal": one.id} for address in one.addresses]
        transaction.execute(insert(withdrawn_address).on_conflict_do_nothing(), rows)
    shown = [head.id for head in _find_heads(transaction, one) if head.state != "withdrawn"]
    for document_id in shown:
        documents.withdraw(transaction, document_id, now)
    return shown


def _find_heads(transaction: Transaction, one: Withdrawal) -> list[Document]:
    """What this catalogue has of the documents and addresses, each once."""
    named = [documents.read_document(transaction, name) for name in one.documents]
    named += [documents.find_by_canonical(transaction, address) for address in one.addresses]
    heads = [find_head(transaction, found) for found in named if found is not None]
    return list({head.id: head for head in heads}.values())


def is_address_withdrawn(transaction: Transaction, canonicals: Collection[str]) -> bool:
    """Whether one of these addresses belongs to a withdrawn document, known to this catalogue or not."""
    query = sa.select(sa.literal(1)).where(withdrawn_address.c.canonical.in_(list(canonicals))).limit(1)
    return transaction.execute(query).first() is not None


def list_withdrawals(transaction: Transaction) -> list[Withdrawal]:
    """Every withdrawal, the oldest first."""
    query = sa.select(withdrawal).order_by(withdrawal.c.at, withdrawal.c.id)
    return [_from_row(row) for row in transaction.execute(query)]


def find_withdrawal(transaction: Transaction, head: Document) -> Withdrawal | None:
    """The first withdrawal that names a document, one merged into it, or one of its addresses."""
    family = set(documents.list_family(transaction, head.id))
    mine = sa.select(withdrawn_address.c.withdrawal).join(alias, alias.c.canonical == withdrawn_address.c.canonical)
    by_address = set(transaction.execute(mine.where(alias.c.document == head.id)).scalars())
    for one in list_withdrawals(transaction):
        if one.id in by_address or not family.isdisjoint(one.documents):
            return one
    return None


def list_uncovered(transaction: Transaction) -> list[str]:
    """Withdrawn documents with an address that no withdrawal names: merged with one, or met elsewhere since."""
    query = (
        sa.select(document.c.id)
        .join(alias, alias.c.document == document.c.id)
        .outerjoin(withdrawn_address, withdrawn_address.c.canonical == alias.c.canonical)
        .where(document.c.state == sa.literal_column("'withdrawn'"), withdrawn_address.c.canonical.is_(None))
    )
    return sorted(set(transaction.execute(query).scalars()))


def _from_row(row: Any) -> Withdrawal:
    said = dict(row._mapping)
    return Withdrawal(**said | {"documents": tuple(row.documents), "addresses": tuple(row.addresses)})
