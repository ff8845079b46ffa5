"""URLs, hosts and contact addresses as they may stand in the configuration.

Only what can be visited is accepted: http or https, a host, no user name or password, no blanks.
"""

import ipaddress
import re
from typing import Annotated
from urllib.parse import SplitResult, urlsplit

from pydantic import AfterValidator, Field, WithJsonSchema

from config.faults import refused

URL_CHARACTERS = 2000  # as many as the crawler accepts in a link
EMAIL = re.compile(r"[^@\s<>()\",;:]+@[^@\s<>()\",;:]+\.[^@\s<>()\",;:.]{2,}")
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII)


def check_url(url: str) -> str:
    """Accept a URL that can be visited, unchanged."""
    if len(url) > URL_CHARACTERS:
        raise refused(f"a URL of at most {URL_CHARACTERS} characters")
    if any(letter.isspace() or not letter.isprintable() for letter in url):
        raise refused("a URL without blanks or control characters")
    parts = _split(url)
    if parts.scheme not in ("http", "https"):
        raise refused("a URL that begins with http:// or https://", _suggest_url(url))
    if "@" in parts.netloc:
        raise refused("a URL without user name or password", "Remove the part before the @")
    if not is_host(host_of(url)):
        raise refused("a URL with a host name")
    if parts.fragment:
        raise refused("a URL without a fragment", "Remove the # and what follows: it is never sent to a server")
    return url


def _suggest_url(url: str) -> str:
    """Put a scheme before what looks like a host; one with a port is rarely asked over https."""
    rest = url.removeprefix("//")
    if not is_host(re.split("[/:?#]", rest)[0]) or not re.match(r"[^/:]+(:[0-9]|[/?#]|$)", rest):
        return ""
    scheme = "http" if re.match("[^/]+:[0-9]", rest) else "https"
    return f'Did you mean "{scheme}://{rest}"?'


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port, parts.hostname
    except ValueError:
        raise refused("a URL with a valid host and port") from None
    return parts


def host_of(url: str) -> str:
    """Give the host of a URL in lower case and ASCII, without port; empty where there is none."""
    host = urlsplit(url).hostname or ""
    if host.isascii():
        return host.rstrip(".")
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def is_host(host: str) -> bool:
    """Tell whether this is a host name or an IP address as URLs write it, without brackets."""
    if is_address(host):
        return True
    return bool(host) and len(host) <= 253 and all(_LABEL.fullmatch(label) for label in host.lower().split("."))


def is_address(host: str) -> bool:
    """Tell whether this is an IP address rather than a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_this_machine(url: str) -> bool:
    """Tell whether a URL leads no further than to this machine."""
    host = host_of(url)
    return ipaddress.ip_address(host).is_loopback if is_address(host) else host == "localhost"


def check_host_and_port(value: str) -> str:
    """Accept exactly `host:port`, the form in which a private host is allowed."""
    host, _, port = value.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not is_host(bare) or (":" in host and bare == host):
        raise refused('a host and a port such as "127.0.0.2:8080"')
    if not (port.isascii() and port.isdigit() and 0 < int(port) <= 65535):
        raise refused('a host and a port such as "127.0.0.2:8080"', "The port is a number from 1 to 65535")
    return value.lower()


def check_contact(value: str) -> str:
    """Accept an e-mail address or a URL at which a publisher reaches whoever runs the crawler."""
    if EMAIL.fullmatch(value) and value.isascii():
        return value
    if not value.startswith(("http://", "https://")):
        raise refused("an e-mail address or a URL at which publishers can reach you")
    return check_url(value)


Url = Annotated[str, Field(strict=True), AfterValidator(check_url), WithJsonSchema({"form": "URL"})]
HostAndPort = Annotated[
    str, Field(strict=True), AfterValidator(check_host_and_port), WithJsonSchema({"form": "host:port"})
]
Contact = Annotated[str, Field(strict=True), AfterValidator(check_contact), WithJsonSchema({"form": "e-mail or URL"})]
