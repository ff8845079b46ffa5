"""Where log lines go: a file a day in the data folder for commands, standard error for the daemon.

People see sentences; the traceback of an unforeseen fault is in the file. A log that cannot be written (a full disk, a
folder of somebody else) is said once and stops nothing.
"""

import contextlib
import logging
import sys
from datetime import datetime, timedelta
from pathlib import Path

from config.faults import hide_passwords

KEEP_DAYS = 14  # long enough to look into a fault seen last week
_FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def log_file(folder: Path, name: str, now: datetime) -> Path:
    """The file of that name and day, in a folder that is made where it is missing."""
    folder.mkdir(exist_ok=True)
    return _path_of_day(folder, name, now)


class LogFile(logging.FileHandler):
    """A file of log lines that is opened at the first one; what it cannot take is said once, without a traceback."""

    _complained = False

    def handleError(self, record: logging.LogRecord) -> None:
        """Called by `logging` where a line could not be written."""
        fault = sys.exc_info()[1]
        if not isinstance(fault, OSError):
            super().handleError(record)
        elif not self._complained:
            self._complained = True
            print(f"{self.baseFilename}: the log cannot be written ({fault.strerror}).", file=sys.stderr)


def log_to_file(folder: Path, name: str, now: datetime) -> Path:
    """Send everything from INFO on to the file of the day."""
    path = _path_of_day(folder, name, now)
    with contextlib.suppress(OSError):  # the first line that finds no folder says so
        folder.mkdir(exist_ok=True)
    _replace_handlers(LogFile(path, encoding="utf-8", delay=True))
    return path


def log_to_stderr() -> None:
    """Send everything from INFO on to standard error, where a service manager keeps it."""
    _replace_handlers(logging.StreamHandler(sys.stderr))


def remove_old_logs(folder: Path, now: datetime) -> int:
    """Remove log files that nobody wrote to for two weeks."""
    removed = 0
    for path in folder.glob("*.log"):
        if datetime.fromtimestamp(path.stat().st_mtime, now.tzinfo) < now - timedelta(days=KEEP_DAYS):
            path.unlink(missing_ok=True)
            removed += 1
    return removed


class _Discreet(logging.Formatter):
    """Lines and tracebacks without what stands before the host of an address: it may be a password."""

    def format(self, record: logging.LogRecord) -> str:
        return hide_passwords(super().format(record))


def _replace_handlers(handler: logging.Handler) -> None:
    handler.setFormatter(_Discreet(_FORM))
    root = logging.getLogger()
    for old in list(root.handlers):
        root.removeHandler(old)
        old.close()
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.getLogger("alembic").setLevel(logging.WARNING)  # two lines each time the catalogue is opened
    logging.getLogger("apscheduler").setLevel(logging.ERROR)  # warns each time a job is still at work at its next turn


def _path_of_day(folder: Path, name: str, now: datetime) -> Path:
    return folder / f"{name}-{now:%Y-%m-%d}.log"
