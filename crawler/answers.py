"""What an answer of a server means: one outcome from status, headers and decoded body. Decides nothing else."""

import re

from archive.content import Decoded
from archive.outcomes import Outcome

REDIRECTS = frozenset({301, 302, 303, 307, 308})
GONE = frozenset({404, 410, 451})
THROTTLED = frozenset({429, 503})
RETRIED_STATUSES = frozenset({408, 500, 502, 504, 522, 524})  # transient by their definition; asked again in the visit
_WITH_A_PAGE = frozenset({200, 203})
_UNDEFINED_FROM = 600
_CHALLENGE_FROM_BYTES = 65_536  # a challenge says so at its top

# words of the pages by which a site asks for a person, whoever supplies them
_CHALLENGE = re.compile(
    rb"captcha|challenge-platform|are you (?:a )?human|vous \xc3\xaates humain|un robot|unusual traffic|"
    rb"trafic inhabituel|dispositif de s\xc3\xa9curit\xc3\xa9",
    re.IGNORECASE,
)


def judge_answer(status: int, decoded: Decoded, *, location: str | None, conditional: bool) -> Outcome:
    """The outcome of one answer; a 304 that nobody asked for is as odd as a status that does not exist."""
    if status == 304:
        return Outcome.unchanged if conditional else Outcome.odd_status
    if status in REDIRECTS:
        return Outcome.redirected if location is not None else Outcome.odd_status
    if status in GONE:
        return Outcome.gone
    if status in THROTTLED:
        return Outcome.throttled
    if status == 408 or 500 <= status < _UNDEFINED_FROM:
        return Outcome.server_error
    if 400 <= status < 500:
        return Outcome.blocked if _CHALLENGE.search(decoded.body[:_CHALLENGE_FROM_BYTES]) else Outcome.refused
    if decoded.outcome is not None:
        return decoded.outcome
    if status in _WITH_A_PAGE and decoded.body:
        return Outcome.fetched
    return Outcome.odd_status


def is_worth_a_retry(outcome: Outcome, status: int | None) -> bool:
    """True where the same request may well succeed within the same visit."""
    if outcome is Outcome.server_error:
        return status in RETRIED_STATUSES
    return outcome in (Outcome.failed, Outcome.too_slow)


def is_kept(outcome: Outcome) -> bool:
    """True where the answer is archived: pages, redirects, refusals, removals; faults that pass are only counted."""
    return outcome in _KEPT


_KEPT = frozenset(
    {
        Outcome.fetched,
        Outcome.redirected,
        Outcome.redirect_refused,
        Outcome.redirect_loop,
        Outcome.gone,
        Outcome.refused,
        Outcome.blocked,
        Outcome.soft_block,
        Outcome.odd_status,
        Outcome.bad_encoding,
    }
)
