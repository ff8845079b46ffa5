"""What seals and proofs state, line by line, as typed records of JSON.

A line is hashed as the bytes that stand in the file, never as what a program would write anew.
"""

from datetime import datetime
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from archive.errors import ProofError

SEAL_FORMAT = "vigie-seal-1"

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Number = Annotated[int, Field(ge=1)]
Ranges = tuple[tuple[Number, Number], ...]


class Statement(BaseModel):
    """One JSON object whose every key is known."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def as_line(self) -> bytes:
        """The object on one line, without its line end."""
        return self.model_dump_json().encode()

    @classmethod
    def read(cls, data: bytes | str, where: str) -> Self:
        """The object in these bytes; raises `ProofError` with the first thing that is not as it must be."""
        try:
            return cls.model_validate_json(data)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            at = ".".join(str(part) for part in first["loc"])
            raise ProofError(f"{where}: {at + ': ' if at else ''}{first['msg']}") from error


class Previous(Statement):
    """The seal before: its number and root."""

    number: Number
    root: Digest


class SealHead(Statement):
    """The first line of a seal, and the first leaf of its tree: the root therefore holds the root of the seal before.

    `captures` are the numbers of the captures whose records follow, as ranges. `up_to` is the highest capture that was
    looked at so far; `left_out` are those up to it that no seal holds, since their records could not be read.
    """

    format: Literal["vigie-seal-1"] = "vigie-seal-1"
    number: Number
    sealed_at: datetime
    previous: Previous | None
    captures: Ranges
    up_to: Number
    left_out: Ranges


class SealedRecord(Statement):
    """One record in a seal. Where it lies is left out: repacking moves it, its bytes stay.

    `record_sha256` is the digest of the whole record, WARC head included, uncompressed; `url` and `fetched_at` are
    those that the record states.
    """

    capture: Number
    record: str | None
    kind: str
    record_sha256: Digest
    payload_sha256: Digest
    url: str
    fetched_at: datetime


class SealEnd(Statement):
    """The last line of a seal, which is no leaf: the root over all lines before it."""

    root: Digest
    leaves: Number


def make_ranges(numbers: list[int]) -> Ranges:
    """Rising numbers as ranges, both ends included."""
    ranges: list[tuple[int, int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return tuple(ranges)


def list_numbers(ranges: Ranges) -> list[int]:
    """The numbers in these ranges."""
    return [number for first, last in ranges for number in range(first, last + 1)]
