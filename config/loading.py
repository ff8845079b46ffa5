"""Read the configuration folder and check all of it together.

Every fault of every file is found in one go; nothing is started with a configuration that has an error. This is the
only module that reads environment variables.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from config import cluster, kibana_server
from config.credentials import Credentials, read_credentials
from config.explaining import explain_errors
from config.faults import ConfigurationError, Fault
from config.intervals import warn_of_loads
from config.mail import find_mail_faults
from config.models import Limits, Settings
from config.public_addresses import allowed_pairs
from config.queries import (
    QUERIES_FOLDER,
    Queries,
    check_digests,
    check_sources,
    check_webhooks,
    place_webhooks,
    take_query,
)
from config.query import SavedQuery
from config.source import Source
from config.yaml_tree import Flaw, Place, Tree, read_tree

DEFAULT_FOLDER = Path("config")
SETTINGS_FILE = "settings.yaml"
SOURCES_FOLDER = "sources"


@dataclass(frozen=True)
class Loaded:
    """What was read, and what was wrong with it.

    Parts with an error are missing or, for the settings, left at their defaults: use it only when `ok`.
    """

    folder: Path
    settings: Settings
    sources: Mapping[str, Source]
    faults: tuple[Fault, ...] = ()
    files: Mapping[str, Path] = field(default_factory=dict)
    queries: Mapping[str, SavedQuery] = field(default_factory=dict)
    query_files: Mapping[str, Path] = field(default_factory=dict)
    query_lines: Mapping[str, int] = field(default_factory=dict)
    credentials: Credentials = field(default_factory=Credentials)

    @property
    def ok(self) -> bool:
        """True where nothing keeps the program from starting."""
        return not self.errors

    @property
    def errors(self) -> tuple[Fault, ...]:
        """The faults that keep the program from starting."""
        return tuple(fault for fault in self.faults if fault.level == "error")

    @property
    def warnings(self) -> tuple[Fault, ...]:
        """The faults that are shown and lived with."""
        return tuple(fault for fault in self.faults if fault.level == "warning")

    @property
    def enabled(self) -> tuple[Source, ...]:
        """The sources to visit, by id."""
        return tuple(source for _, source in sorted(self.sources.items()) if source.enabled)


def find_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """Give the configuration folder: `VIGIE_CONFIG`, or `config` in the working folder."""
    return Path(environ.get("VIGIE_CONFIG") or DEFAULT_FOLDER)


def load(folder: Path | None = None, environ: Mapping[str, str] = os.environ, *, home: Path | None = None) -> Loaded:
    """Read settings, sources and saved queries, whatever is wrong with them; `Loaded.faults` says what is.

    `home` is the folder at which relative paths start, where another one is read: a copy of it.
    """
    folder = folder or find_folder(environ)
    faults: list[Fault] = []
    settings = _read_settings(folder, faults)
    credentials = read_credentials(environ)
    faults += _check_servers(settings, folder, credentials)
    known = None if faults else settings  # beside faulty settings the defaults would be the wrong measure
    sources, files = _read_sources(folder / SOURCES_FOLDER, known, faults)
    faults += warn_of_loads(sources.values(), settings, folder / SOURCES_FOLDER)
    home = home or folder
    queries = _read_queries(folder / QUERIES_FOLDER, sources, faults)
    placed_queries, allowed = place_webhooks(queries.by_name, home), allowed_pairs(settings.private_hosts)
    faults += check_webhooks(placed_queries, queries.files, allowed, credentials.webhook_key)
    faults.sort(key=lambda fault: (str(fault.file), fault.line or 0, fault.column or 0))
    placed = _place_files(_place_data(settings, home, environ), home)
    return Loaded(
        folder, placed, sources, tuple(faults), files, placed_queries, queries.files, queries.lines, credentials
    )  # fmt: skip


def load_valid(folder: Path | None = None, environ: Mapping[str, str] = os.environ) -> Loaded:
    """Read settings and sources, or raise a ConfigurationError with every error found."""
    loaded = load(folder, environ)
    if not loaded.ok:
        raise ConfigurationError(loaded.errors)
    return loaded


def child_environment(data_folder: Path, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Give the environment for a child process that reads its configuration from a copy kept elsewhere."""
    return {**environ, "VIGIE_DATA_FOLDER": str(data_folder)}


def _place_data(settings: Settings, folder: Path, environ: Mapping[str, str]) -> Settings:
    """Make the data folder absolute; `VIGIE_DATA_FOLDER` starts at the working folder, the file's value at the file."""
    said = environ.get("VIGIE_DATA_FOLDER")
    place = Path(said) if said else folder / settings.data_folder.expanduser()
    placed: dict[str, Any] = {"data_folder": Path(os.path.abspath(place))}  # noqa: PTH100 (resolve() would follow links)
    for name in ("elasticsearch", "kibana"):
        server = getattr(settings, name)
        if server.ca_file is not None:
            placed[name] = server.model_copy(update={"ca_file": folder.absolute() / server.ca_file.expanduser()})
    return settings.model_copy(update=placed)


def _place_files(settings: Settings, folder: Path) -> Settings:
    """Make the paths of the settings of mail and time stamps absolute."""
    mail = settings.mail
    places = {"folder": Path(os.path.abspath(settings.data_folder / mail.folder.expanduser()))}  # noqa: PTH100
    for name in ("password_file", "certificates"):
        if (path := getattr(mail, name)) is not None:
            places[name] = Path(os.path.abspath(folder / path.expanduser()))  # noqa: PTH100
    stamps = settings.time_stamps
    if stamps.certificates is not None:
        certificates = Path(os.path.abspath(folder / stamps.certificates.expanduser()))  # noqa: PTH100
        stamps = stamps.model_copy(update={"certificates": certificates})
    return settings.model_copy(update={"mail": mail.model_copy(update=places), "time_stamps": stamps})


def _read_queries(folder: Path, sources: Mapping[str, Source], faults: list[Fault]) -> Queries:
    """Read every saved query; a folder without any is no fault."""
    queries = Queries()
    for file in sorted(folder.glob("*.yaml")):
        tree = _read_file(file, faults)
        if tree is not None and tree.value is not None:
            faults += take_query(file, tree, queries)
    for file in sorted(folder.glob("*.yml")):
        advice = f'Rename it to "{file.stem}.yaml"'
        faults.append(Fault(file, None, None, "", "the ending .yml", "the ending .yaml", advice))
    faults += check_digests(queries.by_name, queries.files)
    faults += check_sources(queries.by_name, queries.files, sources)
    return queries


def read_query_file(file: Path) -> tuple[SavedQuery | None, tuple[Fault, ...]]:
    """One saved query by itself, wherever its file lies; None with every fault where it has any."""
    faults: list[Fault] = []
    queries = Queries()
    tree = _read_file(file, faults)
    if tree is not None and not faults:
        faults += take_query(file, tree, queries)
    return queries.by_name.get(file.stem), tuple(faults)


def _read_settings(folder: Path, faults: list[Fault]) -> Settings:
    file = folder / SETTINGS_FILE
    tree = _read_file(file, faults)
    if tree is None or tree.value is None:
        return Settings()
    if not isinstance(tree.value, dict):
        faults.append(_fault(file, tree.place_of(()), "a list or a text", "a mapping of settings"))
        return Settings()
    try:
        return Settings.model_validate(tree.value)
    except ValidationError as error:
        faults += explain_errors(error, Settings, file, tree, ())
        return Settings()


def _check_servers(settings: Settings, folder: Path, given: Credentials) -> list[Fault]:
    """What is wrong with the servers that are spoken to; cluster and Kibana only where the cluster is the engine."""
    found = [("mail", find_mail_faults(settings.mail, given.mail_password))]
    if settings.engine == "elasticsearch":
        found += [
            ("elasticsearch", cluster.find_faults(settings.elasticsearch, folder, given.api_key, given.login)),
            ("kibana", kibana_server.find_faults(settings.kibana, folder, given.kibana_key)),
        ]
    file = folder / SETTINGS_FILE
    return [
        Fault(file, None, None, f"{group}.{key}", what, expected, advice)
        for group, faults in found
        for key, what, expected, advice in faults
    ]


def _read_sources(
    folder: Path, settings: Settings | None, faults: list[Fault]
) -> tuple[dict[str, Source], dict[str, Path]]:
    """Read every file of sources; of two sources with one id the first in the order of files is kept."""
    register = _Register(settings, faults)
    if not folder.is_dir():
        advice = 'Make the folder and put a list of sources in it, for instance by "vigie init"'
        faults.append(Fault(folder, None, None, "", "none", "a folder with files of sources", advice))
        return {}, {}
    for file in sorted(folder.rglob("*.yaml")):
        _read_source_file(file, faults, register)
    for file in sorted(folder.rglob("*.yml")):
        advice = f'Rename it to "{file.stem}.yaml"'
        faults.append(Fault(file, None, None, "", "the ending .yml", "the ending .yaml", advice))
    return register.sources, register.files


def _read_source_file(file: Path, faults: list[Fault], register: "_Register") -> None:
    tree = _read_file(file, faults)
    if tree is None or tree.value is None:
        return
    if not isinstance(tree.value, list):
        advice = 'Begin each source with "- id: ..."'
        faults.append(_fault(file, tree.place_of(()), "something else", "a list of sources", advice))
        return
    for index, item in enumerate(tree.value):
        source = _read_source(file, tree, index, item, faults)
        if source is not None:
            register.add(source, file, tree, index)
        elif isinstance(item, dict):
            register.note_id(item.get("id"), file, tree.place_of((index, "id")))


def _read_source(file: Path, tree: Tree, index: int, item: Any, faults: list[Fault]) -> Source | None:
    if not isinstance(item, dict):
        faults.append(_fault(file, tree.place_of((index,)), "something else", "a source, as a mapping of keys"))
        return None
    try:
        return Source.model_validate(item)
    except ValidationError as error:
        faults += explain_errors(error, Source, file, tree, (index,))
        return None


class _Register:
    """The sources read so far: refuses a second one of the same id, warns of addresses that two share.

    Limits of a source are judged together with those of the settings, where these are sound.
    """

    def __init__(self, settings: Settings | None, faults: list[Fault]) -> None:
        self._settings = settings
        self.sources: dict[str, Source] = {}
        self.files: dict[str, Path] = {}
        self._faults = faults
        self._ids: dict[str, tuple[Path, Place]] = {}
        self._addresses: dict[str, str] = {}

    def add(self, source: Source, file: Path, tree: Tree, index: int) -> None:
        """Take a source in, unless its id is taken or its limits contradict those of the settings."""
        if not self.note_id(source.id, file, tree.place_of((index, "id"))):
            return
        if self._settings is not None and not self._limits_hold(self._settings.limits_of(source), file, tree, index):
            return
        self.sources[source.id] = source
        self.files[source.id] = file
        for key in ("feeds", "sitemaps", "listings"):
            for number, url in enumerate(getattr(source, key)):
                self._note_address(source, url, file, tree.place_of((index, key, number)), f"{key}[{number}]")

    def note_id(self, given: object, file: Path, place: Place) -> bool:
        """Remember an id, however written; False and a fault where it is taken."""
        if not isinstance(given, str):
            return False
        known = self._ids.setdefault(given.casefold(), (file, place))
        if known == (file, place):
            return True
        found = f'"{given}", which {known[0]}:{known[1][0]} has'
        advice = "Give one of the two another id; upper and lower case count as the same"
        self._faults.append(_fault(file, place, found, "an id that no other source has", advice, "id"))
        return False

    def _limits_hold(self, limits: Limits, file: Path, tree: Tree, index: int) -> bool:
        try:
            Limits.model_validate({name: getattr(limits, name) for name in Limits.model_fields})
        except ValidationError as error:
            for item in error.errors():
                told = item.get("ctx", {})
                place = tree.place_of((index, "limits"))
                self._faults.append(_fault(file, place, "", told["expected"], told["advice"], "limits"))
            return False
        return True

    def _note_address(self, source: Source, url: str, file: Path, place: Place, key: str) -> None:
        if url not in self._addresses:
            self._addresses[url] = source.id
            return
        found = f"{url}, which the source {self._addresses[url]} has"
        advice = "It would be read once for each: keep it in one place"
        fault = _fault(file, place, found, "an address that stands nowhere else", advice, key, warning=True)
        self._faults.append(fault)


def _read_file(file: Path, faults: list[Fault]) -> Tree | None:
    """Read one file; None where it cannot be opened or nothing of it makes sense."""
    try:
        data = file.read_bytes()
    except FileNotFoundError:
        advice = 'Write one, for instance by "vigie init", or point VIGIE_CONFIG at the folder that has it'
        faults.append(Fault(file, None, None, "", "none", "a file", advice))
        return None
    except OSError as error:
        faults.append(Fault(file, None, None, "", error.strerror or str(error), "a readable file"))
        return None
    tree = read_tree(data)
    faults += [_flaw_fault(file, flaw) for flaw in tree.flaws]
    return tree


def _flaw_fault(file: Path, flaw: Flaw) -> Fault:
    return _fault(file, flaw.place, flaw.found, "plain YAML", flaw.advice)


def _fault(
    file: Path, place: Place, found: str, expected: str, advice: str = "", key: str = "", *, warning: bool = False
) -> Fault:
    return Fault(file, place[0], place[1], key, found, expected, advice, "warning" if warning else "error")
