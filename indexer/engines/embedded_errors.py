"""The border to tantivy: whatever comes out of it is an `EngineError`."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from indexer.engines.base import EngineError, IndexBusyError, IndexUnusableError

SAID_LENGTH = 120  # of what tantivy says about damage
LEAST_ROOM = 2**20  # bytes: below that a segment may not fit, though an empty commit still does


@contextmanager
def border(doing: str) -> Iterator[None]:
    """Turn what comes out of tantivy into an `EngineError`; its panics are no `Exception`."""
    try:
        yield
    except (ValueError, OSError) as error:
        if "LockBusy" in str(error):
            raise IndexBusyError("Another process is writing the search index; wait for it or stop it.") from error
        if _speaks_of_damage(str(error)):
            raise IndexUnusableError(_damaged(error)) from error
        raise EngineError(f"The search engine could not {doing}: {error}.") from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise EngineError(f"The search engine could not {doing}: it gave up ({error}).") from error


def speaks_of_refusal(message: str) -> bool:
    """True where the system did not let the files be used: making them anew would be refused too."""
    return any(word in message for word in ("PermissionDenied", "Permission denied", "Read-only file system"))


def find_hindrance(message: str, folder: Path | None) -> str | None:
    """What keeps files from being written, in a sentence; then no entry is to blame.

    The folder is asked too: a writer whose thread died at a full disk says only that it was killed.
    """
    if "os error 28" in message or "StorageFull" in message or _is_full(folder):
        return f"{folder}: the disk is full, and the search index cannot be written. Make room: indexing then goes on."
    if speaks_of_refusal(message) or (folder is not None and not os.access(folder, os.R_OK | os.W_OK | os.X_OK)):
        return f"{folder}: the search index may not be written. Give the folder to this user: indexing then goes on."
    return None


def _is_full(folder: Path | None) -> bool:
    try:
        return folder is not None and shutil.disk_usage(folder).free < LEAST_ROOM
    except OSError:
        return False


def _damaged(error: Exception) -> str:
    """One sentence; tantivy's own words fill a screen."""
    said = " ".join(str(error).split())
    short = said if len(said) <= SAID_LENGTH else said[:SAID_LENGTH].rstrip() + "…"
    return f"The search index is damaged ({short}) and must be rebuilt: `vigie rebuild`."


def _speaks_of_damage(message: str) -> bool:
    """True where files hold something else than was written; what the system refuses bears its number instead."""
    refused_by_system = "os error" in message or "Os {" in message
    return ("IO error" in message or "orrupt" in message) and not refused_by_system
