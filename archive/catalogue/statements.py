"""Statements that are made once and run many times with other values.

SQLAlchemy takes ten times as long to build a statement with its values in it as SQLite takes to run it. Here a
statement is built on its first use, by table and names of columns, and every run hands its values over beside it.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import Insert, insert

from archive.catalogue.catalogue import Transaction


def add_row(transaction: Transaction, table: sa.Table, row: Mapping[str, Any]) -> int:
    """A new row; returns its number."""
    return int(transaction.execute(_insert_numbered(table), row).scalar_one())


def add_row_once(transaction: Transaction, table: sa.Table, row: Mapping[str, Any]) -> None:
    """A new row, unless one is there already that it would contradict."""
    transaction.execute(_insert_once(table), row)


def put_row(
    transaction: Transaction, table: sa.Table, key: str, row: Mapping[str, Any], renewed: Mapping[str, Any]
) -> None:
    """The row with this key: made from `row` and `renewed`, or the columns of `renewed` set where it is there."""
    transaction.execute(_upsert(table, key, tuple(renewed)), {**row, **renewed})


def set_columns(transaction: Transaction, table: sa.Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> int:
    """Set columns of the rows whose key columns have these values; how many there were."""
    keyed = {f"key_{name}": value for name, value in key.items()}
    return int(transaction.execute(_update(table, tuple(key)), keyed | dict(values)).rowcount)


def find_row(transaction: Transaction, table: sa.Table, **key: Any) -> Any:
    """The one row with these values, or None."""
    return transaction.execute(_select(table, tuple(key)), key).one_or_none()


@cache
def _insert_numbered(table: sa.Table) -> Any:
    return table.insert().returning(table.c.id)


@cache
def _insert_once(table: sa.Table) -> Insert:
    return insert(table).on_conflict_do_nothing()


@cache
def _upsert(table: sa.Table, key: str, renewed: tuple[str, ...]) -> Insert:
    statement = insert(table)
    if not renewed:
        return statement.on_conflict_do_nothing()
    set_ = {name: statement.excluded[name] for name in renewed}
    return statement.on_conflict_do_update(index_elements=[key], set_=set_)


@cache
def _update(table: sa.Table, key: tuple[str, ...]) -> sa.Update:
    return table.update().where(*(table.c[name] == sa.bindparam(f"key_{name}") for name in key))


@cache
def _select(table: sa.Table, key: tuple[str, ...]) -> sa.Select[Any]:
    return sa.select(table).where(*(table.c[name] == sa.bindparam(name) for name in key))
