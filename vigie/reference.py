"""Documents made from the code: the commands with their options, the exit codes, and every named outcome.

`python -m vigie.reference commands` and `python -m vigie.reference outcomes` print them; a test compares.
"""

import inspect
import sys
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from typer.main import get_command

from archive.outcomes import Outcome
from vigie.cli import make_app
from vigie.exits import ExitCode

_COMMANDS_HEAD = """\
# Commands

Made from the program by `make docs`; a test holds it to the program.

`vigie [--config FOLDER] COMMAND ...` works on the configuration in `FOLDER`, otherwise in the folder that
`VIGIE_CONFIG` names, otherwise in `config`. Answers go to standard output, complaints and progress to standard error;
bars are drawn only on a terminal. `--json` prints one JSON document with instants in RFC 3339.
"""

_OUTCOMES_HEAD = """\
# Outcomes

Made from `archive/outcomes.py` by `make docs`; a test holds it to the code.

Every request, candidate, capture and version ends by exactly one of these names. Counters, log lines and the catalogue
use the same words. **final**: nothing further happens by itself. **again**: the thing is tried again.
"""

_STAGES = {
    "discover": "what became of one entry of a feed, sitemap or listing",
    "entry_point": "what became of one look at a feed, sitemap or listing",
    "fetch": "what became of one request",
    "import": "what became of one record of a foreign WARC file",
    "extract": "what became of one capture",
    "document": "what an extraction did to the catalogue",
    "project": "what became of one change in the search index",
    "match": "what became of a version that satisfies a saved query",
    "send": "what became of one message",
}


def render_commands() -> str:
    """Every command with its arguments and options, then the exit codes."""
    parts = [_COMMANDS_HEAD]
    for name, command in _walk(get_command(make_app()), "vigie"):
        parts.append(_render_command(name, command))
    rows = [f"| {int(code)} | {code.sentence} |" for code in ExitCode]
    parts.append("\n".join(["## Exit codes", "", "| code | meaning |", "| --- | --- |", *rows, ""]))
    return "\n".join(parts)


def render_outcomes() -> str:
    """One table a stage."""
    parts = [_OUTCOMES_HEAD]
    for stage, outcomes in groupby(Outcome, key=lambda outcome: outcome.stage):
        rows = [
            f"| `{one.name}` | {_yes(one.final)} | {_yes(one.value.retried)} | {one.sentence} |" for one in outcomes
        ]
        head = [f"## {stage}: {_STAGES.get(stage, '')}".rstrip(": "), "", "| name | final | again | meaning |"]
        parts.append("\n".join([*head, "| --- | --- | --- | --- |", *rows, ""]))
    return "\n".join(parts)


def _yes(true: bool) -> str:
    return "yes" if true else "no"


def _walk(group: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Commands in the order in which they are declared, those of a group after each other."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            if command.invoke_without_command:
                yield f"{path} {name}", command
            yield from _walk(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def _render_command(name: str, command: Any) -> str:
    arguments = [one for one in command.params if one.param_type_name == "argument"]
    options = [one for one in command.params if one.param_type_name == "option" and one.name != "help"]
    usage = " ".join([name, *("[OPTIONS]" for _ in options[:1]), *(_name_argument(one) for one in arguments)])
    lines = [f"## {name}", "", f"    {usage}", "", inspect.cleandoc(command.help or "").replace("\n\n", "\n\n"), ""]
    rows = [(f"`{_name_argument(one)}`", one.help or "") for one in arguments]
    rows += [(f"`{_name_option(one)}`", _help(one)) for one in options]
    lines += [f"- {left}: {right}" for left, right in rows]
    return "\n".join([*lines, ""]) if rows else "\n".join(lines)


def _name_argument(argument: Any) -> str:
    name = argument.metavar or argument.name.upper()
    many = "..." if argument.nargs == -1 and not name.endswith("...") else ""
    return f"{name}{many}" if argument.required else f"[{name}{many}]"


def _name_option(option: Any) -> str:
    value = "" if option.is_flag else f" {_name_values(option)}"
    return f"{'/'.join(option.opts)}{value}"


def _name_values(option: Any) -> str:
    choices = getattr(option.type_descriptor, "choices", None)
    if choices:
        return "|".join(str(choice) for choice in choices)
    return str(option.metavar or option.name.upper())


def _help(option: Any) -> str:
    default = option.default
    shown = "" if option.is_flag or default is None or default == () else f" Default: {default}."
    return f"{option.help or ''}{shown}"


def main(arguments: list[str]) -> None:
    """Print the document asked for."""
    documents = {"commands": render_commands, "outcomes": render_outcomes}
    if len(arguments) != 1 or arguments[0] not in documents:
        raise SystemExit(f"expected one of {', '.join(documents)}")
    sys.stdout.write(documents[arguments[0]]())


if __name__ == "__main__":
    main(sys.argv[1:])
