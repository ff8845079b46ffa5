"""The mail that a query would have sent on a day, written as digests are, of what a backtest found."""

from archive.catalogue.outbox import Letter
from config.mail import Mail
from config.query import SavedQuery
from indexer.alerts.letters import Content, write_letter
from indexer.alerts.replay import Backtest
from indexer.alerts.sections import Writer, write_section
from indexer.alerts.watched import Watched


def write_preview(writer: Writer, query: SavedQuery, watched: Watched, found: Backtest, mail: Mail) -> Letter | None:
    """The letter of the day that the backtest was asked for; None where none would have gone out.

    Several mails of one day stand as one, without what could not be seen at that time.
    """
    if not found.shown:
        return None
    section = write_section(writer, query, watched, found.shown, found.shown_counted, mail.lines)
    return write_letter(Content((section,), (), mail.sender), writer.phrases)
