"""How the pool and its workers talk: pickled messages with their length in front, over two pipes.

Nothing large travels: a job names where its page lies, a result is text and fields.
"""

import pickle
import struct
from dataclasses import dataclass
from typing import Any, BinaryIO

_LENGTH = struct.Struct("!Q")


@dataclass(frozen=True)
class Hello:
    """The pool's first message: what the worker is for and what bounds its memory."""

    task: str
    path: tuple[str, ...]
    memory_bytes: int


@dataclass(frozen=True)
class Ready:
    """The worker's first message: the task is loaded."""


@dataclass(frozen=True)
class Order:
    """One job, and what bounds it in time."""

    job: Any
    seconds: float


@dataclass(frozen=True)
class Answer:
    """A job's result; `retire` where the worker should not be used again."""

    result: Any
    retire: bool = False


@dataclass(frozen=True)
class Raised:
    """A job's end by an exception; `retire` as for an answer."""

    detail: str
    retire: bool = False


def encode(message: object) -> bytes:
    """The message as it is written to a pipe."""
    body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(body)) + body


def take_message(buffer: bytearray) -> Any | None:
    """The first whole message of `buffer`, removed from it; None while it is not there in full."""
    if len(buffer) < _LENGTH.size:
        return None
    end = _LENGTH.size + _LENGTH.unpack_from(buffer)[0]
    if len(buffer) < end:
        return None
    message = pickle.loads(bytes(buffer[_LENGTH.size : end]))
    del buffer[:end]
    return message


def read_message(stream: BinaryIO) -> Any | None:
    """The next message of a blocking stream; None at its end."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        return None
    (length,) = _LENGTH.unpack(head)
    body = stream.read(length)
    return pickle.loads(body) if len(body) == length else None
