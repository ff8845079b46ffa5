"""A search as it stands in the address of a page: read, checked, and written back.

The address holds the whole question, so that it can be kept, sent and asked again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast, get_args
from urllib.parse import urlencode

from starlette.datastructures import QueryParams

from indexer.engines.base import MAX_WINDOW, Sort
from vigie.searching import Asked, DateField

HITS = 20  # on a page
LAST_PAGE = MAX_WINDOW // HITS
VALUES = 100  # of one filter; a source each of a whole region fits
FACETS = ("kind", "sources", "regions", "lang")
FILTERS = {"kind": "kinds", "source": "sources", "region": "regions", "language": "languages", "state": "states"}
"""Names in the address, and what they are called in `Asked`."""


class QuestionError(ValueError):
    """A part of the address that makes no sense; `field` names it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(f"{field}: {message}")
        self.field = field


@dataclass(frozen=True)
class Question:
    """What is asked, and which page of the hits is shown."""

    asked: Asked
    page: int = 1

    def for_page(self) -> Asked:
        """The hits of the page with everything that is counted beside them."""
        return replace(self.asked, limit=HITS, offset=(self.page - 1) * HITS, facets=FACETS, histogram="day")

    def address(self, path: str = "/search", **changes: Any) -> str:
        """The address of this question, or of one that differs in something; without `page` of its first page."""
        page = changes.pop("page", 1)
        asked = replace(self.asked, **changes)
        pairs = [*_list_pairs(asked), *([("page", str(page))] if page > 1 else [])]
        return f"{path}?{urlencode(pairs)}" if pairs else path

    def without(self, name: str, value: str) -> str:
        """The address without one value of a filter."""
        values = [one for one in getattr(self.asked, name) if one != value]
        changes: dict[str, Any] = {name: tuple(values)}
        return self.address(**changes)


def read_question(parameters: QueryParams) -> Question:
    """The question in an address. Raises `QuestionError` where a part is no such thing."""
    lists: dict[str, Any] = {field: _read_list(parameters, name) for name, field in FILTERS.items()}
    asked = Asked(
        query=parameters.get("q", "").strip(),
        since=parameters.get("from", "").strip() or None,
        until=parameters.get("to", "").strip() or None,
        sort=cast(Sort, _read_choice(parameters, "sort", get_args(Sort))),
        by=cast(DateField, _read_choice(parameters, "by", get_args(DateField))),
        past=_read_choice(parameters, "past", ("no", "yes")) == "yes",
        **lists,
    )
    return Question(asked, _read_page(parameters.get("page", "") or "1"))


def _list_pairs(asked: Asked) -> list[tuple[str, str]]:
    plain = {
        "q": asked.query,
        "from": asked.since or "",
        "to": asked.until or "",
        "by": "" if asked.by == Asked.by else asked.by,
        "sort": "" if asked.sort == Asked.sort else asked.sort,
        "past": "yes" if asked.past else "",
    }
    pairs = [(name, value) for name, value in plain.items() if value]
    return pairs + [(name, value) for name, field in FILTERS.items() for value in getattr(asked, field)]


def _read_list(parameters: QueryParams, name: str) -> tuple[str, ...]:
    values = tuple(dict.fromkeys(value.strip() for value in parameters.getlist(name) if value.strip()))
    if len(values) > VALUES:
        raise QuestionError(name, f"at most {VALUES} values, found {len(values)}")
    return values


def _read_choice(parameters: QueryParams, name: str, choices: Sequence[str]) -> str:
    """One of some words; the first of them where nothing is said."""
    value = parameters.get(name, "") or choices[0]
    if value not in choices:
        raise QuestionError(name, f"expected {', '.join(choices)}, found {value[:40]!r}")
    return value


def _read_page(value: str) -> int:
    if not (value.isascii() and value.isdigit() and len(value) < 10 and 1 <= int(value) <= LAST_PAGE):
        raise QuestionError("page", f"expected a number from 1 to {LAST_PAGE}, found {value[:40]!r}")
    return int(value)
