"""A file that appears under its name only when it is whole.

It is written beside its place under a temporary name, made durable and renamed; what goes wrong leaves the place as it
was, and nothing beside it.
"""

import io
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, cast

from vigie.exits import CommandError, ExitCode


@contextmanager
def replace_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write and seek in, which takes the place of `path` at the end of the block.

    Raises `CommandError` where the place cannot be a file, or the disk takes no more.
    """
    check_place(path)
    beside = path.with_name(f".vigie-{secrets.token_hex(8)}.part")
    try:
        with beside.open("x+b") as file:
            with give_up_quietly(file) as output:
                yield output
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise CommandError(
            f"{path}: cannot be written: {error.strerror or error}. Nothing was left there.", ExitCode.unusable
        ) from error
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def give_up_quietly(file: BinaryIO) -> Iterator[BinaryIO]:
    """The file for the block; where the block fails, whatever its writers still do to the file later is ignored."""
    output = _Output(file)
    try:
        yield cast(BinaryIO, output)
    except BaseException:
        output.abandon()
        raise


def check_place(path: Path) -> None:
    """Refuse a place in no folder, and one where something else than a file lies."""
    if not path.parent.is_dir():
        raise CommandError(f"{path}: there is no folder {path.parent}. Make it first.", ExitCode.usage)
    if path.exists() and not path.is_file():
        raise CommandError(f"{path}: expected a file's name, found something else there.", ExitCode.usage)


class _Output(io.BufferedIOBase):
    """The file as writers see it: once it is given up, whatever they still do to it is ignored.

    Libraries that write ZIP files try to complete them when they are thrown away, long after the disk was full.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._lost_at: int | None = None  # once it is given up: where those who go on writing believe to be

    def abandon(self) -> None:
        """Nothing that is written from now on matters."""
        self._lost_at = 0

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        if self._lost_at is None:
            return self._file.write(data)
        size = memoryview(data).nbytes
        self._lost_at += size
        return size

    def seek(self, offset: int, whence: int = 0, /) -> int:
        if self._lost_at is None:
            return self._file.seek(offset, whence)
        self._lost_at = offset
        return offset

    def tell(self) -> int:
        return self._file.tell() if self._lost_at is None else self._lost_at

    def flush(self) -> None:
        if self._lost_at is None and not self._file.closed:
            self._file.flush()
