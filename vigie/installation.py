"""One installation: its configuration, its clock and its ids, and what is opened from them.

Every command and the daemon make one of these and hand it down; nothing below reads a clock or a folder by itself.
"""

import contextlib
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.catalogue import Catalogue, open_catalogue, utc_now
from config.loading import Loaded
from config.models import Settings
from config.query import SavedQuery
from config.source import Source
from indexer.engines.base import Engine
from indexer.engines.choice import open_engine
from indexer.engines.cluster import Cluster

INDEX_FOLDER = "index"
LOG_FOLDER = "logs"
ID_BYTES = 8  # of a document's id: two alike among ten million are as likely as 1 in 370,000


def make_document_id() -> str:
    """A new document's id; it says nothing and never changes."""
    return secrets.token_hex(ID_BYTES)


@dataclass(frozen=True)
class Installation:
    """What the stages work with. The configuration was checked before; it has no errors."""

    loaded: Loaded
    clock: Callable[[], datetime] = utc_now
    make_id: Callable[[], str] = make_document_id

    @property
    def settings(self) -> Settings:
        """The settings of the configuration."""
        return self.loaded.settings

    @property
    def sources(self) -> Mapping[str, Source]:
        """Every configured source by id, those that are off among them."""
        return self.loaded.sources

    @property
    def queries(self) -> Mapping[str, SavedQuery]:
        """Every saved query by name, those that are off among them."""
        return self.loaded.queries

    @property
    def folder(self) -> Path:
        """The data folder."""
        return self.settings.data_folder

    @property
    def log_folder(self) -> Path:
        """Where log files lie."""
        return self.folder / LOG_FOLDER

    @contextlib.contextmanager
    def open_catalogue(self) -> Iterator[Catalogue]:
        """The catalogue that `vigie init` made, for the block. Raises `CatalogueError` where there is none."""
        catalogue = open_catalogue(self.folder)
        try:
            yield catalogue
        finally:
            catalogue.close()

    @contextlib.contextmanager
    def open_engine(self) -> Iterator[Engine]:
        """The search engine of the settings, for the block; nothing is read or made before it is used."""
        engine = open_engine(self.settings.engine, self.folder / INDEX_FOLDER, cluster=self._cluster())
        try:
            yield engine
        finally:
            engine.close()

    def _cluster(self) -> Cluster:
        """How the search cluster is reached, where it is the engine."""
        said = self.settings.elasticsearch
        ca_file = str(said.ca_file) if said.ca_file else None
        given = self.loaded.credentials
        return Cluster(said.addresses, given.api_key, ca_file, said.fingerprint, said.prefix, given.login)
