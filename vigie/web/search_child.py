"""One process that answers searches for the page: `python -m vigie.web.search_child`, started by `searchers.py`.

It opens the catalogue and the index once, takes questions from its standard input, one at a time, and writes answers to
its standard output. Whoever started it kills it when an answer takes too long. Promises: it outlives its parent by no
more than one search, and what libraries print goes to standard error instead of between the answers.
"""

import logging
import signal
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime

from archive.catalogue import Catalogue
from archive.errors import ArchiveError
from config.loading import Loaded
from crawler.extraction.wire import Ready, answer, claim_pipes, encode, read_message
from indexer.analysis import FrenchAnalyzer
from indexer.engines.base import Engine, EngineError
from indexer.query import QueryError
from vigie.installation import Installation
from vigie.logs import log_to_stderr
from vigie.searching import Answer, Asked, search

logger = logging.getLogger(__name__)

WORDS = 60_000  # that the analysis remembers: all but the rarest, in about 20 MB for each of these processes
GRACE_SECONDS = 5.0  # after the parent's own limit: this one is for orphans


@dataclass(frozen=True)
class Opening:
    """The parent's first message: what is searched, and how long one search may take."""

    loaded: Loaded
    seconds: float


@dataclass(frozen=True)
class Ask:
    """One search, with the time that it takes for now."""

    asked: Asked
    now: datetime


@dataclass(frozen=True)
class Refusal:
    """No answer, for a reason that has a sentence."""

    error: QueryError | EngineError | ArchiveError


@dataclass(frozen=True)
class Fault:
    """No answer, for a fault of the program; the log has it whole."""

    kind: str


def main() -> None:
    """Answer until standard input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group of a terminal; the parent decides
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends the process even while the engine's own code runs
    log_to_stderr()
    questions, answers = claim_pipes()
    opening = read_message(questions)
    if not isinstance(opening, Opening):
        raise SystemExit("This is a search process of the page, which starts it; there is nothing to run by hand.")
    installation = Installation(opening.loaded)
    analyzer = FrenchAnalyzer(WORDS)
    with ExitStack() as opened:
        catalogue = opened.enter_context(installation.open_catalogue())
        engine = opened.enter_context(installation.open_engine())
        answer(answers, encode(Ready()))
        while (ask := read_message(questions)) is not None:
            signal.setitimer(signal.ITIMER_REAL, opening.seconds + GRACE_SECONDS)
            found = _answer(installation, catalogue, engine, ask, analyzer)
            signal.setitimer(signal.ITIMER_REAL, 0)
            answer(answers, encode(found))


def _answer(
    installation: Installation, catalogue: Catalogue, engine: Engine, ask: Ask, analyzer: FrenchAnalyzer
) -> Answer | Refusal | Fault:
    def clock() -> datetime:
        return ask.now

    try:
        return search(replace(installation, clock=clock), catalogue, engine, ask.asked, analyzer)
    except (QueryError, EngineError, ArchiveError) as error:
        return Refusal(error)
    except Exception as error:
        logger.exception("a search of the page failed")
        return Fault(type(error).__name__)


if __name__ == "__main__":
    # under the name by which the parent reads its messages
    from vigie.web import search_child

    search_child.main()
