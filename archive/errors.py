"""What can go wrong on the ground floor, one sentence each."""


class ArchiveError(Exception):
    """The store of record cannot do what was asked; the message says where, what was found and what to do."""


class FreeSpaceError(ArchiveError):
    """Less space is free than the settings ask for."""


class CatalogueError(ArchiveError):
    """The catalogue is missing, damaged, locked or of another version."""


class BackupError(ArchiveError):
    """A backup cannot be made where it was asked for, or cannot be restored as it is."""


class RecordError(ArchiveError):
    """A WARC record cannot be read back as it was written."""


class StageBusyError(ArchiveError):
    """Another process holds the lock of this stage; its pid and command are in the message."""

    def __init__(self, message: str, holder: str) -> None:
        super().__init__(message)
        self.holder = holder


class WaitEndedError(ArchiveError):
    """Somebody who waited for the lock of a stage was asked to stop before it was free."""


class ForeignFileError(ArchiveError):
    """A file of somebody else from which no records can be taken; the message says why, without the file's name."""


class ProofError(ArchiveError):
    """A seal or a proof is not as it was made, or cannot be made; the message says where and what was found."""


class TimeStampError(ArchiveError):
    """No time stamp was given, or one that proves nothing."""
