"""The settings of time stamps: which authority confirms, as in RFC 3161, when a seal was made. Off by default."""

from typing import Self

from pydantic import model_validator

from config.addresses import Url
from config.faults import refused
from config.mail import FilePath
from config.source import Count, Model


class TimeStamps(Model):
    """Who confirms when a seal was made."""

    server: Url | None = None
    """Address of a time-stamping authority (RFC 3161); left out, seals have no time stamp."""
    certificates: FilePath | None = None
    """File with the authority's root certificates in PEM; a relative path starts at the settings file."""
    timeout_seconds: Count = 30
    """Longest wait for its answer."""

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if (self.server is None) != (self.certificates is None):
            raise refused("server and certificates together, or neither", "An answer is kept only once it is verified")
        return self
