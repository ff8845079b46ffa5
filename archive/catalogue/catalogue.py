"""Open the catalogue, read it, write it.

SQLite in WAL with synchronous FULL: what a transaction committed survives a power cut. Writers take the write lock
first (BEGIN IMMEDIATE), so that the order of `change.seq` is the order of commits. Readers never wait for writers.
"""

import contextlib
import logging
import shutil
import sqlite3
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import sqlalchemy as sa

from archive.catalogue.turns import NoTurnError, TurnTimeoutError, take_turn
from archive.errors import CatalogueError
from archive.layout import LOCK_FOLDER, WARC_FOLDER

logger = logging.getLogger(__name__)

FILE_NAME = "catalogue.sqlite"
HEAD_REVISION = "0007"  # of the migrations; a test compares
BUSY_SECONDS = 30.0  # S5 of the hazards: wait for another writer this long, then say so
FULL_BYTES = 1 << 20  # SQLite cannot work with less; the system then only speaks of a failed read or write
_FAULTS_OF_PROGRAM = (sa.exc.IntegrityError, sa.exc.ProgrammingError, sa.exc.DataError)  # none of the file's
Transaction = sa.Connection


class Catalogue:
    """The open catalogue of one data folder. Use `read()` and `write()`; close it when done.

    `on_written` is for measuring: where it is set, it is told of each write transaction for how many seconds it waited
    for the lock, and for how many it held it.
    """

    on_written: ClassVar[Callable[[float, float], None] | None] = None

    def __init__(self, folder: Path, engine: sa.Engine) -> None:
        self.folder = folder
        self._engine = engine
        self._file = _identify(folder)
        self._locks = folder / LOCK_FOLDER

    @contextlib.contextmanager
    def write(self) -> Iterator[Transaction]:
        """One write transaction, committed whole when the block ends, rolled back when it raises.

        Keep it under 100 ms or 500 rows. Raises `CatalogueError` when another writer held the lock for 30 s.
        """
        asked = time.perf_counter()
        self.require_in_place()
        try:
            with take_turn(self._locks, BUSY_SECONDS), self._engine.connect() as connection:
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                began = time.perf_counter()
                yield connection
                connection.commit()
        except _FAULTS_OF_PROGRAM:
            raise
        except sa.exc.DatabaseError as error:
            raise _explain(error, self.folder) from error
        except TurnTimeoutError as error:
            raise CatalogueError(_busy(self.folder)) from error
        except NoTurnError as error:
            raise _explain(error, self.folder) from error
        if Catalogue.on_written is not None:
            Catalogue.on_written(began - asked, time.perf_counter() - began)

    @contextlib.contextmanager
    def read(self) -> Iterator[Transaction]:
        """A steady view of the catalogue as it is now; keep it under a second."""
        try:
            with self._engine.connect() as connection:
                connection.exec_driver_sql("BEGIN")
                yield connection
                connection.rollback()
        except _FAULTS_OF_PROGRAM:
            raise
        except sa.exc.DatabaseError as error:
            raise _explain(error, self.folder) from error

    def close(self) -> None:
        """Give back every connection."""
        self._engine.dispose()

    def require_in_place(self) -> None:
        """Raises where the file that was opened is gone or replaced: whatever is written now would be lost with it."""
        if _identify(self.folder) != self._file:
            raise CatalogueError(
                f"{self.folder / FILE_NAME}: the catalogue that was opened is gone. Was the folder removed, or its "
                "disk taken away? Nothing more is written."
            )

    def copy_into(self, path: Path) -> None:
        """A whole copy as of now in a file that is not there yet, made by SQLite; writers are not held up meanwhile."""
        try:
            with self._engine.connect() as connection:
                connection.exec_driver_sql("VACUUM INTO ?", (str(path),))
        except sa.exc.DatabaseError as error:
            if "full" in str(error.orig) or "unable to open" in str(error.orig):
                raise CatalogueError(f"{path}: cannot be written ({error.orig}). Is there room for a copy?") from error
            raise _explain(error, self.folder) from error

    def count_bytes(self) -> int:
        """How large a copy would be at most."""
        with self.read() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            return int(pages * connection.exec_driver_sql("PRAGMA page_size").scalar_one())

    def check_integrity(self) -> list[str]:
        """SQLite's own quick check: an empty list, or what is wrong with the file."""
        with self.read() as connection:
            try:
                rows = connection.exec_driver_sql("PRAGMA quick_check(20)").scalars().all()
            except sa.exc.DatabaseError as error:
                if "malformed" not in str(error.orig):
                    raise
                return [str(error.orig)]  # so damaged that the check itself cannot go on
        return [str(row) for row in rows if row != "ok"]


def create_catalogue(folder: Path) -> Catalogue:
    """Make the catalogue of a data folder, or bring an older one to today's schema."""
    path = folder / FILE_NAME
    if not path.exists():
        _refuse_archive_without_catalogue(folder)
        folder.mkdir(parents=True, exist_ok=True)
    return _bring_up_to_date(folder)


def require_catalogue(folder: Path) -> None:
    """Raises where there is none: a disk that is not mounted looks like an empty folder, and all would be new again."""
    path = folder / FILE_NAME
    if not path.exists():
        raise CatalogueError(f"{path}: no catalogue here. Run `vigie init` to make one, or check data_folder.")


def update_catalogue(folder: Path) -> Catalogue:
    """Open the catalogue, brought to today's schema where it is older. Never makes an empty one."""
    require_catalogue(folder)
    return _bring_up_to_date(folder)


def _bring_up_to_date(folder: Path) -> Catalogue:
    path = folder / FILE_NAME
    _refuse_foreign_file(path)
    engine = _make_engine(path, "rwc")
    with _explaining(folder), engine.connect() as connection:
        found = _refuse_newer_schema(connection, folder)
        if found != HEAD_REVISION:
            from archive.catalogue import upgrading

            if found is not None:
                _keep_copy(connection, path, found)
            upgrading.upgrade(connection)
            connection.commit()
    engine.dispose()
    return Catalogue(folder, _make_engine(path, "rw"))  # whatever happens to the file, no later connection makes one


def open_catalogue(folder: Path) -> Catalogue:
    """Open what `create_catalogue` made. Never makes an empty one: everything would be new again."""
    path = folder / FILE_NAME
    require_catalogue(folder)
    _refuse_foreign_file(path)
    engine = _make_engine(path, "rw")
    with _explaining(folder), engine.connect() as connection:
        found = _refuse_newer_schema(connection, folder)
    if found != HEAD_REVISION:
        raise CatalogueError(
            f"{path}: made by an older Vigie (schema {found or 'none'}, expected {HEAD_REVISION}). "
            "Run `vigie init` to bring it up to date; a copy is kept beside it."
        )
    return Catalogue(folder, engine)


def _keep_copy(connection: sa.Connection, path: Path, revision: str) -> None:
    """A whole copy beside the catalogue before its schema changes; one that is there already is of the same state."""
    copy = path.with_name(f"{path.name}.schema-{revision}")
    if not copy.exists():
        logger.info("%s: a copy from before the upgrade is kept", copy)
        connection.exec_driver_sql("VACUUM INTO ?", (str(copy),))


def utc_now() -> datetime:
    """The clock that is passed in where nobody passes another."""
    return datetime.now(UTC)


def _make_engine(path: Path, mode: str) -> sa.Engine:
    return sa.create_engine(
        "sqlite+pysqlite://",
        creator=lambda: _connect(path, mode),
        poolclass=sa.pool.QueuePool,
        pool_size=4,
        max_overflow=8,
        isolation_level=None,
    )


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    """One connection in autocommit mode: transactions begin where `read` and `write` say so."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "temp_store=MEMORY", "cache_size=-65536"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def _identify(folder: Path) -> tuple[int, int] | None:
    """What tells a file from every other one, without opening it; None where there is none."""
    try:
        found = (folder / FILE_NAME).stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _refuse_newer_schema(connection: sa.Connection, folder: Path) -> str | None:
    """The revision found; raises where this code does not know it."""
    found = _read_revision(connection)
    if found in (None, HEAD_REVISION):
        return found
    from archive.catalogue import upgrading

    if found not in upgrading.list_revisions():
        raise CatalogueError(
            f"{folder / FILE_NAME}: made by a newer Vigie (schema {found}). Install that version; nothing was changed."
        )
    return found


def _read_revision(connection: sa.Connection) -> str | None:
    """The schema version that the file says it has; None for a file without one."""
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'alembic_version'"
    if connection.exec_driver_sql(query).first() is None:
        return None
    found = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()
    return None if found is None else str(found)


def _refuse_foreign_file(path: Path) -> None:
    """S6 of the hazards: an empty file or something that is no database is named, never overwritten.

    SQLite itself reads the file. A plain open() and close() would drop every lock that this process has on it, and the
    next process to leave would remove the write-ahead log under the hands of those who still use it.
    """
    if not path.exists():
        return
    found = "an empty file" if path.stat().st_size == 0 else None
    if found is None:
        try:
            with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
                connection.execute("SELECT 1 FROM sqlite_master LIMIT 1").fetchone()
        except sqlite3.DatabaseError as error:
            if "not a database" not in str(error):
                return  # a database all the same: whoever opens it next says what is wrong with it
            found = "something that is not an SQLite database"
    if found is not None:
        raise CatalogueError(
            f"{path}: expected the catalogue, found {found}. "
            "Put a backup back (`vigie restore`), or move the file away."
        )


def _refuse_archive_without_catalogue(folder: Path) -> None:
    """WARC files without the catalogue that tells of them are an archive that lost something, not a new one."""
    held = folder / WARC_FOLDER
    if held.is_dir() and any(held.glob("*.warc.gz*")):
        raise CatalogueError(
            f"{held}: WARC files are here, their catalogue {FILE_NAME} is missing. Put a backup back: `vigie restore`. "
            f"Without one, move {folder} away, run `vigie init`, and take the WARC files in again with `vigie import`."
        )


@contextlib.contextmanager
def _explaining(folder: Path) -> Iterator[None]:
    """One sentence for a file that cannot even be opened."""
    try:
        yield
    except sa.exc.DatabaseError as error:
        raise _explain(error, folder) from error


def _busy(folder: Path) -> str:
    return f"{folder / FILE_NAME}: another process has been writing for {BUSY_SECONDS:.0f} s. Try again."


def _explain(error: Exception, folder: Path) -> CatalogueError:
    """One sentence for what SQLite said."""
    text = str(getattr(error, "orig", None) or error)
    path = folder / FILE_NAME
    if "unable to open" in text:
        return CatalogueError(f"{path}: cannot be opened. Check the folder's owner and mount.")
    if "locked" in text or "busy" in text:
        return CatalogueError(_busy(folder))
    if "full" in text or "No space" in text or ("I/O error" in text and _is_full(folder)):
        return CatalogueError(f"{path}: the disk is full. Make room and start again; nothing committed was lost.")
    if any(word in text for word in ("readonly", "Read-only", "denied")):
        return CatalogueError(f"{path}: cannot be written ({text}). Check the folder's owner and mount.")
    if "malformed" in text or "not a database" in text:
        return CatalogueError(
            f"{path}: the file is damaged ({text}). Put the latest backup back: `vigie restore`, then `vigie rebuild`."
        )
    return CatalogueError(f"{path}: {text}")


def _is_full(folder: Path) -> bool:
    return shutil.disk_usage(folder).free < FULL_BYTES
