"""The schema version written in the code is that of the newest migration, and the migrations make the tables."""

import sqlite3
from contextlib import closing
from pathlib import Path

from archive.catalogue import create_catalogue, upgrading
from archive.catalogue.catalogue import FILE_NAME, HEAD_REVISION
from archive.catalogue.schema import metadata


def test_the_newest_migration_is_the_schema_of_the_code() -> None:
    assert upgrading.list_revisions()[0] == HEAD_REVISION, "set HEAD_REVISION in archive/catalogue/catalogue.py"


def test_a_new_catalogue_has_every_table_and_its_version(tmp_path: Path) -> None:
    create_catalogue(tmp_path).close()

    with closing(sqlite3.connect(tmp_path / FILE_NAME)) as connection:
        tables = {row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")}
        (version,) = connection.execute("select version_num from alembic_version").fetchone()

    assert tables >= set(metadata.tables)
    assert version == HEAD_REVISION
