"""A file appears whole or not at all."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from vigie.exits import CommandError, ExitCode
from vigie.exports.files import replace_file


@contextmanager
def small_disk(size_bytes: int) -> Iterator[None]:
    """Files cannot grow beyond this: the system refuses it as it refuses to write to a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_the_file_is_seen_only_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "revue.csv"
    path.write_text("hier")

    with replace_file(path) as file:
        file.write(b"aujourd'hui")
        assert path.read_text() == "hier"

    assert path.read_text() == "aujourd'hui"
    assert list(tmp_path.iterdir()) == [path]


def test_what_goes_wrong_leaves_everything_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "revue.csv"
    path.write_text("hier")

    with pytest.raises(ZeroDivisionError), replace_file(path) as file:
        file.write(b"aujourd'hui")
        _ = 1 / 0

    assert path.read_text() == "hier"
    assert list(tmp_path.iterdir()) == [path]


def test_a_disk_that_takes_no_more_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "revue.csv"

    with small_disk(10_000), pytest.raises(CommandError) as caught, replace_file(path) as file:
        file.write(b"x" * 20_000)

    assert caught.value.code == ExitCode.unusable
    assert f"{path}: cannot be written: File too large" in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="there is no folder") as caught, replace_file(tmp_path / "a" / "b.csv"):
        pass

    assert caught.value.code == ExitCode.usage


def test_only_a_file_is_replaced(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="found something else"), replace_file(tmp_path):
        pass
    with pytest.raises(CommandError, match="found something else"), replace_file(Path("/dev/null")):
        pass


def test_a_long_name_is_written_too(tmp_path: Path) -> None:
    path = tmp_path / ("é" * 120 + ".csv")  # 244 bytes, and 255 is what file systems take

    with replace_file(path) as file:
        file.write(b"a")

    assert path.read_bytes() == b"a"
