"""Ask an installation as a person does: one command of Vigie as a process of its own."""

import sys

from tests.crawler.crawling import Station
from tests.vigie.program import Done, run_words


def ask_vigie(station: Station, *arguments: str) -> Done:
    """Run one command on the station's configuration to its end."""
    return run_words([sys.executable, "-m", "vigie", "--config", str(station.config), *arguments])
