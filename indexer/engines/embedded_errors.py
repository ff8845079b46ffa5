"""The border to tantivy: whatever comes out of it is an `EngineError`."""

from collections.abc import Iterator
from contextlib import contextmanager

from indexer.engines.base import EngineError, IndexBusyError, IndexUnusableError

SAID_LENGTH = 120  # of what tantivy says about damage


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
    """True where the system did not let the files be read: making them anew would be refused too."""
    return "Permission denied" in message or "PermissionDenied" in message


def _damaged(error: Exception) -> str:
    """One sentence; tantivy's own words fill a screen."""
    said = " ".join(str(error).split())
    short = said if len(said) <= SAID_LENGTH else said[:SAID_LENGTH].rstrip() + "…"
    return f"The search index is damaged ({short}) and must be rebuilt: `vigie rebuild`."


def _speaks_of_damage(message: str) -> bool:
    """True where files hold something else than was written; what the system refuses bears its number instead."""
    refused_by_system = "os error" in message or "Os {" in message
    return ("IO error" in message or "orrupt" in message) and not refused_by_system
