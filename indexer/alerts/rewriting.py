"""Letters that wait and tell of something withdrawn since: written anew without it, or ended where nothing is left.

The withdrawal emptied them, and sending leaves them alone until this was done. Who holds the lock of matching calls.
"""

import logging
from collections.abc import Mapping, Sequence

from archive.catalogue import Catalogue, Transaction, matches, outbox, silences
from archive.catalogue.changes import last_seq, list_left
from archive.catalogue.outbox import Letter, OutdatedLetter
from archive.outcomes import Outcome
from config.query import SavedQuery
from indexer.alerts.digests import Desk, Turn, write_mail, write_post
from indexer.alerts.watched import Watched

logger = logging.getLogger(__name__)

PAGE = 50


def rewrite_outdated(
    catalogue: Catalogue, queries: Mapping[str, SavedQuery], watched: Mapping[str, Watched], desk: Desk
) -> None:
    """Write every such letter anew, as its digest told it, without what nobody is to see."""
    while True:
        with catalogue.read() as transaction:
            page = outbox.list_outdated(transaction, PAGE)
            turns = [_read_turn(transaction, one, queries) for one in page]
        if not page:
            return
        for one, turn in zip(page, turns, strict=True):
            letter = _write(catalogue, one, turn, watched, desk)
            with catalogue.write() as transaction:
                if list_left(transaction, after=turn.as_of):
                    continue  # more was withdrawn while it was written: once more
                if letter is None:
                    outbox.end_withdrawn(transaction, one.id, desk.clock())
                else:
                    outbox.rewrite_letter(transaction, one.id, letter)
            logger.info("digest %d: a letter %s", one.digest.id, "written anew" if letter else "is not sent")


def _write(
    catalogue: Catalogue, one: OutdatedLetter, turn: Turn, watched: Mapping[str, Watched], desk: Desk
) -> Letter | None:
    if not turn.queries:  # all its messages left meanwhile, or nobody watches any more
        return None
    names: Sequence[str] = list(turn.queries)
    letter = write_mail(catalogue, turn, names, watched, desk)
    if letter is not None and one.messages[0].is_posted:
        return write_post(catalogue, turn, names, watched, desk, letter.subject)
    return letter


def _read_turn(transaction: Transaction, one: OutdatedLetter, queries: Mapping[str, SavedQuery]) -> Turn:
    """What the letter's digest tells of its queries; those that are no longer configured have nobody to be told."""
    number = one.digest.id
    names = [name for message in one.messages[:1] for name in message.queries if name in queries]
    told, counted = Outcome.told.name, Outcome.counted.name
    return Turn(
        name=one.digest.name,
        due_at=one.digest.due_at,
        last_at=outbox.turn_before(transaction, one.digest) or one.digest.due_at,
        queries={name: queries[name] for name in names},
        told={name: matches.list_told(transaction, name, number, told) for name in names},
        counted={name: len(matches.list_told(transaction, name, number, counted)) for name in names},
        silences={name: silences.list_told_silences(transaction, name, number) for name in names},
        as_of=last_seq(transaction),
    )
