"""The subject of a mail as it travels: every sign and every blank of it arrives.

The standard library encodes the words of a header one by one and, in the Pythons that we run on, loses the blank
between two of them where it begins a new line: one French subject in eleven read "préavisdéposé".
"""

from email.header import Header
from email.policy import EmailPolicy
from typing import Any


class WholeSubjects(EmailPolicy):
    """The standard policy for mail servers, which encodes a subject beyond ASCII as one text."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"linesep": "\r\n", **options})

    def fold(self, name: str, value: Any) -> str:
        """One header in lines, as text."""
        if not _is_subject(name, value):
            return str(super().fold(name, value))
        return f"{name}: {Header(str(value), 'utf-8', header_name=name).encode(linesep=self.linesep)}{self.linesep}"

    def fold_binary(self, name: str, value: Any) -> bytes:
        """One header in lines, as bytes."""
        return self.fold(name, value).encode("ascii") if _is_subject(name, value) else super().fold_binary(name, value)


def _is_subject(name: str, value: Any) -> bool:
    return name.lower() == "subject" and not str(value).isascii()
