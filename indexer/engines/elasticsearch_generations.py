"""The indices, aliases and state of one prefix on a cluster.

A generation is one whole index of ours: an empty base index whose `_meta` says what it was made with, and an index for
each year in which documents were first seen, which never changes for a document. The aliases say which generation is
searched; they are switched in one call. One document of the state index a generation records how far the log was
applied, and which indices, by their UUIDs, belong to it, so that one that was deleted or made anew is noticed.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from elasticsearch import BadRequestError, Elasticsearch

from indexer.engines.base import IndexBusyError, IndexUnusableError
from indexer.engines.cluster import Cluster
from indexer.engines.elasticsearch_errors import REBUILD
from indexer.engines.elasticsearch_mapping import index_body, template_body
from indexer.engines.folder import Stamp

BASE = "base"
_NO_STAMP = Stamp("none", 0, "none")

LATE_REQUESTS = 3
"""Times that making an index is begun anew because one of that name has appeared."""


@dataclass(frozen=True)
class State:
    """What the state index says of a generation; `writing`: a commit was begun and is not known to be whole."""

    checkpoint: int = 0
    entries: int = 0
    indices: Mapping[str, str] = field(default_factory=dict)
    writing: bool = False
    place: tuple[int, int] | None = None
    """Number and term under which Elasticsearch keeps it: writing it depends on nobody having written since."""


@dataclass(frozen=True)
class Generation:
    """One generation as the cluster has it now."""

    number: int
    stamp: Stamp
    uuids: Mapping[str, str]
    searched: bool


class Generations:
    """All generations of one prefix."""

    def __init__(self, client: Elasticsearch, cluster: Cluster, stamp: Stamp) -> None:
        self._client = client
        self._cluster = cluster
        self.stamp = stamp
        prefix = cluster.prefix
        self.current_alias, self.all_alias, self.state_index = prefix, f"{prefix}-all", f"{prefix}-state"
        self._template = f"{prefix}-v{stamp.schema}"
        self._name = re.compile(rf"{re.escape(prefix)}-v\d+-(\d{{6}})-(base|\d{{4}})")

    def index_name(self, number: int, part: str) -> str:
        """The index of one part, a year or the base, of a generation."""
        return f"{self._template}-{number:06}-{part}"

    def pattern(self, number: int) -> str:
        """All indices of a generation."""
        return f"{self._template}-{number:06}-*"

    def find_all(self) -> dict[int, Generation]:
        """Every generation on the cluster, what is left of damaged ones among them."""
        kept = "*.aliases,*.mappings._meta,*.settings.index.uuid"
        pattern = f"{self._cluster.prefix}-v*"
        found = self._client.indices.get(index=pattern, allow_no_indices=True, filter_path=kept).body
        parts: dict[int, dict[str, Any]] = {}
        for name, said in found.items():
            if match := self._name.fullmatch(name):
                parts.setdefault(int(match[1]), {})[match[2]] = (name, said)
        return {number: self._read(number, part) for number, part in parts.items()}

    def find_searched(self) -> Generation:
        """The generation behind the aliases, or `IndexUnusableError`."""
        for generation in self.find_all().values():
            if generation.searched:
                return self.check(generation)
        raise IndexUnusableError(f"{self._cluster.where}: there is no search index {self.all_alias} yet. {REBUILD}")

    def check(self, generation: Generation) -> Generation:
        """The generation if its stamp fits, or `IndexUnusableError`."""
        if generation.stamp == _NO_STAMP:
            raise self._lost("the base index is missing or says nothing of what it was made with")
        if not generation.stamp.fits(self.stamp):
            found, ours = generation.stamp, self.stamp
            raise IndexUnusableError(
                f"{self._cluster.where}: the index was made by {found.engine}, schema {found.schema}, analysis "
                f"{found.analysis}; this version needs {ours.engine}, schema {ours.schema}, analysis {ours.analysis}. "
                f"{REBUILD}"
            )
        return generation

    def read_state(self, generation: Generation) -> State:
        """The state of a generation; `IndexUnusableError` where it, or an index it names, is gone or another one."""
        answer = self._client.options(ignore_status=404).get(
            index=self.state_index, id=f"{generation.number:06}", realtime=True
        )
        if not answer.body.get("found"):
            raise self._lost("the record of how far it was filled is missing")
        said = answer["_source"]
        state = State(
            said["checkpoint"], said["entries"], said["indices"], said["writing"],
            (answer["_seq_no"], answer["_primary_term"]),
        )  # fmt: skip
        for name, uuid in state.indices.items():
            if generation.uuids.get(name) != uuid:
                raise self._lost(f"the index {name} was deleted or made anew")
        return state

    def write_state(self, number: int, state: State) -> State:
        """Write the state if nobody has since it was read; gives it with its new place."""
        document = {key: value for key, value in asdict(state).items() if key != "place"}
        options: dict[str, Any] = {"op_type": "create"}
        if state.place is not None:
            options = {"if_seq_no": state.place[0], "if_primary_term": state.place[1]}
        # a client whose answer was lost would take its own write for another's, so it is never repeated
        answer = self._client.options(ignore_status=409).index(
            index=self.state_index, id=f"{number:06}", document=document, require_alias=False, **options
        )
        if answer.meta.status == 409:
            raise IndexBusyError("Another process is writing the search index; wait for it or stop it.")
        return replace(state, place=(answer["_seq_no"], answer["_primary_term"]))

    def begin(self, covers: int) -> int:
        """A generation to build: the unfinished one if it fits, otherwise a new one; unfit ones are removed."""
        for _ in range(LATE_REQUESTS):
            number = self._begin_once(covers)
            if number is not None:
                return number
        raise IndexBusyError("Another process is making a search index; wait for it or stop it.")

    def _begin_once(self, covers: int) -> int | None:
        """None where the index appeared meanwhile: what a killed process asked for may be done after its end."""
        found = self.find_all()
        searched = max((number for number, each in found.items() if each.searched), default=0)
        for number, generation in sorted(found.items()):
            if number > searched:
                if generation.stamp.fits(self.stamp) and self._has_state(generation):
                    return number
                self.remove(number)
        number = max(found, default=0) + 1
        return number if self._make(number, replace(self.stamp, covers=covers)) else None

    def add_year(self, number: int, year: str, *, searched: bool) -> tuple[str, str]:
        """Make the index of a year; gives its name and UUID."""
        name = self.index_name(number, year)
        body = index_body(self._meta(self.stamp))
        if searched:
            body["aliases"] = self._aliases()
        self._create_unless_there(name, body)
        found = self._client.indices.get_settings(index=name, filter_path="*.settings.index.uuid").body
        return name, str(found[name]["settings"]["index"]["uuid"])

    def switch(self, number: int) -> None:
        """Let the aliases name this generation, in one call, and remove those before the one it replaces."""
        found = self.find_all()
        actions: list[dict[str, Any]] = []
        before = [each for each in found.values() if each.searched and each.number != number]
        for generation in before:
            for alias in (self.current_alias, self.all_alias):
                actions += [{"remove": {"index": name, "alias": alias}} for name in generation.uuids]
        for alias, options in self._aliases().items():
            actions += [{"add": {"index": name, "alias": alias, **options}} for name in found[number].uuids]
        self._client.indices.update_aliases(actions=actions)
        kept = {number, *(each.number for each in before)}
        for other in found:
            if other < number and other not in kept:
                self.remove(other)

    def remove(self, number: int) -> None:
        """Remove a generation, by the names of its indices: clusters may forbid to delete by pattern."""
        names = self._names_of(number)
        if names:
            self._client.indices.delete(index=names, ignore_unavailable=True)
        self._client.options(ignore_status=404).delete(index=self.state_index, id=f"{number:06}")

    def _names_of(self, number: int) -> list[str]:
        pattern = f"{self._cluster.prefix}-v*"
        found = self._client.indices.get(index=pattern, allow_no_indices=True, filter_path="*.aliases").body
        matches = ((name, self._name.fullmatch(name)) for name in found)
        return [name for name, match in matches if match and int(match[1]) == number]

    def _make(self, number: int, stamp: Stamp) -> bool:
        self._client.indices.put_index_template(name=self._template, **template_body(f"{self._template}-*"))
        self._make_state_index()
        base = self.index_name(number, BASE)
        if not self._create_unless_there(base, index_body(self._meta(stamp))):
            return False
        # of a generation of this number that somebody deleted: the index was made just now, so nobody else writes it
        self._client.options(ignore_status=404).delete(index=self.state_index, id=f"{number:06}")
        made = self.find_all()[number]
        self.write_state(number, State(indices=dict(made.uuids)))
        return True

    def _make_state_index(self) -> None:
        mappings = {
            "dynamic": "strict",
            "properties": {
                "checkpoint": {"type": "long"},
                "entries": {"type": "long"},
                "indices": {"type": "object", "enabled": False},
                "writing": {"type": "boolean"},
            },
        }
        settings = {"number_of_shards": 1, "auto_expand_replicas": "0-1"}
        self._create_unless_there(self.state_index, {"mappings": mappings, "settings": settings})

    def _create_unless_there(self, name: str, body: Mapping[str, Any]) -> bool:
        try:
            self._client.indices.create(index=name, **body)
        except BadRequestError as error:
            if error.error != "resource_already_exists_exception":
                raise
            return False
        return True

    def _read(self, number: int, parts: Mapping[str, tuple[str, Any]]) -> Generation:
        meta = parts[BASE][1].get("mappings", {}).get("_meta", {}) if BASE in parts else {}
        stamp = Stamp(meta["engine"], meta["schema"], meta["analysis"], meta["covers"]) if meta else _NO_STAMP
        uuids = {name: said["settings"]["index"]["uuid"] for name, said in parts.values()}
        searched = any(self.all_alias in said.get("aliases", {}) for _, said in parts.values())
        return Generation(number, stamp, uuids, searched)

    def _has_state(self, generation: Generation) -> bool:
        try:
            self.read_state(generation)
        except IndexUnusableError:
            return False
        return True

    def _aliases(self) -> dict[str, dict[str, Any]]:
        return {self.current_alias: {"filter": {"term": {"current": True}}}, self.all_alias: {}}

    def _lost(self, what: str) -> IndexUnusableError:
        return IndexUnusableError(f"{self._cluster.where}: {what}. {REBUILD}")

    @staticmethod
    def _meta(stamp: Stamp) -> dict[str, Any]:
        return asdict(stamp)
