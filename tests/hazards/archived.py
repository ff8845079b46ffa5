"""An installation that has archived, read and indexed one publisher of the local site, and copies to be broken."""

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import yaml

from config.loading import load_valid
from tests.site.server import Site
from tests.vigie.program import Program
from vigie.installation import Installation

SOURCE = "rempart"
WORD = "police"


class Archived(Program):
    """Commands on an installation of which only one source is known, and a look at its files."""

    def __init__(self, folder: Path, site: Site) -> None:
        super().__init__(folder, site.port)
        self.site = site
        for file in (self.config / "sources").rglob("*.yaml"):
            entries = [one for one in yaml.safe_load(file.read_text(encoding="utf-8")) or [] if one["id"] == SOURCE]
            file.write_text(json.dumps(entries), encoding="utf-8")

    def fill(self) -> None:
        """Everything from the first crawl to the index."""
        for command in ("init", "crawl", "extract", "index"):
            self.must(*command.split())

    @property
    def catalogue(self) -> Path:
        """The catalogue's file."""
        return self.data / "catalogue.sqlite"

    @property
    def warc(self) -> Path:
        """The folder of the archive's files."""
        return self.data / "warc"

    @property
    def generation(self) -> Path:
        """The folder of the index in use."""
        (found,) = (self.data / "index" / "embedded").glob("generation-*")
        return found

    def installation(self) -> Installation:
        """The same installation as the stages take it."""
        return Installation(load_valid(self.config, {}))

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Look into the catalogue."""
        with closing(sqlite3.connect(self.catalogue, timeout=30)) as database:
            return database.execute(query, values).fetchall()

    def execute(self, statement: str, *values: object) -> None:
        """Change the catalogue."""
        with closing(sqlite3.connect(self.catalogue, timeout=30)) as database:
            database.execute(statement, values)
            database.commit()

    def set(self, lines: str) -> None:
        """Add lines to the settings."""
        settings = self.config / "settings.yaml"
        settings.write_text(settings.read_text(encoding="utf-8") + lines + "\n", encoding="utf-8")

    def found(self, words: str = WORD) -> int:
        """How many hits a search has."""
        return int(self.must("search", words, "--json").json["total"])

    def refuse(self, *arguments: str, code: int = 5) -> str:
        """The one sentence with which a command is refused; no traceback, nothing on standard output."""
        done = self.run(*arguments)
        said = done.err.strip()
        assert done.code == code, f"vigie {' '.join(arguments)} ended with {done.code}: {said or done.out}"
        assert "Traceback" not in said and said.count("\n") == 0, said
        return said


def copy_of(one: Archived, folder: Path) -> Archived:
    """The same installation in another folder."""
    copy = Archived(folder, one.site)
    shutil.copytree(one.data, copy.data)
    return copy
