"""The program as a person runs it: real processes on a real installation."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.site.configuration import write_configuration

SECONDS = 100  # the longest command of the tests takes five on an idle machine


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Its output as one JSON document."""
        return json.loads(self.out)


def run_words(words: list[str], seconds: float = SECONDS) -> Done:
    """Run a command line to its end."""
    done = subprocess.run(words, capture_output=True, timeout=seconds, check=False)
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


class Program:
    """Commands of Vigie on one configuration folder."""

    def __init__(self, folder: Path, port: int = 8137, *, seconds: float = SECONDS) -> None:
        self.folder = folder
        self._seconds = seconds
        self.config = write_configuration(folder / "config", port)
        self.data = folder / "data"

    def words(self, *arguments: str) -> list[str]:
        """The command line as a process takes it."""
        return [sys.executable, "-m", "vigie", "--config", str(self.config), *arguments]

    def run(self, *arguments: str) -> Done:
        """Run one command to its end."""
        return run_words(self.words(*arguments), self._seconds)

    def must(self, *arguments: str) -> Done:
        """Run one command that has to end well."""
        done = self.run(*arguments)
        assert done.code == 0, f"vigie {' '.join(arguments)} ended with {done.code}: {done.err or done.out}"
        return done

    def take_in(self) -> None:
        """Everything from the first crawl to the index; PDFs that pages link need a second round."""
        for command in ("init", "crawl", "extract", "crawl --due", "extract", "index"):
            self.must(*command.split())
