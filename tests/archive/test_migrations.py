"""The migrations lead to the schema that the code declares."""

import contextlib
import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from archive.catalogue import create_catalogue, open_catalogue
from archive.catalogue.schema import metadata
from archive.errors import CatalogueError


def test_migrations_make_what_the_tables_declare(tmp_path: Path) -> None:
    catalogue = create_catalogue(tmp_path)
    with catalogue.read() as transaction:
        context = MigrationContext.configure(transaction, opts={"compare_type": True, "compare_server_default": True})
        differences = compare_metadata(context, metadata)
        declared = set(
            transaction.exec_driver_sql("SELECT name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'").scalars()
        )
    catalogue.close()

    assert differences == []
    assert declared == {
        table.name for table in metadata.tables.values() if table.dialect_options["sqlite"]["autoincrement"]
    }


def test_a_database_without_a_schema_of_ours_is_refused(tmp_path: Path) -> None:
    with contextlib.closing(sqlite3.connect(tmp_path / "catalogue.sqlite")) as connection:
        connection.execute("CREATE TABLE something (else_ TEXT)")

    with pytest.raises(CatalogueError, match=r"schema none, expected 0002.*vigie init"):
        open_catalogue(tmp_path)
