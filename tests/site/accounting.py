"""Every page of the site accounted for: what a crawl made of it, held against what must become of it.

The caller says what it saw, by absolute URL: the last named outcome of each candidate and the facts of each document.
`account_for` gives back one sentence for every page that went wrong, is missing, or should not be there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from archive.outcomes import Outcome
from crawler.urls import BadUrlError, canonical_form
from tests.site.expected import Expected, differences, expected_on


@dataclass(frozen=True)
class SeenDocument:
    """The facts of a document as the archive holds them; `kind` is the kind of its source."""

    title: str | None
    authors: tuple[str, ...]
    published_at: datetime | None
    published_precision: str | None
    kind: str
    paywalled: bool = False


@dataclass(frozen=True)
class Seen:
    """What became of one URL: the last outcome of its way through the stages, and its document if it has one."""

    outcome: Outcome | None
    document: SeenDocument | None = None


@dataclass(frozen=True)
class Account:
    """The pages that ended as they must, by role; and a sentence for each that did not."""

    right: tuple[Expected, ...]
    wrong: tuple[str, ...]


def account_for(seen: Mapping[str, Seen], base: Callable[[str], str], day: str) -> Account:
    """Compare; `base` gives a publisher's address (`Site.base`). Entry points and robots files are not candidates."""
    found = {_key(url): one for url, one in seen.items()}
    right, wrong, named = [], [], set()
    for expected in expected_on(day):
        url = _url_of(expected, base)
        named.add(_key(url))
        if expected.role in ("entry_point", "robots", "variant"):
            continue
        faults = _faults(expected, found.get(_key(url)))
        wrong += [f"{url}: {fault}" for fault in faults]
        right += [] if faults else [expected]
    wrong += [f"{url}: nothing of the site is expected here" for url in seen if _key(url) not in named]
    return Account(tuple(right), tuple(wrong))


def _faults(expected: Expected, seen: Seen | None) -> tuple[str, ...]:
    if seen is None:
        return (_missing(expected),) if expected.found and expected.surely else ()
    if expected.document is None:
        return _faults_of_end(expected, seen)
    if seen.document is None:
        return (f"expected a document, got {_name(seen.outcome)}",)
    wanted, document = expected.document, seen.document
    faults = differences(wanted, document.title, document.authors, document.published_at, document.published_precision)
    if document.kind != wanted.kind:
        faults += (f"kind: expected {wanted.kind}, got {document.kind}",)
    if document.paywalled != wanted.paywalled:
        faults += (f"paywalled: expected {wanted.paywalled}, got {document.paywalled}",)
    return faults


def _faults_of_end(expected: Expected, seen: Seen) -> tuple[str, ...]:
    if seen.document is not None:
        return (f"expected no document, got {seen.document.title!r}",)
    if seen.outcome in expected.outcomes:
        return ()
    return (f"expected {' or '.join(one.name for one in expected.outcomes)}, got {_name(seen.outcome)}",)


def _missing(expected: Expected) -> str:
    ends = " or ".join(one.name for one in expected.outcomes)
    return f"never met, expected {ends} through a {expected.found}"


def _name(outcome: Outcome | None) -> str:
    return outcome.name if outcome else "no outcome yet"


def _url_of(expected: Expected, base: Callable[[str], str]) -> str:
    return base(expected.publisher) + expected.path if expected.path.startswith("/") else expected.path


def _key(url: str) -> str:
    """The canonical form; what has none (a script) stands for itself."""
    try:
        return canonical_form(url)
    except BadUrlError:
        return url
