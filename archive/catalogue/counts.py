"""Counts over whole tables, for people who look on; no stage decides anything by them."""

from datetime import datetime

import sqlalchemy as sa

from archive.catalogue.catalogue import Transaction
from archive.catalogue.schema import capture, fetch_attempt


def count_captures(transaction: Transaction) -> int:
    """How many captures there are."""
    return int(transaction.execute(sa.select(sa.func.count()).select_from(capture)).scalar_one())


def count_attempts(transaction: Transaction, since: datetime) -> dict[str, int]:
    """How many requests met each end since an instant."""
    query = sa.select(fetch_attempt.c.outcome, sa.func.count()).where(fetch_attempt.c.at >= since)
    return {row[0]: row[1] for row in transaction.execute(query.group_by(fetch_attempt.c.outcome))}
