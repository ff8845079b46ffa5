"""Only public addresses: no request reaches a private, loopback or link-local one that the settings do not name.

Promises: a literal address is judged in every spelling that a resolver takes (shortened, decimal, octal, hexadecimal,
full-width or circled digits, IPv4 inside IPv6); a name is judged by the address that the connection really goes to,
each time; ports other than 80 and 443 are refused. Exceptions are exact `host:port` pairs of the settings.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scrapy.resolver import CachingThreadedResolver
from twisted.internet.error import DNSLookupError
from twisted.python.failure import Failure

from config.public_addresses import allowed_pairs, find_private, is_public, plain_host, read_address
from crawler.urls import port_of

if TYPE_CHECKING:
    from twisted.internet.base import ReactorBase
    from twisted.internet.defer import Deferred

PRIVATE_HOSTS_SETTING = "VIGIE_PRIVATE_HOSTS"


class PrivateAddressError(DNSLookupError):
    """A private address that the settings do not allow. A DNS error to Twisted, which ends the request quietly."""

    def __init__(self, host: str, found: str) -> None:
        self.sentence = (
            f"{host}: expected a public address on port 80 or 443, found {found}. "
            f"To allow it, add the exact host and port to private_hosts."
        )
        super().__init__(self.sentence)
        self.host = host

    def __str__(self) -> str:
        return self.sentence  # Twisted would put "DNS lookup failed" in front


def refuse_private(host: str, port: int, allowed: frozenset[str] = frozenset()) -> None:
    """Raise `PrivateAddressError` where `host` is a private literal or local name, or `port` is unusual."""
    found = find_private(host, port, allowed)
    if found is not None:
        raise PrivateAddressError(host, found)


def refuse_private_url(url: str, allowed: frozenset[str] = frozenset()) -> None:
    """`refuse_private` for the host and port that a request to `url` would go to."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError as fault:
        raise PrivateAddressError("", "no usable host") from fault
    refuse_private(host, port_of(url), allowed)


def is_private_url(url: str, allowed: frozenset[str] = frozenset()) -> bool:
    """True where the address itself says that no request may go there; a name may still lead to a private one."""
    try:
        refuse_private_url(url, allowed)
    except PrivateAddressError:
        return True
    return False


class PublicOnlyResolver(CachingThreadedResolver):
    """Scrapy's resolver, which hands over an address only where it is public or its host is configured.

    It does not see the port, so the request's port is checked by `refuse_private` before. Each look-up is checked, also
    one from the cache, and the address checked is the one connected to: nothing resolves the name again in between.
    """

    def __init__(self, reactor: "ReactorBase", cache_size: int, timeout: float) -> None:
        super().__init__(reactor, cache_size, timeout)
        self.allowed_hosts: frozenset[str] = frozenset()
        self.refused_hosts: set[str] = set()
        self.unanswered_hosts: set[str] = set()

    @classmethod
    def from_crawler(cls, crawler: Any, reactor: "ReactorBase") -> "PublicOnlyResolver":
        """Take the exceptions from the setting; `crawler` is the process, which has settings too."""
        resolver: PublicOnlyResolver = super().from_crawler(crawler, reactor)
        pairs = allowed_pairs(crawler.settings.getlist(PRIVATE_HOSTS_SETTING))
        resolver.allowed_hosts = frozenset(pair.rpartition(":")[0] for pair in pairs)
        return resolver

    def getHostByName(self, name: str, timeout: Sequence[int] = ()) -> "Deferred[str]":
        """The address of `name`, or a `PrivateAddressError`."""
        looked_up: Deferred[str] = super().getHostByName(name, timeout)
        return looked_up.addCallbacks(self._check, self._note_silence, (name,), errbackArgs=(name,))

    def _note_silence(self, failure: Failure, name: str) -> Failure:
        """Tell name servers that did not answer from those that know no such name: above here both look alike."""
        if "timeout error" in failure.getErrorMessage():
            self.unanswered_hosts.add(plain_host(name))
        return failure

    def _check(self, found: str, name: str) -> str:
        host = plain_host(name)
        address = read_address(found)
        if host not in self.allowed_hosts and (address is None or not is_public(address)):
            self.refused_hosts.add(host)
            raise PrivateAddressError(name, f"the address {found}")
        return found


def was_refused(reactor: Any, host: str) -> bool:
    """True where the process's resolver refused `host`: Twisted reports that as a failed look-up, without the cause."""
    return plain_host(host) in getattr(reactor.resolver, "refused_hosts", ())


def was_unanswered(reactor: Any, host: str) -> bool:
    """True where no name server answered for `host` within the time limit."""
    return plain_host(host) in getattr(reactor.resolver, "unanswered_hosts", ())
