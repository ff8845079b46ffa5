"""The folder of an index: its generations, which of them is current, and the stamp each of them bears.

A generation is one whole index. `CURRENT` names the one that is searched; it is replaced in one step, so that a reader
finds the old index or the new one. A generation that was never named is one whose building was interrupted.
"""

import json
import os
import re
import shutil
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from indexer.engines.base import EngineAwayError, EngineError, IndexUnusableError

_POINTER = "CURRENT"
_STAMP = "stamp.json"
_GENERATION = re.compile(r"generation-(\d{6})")


@dataclass(frozen=True)
class Stamp:
    """What an index was made with; an index with another stamp than ours is rebuilt, never searched.

    `covers` is no condition: it says how far the log of changes went when the building was begun.
    """

    engine: str
    schema: int
    analysis: str
    covers: int = 0

    def fits(self, other: "Stamp") -> bool:
        """True where both make the same index out of the same entries."""
        return (self.engine, self.schema, self.analysis) == (other.engine, other.schema, other.analysis)


class IndexFolder:
    """One folder with all generations of one index. Nothing is read or made before it is asked for."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def current(self) -> str:
        """The name of the generation that is searched."""
        try:
            name = (self.root / _POINTER).read_text(encoding="ascii").strip()
        except FileNotFoundError:
            raise IndexUnusableError(_rebuild(self.root, "there is no search index yet")) from None
        except PermissionError as error:
            raise EngineAwayError(
                f"{self.root}: the search index may not be read. Give the folder to this user: indexing then goes on."
            ) from error
        except (OSError, UnicodeDecodeError) as error:
            raise IndexUnusableError(_rebuild(self.root, f"CURRENT cannot be read ({error})")) from error
        if not _GENERATION.fullmatch(name):
            raise IndexUnusableError(_rebuild(self.root, f"CURRENT names no generation but {name[:40]!r}"))
        return name

    def path(self, generation: str) -> Path:
        """Where a generation lies."""
        return self.root / generation

    def check(self, generation: str, ours: Stamp) -> Stamp:
        """The stamp of a generation, or `IndexUnusableError` if it is missing or not ours."""
        stamp = self._stamp(generation)
        if stamp is None:
            raise IndexUnusableError(_rebuild(self.path(generation), "the index or its stamp is missing or damaged"))
        if not stamp.fits(ours):
            found = f"it was made by {stamp.engine}, schema {stamp.schema}, analysis {stamp.analysis}"
            wanted = f"this version needs {ours.engine}, schema {ours.schema}, analysis {ours.analysis}"
            raise IndexUnusableError(_rebuild(self.path(generation), f"{found}; {wanted}"))
        return stamp

    def begin(self, ours: Stamp) -> str:
        """A generation to build: the unfinished one if it fits, otherwise a new one; unfit ones are removed."""
        named = self._named()
        for generation in self._others(named):
            stamp = self._stamp(generation)
            if stamp is not None and stamp.fits(ours) and (named is None or generation > named):
                return generation
            self.remove(generation)
        return self._make(ours)

    def switch(self, generation: str) -> None:
        """Name the current generation, durably and in one step, and remove those before the one it replaces."""
        before = self._named()
        fresh = self.root / (_POINTER + ".new")
        with fresh.open("w", encoding="ascii") as file:
            file.write(generation + "\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.root / _POINTER)
        sync_folder(self.root)
        for other in self._others(generation):
            if other != before and other < generation:
                self.remove(other)

    def remove(self, generation: str) -> None:
        """Remove a generation; readers that have it open keep what they mapped."""
        shutil.rmtree(self.path(generation), ignore_errors=True)

    def size_bytes(self, generation: str) -> int:
        """The bytes of a generation on disk; files that vanish meanwhile count nothing."""
        total = 0
        for path in self.path(generation).glob("*"):
            try:
                total += path.stat().st_size
            except FileNotFoundError:
                continue
        return total

    def _make(self, ours: Stamp) -> str:
        numbers = [int(_GENERATION.fullmatch(name)[1]) for name in self._others(None)]  # type: ignore[index]
        generation = f"generation-{max(numbers, default=0) + 1:06}"
        folder = self.path(generation)
        try:
            folder.mkdir(parents=True)
            with (folder / _STAMP).open("w", encoding="utf-8") as file:
                json.dump(asdict(ours), file)
                file.flush()
                os.fsync(file.fileno())
            sync_folder(folder)
            sync_folder(self.root)
        except OSError as error:
            raise IndexUnusableError(
                f"{folder}: the search index cannot be made here ({error.strerror}). Check the folder's owner, "
                "mount and free space."
            ) from error
        return generation

    def _stamp(self, generation: str) -> Stamp | None:
        try:
            found = json.loads((self.path(generation) / _STAMP).read_text(encoding="utf-8"))
            return Stamp(str(found["engine"]), int(found["schema"]), str(found["analysis"]), int(found["covers"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def _named(self) -> str | None:
        try:
            return self.current()
        except IndexUnusableError:
            return None

    def _others(self, than: str | None) -> list[str]:
        if not self.root.is_dir():
            return []
        names = sorted(path.name for path in self.root.iterdir() if _GENERATION.fullmatch(path.name))
        return [name for name in names if name != than]


class Slot:
    """What an engine is opened on: the current generation of a folder, or one that is being built beside it."""

    def __init__(self, folder: IndexFolder, stamp: Stamp, building: str | None = None) -> None:
        self.folder = folder
        self._stamp = stamp
        self._building = building

    def generation(self) -> str:
        """The generation meant now; it changes when another process swaps."""
        return self._building or self.folder.current()

    def usable_path(self, generation: str, file_name: str) -> Path:
        """Where the generation lies, or `IndexUnusableError` if it is not one of ours.

        The file without which there is no index may be missing only while a generation is being built: an engine
        would make a new one in its place, and an empty index would pass for a whole one.
        """
        self.folder.check(generation, self._stamp)
        path = self.folder.path(generation)
        if self._building is None and not (path / file_name).is_file():
            raise IndexUnusableError(_rebuild(path, f"{file_name} is missing"))
        return path

    def covers(self) -> int:
        """How far the log of changes went when this generation was begun."""
        return self.folder.check(self.generation(), self._stamp).covers

    def beside(self, covers: int) -> "Slot":
        """The generation under construction: the interrupted one, or a new one."""
        stamp = replace(self._stamp, covers=covers)
        return Slot(self.folder, self._stamp, self.folder.begin(stamp))

    def discard(self) -> None:
        """Remove the generation that was being built."""
        if self._building is None:
            raise EngineError("Only an index made by `beside` can be discarded.")
        self.folder.remove(self._building)

    def swap(self, to: "Slot") -> None:
        """Make the generation that was built the current one."""
        if to._building is None:
            raise EngineError("Only an index made by `beside` can take the place of the current one.")
        self.folder.switch(to._building)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _rebuild(where: Path, what: str) -> str:
    return f"{where}: {what}. The search index must be rebuilt: `vigie rebuild` (documents and archive are untouched)."
