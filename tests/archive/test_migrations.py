"""The migrations lead to the schema that the code declares."""

import contextlib
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from archive.catalogue import create_catalogue, matches, open_catalogue, templates, upgrading
from archive.catalogue.changes import read_watermark
from archive.catalogue.schema import extraction_attempt, metadata
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

    with pytest.raises(CatalogueError, match=r"schema none, expected 0007.*vigie init"):
        open_catalogue(tmp_path)


def test_a_catalogue_of_the_first_schema_is_brought_up_to_date_and_a_copy_is_kept(tmp_path: Path) -> None:
    make_catalogue_of_the_first_schema(tmp_path)
    with pytest.raises(CatalogueError, match=r"older Vigie \(schema 0001, expected"):
        open_catalogue(tmp_path)

    create_catalogue(tmp_path).close()

    upgraded = open_catalogue(tmp_path)
    with upgraded.read() as transaction:
        assert read_watermark(transaction, "search") == 7
    upgraded.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "catalogue.sqlite.schema-0001")) as copy:
        assert copy.execute("SELECT seq FROM watermark").fetchall() == [(7,)]


def make_catalogue_of_the_first_schema(folder: Path) -> None:
    """As the first release left it, with a line in it."""
    make_older_catalogue(folder, "0001", "INSERT INTO watermark VALUES ('search', 7)")


def make_older_catalogue(folder: Path, revision: str, row: str) -> None:
    engine = sa.create_engine(f"sqlite:///{folder / 'catalogue.sqlite'}", isolation_level=None)
    with engine.connect() as connection:
        upgrading.upgrade(connection, revision)
        connection.exec_driver_sql(row)
        connection.commit()
    engine.dispose()


def test_matches_of_an_older_schema_stay_as_they_were(tmp_path: Path) -> None:
    row = "INSERT INTO match VALUES ('q', 'a', 2, 7, '2026-02-01T12:00:00.000000Z', 'told', 3)"
    make_older_catalogue(tmp_path, "0002", row)

    upgraded = create_catalogue(tmp_path)

    with upgraded.read() as transaction:
        (found,) = matches.list_matches(transaction, "q", after=0, up_to=10)
    upgraded.close()
    assert (found.document, found.version, found.seq, found.digest, found.kind) == ("a", 2, 7, 3, "version")


def test_attempts_of_an_older_schema_were_made_without_a_template(tmp_path: Path) -> None:
    row = "INSERT INTO extraction_attempt VALUES (1, 5, 1, '2026-02-01T12:00:00.000000Z', 'new_document', NULL, 12)"
    make_older_catalogue(tmp_path, "0004", row)

    upgraded = create_catalogue(tmp_path)

    with upgraded.read() as transaction:
        attempt = transaction.execute(sa.select(extraction_attempt)).one()
        state = templates.find_state(transaction, "montreval")
    upgraded.close()
    assert (attempt.capture, attempt.outcome, attempt.milliseconds, attempt.template) == (5, "new_document", 12, None)
    assert state is None
