"""Sending: each message of the outbox leaves until it is taken, refused for good, or three days have passed.

Before the text of a message goes out, that is written down; a process that dies then leaves it `sending`, and the next
run takes it for `uncertain`: it is sent once more under the same Message-ID, and counted. Everything else is sent once.
"""

import logging
import random
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta

from archive.catalogue import Catalogue, Transaction, outbox
from archive.catalogue.outbox import Letter, Message
from archive.outcomes import Outcome
from indexer.alerts.delivery import Carrier, Delivery

logger = logging.getLogger(__name__)

PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
"""After the first faults; then every hour. A server that is restarted is met soon, one that is down is not pressed."""

LONGEST = timedelta(days=3)
"""As long as mail servers themselves usually try."""

UNCERTAIN_TRIES = 2
"""A message whose fate is unknown is sent once more: twice is better than never, more often is a nuisance."""

NO_SERVER = ("connect", "greeting", "tls", "login", "folder")
"""Phases whose faults lie with the server or the settings, not with one message."""

NOT_TAKEN = (Outcome.pending.name, Outcome.uncertain.name)
MAIL = "mail"
"""The way of all mails; each webhook is a way of its own, and one that is silent holds up no other."""

JITTER = 0.2
PAGE = 50


def send_due(
    catalogue: Catalogue,
    carrier: Carrier,
    clock: Callable[[], datetime],
    stop: Callable[[], bool] = lambda: False,
    jitter: Callable[[], float] = random.random,
) -> Counter[str]:
    """Send what is due, the oldest first; how many met each end. The caller holds the lock of the stage."""
    counts: Counter[str] = Counter()
    _take_up_left(catalogue, clock(), counts)
    silent: set[str] = set()
    last = 0
    while not stop():
        with catalogue.read() as transaction:
            due = outbox.list_due(transaction, clock(), PAGE, after=last)
        if not due:
            break
        for message in due:
            if stop():
                break
            last = message.id
            way = message.recipient if message.is_posted else MAIL
            letter = _read_letter(catalogue, message)
            if way in silent or letter is None:
                continue  # it would only wait for the same silence, or may not leave now; it stays due
            outcome, phase = _send(catalogue, carrier, message, letter, clock, jitter)
            counts[outcome] += 1
            if outcome in NOT_TAKEN and (message.is_posted or phase in NO_SERVER):
                silent.add(way)
    return counts


def _take_up_left(catalogue: Catalogue, now: datetime, counts: Counter[str]) -> None:
    """What a dead process was sending: its text may have gone out."""
    with catalogue.write() as transaction:
        for message in outbox.list_left_sending(transaction):
            said = "the process ended while the text was on its way"
            _note_uncertain(transaction, message, said, now)
            counts[Outcome.uncertain.name] += 1
            logger.warning("%s %s: %s", Outcome.uncertain.name, message.message_id, said)


def _read_letter(catalogue: Catalogue, message: Message) -> Letter | None:
    """What a message says; None where mail was paused, or something that it tells withdrawn, a moment ago."""
    with catalogue.read() as transaction:
        return outbox.read_letter(transaction, message.letter) if outbox.may_leave(transaction, message) else None


def _send(
    catalogue: Catalogue,
    carrier: Carrier,
    message: Message,
    letter: Letter,
    clock: Callable[[], datetime],
    jitter: Callable[[], float],
) -> tuple[str, str]:
    def note_sending() -> None:
        with catalogue.write() as transaction:
            outbox.update_message(transaction, message.id, state="sending", attempts=message.attempts + 1)

    delivery = carrier.deliver(message, letter, note_sending)
    return _note_end(catalogue, message, delivery, clock(), jitter()), delivery.phase


def _note_end(catalogue: Catalogue, message: Message, delivery: Delivery, now: datetime, jitter: float) -> str:
    said = f"{delivery.phase}: {delivery.said}"
    with catalogue.write() as transaction:
        if delivery.end == "uncertain":
            _note_uncertain(transaction, message, said, now, PAUSES[0])
            outcome = Outcome.uncertain
        else:
            outcome = _OUTCOMES[delivery.end]
            if outcome is Outcome.pending and now - message.made_at >= LONGEST:
                outcome = Outcome.mail_given_up
            state = _STATES[outcome]
            again = _next_attempt(message, delivery, now, jitter) if outcome is Outcome.pending else None
            outbox.update_message(
                transaction, message.id, state=state, attempts=message.attempts + 1, said=said, next_attempt_at=again,
                ended_at=None if again else now,
            )  # fmt: skip
    level = logging.INFO if outcome is Outcome.sent else logging.WARNING
    logger.log(level, "%s %s: %s", outcome.name, message.message_id, said)
    return outcome.name


def _note_uncertain(
    transaction: Transaction, message: Message, said: str, now: datetime, pause: timedelta = timedelta()
) -> None:
    """Once more after a pause, or never again."""
    count = message.uncertain + 1
    final = count >= UNCERTAIN_TRIES
    outbox.update_message(
        transaction, message.id, state="uncertain", uncertain=count, said=said, ended_at=now if final else None,
        next_attempt_at=None if final else now + pause,
    )  # fmt: skip


def _next_attempt(message: Message, delivery: Delivery, now: datetime, jitter: float) -> datetime:
    pause = PAUSES[min(message.attempts, len(PAUSES) - 1)]
    return now + max(pause, delivery.wait) * (1 + JITTER * jitter)


_OUTCOMES = {
    "sent": Outcome.sent,
    "pending": Outcome.pending,
    "failed": Outcome.mail_refused,
    "given_up": Outcome.mail_given_up,
}
_STATES = {
    Outcome.sent: "sent",
    Outcome.pending: "pending",
    Outcome.mail_refused: "failed",
    Outcome.mail_given_up: "given_up",
}
