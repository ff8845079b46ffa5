"""The border to Elasticsearch: whatever its client raises becomes an `EngineError` that says what to do.

Answers of the server may quote articles, so only the names of errors are told, never their texts. Keys are never told.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from elastic_transport import ConnectionTimeout, SerializationError, TlsError, TransportError
from elasticsearch import ApiError, UnsupportedProductError

from indexer.engines.base import EngineAwayError, EngineError, IndexUnusableError

BUSY = frozenset({429, 502, 503, 504})
"""Answers that mean « not now »."""

BLOCKED = "cluster_block_exception"
REBUILD = "The search index must be rebuilt: `vigie rebuild` (documents and archive are untouched)."


@contextmanager
def border(doing: str, where: str) -> Iterator[None]:
    """Turn what the client raises while `doing` something at `where` into an `EngineError`."""
    try:
        yield
    except UnsupportedProductError as error:
        raise EngineError(
            f"{where}: what answers there is not Elasticsearch. Set elasticsearch.addresses to the address of "
            "Elasticsearch itself; a proxy in between must leave its headers alone."
        ) from error
    except ApiError as error:
        raise explain_answer(error.status_code, type_of(error.body), doing, where) from error
    except TransportError as error:
        raise explain_silence(error, doing, where) from error


def explain_answer(status: int, kind: str, doing: str, where: str) -> EngineError:
    """What an answer other than success means."""
    if kind == BLOCKED:
        return EngineAwayError(
            f"{where}: Elasticsearch has blocked writing (or reading), most often because a disk is nearly full. Make "
            "room or lift the block; Vigie never lifts it, and goes on by itself once it is gone."
        )
    if status == 401:
        return EngineAwayError(
            f"{where}: Elasticsearch does not accept the key. Set the environment variable "
            "VIGIE_ELASTICSEARCH_API_KEY to the encoded form of a valid API key, or, for OpenSearch, "
            "VIGIE_ELASTICSEARCH_LOGIN to name:password."
        )
    if status == 403:
        return EngineAwayError(
            f"{where}: the API key has not the right to {doing}. Give it the role of docs/elasticsearch.md."
        )
    if status == 404:
        return IndexUnusableError(f"{where}: what is asked for is missing ({kind}). {REBUILD}")
    if status in BUSY:
        return EngineAwayError(
            f"{where}: Elasticsearch could not {doing} now ({status}, {kind}); it is overloaded or starting. It is "
            "tried again at the next turn."
        )
    return EngineError(f"{where}: Elasticsearch refused to {doing} ({status}, {kind}).")


def explain_silence(error: TransportError, doing: str, where: str) -> EngineError:
    """What it means that there was no answer, or none that can be read."""
    if isinstance(error, TlsError):
        return EngineAwayError(
            f"{where}: the certificate of the server could not be verified. Set elasticsearch.ca_file to the "
            "certificate authority that signed it, or elasticsearch.fingerprint to its SHA-256 fingerprint, and see "
            "whether it has expired."
        )
    if isinstance(error, SerializationError):
        return EngineError(f"{where}: the answer could not be read while trying to {doing}; is this Elasticsearch?")
    what = "did not answer in time" if isinstance(error, ConnectionTimeout) else "cannot be reached"
    return EngineAwayError(
        f"{where}: Elasticsearch {what}. Start it, or correct elasticsearch.addresses; nothing is lost meanwhile, and "
        "the search index catches up by itself."
    )


def type_of(body: object) -> str:
    """The name of the error in an answer."""
    if isinstance(body, dict) and isinstance(body.get("error"), dict):
        return str(body["error"].get("type", "unknown error"))
    return "unknown error"
