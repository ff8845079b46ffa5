"""Ask an installation as a person does: one command of Vigie as a process of its own."""

import subprocess
import sys

from tests.crawler.crawling import ROOT, Station
from tests.vigie.program import SECONDS, Done


def ask_vigie(station: Station, *arguments: str) -> Done:
    """Run one command on the station's configuration to its end."""
    command = [sys.executable, "-m", "vigie", "--config", str(station.config), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=SECONDS, check=False)
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())
