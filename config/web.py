"""The settings of the page and the API: where they are served, under which names, and who may read them.

Without a password or a proxy that knows who asks, they are served to this machine alone.
"""

import ipaddress
import re
from typing import Annotated, Self

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from config.addresses import check_url, is_address, is_host
from config.faults import refused
from config.source import Model, Switch

_HASH = re.compile(r"\$argon2id\$v=19\$m=\d+,t=\d+,p=\d+\$[A-Za-z0-9+/]+\$[A-Za-z0-9+/]+", re.ASCII)
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}", re.ASCII)


def _check_base(value: str) -> str:
    url = check_url(value)
    if "?" in url:
        raise refused("an address without a question mark", "Pages are added to its end")
    return url.rstrip("/")


def _check_host(value: str) -> str:
    if not is_host(value):
        raise refused("a host name or an IP address, without port")
    return value.lower()


def _check_address(value: str) -> str:
    if not is_address(value):
        raise refused('an IP address such as "127.0.0.1"')
    return value


def _check_hash(value: str) -> str:
    if not _HASH.fullmatch(value):
        raise refused("an argon2 hash", "`vigie web password` asks for a password and prints its hash")
    return value


def _check_header(value: str) -> str:
    if not _HEADER.fullmatch(value):
        raise refused('the name of a header such as "X-Remote-User"')
    return value


BaseAddress = Annotated[str, Field(strict=True), AfterValidator(_check_base), WithJsonSchema({"form": "URL"})]
HostName = Annotated[str, Field(strict=True), AfterValidator(_check_host), WithJsonSchema({"form": "host"})]
Address = Annotated[str, Field(strict=True), AfterValidator(_check_address), WithJsonSchema({"form": "IP address"})]
Hash = Annotated[str, Field(strict=True), AfterValidator(_check_hash), WithJsonSchema({"form": "argon2 hash"})]
Header = Annotated[str, Field(strict=True), AfterValidator(_check_header), WithJsonSchema({"form": "header name"})]


class Web(Model):
    """The page and the API that `vigie run` and `vigie web` serve."""

    enabled: Switch = True
    """Whether `vigie run` serves the page; `vigie web` does in any case."""
    host: HostName = "127.0.0.1"
    """Address to listen on; one that other machines reach needs a password or a proxy header."""
    port: Annotated[int, Field(strict=True, ge=1, le=65535)] = 8080
    """Port to listen on."""
    base_address: BaseAddress | None = None
    """Address at which people reach the page; left out, mails name commands instead of linking to it."""
    allowed_hosts: tuple[HostName, ...] = ()
    """Further names under which the page may be asked for; any other is refused."""
    password_hash: Hash | None = None
    """Hash of the password of the page, as `vigie web password` prints it."""
    proxy_header: Header | None = None
    """Header in which a proxy in front names the person it let in; without it nobody is let in."""
    proxy_addresses: tuple[Address, ...] = ("127.0.0.1", "::1")
    """Addresses of that proxy; the header of anybody else is not believed."""

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if not (self.is_local or self.password_hash or self.proxy_header):
            raise refused(
                f"password_hash or proxy_header where host is {self.host}",
                "Anybody on the network could read: set one, or leave host at 127.0.0.1",
            )
        if self.proxy_header is not None and not self.proxy_addresses:
            raise refused("at least one of proxy_addresses beside proxy_header")
        return self

    @property
    def is_local(self) -> bool:
        """True where only this machine can ask."""
        if is_address(self.host):
            return ipaddress.ip_address(self.host).is_loopback
        return self.host == "localhost"

    @property
    def address(self) -> str:
        """The address that people are told."""
        if self.base_address:
            return self.base_address
        shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"http://{f'[{shown}]' if ':' in shown else shown}:{self.port}"
