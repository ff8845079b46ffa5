"""Digests and the outbox: what is sent to whom is durable here before anything leaves.

States of a message: `pending` (waits for its next attempt), `sending` (its text may be on the way), `sent`,
`uncertain` (the text went out and no answer came), `failed` (refused for good), `given_up` (three days of attempts).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa

from archive.catalogue.catalogue import Transaction
from archive.catalogue.schema import digest, letter, message

OPERATOR = "operator:"
"""What the names of digests begin with that are written to whoever runs the program."""

SENT: sa.ColumnElement[str] = sa.literal_column("'sent'")
"""Written into the statement: with a value beside it SQLite could not tell that the partial index holds the rows."""

State = Literal["pending", "sending", "sent", "uncertain", "failed", "given_up"]


@dataclass(frozen=True)
class Digest:
    """One turn of a digest; `audience` names for each query that it tells of those who are told."""

    id: int
    name: str
    due_at: datetime
    made_at: datetime
    audience: Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Message:
    """One letter to one recipient. `said` is the last answer of the server or the last fault; `reported` is the digest
    that told the operator of a message that needs a person."""

    id: int
    digest: int
    letter: int
    recipient: str
    message_id: str
    queries: tuple[str, ...]
    made_at: datetime
    state: State
    attempts: int
    uncertain: int
    next_attempt_at: datetime | None
    ended_at: datetime | None
    said: str | None
    reported: int | None = None

    @property
    def is_posted(self) -> bool:
        """True where it goes to a webhook; every other recipient is a mail address."""
        return is_webhook(self.recipient)


@dataclass(frozen=True)
class Letter:
    """What a message says; for a webhook `text` is the body that is posted."""

    subject: str
    text: str
    html: str


def is_webhook(recipient: str) -> bool:
    """True for the address of a webhook, which no mail address looks like."""
    return recipient.startswith(("https://", "http://"))


def add_digest(
    transaction: Transaction, name: str, due_at: datetime, now: datetime, audience: Mapping[str, Sequence[str]]
) -> int:
    """Note one turn, also one that has nothing to tell; returns its number."""
    values = {
        "name": name,
        "due_at": due_at,
        "made_at": now,
        "audience": {key: list(audience[key]) for key in audience},
    }
    return int(transaction.execute(digest.insert().values(**values).returning(digest.c.id)).scalar_one())


def last_turn(transaction: Transaction, name: str) -> datetime | None:
    """The latest turn of a digest that was noted."""
    row = transaction.execute(
        sa.select(digest.c.due_at).where(digest.c.name == name).order_by(digest.c.due_at.desc()).limit(1)
    ).first()
    return None if row is None else row.due_at


def add_letter(transaction: Transaction, digest_id: int, content: Letter) -> int:
    """Keep what several messages say."""
    values = {"digest": digest_id, "subject": content.subject, "text": content.text, "html": content.html}
    return int(transaction.execute(letter.insert().values(**values).returning(letter.c.id)).scalar_one())


def add_message(
    transaction: Transaction,
    digest_id: int,
    letter_id: int,
    recipient: str,
    message_id: str,
    queries: Sequence[str],
    now: datetime,
) -> None:
    """Put a message into the outbox, to be sent at once."""
    values = {
        "digest": digest_id, "letter": letter_id, "recipient": recipient, "message_id": message_id,
        "queries": list(queries), "made_at": now, "state": "pending", "attempts": 0, "uncertain": 0,
        "next_attempt_at": now,
    }  # fmt: skip
    transaction.execute(message.insert().values(**values))


def list_due(transaction: Transaction, now: datetime, limit: int, after: int = 0) -> list[Message]:
    """Messages above the number `after` whose next attempt is due, the oldest first."""
    query = sa.select(message).where(message.c.next_attempt_at <= now, message.c.id > after)
    return [_message(row) for row in transaction.execute(query.order_by(message.c.id).limit(limit))]


def list_left_sending(transaction: Transaction) -> list[Message]:
    """Messages that a process was sending when it ended. The caller holds the lock of the stage."""
    query = sa.select(message).where(message.c.state == "sending").order_by(message.c.id)
    return [_message(row) for row in transaction.execute(query)]


def list_messages(transaction: Transaction, *, limit: int, state: str | None = None) -> list[Message]:
    """Messages, the newest first."""
    query = sa.select(message)
    if state is not None:
        query = query.where(message.c.state == state)
    return [_message(row) for row in transaction.execute(query.order_by(message.c.id.desc()).limit(limit))]


def list_messages_of(transaction: Transaction, digest_id: int) -> list[Message]:
    """The messages of one digest."""
    query = sa.select(message).where(message.c.digest == digest_id).order_by(message.c.id)
    return [_message(row) for row in transaction.execute(query)]


def read_oldest_waiting(transaction: Transaction) -> Message | None:
    """The message that has waited for longest to be taken."""
    query = sa.select(message).where(message.c.next_attempt_at.is_not(None))
    query = query.order_by(message.c.made_at, message.c.id).limit(1)
    row = transaction.execute(query).one_or_none()
    return None if row is None else _message(row)


def list_unreported(transaction: Transaction, limit: int) -> list[Message]:
    """Messages that end otherwise than sent and of which the operator was not told, the oldest first.

    What was written to the operator is not among them: a notice of a lost notice would be lost in the same way.
    """
    query = (
        sa.select(message)
        .join(digest, digest.c.id == message.c.digest)
        .where(message.c.reported.is_(None), message.c.ended_at.is_not(None), message.c.state != SENT)
        .where(~digest.c.name.startswith(OPERATOR, autoescape=True))
    )
    return [_message(row) for row in transaction.execute(query.order_by(message.c.made_at, message.c.id).limit(limit))]


def mark_reported(transaction: Transaction, message_ids: Sequence[int], digest_id: int) -> None:
    """The operator is told of these messages in this digest."""
    transaction.execute(message.update().where(message.c.id.in_(list(message_ids))).values(reported=digest_id))


def count_states(transaction: Transaction) -> dict[str, int]:
    """How many messages there are in each state."""
    query = sa.select(message.c.state, sa.func.count()).group_by(message.c.state)
    return {row[0]: row[1] for row in transaction.execute(query)}


def read_letter(transaction: Transaction, letter_id: int) -> Letter:
    """What a message says."""
    row = transaction.execute(sa.select(letter).where(letter.c.id == letter_id)).one()
    return Letter(row.subject, row.text, row.html)


def find_letter(transaction: Transaction, letter_id: int) -> Letter | None:
    """What a message says, or None where there is no letter of that number."""
    row = transaction.execute(sa.select(letter).where(letter.c.id == letter_id)).one_or_none()
    return None if row is None else Letter(row.subject, row.text, row.html)


def read_digest(transaction: Transaction, digest_id: int) -> Digest | None:
    """One turn of a digest."""
    row = transaction.execute(sa.select(digest).where(digest.c.id == digest_id)).one_or_none()
    return None if row is None else Digest(*row)


def update_message(transaction: Transaction, message_id: int, **values: Any) -> None:
    """Set columns of a message."""
    transaction.execute(message.update().where(message.c.id == message_id).values(**values))


def _message(row: Any) -> Message:
    return Message(**{**row._mapping, "queries": tuple(row.queries)})
