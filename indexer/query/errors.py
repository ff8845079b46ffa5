"""What a query may cost, and how one is refused.

A refusal names the place, what was found there and what to write instead. Nothing else is ever raised for a query.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The size of a query that is still answered: characters, levels of nesting, and words and conditions."""

    characters: int = 10_000
    levels: int = 50
    clauses: int = 256


class QueryError(ValueError):
    """The query cannot be asked as it is written.

    `position` counts characters of the query from 0; None where the whole query is meant.
    """

    def __init__(self, message: str, position: int | None = None, hint: str = "") -> None:
        self.message = message
        self.position = position
        self.hint = hint
        place = "" if position is None else f"character {position + 1}: "
        super().__init__(f"{place}{message}{'. ' + hint if hint else ''}")
