"""Every request that reached the site, counted in memory and, where a file is given, one JSON line each.

A line is written with one system call before the answer leaves, so that a count survives the death of either side.
"""

import json
import os
import threading
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class LoggedRequest:
    """One request: the address asked, path with query, whether conditional, the status answered, who asked, when.

    `together` counts the requests that this address was answering at that moment, this one included.
    """

    host: str
    method: str
    path: str
    conditional: bool
    status: int
    user_agent: str = ""
    second: float = 0.0
    together: int = 1


class RequestLog:
    """Counts requests; safe to use from several threads."""

    def __init__(self, file: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._requests: list[LoggedRequest] = []
        self._descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644) if file else None

    def add(self, request: LoggedRequest) -> None:
        """Count one request, on disk first."""
        if self._descriptor is not None:
            os.write(self._descriptor, json.dumps(asdict(request)).encode() + b"\n")
        with self._lock:
            self._requests.append(request)

    def all(self, host: str | None = None) -> tuple[LoggedRequest, ...]:
        """The requests so far, oldest first, of one address or of all."""
        with self._lock:
            return tuple(one for one in self._requests if host in (None, one.host))

    def forget(self) -> None:
        """Start counting again in memory; a file keeps its lines."""
        with self._lock:
            self._requests.clear()

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def read_log(file: Path) -> tuple[LoggedRequest, ...]:
    """The requests of a log file; a last line cut by a kill is left out."""
    lines = file.read_bytes().split(b"\n") if file.exists() else []
    return tuple(LoggedRequest(**json.loads(line)) for line in lines[:-1])


def count(requests: Iterable[LoggedRequest], path: str) -> int:
    """How often a path was asked; a path without a query counts whatever query came with it."""
    return sum(1 for one in requests if path in (one.path, one.path.partition("?")[0]))
