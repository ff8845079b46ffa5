"""How the program ends, for scripts: every exit code and its meaning. `docs/command-reference.md` prints this table."""

from enum import IntEnum


class ExitCode(IntEnum):
    """One end of a command; the docstring of each member is its meaning."""

    done = 0
    found_wrong = 1
    usage = 2
    busy = 3
    unreachable = 4
    unusable = 5
    unexpected = 70
    interrupted = 130

    @property
    def sentence(self) -> str:
        """What it means."""
        return _SENTENCES[self]


_SENTENCES = {
    ExitCode.done: "Done, and nothing is wrong. A search without a hit and a crawl without news end so too.",
    ExitCode.found_wrong: "The command ran and found something wrong or missing: damage, faults, an unknown document.",
    ExitCode.usage: "The command, the configuration or the query is not as it must be; nothing was done.",
    ExitCode.busy: "Another process holds the lock of this stage; its process id is in the message.",
    ExitCode.unreachable: "No address that was asked gave anything usable.",
    ExitCode.unusable: "The archive, the catalogue or the index is missing, damaged or of another version, or the disk "
    "is full.",
    ExitCode.unexpected: "A fault of the program itself; the log that the message names holds the details.",
    ExitCode.interrupted: "Ended from outside (Ctrl-C or SIGTERM) before it was done; starting again goes on.",
}


class CommandError(Exception):
    """An end that a command foresaw: one sentence for people, and the code."""

    def __init__(self, message: str, code: ExitCode = ExitCode.found_wrong) -> None:
        super().__init__(message)
        self.code = code
