"""`vigie alerts backtest`: what a query would have told, before anybody is told anything."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from archive.outcomes import Outcome
from config.faults import ConfigurationError
from config.loading import read_query_file
from config.query import SavedQuery
from vigie.commands.alerts import midnight_of
from vigie.commands.session import AS_JSON, open_installation
from vigie.exits import CommandError, ExitCode
from vigie.terminal import complain, count_words, print_json, print_rows, say, show_progress

if TYPE_CHECKING:
    from indexer.alerts.replay import Backtest
    from vigie.playing_back import PlayedBack

FILE = typer.Argument(help="File of a saved query; it need not lie in the configuration.")


def backtest_command(
    context: typer.Context,
    file: Annotated[Path, FILE],
    days: Annotated[int, typer.Option(min=1, max=36500, help="Days of the log to replay.")] = 90,
    show: Annotated[str | None, typer.Option(help="Print the mail that would have gone out on this day.")] = None,
    html: Annotated[Path | None, typer.Option(help="With --show: write the mail as HTML to this file.")] = None,
    as_json: Annotated[bool, AS_JSON] = False,
) -> int:
    """Say what a query would have told: mails and matches a week, the biggest day, examples of each month.

    Exit code 1 where an example of the file does otherwise than it must.
    """
    from vigie.playing_back import play_back  # it loads the templates of mails

    if html is not None and show is None:
        raise CommandError("--html: expected --show with the day whose mail is wanted.", ExitCode.usage)
    installation = open_installation(context, log=False)
    day = None if show is None else midnight_of(installation, "--show", show).date()
    query = _read_query(file)
    with installation.open_catalogue() as catalogue, show_progress("versions read") as advance:
        played = play_back(installation, catalogue, file.stem, query, days, day, advance)
    if html is not None and played.letter is not None:
        html.write_text(played.letter.html, encoding="utf-8")
    if as_json:
        print_json(_as_json(played))
    else:
        _say_found(played.found, days)
        if show is not None:
            _say_letter(played, show)
        for found, expected, advice in played.complaints:
            complain(f"{file.name}: examples: expected {expected}, got {found}. {advice}.")
    return ExitCode.found_wrong if played.complaints else ExitCode.done


def _read_query(file: Path) -> SavedQuery:
    query, faults = read_query_file(file)
    if query is None:
        raise ConfigurationError(faults)
    return query


def _as_json(played: "PlayedBack") -> dict[str, Any]:
    """What was found; the mail of the day as its subject and text."""
    found = {name: value for name, value in vars(played.found).items() if name != "shown"}
    letter = None if played.letter is None else {"subject": played.letter.subject, "text": played.letter.text}
    complaints = [{"found": one, "expected": expected} for one, expected, _ in played.complaints]
    weeks = {start: vars(week) for start, week in sorted(played.found.weeks.items())}
    return found | {"weeks": weeks, "mail": letter, "examples_wrong": complaints}


def _say_found(found: "Backtest", days: int) -> None:
    outcomes, told = found.outcomes, found.outcomes[Outcome.told.name]
    say(f"{count_words(found.changes, 'version')} of {count_words(days, 'day')}: {told} told, "
        f"{outcomes[Outcome.counted.name]} counted, {outcomes[Outcome.already_told.name]} already told; "
        f"{told * 7 / days:.1f} a week on average.")  # fmt: skip
    if found.unusable is not None:
        say(f"The search index could not be asked, each version was read from the catalogue. {found.unusable}")
    elif found.read:
        say(f"{count_words(found.read, 'version')} changed since: read from the catalogue, not asked of the index.")
    if found.by_day:
        day, count = max(found.by_day.items(), key=lambda item: (item[1], item[0]))
        say(f"The biggest day is {day} with {count}.")
    print_rows(
        [
            (f"week of {start}", count_words(week.mails, "mail"), count_words(week.matches, "match", "matches"))
            for start, week in sorted(found.weeks.items())
        ]
    )
    for month, lines in sorted(found.examples.items()):
        say(f"\n{month}")
        print_rows(lines, indent="  ")


def _say_letter(played: "PlayedBack", day: str) -> None:
    if played.letter is None:
        say(f"\nNo mail would have gone out on {day}.")
        return
    mails = played.found.shown_mails
    say(f"\nThe mail of {day}:" if mails == 1 else f"\nThe {mails} mails of {day}, as one:")
    say(f"Subject: {played.letter.subject}\n")
    say(played.letter.text)
