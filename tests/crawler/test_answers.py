"""What a status means, and how long a Retry-After is."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure
from twisted.web.client import ResponseFailed

from archive.content import Decoded
from archive.outcomes import Outcome
from crawler.answers import is_kept, is_worth_a_retry, judge_answer
from crawler.failures import RefusedRequestError, StorageError, name_failure
from crawler.guard import PrivateAddressError
from crawler.retry_after import read_retry_after

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, Outcome.fetched), (203, Outcome.fetched), (204, Outcome.odd_status), (206, Outcome.odd_status),
        (302, Outcome.redirected), (300, Outcome.odd_status), (304, Outcome.odd_status), (401, Outcome.refused),
        (404, Outcome.gone), (408, Outcome.server_error), (410, Outcome.gone), (418, Outcome.refused),
        (429, Outcome.throttled), (451, Outcome.gone), (500, Outcome.server_error), (503, Outcome.throttled),
        (522, Outcome.server_error), (599, Outcome.server_error), (999, Outcome.odd_status), (0, Outcome.odd_status),
    ],
)  # fmt: skip
def test_every_status_has_one_meaning(status: int, outcome: Outcome) -> None:
    assert judge_answer(status, Decoded(b"<p>Texte</p>"), location="/suite", conditional=False) is outcome


def test_a_304_is_fine_only_where_it_was_asked_for() -> None:
    assert judge_answer(304, Decoded(b""), location=None, conditional=True) is Outcome.unchanged


def test_a_body_that_cannot_be_had_decides_over_the_status() -> None:
    assert judge_answer(200, Decoded(b"", Outcome.too_large), location=None, conditional=False) is Outcome.too_large
    assert judge_answer(200, Decoded(b""), location=None, conditional=False) is Outcome.odd_status


def test_a_challenge_is_told_from_a_plain_refusal() -> None:
    body = "<h1>Vérifions que vous êtes humain</h1>".encode()
    assert judge_answer(403, Decoded(body), location=None, conditional=False) is Outcome.blocked
    assert judge_answer(403, Decoded(b"<h1>Interdit</h1>"), location=None, conditional=False) is Outcome.refused


def test_only_faults_that_may_pass_are_retried_and_not_archived() -> None:
    assert is_worth_a_retry(Outcome.server_error, 502)
    assert not is_worth_a_retry(Outcome.server_error, 501)
    assert not is_worth_a_retry(Outcome.tls_failed, None)
    assert not is_kept(Outcome.server_error)
    assert is_kept(Outcome.refused)


@pytest.mark.parametrize(
    ("said", "pause"),
    [
        ("5", timedelta(seconds=5)), ("0", timedelta(0)), (" 120 ", timedelta(minutes=2)),
        ("-1", timedelta(minutes=5)), ("soon", timedelta(minutes=5)), ("", timedelta(minutes=5)),
        (None, timedelta(minutes=5)), ("31536000", DAY), ("9" * 40, DAY), ("1.5", timedelta(minutes=5)),
        (format_datetime(NOON + timedelta(minutes=10), usegmt=True), timedelta(minutes=10)),
        (format_datetime(NOON - timedelta(hours=1), usegmt=True), timedelta(0)),
        (format_datetime(NOON + timedelta(days=365), usegmt=True), DAY),
        ("Mon, 99 Mar 2026 12:00:00 GMT", timedelta(minutes=5)), ("²", timedelta(minutes=5)),
    ],
)  # fmt: skip
def test_a_pause_is_as_long_as_asked_within_a_day(said: str | None, pause: timedelta) -> None:
    assert read_retry_after(said, NOON, DAY) == pause


def test_failures_are_named_by_what_is_inside_them() -> None:
    lost = ResponseFailed([Failure(ConnectionLost())])
    assert name_failure(lost) == (Outcome.failed, "connection closed without an answer")
    assert name_failure(ResponseFailed([Failure(PrivateAddressError("h", "x"))]))[0] is Outcome.refused_private
    assert name_failure(RefusedRequestError(Outcome.disallowed, "par ses règles")) == (
        Outcome.disallowed, "par ses règles",
    )  # fmt: skip
    assert name_failure(KeyError("inattendu")) == (Outcome.no_outcome, "KeyError: 'inattendu'")


def test_a_full_disk_is_told_from_other_storage_faults() -> None:
    assert StorageError(OSError(28, "No space left on device")).is_full
    assert not StorageError(OSError(30, "Read-only file system")).is_full
