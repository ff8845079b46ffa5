"""Only public addresses: no request reaches a private, loopback or link-local one that the settings do not name.

Promises: a literal address is judged in every spelling that a resolver takes (shortened, decimal, octal, hexadecimal,
full-width or circled digits, IPv4 inside IPv6); a name is judged by the address that the connection really goes to,
each time; ports other than 80 and 443 are refused. Exceptions are exact `host:port` pairs of the settings.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from scrapy.resolver import CachingThreadedResolver
from twisted.internet.error import DNSLookupError

from crawler.urls import port_of

if TYPE_CHECKING:
    from twisted.internet.base import ReactorBase
    from twisted.internet.defer import Deferred

PUBLIC_PORTS = frozenset((80, 443))
PRIVATE_HOSTS_SETTING = "VIGIE_PRIVATE_HOSTS"

_LOCAL_NAMES = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home.arpa")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


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
    name = plain_host(host)
    if f"{name}:{port}" in allowed:
        return
    if port not in PUBLIC_PORTS:
        raise PrivateAddressError(host, f"port {port}")
    address = read_address(name)
    if address is not None and not is_public(address):
        raise PrivateAddressError(host, f"the address {address}")
    if address is None and (is_local_name(name) or _ends_in_number(name)):
        raise PrivateAddressError(host, "a name of the local network")
    if isinstance(address, ipaddress.IPv4Address) and name != str(address):
        raise PrivateAddressError(host, "an address that resolvers read differently")  # 0127.0.0.1: 87 or 127?


def refuse_private_url(url: str, allowed: frozenset[str] = frozenset()) -> None:
    """`refuse_private` for the host and port that a request to `url` would go to."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError as fault:
        raise PrivateAddressError("", "no usable host") from fault
    refuse_private(host, port_of(url), allowed)


def allowed_pairs(configured: Iterable[str]) -> frozenset[str]:
    """The settings' `host:port` entries in the one spelling that is compared."""
    pairs = set()
    for entry in configured:
        host, colon, port = entry.strip().rpartition(":")
        if not colon or not port.isdecimal():
            raise ValueError(f'private_hosts: expected "host:port" such as "127.0.0.1:8080", got "{entry}"')
        pairs.add(f"{plain_host(host)}:{int(port)}")
    return frozenset(pairs)


def plain_host(host: str) -> str:
    """Lower case, without brackets, escapes, a trailing dot or look-alike digits."""
    name = unicodedata.normalize("NFKC", unquote(host)).lower().replace("。", ".")
    return name.strip().removeprefix("[").removesuffix("]").rstrip(".")


def read_address(name: str) -> Address | None:
    """The address that `name` spells, as the system's resolver would read it; None for a name."""
    if ":" in name:
        try:
            return ipaddress.IPv6Address(name.partition("%")[0])
        except ValueError:
            return None
    parts = name.split(".")
    if len(parts) > 4 or not all(_NUMBER.fullmatch(part) for part in parts):
        return None
    return _join_numbers([_read_number(part) for part in parts])


def is_public(address: Address) -> bool:
    """True for an address of the open internet; IPv4 inside IPv6 is judged as IPv4."""
    inner = _inner_address(address)
    if inner is not None:
        return is_public(inner)
    if isinstance(address, ipaddress.IPv6Address) and address.is_site_local:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved and not address.is_unspecified


def is_local_name(name: str) -> bool:
    """True for names that only a local network answers for; a name without a dot is one."""
    return "." not in name or name.endswith(tuple(f".{suffix}" for suffix in _LOCAL_NAMES))


class PublicOnlyResolver(CachingThreadedResolver):
    """Scrapy's resolver, which hands over an address only where it is public or its host is configured.

    It does not see the port, so the request's port is checked by `refuse_private` before. Each look-up is checked, also
    one from the cache, and the address checked is the one connected to: nothing resolves the name again in between.
    """

    def __init__(self, reactor: "ReactorBase", cache_size: int, timeout: float) -> None:
        super().__init__(reactor, cache_size, timeout)
        self.allowed_hosts: frozenset[str] = frozenset()
        self.refused_hosts: set[str] = set()

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
        return looked_up.addCallback(self._check, name)

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


def _ends_in_number(name: str) -> bool:
    """No top-level domain is a number, so this is a misspelt address."""
    return _NUMBER.fullmatch(name.rpartition(".")[2]) is not None


def _read_number(part: str) -> int:
    if part.startswith("0x"):
        return int(part[2:] or "0", 16)
    octal = len(part) > 1 and part.startswith("0") and not set(part) & set("89")
    return int(part, 8 if octal else 10)


def _join_numbers(numbers: list[int]) -> Address | None:
    """As the C library does: the last number fills all bytes that are left."""
    *firsts, last = numbers
    room = 4 - len(firsts)
    if any(number > 255 for number in firsts) or last >= 256**room:
        return None
    value = sum(number << (24 - 8 * place) for place, number in enumerate(firsts)) + last
    return ipaddress.IPv4Address(value)


def _inner_address(address: Address) -> Address | None:
    """The IPv4 address that an IPv6 one carries: mapped, compatible, 6to4, Teredo or NAT64."""
    if not isinstance(address, ipaddress.IPv6Address):
        return None
    if address.ipv4_mapped or address.sixtofour:
        return address.ipv4_mapped or address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    if int(address) >> 32 == 0 and int(address) > 1:
        return ipaddress.IPv4Address(int(address))
    return None
