"""How far the archive is sealed and stamped, for `vigie status` and the page; and in which seal a capture lies."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from archive.errors import ProofError, TimeStampError
from archive.proof.seals import Seal, find_last_seals


@dataclass(frozen=True)
class SealState:
    """The newest seal and the newest time stamp, which covers every seal up to its own; `fault` is what is wrong.

    Seals are looked at, not checked: `vigie verify` reads them back.
    """

    number: int | None
    sealed_at: datetime | None
    records: int
    stamped_number: int | None
    stamped_at: datetime | None
    fault: str | None


NONE_YET = SealState(None, None, 0, None, None, None)


def read_seal_state(folder: Path) -> SealState:
    """The state of a data folder's seals."""
    try:
        newest, stamped = find_last_seals(folder)
    except ProofError as error:
        return SealState(None, None, 0, None, None, str(error))
    if newest is None:
        return NONE_YET
    at, fault = _read_stamp(stamped) if stamped else (None, None)
    stamped_number = stamped.number if stamped else None
    return SealState(newest.number, newest.head.sealed_at, newest.end.leaves - 1, stamped_number, at, fault)


def find_holding(seals: Iterable[Seal], numbers: Iterable[int]) -> Mapping[int, Seal]:
    """For each capture the seal in which its record lies; captures that no seal holds yet are left out."""
    left, found = set(numbers), dict[int, Seal]()
    for seal in seals:
        held = {number for number in left if seal.holds(number)}
        found |= dict.fromkeys(held, seal)
        left -= held
    return found


def _read_stamp(seal: Seal) -> tuple[datetime | None, str | None]:
    """When the time stamp was given, or what is wrong with it."""
    from archive.proof.time_stamps import verify_time_stamp  # loads cryptography

    try:
        answer, certificates = seal.stamp_path.read_bytes(), seal.certificates_path.read_bytes()
        return verify_time_stamp(answer, seal.root, certificates).at, None
    except OSError as error:
        return None, f"{error.filename}: cannot be read ({error.strerror or error})"
    except TimeStampError as error:
        return None, f"{seal.stamp_path}: {error}"
