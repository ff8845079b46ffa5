"""Sending many writes: in pieces by number and size, each item's answer looked at, and only what failed sent again.

An item is done, or refused for good, or to be sent later. What must be sent later is, after growing pauses; where that
does not help, or nothing can be written at all, the whole sending fails and is safe to repeat: ids and versions are the
same, and a write that arrived after all does no harm.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from elastic_transport import ConnectionError, ConnectionTimeout, TlsError
from elasticsearch import ApiError, Elasticsearch
from elasticsearch.helpers import streaming_bulk

from indexer.engines.base import EngineError, IndexWriteError
from indexer.engines.elasticsearch_errors import BLOCKED, BUSY, border, explain_answer, explain_silence, type_of

PIECE_BYTES = 10 * 2**20
"""The server refuses bodies of a hundred megabytes; smaller ones also cost less memory on both sides."""

PIECE_ITEMS = 500
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds. After a quarter of a minute the next turn of the projection is the better pause."""

Action = dict[str, Any]
Key = tuple[str, str]


class Reason(NamedTuple):
    """Why something was not written: the status and the name of the error."""

    status: int
    kind: str


class BulkSender:
    """Sends actions, each of which has an index and an id of its own."""

    def __init__(self, client: Elasticsearch, where: str, sleep: Callable[[float], None]) -> None:
        self._client = client
        self._where = where
        self._sleep = sleep

    def send(self, actions: Sequence[Action]) -> dict[str, str]:
        """Send all; gives the ids that were refused for good, with the name of the error."""
        refused: dict[str, str] = {}
        waiting = list(actions)
        for pause in (*PAUSES, None):
            with border("write", self._where):
                later, problem = self._send_once(waiting, refused)
            if not later:
                return refused
            if pause is None:
                raise problem
            waiting = [action for action in waiting if _key(action) in later]
            self._sleep(pause)
        raise AssertionError("unreachable: the last round returns or raises")

    def _send_once(self, actions: Sequence[Action], refused: dict[str, str]) -> tuple[set[Key], EngineError]:
        """One round: the keys of what must be sent later, and the last reason for it."""
        unanswered, later = {_key(action) for action in actions}, set()
        reason = Reason(503, "no answer")
        try:
            for ok, answer in self._answers(actions):
                operation, item = next(iter(answer.items()))
                unanswered.discard((item["_index"], item["_id"]))
                if ok or _is_done(operation, item):
                    continue
                reason_now = self._reason(item)
                if reason_now.status in BUSY:
                    reason = reason_now
                    later.add((item["_index"], item["_id"]))
                else:
                    refused[item["_id"]] = reason_now.kind
        except (ConnectionError, ConnectionTimeout) as error:
            if isinstance(error, TlsError):
                raise
            return later | unanswered, explain_silence(error, "write", self._where)
        if unanswered:
            raise IndexWriteError(
                f"{self._where}: Elasticsearch answered for {len(unanswered)} entries less than it was sent. They must "
                "be sent again."
            )
        return later, explain_answer(reason.status, reason.kind, "write", self._where)

    def _reason(self, item: Mapping[str, Any]) -> "Reason":
        """Why an item failed; raises where the fault is not the item's, so that no other can be written either."""
        whole = item.get("exception")
        error = item.get("error", {})
        if isinstance(whole, ApiError):
            reason = Reason(whole.status_code, type_of(whole.body))
        else:
            reason = Reason(item["status"], str(error.get("type", "")) if isinstance(error, dict) else "")
        hopeless = whole is not None or reason.status in (401, 403, 404)
        if reason.kind == BLOCKED or (hopeless and reason.status not in BUSY):
            raise explain_answer(reason.status, reason.kind, "write", self._where)
        return reason

    def _answers(self, actions: Iterable[Action]) -> Any:
        return streaming_bulk(
            self._client, actions, chunk_size=PIECE_ITEMS, max_chunk_bytes=PIECE_BYTES, max_retries=0,
            raise_on_error=False, raise_on_exception=False,
        )  # fmt: skip


def _key(action: Action) -> Key:
    return action["_index"], action["_id"]


def _is_done(operation: str, item: Mapping[str, Any]) -> bool:
    """A newer version is there, or what is to be deleted is not."""
    return item["status"] == 409 or (operation == "delete" and item["status"] == 404 and "error" not in item)
