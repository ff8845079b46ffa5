"""Writing one tantivy index: what is pending, the commit, and the end of the writer."""

import contextlib
from typing import Any

import tantivy

from indexer.engines.base import EngineError
from indexer.engines.embedded_errors import border
from indexer.engines.embedded_schema import CHECKPOINT_ID, checkpoint_document


class IndexWriter:
    """tantivy's writer and what is pending in it."""

    def __init__(self, index: tantivy.Index, heap_bytes: int) -> None:
        self._writer: Any = index.writer(heap_bytes, 1)  # one thread: more of them make more segments
        self._writer.garbage_collect_files()  # what a commit left that met a full disk would bar the same name
        self._put: set[str] = set()
        self._removed: set[str] = set()

    def put(self, entry_id: str, document: tantivy.Document) -> None:
        self._writer.delete_documents_by_term("id", entry_id)
        self._writer.add_document(document)
        self._put.add(entry_id)
        self._removed.discard(entry_id)

    def remove(self, entry_id: str) -> None:
        self._writer.delete_documents_by_term("id", entry_id)
        self._put.discard(entry_id)
        self._removed.add(entry_id)

    def commit(self, checkpoint: int) -> tuple[frozenset[str], frozenset[str]]:
        self._writer.delete_documents_by_term("id", CHECKPOINT_ID)
        self._writer.add_document(checkpoint_document(checkpoint))
        self._writer.commit()
        put, removed = frozenset(self._put), frozenset(self._removed)
        self._put.clear()
        self._removed.clear()
        return put, removed

    def abandon(self) -> None:
        """Drop what is pending, and the writer with its lock."""
        with contextlib.suppress(EngineError), border("roll back"):
            self._writer.rollback()
        self._writer = None

    def close(self) -> None:
        """Let merges end; a rollback before would break them off, and what is pending is forgotten without it."""
        self._writer.wait_merging_threads()
        self._writer = None
