"""One process that answers searches for the page: `python -m vigie.web.search_child`, started by `searchers.py`.

It opens the catalogue and the index once, takes questions from its standard input, one at a time, and writes answers to
its standard output. Whoever started it kills it when an answer takes too long. Promises: it outlives its parent by no
more than one search, and what libraries print goes to standard error instead of between the answers.
"""

import logging
import os
import signal
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import BinaryIO

from archive.catalogue import Catalogue
from archive.errors import ArchiveError
from config.loading import Loaded
from crawler.extraction.wire import encode, read_message
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
class Ready:
    """This process's first message."""


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
    questions, answers = _claim_pipes()
    opening = read_message(questions)
    if not isinstance(opening, Opening):
        raise SystemExit("This is a search process of the page, which starts it; there is nothing to run by hand.")
    installation = Installation(opening.loaded)
    analyzer = FrenchAnalyzer(WORDS)
    with suppress(BrokenPipeError), ExitStack() as opened:  # a page that is gone waits for no answer
        catalogue = opened.enter_context(installation.open_catalogue())
        engine = opened.enter_context(installation.open_engine())
        _write(answers, Ready())
        while (ask := read_message(questions)) is not None:
            signal.setitimer(signal.ITIMER_REAL, opening.seconds + GRACE_SECONDS)
            answer = _answer(installation, catalogue, engine, ask, analyzer)
            signal.setitimer(signal.ITIMER_REAL, 0)
            _write(answers, answer)


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


def _claim_pipes() -> tuple[BinaryIO, int]:
    """Our two pipes under new numbers; what is printed from now on goes to standard error."""
    questions, answers = os.dup(0), os.dup(1)
    os.dup2(2, 1)
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    return os.fdopen(questions, "rb"), answers


def _write(answers: int, message: Answer | Ready | Refusal | Fault) -> None:
    data = encode(message)
    while data:
        data = data[os.write(answers, data) :]


if __name__ == "__main__":
    # under the name by which the parent reads its messages
    from vigie.web import search_child

    search_child.main()
