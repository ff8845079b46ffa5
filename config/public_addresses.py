"""Which hosts are of the open internet: a literal address is judged in every spelling that a resolver takes.

Shortened, decimal, octal, hexadecimal, full-width or circled digits, IPv4 inside IPv6. A name is judged here only by
what it says of itself; the address behind it must be judged by `is_public` when the connection is made.
"""

import ipaddress
import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import unquote

PUBLIC_PORTS = frozenset((80, 443))

_LOCAL_NAMES = ("localhost", "local", "localdomain", "internal", "intranet", "lan", "home.arpa")
_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def find_private(host: str, port: int, allowed: frozenset[str] = frozenset()) -> str | None:
    """Why a request may not go there: a private literal, a local name or an unusual port. None where it may."""
    name = plain_host(host)
    if f"{name}:{port}" in allowed:
        return None
    if any(pair.rpartition(":")[0] == name for pair in allowed):
        return f"port {port}, which private_hosts does not name"
    if port not in PUBLIC_PORTS:
        return f"port {port}"
    address = read_address(name)
    if address is not None and not is_public(address):
        return f"the address {address}"
    if address is None and (is_local_name(name) or _ends_in_number(name)):
        return "a name of the local network"
    if isinstance(address, ipaddress.IPv4Address) and name != str(address):
        return "an address that resolvers read differently"  # 0127.0.0.1: 87 or 127?
    return None


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
