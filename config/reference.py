"""Write what the models say for people: `docs/configuration.md` and a settings file with every default.

Both are made from the models alone, so neither can tell another story than the code. `python -m config.reference`
prints the document, `python -m config.reference settings` the file.
"""

import json
import sys
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import BaseModel

from config.models import Settings
from config.query import SavedQuery
from config.source import Source
from config.territories import OVERSEAS_ZONES, REGIONS

LINE = 120

Schema = Mapping[str, Any]

_INTRODUCTION = """\
# Configuration

The configuration is a folder, `config/` in the working folder or the one that the environment variable `VIGIE_CONFIG`
names:

- `settings.yaml`: one installation's settings. Every key has a default and may be left out.
- `sources/`: the publishers, in files of any name and depth that end in `.yaml`. Each holds a list of sources.
- `queries/`: the saved queries, one a file; the file's name without `.yaml` is the query's.

`vigie config check` reads everything and shows all faults of all files at once, each with file, line, what was
expected and what was found. A configuration with an error starts nothing; a warning is shown and lived with.

Seven environment variables are read, and no other: `VIGIE_CONFIG`; `VIGIE_DATA_FOLDER`, which takes the place of
`data_folder`; `VIGIE_ELASTICSEARCH_API_KEY`, the key for `engine: elasticsearch`, or `VIGIE_ELASTICSEARCH_LOGIN`, name
and password instead (docs/elasticsearch.md); `VIGIE_KIBANA_API_KEY`, the key for `vigie kibana` (docs/kibana.md);
`VIGIE_MAIL_PASSWORD`, which takes the place of `mail.password_file`; and `VIGIE_WEBHOOK_KEY`, the key of webhooks
without a `key_file`.

## How values are written

Files are UTF-8 and plain YAML. `true` and `false` are switches, `12` and `0.5` numbers, `null` is nothing; all else is
text, also `no`, `on`, `007`, `10:30` and `2026-02-28`. A key given twice, an anchor, an alias, a tag and a second
document are refused.

- **duration**: a whole number and a unit, `s`, `m`, `h` or `d`: `5s`, `15m`, `6h`, `1d`.
- **bytes**: a whole number, or one with a unit: `16 MiB`, `1 GiB`.
- **URL**: `http://` or `https://`, without user name, password and fragment.
- **pattern**: the beginning of a path, such as `/actualites/`, in which `*` stands for any characters; or `re:` and a
  regular expression searched anywhere in the path. An expression that runs away on long paths is refused.
- **id**: 1 to 64 letters a to z, digits and hyphens. It names files and must stay the same for good.
- **multiple**: a whole number and an x, from `2x` to `100x`.
- **schedule**: `at once`, `hourly`, `daily 07:30` or `weekly monday 07:30`, in the zone of `clock.zone`.
- **département**: a code in quotes: `"01"`, `"2A"`, `"974"`.
"""

_SOURCE = """\
## A source

```yaml
- id: exemple-presse
  name: Exemple Presse
  kind: local_press
  homepage: https://www.exemple.test
  aliases: [ExPresse]
  feeds: [https://www.exemple.test/rss]
  include: ["/actualites/"]
  regions: [FR-ARA]
  departements: ["69"]
```

What is left out follows from the rest. The scope is every host of the home page and the entry points, with and without
`www.`, narrowed by `include` and `exclude`. Where several sources share a host, an article belongs to the one whose
scope fits most closely: the home page's host before others, then the longest matching path of home page or `include`.
The time zone is that of the départements.

A host is asked one thing at a time. Where its entry points would take more than `politeness.host_load_share` of the
time, the intervals of its sources are lengthened, and `vigie config check` says so.

A source whose addresses are guesses is `unverified`: its first visit is their trial. A source that is off needs a
`reason`.
"""

_QUERY = """\
## A saved query

```yaml
title: préavis de grève
query: 'préavis AND ("police nationale" OR kind:union)'
recipients: [redaction@exemple.test]
schedule: daily 07:30
examples:
  match: ["Préavis de grève dans la police nationale"]
  no_match: ["Préavis de grève des éboueurs"]
```

A query without a recipient and without a webhook is off. `docs/alerts.md` tells what becomes of it.
"""


def render_document() -> str:
    """Write `docs/configuration.md`."""
    parts = [_INTRODUCTION, "## Settings\n"]
    parts += _render_model(Settings)
    parts += [_SOURCE, *_render_model(Source, " of a source")]
    parts += [_QUERY, *_render_model(SavedQuery, " of a saved query"), _render_territories()]
    return "\n".join(parts)


def _render_model(model: type[BaseModel], owner: str = "", name: str = "") -> Iterator[str]:
    """Write a table of the model's own keys, then one for each group of keys inside it."""
    groups = dict(_groups(model))
    if name:
        yield f"### `{name}`{owner}\n\n{model.__doc__}\n"
    rows = ["| key | written as | default | meaning |", "| --- | --- | --- | --- |"]
    for key, entry in _describe_keys(model).items():
        if key not in groups:
            rows.append(f"| `{key}` | {_name_form(entry)} | {_show_default(entry)} | {entry['description']} |")
    yield "\n".join(rows) + "\n"
    for group_name, group in groups.items():
        yield from _render_model(group, owner, group_name)


def _describe_keys(model: type[BaseModel]) -> dict[str, Schema]:
    """Give the schema of each key with its sentence, and the default as it is written, where there is one."""
    # only the schema of what is written out has defaults in the form of files, "5s" for five seconds
    written = model.model_json_schema(mode="serialization")["properties"]
    sentences = {key: field.description for key, field in model.model_fields.items()}
    return {key: {**entry, "description": sentences[key]} for key, entry in written.items()}


def _groups(model: type[BaseModel]) -> Iterator[tuple[str, type[BaseModel]]]:
    """The keys that hold keys, those that may be left out altogether among them."""
    for name, entry in model.model_fields.items():
        for kind in (entry.annotation, *get_args(entry.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield name, kind


def _name_form(entry: Schema) -> str:
    """Say in words how a value is written."""
    if "form" in entry:
        return str(entry["form"])
    if "anyOf" in entry:
        return " or ".join(_name_form(option) for option in entry["anyOf"] if option.get("type") != "null")
    if "enum" in entry:
        return " \\| ".join(f"`{word}`" for word in entry["enum"])
    if entry["type"] == "array":
        return f"list of {_name_form(entry['items'])}"
    if entry["type"] == "boolean":
        return "`true` \\| `false`"
    return _name_number(entry)


def _name_number(entry: Schema) -> str:
    word = "whole number" if entry["type"] == "integer" else "number"
    low = entry.get("minimum", entry.get("exclusiveMinimum"))
    above = "above " if "exclusiveMinimum" in entry else ""
    if low is None:
        return word
    return f"{word}, {above}{low} to {entry['maximum']}" if "maximum" in entry else f"{word}, at least {low}"


def _show_default(entry: Schema) -> str:
    return f"`{_write(entry['default'])}`" if "default" in entry else "required"


def _write(value: object) -> str:
    """Write a default as it stands in a file."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)


def _render_territories() -> str:
    rows = [f"| `{code}` | {name} |" for code, name in REGIONS.items()]
    zones = [f"| `{code}` | {zone} |" for code, zone in OVERSEAS_ZONES.items()]
    head = "## Regions and time zones\n\n| region | name |\n| --- | --- |\n"
    return (
        head
        + "\n".join(rows)
        + "\n\nMainland départements have the zone Europe/Paris, the others:\n\n"
        + "| département | zone |\n| --- | --- |\n"
        + "\n".join(zones)
        + "\n"
    )


def render_settings() -> str:
    """Write a settings file with every key, its default, and one comment each."""
    head = "# The settings of this installation; every key may be left out. See docs/configuration.md.\n"
    return head + "\n".join(_render_keys(Settings, "")) + "\n"


def _render_keys(model: type[BaseModel], indent: str) -> Iterator[str]:
    groups = dict(_groups(model))
    for name, entry in _describe_keys(model).items():
        if not indent:
            yield ""
        yield from textwrap.wrap(
            f"# {entry['description']}", LINE, initial_indent=indent, subsequent_indent=f"{indent}# "
        )
        if name in groups:
            yield f"{name}:"
            yield from _render_keys(groups[name], indent + "  ")
        else:
            yield f"{indent}{name}: {_write(entry['default'])}"


def main(arguments: list[str]) -> None:
    """Print the document, or the settings file when asked for it."""
    sys.stdout.write(render_settings() if arguments == ["settings"] else render_document())


if __name__ == "__main__":
    main(sys.argv[1:])
