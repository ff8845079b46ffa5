"""A file that appears under its name only when it is whole.

It is written beside its place under a temporary name, made durable and renamed; what goes wrong leaves the place as it
was, and nothing beside it.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from vigie.exits import CommandError, ExitCode


@contextmanager
def replace_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write and read, which takes the place of `path` at the end of the block.

    Raises `CommandError` where the place cannot be a file, or the disk takes no more.
    """
    check_place(path)
    beside = path.with_name(f".{path.name[:200]}.{secrets.token_hex(4)}.part")
    try:
        with beside.open("x+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise CommandError(
            f"{path}: cannot be written: {error.strerror or error}. Nothing was left there.", ExitCode.unusable
        ) from error
    finally:
        beside.unlink(missing_ok=True)


def check_place(path: Path) -> None:
    """Refuse a place in no folder, and one where something else than a file lies."""
    if not path.parent.is_dir():
        raise CommandError(f"{path}: there is no folder {path.parent}. Make it first.", ExitCode.usage)
    if path.exists() and not path.is_file():
        raise CommandError(f"{path}: expected a file's name, found something else there.", ExitCode.usage)
