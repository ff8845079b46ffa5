"""What was wrong with a certificate, in words: the library itself says only that it could not be verified."""

from functools import partial
from typing import Any

from OpenSSL import SSL
from scrapy.core.downloader.contextfactory import _get_creator_context
from twisted.web.client import BrowserLikePolicyForHTTPS

# the alert that our side sends when it hangs up (RFC 8446, 6.2)
_WORDS = {
    42: "the certificate is damaged or signed in a way that is not safe",
    43: "the certificate is of an unknown kind",
    44: "the certificate was withdrawn",
    45: "the certificate has expired, or does not hold yet",
    46: "the certificate was not acceptable",
    48: "nobody who is known here vouches for the certificate",
}


class WatchedPolicy(BrowserLikePolicyForHTTPS):
    """The policy it wraps, noting for each host why its certificate was refused; refuses and allows nothing itself."""

    def __init__(self, policy: Any) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._policy = policy
        self._faults: dict[str, str] = {}

    def creatorForNetloc(self, hostname: bytes, port: int) -> Any:
        """What makes the TLS side of one connection."""
        creator = self._policy.creatorForNetloc(hostname, port)
        _get_creator_context(creator).set_info_callback(partial(self._note, hostname.decode("ascii")))
        return creator

    def take_fault(self, host: str) -> str | None:
        """Why the last connection to a host was refused, once."""
        return self._faults.pop(host, None)

    def _note(self, host: str, connection: SSL.Connection, where: int, what: int) -> None:
        words = _WORDS.get(what & 0xFF)
        if where & SSL.SSL_CB_WRITE_ALERT == SSL.SSL_CB_WRITE_ALERT and words is not None:
            self._faults[host] = words
