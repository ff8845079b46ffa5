"""Digests and the outbox: what is sent to whom is durable here before anything leaves.

States of a message: `pending` (waits for its next attempt), `sending` (its text may be on the way), `sent`,
`uncertain` (the text went out and no answer came), `failed` (refused for good), `given_up` (three days of attempts),
`withdrawn` (all that it told was withdrawn before it left).

A letter that tells of something withdrawn is emptied at once and written anew before any of its messages leaves. While
mail is paused nothing leaves at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects.sqlite import insert

from archive.catalogue.catalogue import Transaction
from archive.catalogue.schema import digest, letter, mail_pause, match, message

OPERATOR = "operator:"
"""What the names of digests begin with that are written to whoever runs the program."""

SENT: sa.ColumnElement[str] = sa.literal_column("'sent'")
"""Written into the statement: with a value beside it SQLite could not tell that the partial index holds the rows."""

State = Literal["pending", "sending", "sent", "uncertain", "failed", "given_up", "withdrawn"]

ID_SLICE = 400  # values in one statement


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


@dataclass(frozen=True)
class Pause:
    """Nothing leaves the outbox: since when, and why."""

    since: datetime
    why: str


@dataclass(frozen=True)
class OutdatedLetter:
    """A letter to be written anew: its digest, and its messages that have not left."""

    id: int
    digest: Digest
    messages: tuple[Message, ...]


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


def last_turn(transaction: Transaction, name: str, now: datetime | None = None) -> datetime | None:
    """The latest turn of a digest that was noted. With `now` no later one counts: a wrong clock made it."""
    noted = digest.c.name == name
    if now is not None:
        noted &= digest.c.due_at <= now
    row = transaction.execute(sa.select(digest.c.due_at).where(noted).order_by(digest.c.due_at.desc()).limit(1)).first()
    return None if row is None else row.due_at


def turn_before(transaction: Transaction, one: Digest) -> datetime | None:
    """The turn of a digest before this one."""
    before = (digest.c.name == one.name) & (digest.c.due_at < one.due_at)
    return transaction.execute(sa.select(sa.func.max(digest.c.due_at)).where(before)).scalar_one_or_none()


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
    """Messages above the number `after` whose next attempt is due, the oldest first; none while mail is paused, and
    none whose letter must be written anew."""
    if read_pause(transaction) is not None:
        return []
    number = message.c.id + 0  # an expression: by the column itself SQLite would go through all that was ever sent
    query = sa.select(message).where(message.c.next_attempt_at <= now, number > after)
    query = query.join(letter, letter.c.id == message.c.letter).where(letter.c.outdated_at.is_(None))
    return [_message(row) for row in transaction.execute(query.order_by(number).limit(limit))]


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
        .where(message.c.state != "withdrawn")
        .where(~digest.c.name.startswith(OPERATOR, autoescape=True))
    )
    return [_message(row) for row in transaction.execute(query.order_by(message.c.made_at, message.c.id).limit(limit))]


def mark_reported(transaction: Transaction, message_ids: Sequence[int], digest_id: int) -> None:
    """The operator is told of these messages in this digest."""
    transaction.execute(message.update().where(message.c.id.in_(list(message_ids))).values(reported=digest_id))


def count_waiting(transaction: Transaction) -> int:
    """How many messages wait for their next attempt."""
    query = sa.select(sa.func.count()).select_from(message).where(message.c.next_attempt_at.is_not(None))
    return int(transaction.execute(query).scalar_one())


def count_states(transaction: Transaction) -> dict[str, int]:
    """How many messages there are in each state."""
    query = sa.select(message.c.state, sa.func.count()).group_by(message.c.state)
    return {row[0]: row[1] for row in transaction.execute(query)}


def may_leave(transaction: Transaction, found: Message) -> bool:
    """Whether a message may leave at this moment: mail is not paused, and its letter is not to be written anew."""
    outdated = sa.select(letter.c.outdated_at).where(letter.c.id == found.letter)
    return read_pause(transaction) is None and transaction.execute(outdated).scalar_one() is None


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


def mark_outdated(transaction: Transaction, documents: Sequence[str], now: datetime) -> None:
    """Empty the letters that tell of these documents and have not all left: they must be written anew."""
    for start in range(0, len(documents), ID_SLICE):
        told = sa.select(match.c.digest).where(match.c.document.in_(list(documents[start : start + ID_SLICE])))
        waiting = sa.select(message.c.letter).where(message.c.digest.in_(told), message.c.ended_at.is_(None))
        emptied = {"subject": "", "text": "", "html": "", "outdated_at": now}
        transaction.execute(letter.update().where(letter.c.id.in_(waiting)).values(**emptied))


def list_outdated(transaction: Transaction, limit: int) -> list[OutdatedLetter]:
    """Letters to be written anew, the oldest first, with their messages that have not left."""
    query = sa.select(letter.c.id, digest).join(digest, digest.c.id == letter.c.digest)
    # in the order of an expression: for that of the column SQLite would go through every letter
    query = query.where(letter.c.outdated_at.is_not(None)).order_by(letter.c.id + 0).limit(limit)
    found = []
    for row in transaction.execute(query):
        number, *turn = row
        waiting = sa.select(message).where(message.c.letter == number, message.c.ended_at.is_(None))
        messages = transaction.execute(waiting.order_by(message.c.id))
        found.append(OutdatedLetter(number, Digest(*turn), tuple(_message(one) for one in messages)))
    return found


def rewrite_letter(transaction: Transaction, letter_id: int, content: Letter) -> None:
    """What the messages of a letter say from now on."""
    values = {"subject": content.subject, "text": content.text, "html": content.html, "outdated_at": None}
    transaction.execute(letter.update().where(letter.c.id == letter_id).values(**values))


def end_withdrawn(transaction: Transaction, letter_id: int, now: datetime) -> None:
    """Nothing of a letter is left to be told: its messages end without leaving."""
    mine = (message.c.letter == letter_id) & message.c.ended_at.is_(None)
    ended = {"state": "withdrawn", "next_attempt_at": None, "ended_at": now}
    transaction.execute(message.update().where(mine).values(**ended))
    transaction.execute(letter.update().where(letter.c.id == letter_id).values(outdated_at=None))


def pause_mail(transaction: Transaction, why: str, now: datetime) -> None:
    """Let nothing leave from now on; a pause that is there stays as it is."""
    transaction.execute(insert(mail_pause).values(id=1, since=now, why=why).on_conflict_do_nothing())


def resume_mail(transaction: Transaction) -> bool:
    """Let mail leave again; False where it was not paused."""
    return transaction.execute(mail_pause.delete()).rowcount > 0


def read_pause(transaction: Transaction) -> Pause | None:
    """Since when and why nothing leaves, or None."""
    row = transaction.execute(sa.select(mail_pause.c.since, mail_pause.c.why)).one_or_none()
    return None if row is None else Pause(row.since, row.why)


def _message(row: Any) -> Message:
    return Message(**{**row._mapping, "queries": tuple(row.queries)})
