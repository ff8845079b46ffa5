"""Which records prove a document: its sealed captures, the ones they repeat, and the seals up to a time stamp."""

from collections.abc import Sequence
from dataclasses import dataclass

from archive.catalogue import Catalogue, Transaction, captures
from archive.catalogue.captures import Capture
from archive.proof.seals import Seal, list_seals
from vigie.exits import CommandError
from vigie.portrait import Portrait, find_given_out, is_hidden, read_portrait

NOT_SEALED = "not sealed yet"
ORIGINAL_MISSING = "repeats the payload of a capture that cannot be given out"
LEFT_OUT = "its record could not be read when it was to be sealed"


@dataclass(frozen=True)
class Material:
    """A document with the captures that prove it, each with its seal, and those that do not, each with the reason."""

    portrait: Portrait
    proved: tuple[tuple[Capture, Seal], ...]
    not_proved: dict[int, str]
    seals: tuple[Seal, ...]
    stamped: tuple[Seal, ...]


def choose_material(catalogue: Catalogue, name: str) -> Material:
    """Everything that a proof of this document is made from. Raises `CommandError` where there can be none."""
    seals = list_seals(catalogue.folder)
    with catalogue.read() as transaction:
        portrait = _find(transaction, name)
        originals = _list_originals(transaction, portrait.captures)
    proved: dict[int, tuple[Capture, Seal]] = {}
    not_proved: dict[int, str] = {}
    for capture in portrait.captures:
        chosen, why = _choose(capture, originals, seals)
        proved |= {one.id: (one, seal) for one, seal in chosen}
        if why:
            not_proved[capture.id] = why
    if not proved:
        raise CommandError(_explain(portrait, not_proved))
    used = [seal for _, seal in proved.values()]
    kept, stamped = _follow(used, seals)
    ordered = tuple(proved[number] for number in sorted(proved))
    return Material(portrait, ordered, not_proved, kept, stamped)


def _choose(
    capture: Capture, originals: dict[int, Capture], seals: Sequence[Seal]
) -> tuple[list[tuple[Capture, Seal]], str | None]:
    """A capture and the one it repeats, each with its seal; or why it proves nothing."""
    needed = [capture]
    if capture.revisit_of is not None:
        if capture.revisit_of not in originals:
            return [], ORIGINAL_MISSING
        needed.append(originals[capture.revisit_of])
    chosen: list[tuple[Capture, Seal]] = []
    for one in needed:
        seal = next((seal for seal in reversed(seals) if seal.holds(one.id)), None)
        if seal is None:
            return [], LEFT_OUT if seals and one.id <= seals[-1].head.up_to else NOT_SEALED
        chosen.append((one, seal))
    return chosen, None


def _follow(used: Sequence[Seal], seals: Sequence[Seal]) -> tuple[tuple[Seal, ...], tuple[Seal, ...]]:
    """Each used seal with those that follow, up to the first that has a time stamp; and those that have one.

    Where none has, a seal stands by itself: those that follow would prove nothing more to somebody else.
    """
    kept: dict[int, Seal] = {}
    stamped: dict[int, Seal] = {}
    for seal in used:
        following = seals[seal.number - 1 :]
        end = next((place for place, one in enumerate(following) if one.stamp_path.exists()), None)
        kept |= {one.number: one for one in (following[: end + 1] if end is not None else following[:1])}
        if end is not None:
            stamped[following[end].number] = following[end]
    return tuple(kept[number] for number in sorted(kept)), tuple(stamped[number] for number in sorted(stamped))


def _find(transaction: Transaction, name: str) -> Portrait:
    return read_portrait(transaction, find_given_out(transaction, name, "not proved"))


def _list_originals(transaction: Transaction, shown: Sequence[Capture]) -> dict[int, Capture]:
    """The captures whose payload these repeat, but for those of withdrawn documents."""
    found = captures.read_many(transaction, {one.revisit_of for one in shown if one.revisit_of is not None})
    return {number: one for number, one in found.items() if not is_hidden(transaction, one)}


def _explain(portrait: Portrait, not_proved: dict[int, str]) -> str:
    reasons = set(not_proved.values())
    name = portrait.document.id
    if not reasons or reasons == {NOT_SEALED}:
        return f"The document {name} is not sealed yet. `vigie seal` seals what is new; the daemon does so once a day."
    return f"The document {name} cannot be proved: {'; '.join(sorted(reasons))}. `vigie verify` names damaged records."
