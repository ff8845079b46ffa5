"""`vigie status`: what runs, what is due and late, what does not work since when, how far the index is behind."""

from typing import Annotated

import typer

from vigie.checking import count_public_sources
from vigie.commands.session import AS_JSON, open_installation
from vigie.seal_state import SealState
from vigie.state import State, look
from vigie.terminal import count_words, print_json, print_rows, say, show_bytes, show_instant


def status_command(context: typer.Context, as_json: Annotated[bool, AS_JSON] = False) -> None:
    """Say what is going on: running stages, due and late visits, sources in trouble, queues, growth of the archive."""
    installation = open_installation(context, log=False)
    with installation.open_catalogue() as catalogue:
        state = look(installation, catalogue)
    if as_json:
        print_json(state.as_json())
        return
    zone = installation.settings.clock.zone
    _show_running(state, zone)
    _show_numbers(state, zone)
    _show_growth(state)
    _show_troubles(state, zone)
    if unreachable := count_public_sources(installation.loaded):
        say(f"\n{count_words(unreachable, 'source')} on public hosts are not visited: `contact` is not set.")


def _show_running(state: State, zone: str) -> None:
    if not state.running:
        say("Nothing runs.")
    print_rows([(stage, holder) for stage, holder in state.running.items()])
    visits = f"{count_words(state.sources_on, 'source')} on, {state.due} due, {state.late} late by more than an hour"
    say(f"{visits}; next visit {show_instant(state.next_visit_at, zone)}")
    if state.mail_pause is not None:
        since, why = show_instant(state.mail_pause.since, zone), state.mail_pause.why
        say(f"Mail is paused since {since}: {why}. Nothing leaves until `vigie mail resume`.")
    for errand in state.errands:
        say(f"errand {errand.id}: {errand.kind} {errand.arguments}, asked {show_instant(errand.asked_at, zone)}")


def _show_numbers(state: State, zone: str) -> None:
    say()
    print_rows(
        [
            ("documents", _count(state.documents)),
            ("candidates", _count(state.candidates)),
            ("requests of the last day", _count(state.outcomes_of_day)),
            ("to be extracted", str(state.extraction_queue)),
            (
                "search index",
                state.index_fault or f"change {state.indexed_seq} of {state.last_seq}, {state.index_behind} behind",
            ),
            ("messages", _count(state.messages) + _describe_oldest(state, zone)),
            ("seals", _describe_seals(state.seals, zone)),
        ]
    )


def _describe_oldest(state: State, zone: str) -> str:
    oldest = state.oldest_message
    if oldest is None:
        return ""
    said = f": {oldest.said}" if oldest.said else ""
    return f"; the oldest waits since {show_instant(oldest.made_at, zone)}{said}"


def _describe_seals(seals: SealState, zone: str) -> str:
    if seals.number is None:
        return seals.fault or "none yet; `vigie seal` makes one"
    sealed = f"seal {seals.number} of {show_instant(seals.sealed_at, zone)}, {count_words(seals.records, 'record')}"
    if seals.fault:
        return f"{sealed}; {seals.fault}"
    if seals.stamped_number is None:
        return f"{sealed}, no time stamp yet"
    return f"{sealed}; time stamp of {show_instant(seals.stamped_at, zone)} on seal {seals.stamped_number}"


def _show_growth(state: State) -> None:
    growth = state.growth
    days = growth.days_left
    left = "" if days is None else f", {_days(days)} until the floor of free space"
    say(
        f"\n{show_bytes(growth.bytes_a_day)} archived a day; {show_bytes(growth.free_bytes)} free, "
        f"{show_bytes(growth.floor_bytes)} kept free{left}"
    )
    rows = [
        (day, ", ".join(f"{purpose} {show_bytes(size)}" for purpose, size in sorted(counted.items())))
        for day, counted in sorted(growth.by_day.items())
    ]
    print_rows(rows, indent="  ")


def _show_troubles(state: State, zone: str) -> None:
    if state.troubles or state.paused_hosts:
        say("\nNot working")
    print_rows(
        [(one.source, one.what, f"since {show_instant(one.since, zone)}", one.why) for one in state.troubles],
        indent="  ",
    )
    print_rows([(host, "paused", why) for host, why in state.paused_hosts.items()], indent="  ")


def _days(days: float) -> str:
    return "more than ten years" if days > 3650 else f"about {count_words(round(days), 'day')}"


def _count(counts: object) -> str:
    assert isinstance(counts, dict)
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items(), key=lambda item: -item[1])) or "none"
