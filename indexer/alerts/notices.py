"""What whoever runs the program is told, once each: a query that had to be disabled, messages that were not sent."""

from collections.abc import Mapping, Sequence

from archive.catalogue import Catalogue, Transaction, outbox, saved_queries
from archive.catalogue.outbox import OPERATOR, Letter, Message
from archive.catalogue.saved_queries import QueryState
from indexer.alerts.digests import Desk, make_message_id
from indexer.alerts.letters import write_notice
from indexer.alerts.phrases import PHRASES, Phrases
from indexer.alerts.wording import clean, say_count

LISTED = 20
"""Messages named in one notice; the number of the others is said, and a command shows them."""

TOGETHER = 400
"""Messages of one notice: as many as one statement marks."""

SAID_CHARACTERS = 300


def tell_operator(catalogue: Catalogue, desk: Desk) -> int:
    """Write what the operator does not know yet; returns how many messages went into the outbox."""
    if desk.mail.operator is None:
        return 0
    return _tell_of_queries(catalogue, desk) + _tell_of_messages(catalogue, desk)


def is_notice_due(transaction: Transaction, operator: str | None) -> bool:
    """Whether there is a message of which the operator should be told; queries are disabled by matching itself."""
    return operator is not None and bool(outbox.list_unreported(transaction, 1))


def _tell_of_queries(catalogue: Catalogue, desk: Desk) -> int:
    with catalogue.read() as transaction:
        states = [one for one in saved_queries.list_queries(transaction) if one.disabled_at and not one.ended_at]
        news = [one for one in states if outbox.last_turn(transaction, f"{OPERATOR}{one.name}") != one.disabled_at]
    for state in news:
        letter = _write_of_query(state, PHRASES[desk.mail.language])
        with catalogue.write() as transaction:
            assert state.disabled_at is not None
            digest = outbox.add_digest(transaction, f"{OPERATOR}{state.name}", state.disabled_at, desk.clock(), {})
            _add_message(transaction, desk, digest, letter)
    return len(news)


def _tell_of_messages(catalogue: Catalogue, desk: Desk) -> int:
    with catalogue.read() as transaction:
        lost = outbox.list_unreported(transaction, TOGETHER)
    if not lost:
        return 0
    letter, now = _write_of_messages(lost, PHRASES[desk.mail.language]), desk.clock()
    with catalogue.write() as transaction:
        digest = outbox.add_digest(transaction, f"{OPERATOR}messages {lost[-1].id}", now, now, {})
        _add_message(transaction, desk, digest, letter)
        outbox.mark_reported(transaction, [one.id for one in lost], digest)
    return 1


def _add_message(transaction: Transaction, desk: Desk, digest: int, letter: Letter) -> None:
    assert desk.mail.operator is not None
    number = outbox.add_letter(transaction, digest, letter)
    outbox.add_message(transaction, digest, number, desk.mail.operator, make_message_id(desk, digest), (), desk.clock())


def _write_of_query(state: QueryState, phrases: Phrases) -> Letter:
    said = {"query": state.name, "title": state.title, "why": state.disabled_why}
    return write_notice(phrases.disabled_subject.format(**said), _fill(phrases.disabled, said), phrases)


def _write_of_messages(lost: Sequence[Message], phrases: Phrases) -> Letter:
    lines = [
        phrases.unsent_line.format(
            recipient=one.recipient, queries=", ".join(one.queries) or one.message_id,
            state=phrases.message_states.get(one.state, one.state), said=clean(one.said or "", SAID_CHARACTERS),
        )
        for one in lost[:LISTED]
    ]  # fmt: skip
    more = len(lost) - len(lines)
    if more:
        lines.append(say_count(more, phrases.unsent_more, phrases))
    subject = phrases.unsent_subject.format(count=say_count(len(lost), phrases.unsent_count, phrases))
    return write_notice(subject, [phrases.unsent, *lines, phrases.unsent_advice], phrases)


def _fill(sentences: Sequence[str], said: Mapping[str, object]) -> list[str]:
    return [sentence.format(**said) for sentence in sentences]
