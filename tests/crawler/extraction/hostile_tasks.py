"""Tasks for the pool's tests: what a page can do to a worker, done on purpose."""

import ctypes
import os
import resource
import time
from typing import Any

from lxml import html

_kept: list[bytearray] = []


def perform(job: tuple[str, Any]) -> Any:
    """Do what the job names."""
    deed, argument = job
    return _DEEDS[deed](argument)


def _hang(seconds: float) -> None:
    time.sleep(seconds)


def _hang_in_c(attributes: int) -> int:
    """Attributes are compared with one another: quadratic, in C, deaf to Python's timers."""
    many = " ".join(f"a{number}" for number in range(attributes))
    return len(html.fromstring(f"<p {many}>x</p>").attrib)


def _abort(_: Any) -> None:
    os.abort()


def _segfault(_: Any) -> None:
    ctypes.string_at(0)


def _leave(status: int) -> None:
    os._exit(status)


def _fill_memory(size: int) -> int:
    return len([bytearray(1 << 20) for _ in range(size >> 20)])


def _keep(size: int) -> None:
    """What a parser does not give back."""
    _kept.append(bytearray(b"x" * size))


def _read_limits(_: Any) -> tuple[int, int, float]:
    """Address space, processor seconds, and how many of those are spent."""
    spent = resource.getrusage(resource.RUSAGE_SELF)
    address_space, processor = resource.getrlimit(resource.RLIMIT_AS), resource.getrlimit(resource.RLIMIT_CPU)
    return address_space[0], processor[0], spent.ru_utime + spent.ru_stime


def _raise(text: str) -> None:
    raise ValueError(text)


def _print(text: str) -> str:
    print(text, flush=True)
    os.write(1, text.encode())
    return text


_DEEDS: dict[str, Any] = {
    "echo": lambda value: value,
    "pid": lambda _: os.getpid(),
    "repeat": lambda size: "x" * size,
    "unsendable": lambda _: lambda: None,
    "hang": _hang,
    "hang_in_c": _hang_in_c,
    "abort": _abort,
    "segfault": _segfault,
    "leave": _leave,
    "fill_memory": _fill_memory,
    "keep": _keep,
    "limits": _read_limits,
    "raise": _raise,
    "print": _print,
}
