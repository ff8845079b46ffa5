"""Read the saved queries, a file each, and check what two of them say together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from config.explaining import explain_errors
from config.faults import Fault, refused
from config.query import SavedQuery
from config.source import check_id
from config.webhook import Webhook, find_webhook_faults
from config.yaml_tree import Tree

QUERIES_FOLDER = "queries"


@dataclass
class Queries:
    """The saved queries by name, each with its file, and where the file says what."""

    by_name: dict[str, SavedQuery] = field(default_factory=dict)
    files: dict[str, Path] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)


def take_query(file: Path, tree: Tree, queries: Queries) -> list[Fault]:
    """Take one file in; its faults, or none."""
    line, column = tree.place_of(())
    if not isinstance(tree.value, dict):
        return [Fault(file, line, column, "", "something else", "a mapping with title and query")]
    try:
        name = check_id(file.stem)
    except type(refused("")) as error:
        told = error.context or {}
        return [Fault(file, None, None, "", f'the name "{file.stem}"', told["expected"], "Rename the file")]
    try:
        query = SavedQuery.model_validate(tree.value)
    except ValidationError as error:
        return explain_errors(error, SavedQuery, file, tree, ())
    queries.by_name[name] = query
    queries.files[name] = file
    queries.lines[name] = tree.place_of(("query",))[0]
    return []


def check_digests(queries: Mapping[str, SavedQuery], files: Mapping[str, Path]) -> list[Fault]:
    """Queries that share a digest share times and language; it may not have the name of a query outside it."""
    faults: list[Fault] = []
    first: dict[str, str] = {}
    for name, query in sorted(queries.items()):
        if query.digest is None:
            continue
        other = first.setdefault(query.digest, name)
        if queries[other].schedule != query.schedule:
            found = f'"{query.schedule}", but {files[other].name} has "{queries[other].schedule}"'
            faults.append(_fault(files[name], "schedule", found, f"one schedule for the digest {query.digest}"))
        if queries[other].told_in != query.told_in:
            found = f'"{query.told_in}", but {files[other].name} has "{queries[other].told_in}"'
            faults.append(_fault(files[name], "told_in", found, f"one language for the digest {query.digest}"))
        if query.digest in queries and queries[query.digest].digest != query.digest:
            found = f'"{query.digest}", the name of a query that does not belong to it'
            faults.append(_fault(files[name], "digest", found, "a name of its own"))
    return faults


def check_sources(queries: Mapping[str, SavedQuery], files: Mapping[str, Path], known: Iterable[str]) -> list[Fault]:
    """A source that is not configured can never match: most likely misspelt."""
    names = set(known)
    return [
        Fault(
            files[name], None, None, "sources", f'"{source}"', "the id of a configured source",
            "`vigie sources list` shows all of them", "warning",
        )
        for name, query in sorted(queries.items())
        for source in query.sources
        if source not in names
    ]  # fmt: skip


def check_webhooks(
    queries: Mapping[str, SavedQuery], files: Mapping[str, Path], allowed: frozenset[str], key: str | None
) -> list[Fault]:
    """Webhooks that could not be used, and two keys for one address: what is posted there is signed with one."""
    faults: list[Fault] = []
    first: dict[str, str] = {}
    for name, query in sorted(queries.items()):
        if query.webhook is None:
            continue
        faults += [
            Fault(files[name], None, None, place, found, expected, advice)
            for place, found, expected, advice in find_webhook_faults(query.webhook, allowed, key)
        ]
        other = first.setdefault(query.webhook.url, name)
        if queries[other].webhook != query.webhook:
            found = f"another key than in {files[other].name}"
            faults.append(_fault(files[name], "webhook.key_file", found, "one key for one address"))
    return faults


def place_webhooks(queries: Mapping[str, SavedQuery], folder: Path) -> dict[str, SavedQuery]:
    """The queries with the paths of their keys made absolute."""
    return {
        name: query if query.webhook is None else query.model_copy(update={"webhook": _place(query.webhook, folder)})
        for name, query in queries.items()
    }


def _place(webhook: Webhook, folder: Path) -> Webhook:
    if webhook.key_file is None:
        return webhook
    return webhook.model_copy(update={"key_file": folder.absolute() / webhook.key_file.expanduser()})


def _fault(file: Path, key: str, found: str, expected: str) -> Fault:
    return Fault(file, None, None, key, found, expected)
