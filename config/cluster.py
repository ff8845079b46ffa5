"""The settings of a search cluster, and what must hold of them together with the key from the environment."""

import re
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from config.addresses import Url, is_this_machine
from config.faults import refused
from config.source import Model

API_KEY = "VIGIE_ELASTICSEARCH_API_KEY"
"""The environment variable that holds the API key, in its encoded form; it stands in no file and is never shown."""
LOGIN = "VIGIE_ELASTICSEARCH_LOGIN"
"""The environment variable that holds a name, a colon and a password instead: OpenSearch has no API keys."""

_PREFIX = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)
_FINGERPRINT = re.compile(r"(?:[0-9a-f]{2}:?){31}[0-9a-f]{2}", re.ASCII | re.IGNORECASE)
_KEY = re.compile(r"[A-Za-z0-9+/_-]+={0,2}", re.ASCII)
_LOGIN = re.compile(r"[^:\s]+:[^\r\n]+")


def _check_prefix(name: str) -> str:
    if not _PREFIX.fullmatch(name):
        raise refused("a name of 1 to 40 small letters, digits and hyphens that begins with a letter")
    return name


def _check_fingerprint(value: str) -> str:
    if not _FINGERPRINT.fullmatch(value):
        raise refused("the SHA-256 fingerprint of a certificate, 64 hexadecimal digits with or without colons")
    return value


def _read_file(value: object) -> Path:
    if isinstance(value, Path):
        return value
    if not isinstance(value, str) or not value.strip() or "\0" in value:
        raise refused("the path of a file")
    return Path(value)


Prefix = Annotated[str, Field(strict=True), AfterValidator(_check_prefix), WithJsonSchema({"form": "name"})]
Fingerprint = Annotated[
    str, Field(strict=True), AfterValidator(_check_fingerprint), WithJsonSchema({"form": "SHA-256 fingerprint"})
]
File = Annotated[Path, BeforeValidator(_read_file), WithJsonSchema({"form": "file"})]


class Elasticsearch(Model):
    """How the cluster is reached, where the engine is elasticsearch; the API key stands in the environment."""

    addresses: tuple[Url, ...] = ("http://127.0.0.1:9200",)
    """Nodes of one cluster; https, unless they run on this machine."""
    ca_file: File | None = None
    """Certificates of the authority that signed the cluster's; a relative path starts at the settings file."""
    fingerprint: Fingerprint | None = None
    """Fingerprint of the authority's or the cluster's certificate, instead of the file."""
    prefix: Prefix = "vigie"
    """What the names of indices and aliases begin with; two installations on one cluster need two."""

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if not self.addresses:
            raise refused("at least one address of the cluster")
        if self.ca_file is not None and self.fingerprint is not None:
            raise refused("ca_file or fingerprint, not both", "With a fingerprint nothing else is looked at")
        plain = any(address.startswith("http://") for address in self.addresses)
        if plain and (self.ca_file or self.fingerprint):
            raise refused("addresses that begin with https:// beside ca_file or fingerprint")
        return self


def find_faults(
    cluster: Elasticsearch, folder: Path, api_key: str | None, login: str | None = None
) -> Iterator[tuple[str, str, str, str]]:
    """(key, found, expected, advice) of what keeps the cluster from being used."""
    if api_key is not None and not is_api_key(api_key):
        advice = f'Set {API_KEY} to the "encoded" value that Elasticsearch gave when the key was made'
        yield "addresses", f"in {API_KEY} something that is no API key", "an encoded API key", advice
    if login is not None and not _LOGIN.fullmatch(login):
        yield "addresses", f"in {LOGIN} something else", "a name, a colon and a password", ""
    if api_key is not None and login is not None:
        yield "addresses", f"both {API_KEY} and {LOGIN}", "one of them", "OpenSearch takes the login alone"
    for address in cluster.addresses:
        if (api_key or login) and urlsplit(address).scheme == "http" and not is_this_machine(address):
            what = "an API key" if api_key else "a password"
            advice = f"Anyone on the way could read {what}: use https, or reach the cluster on this machine"
            yield "addresses", f"{what} and {address}", "https for another machine", advice
    if cluster.ca_file is not None and not holds_certificates(folder / cluster.ca_file.expanduser()):
        yield "ca_file", str(cluster.ca_file), "a file of certificates in PEM form, from the cluster's authority", ""


def is_api_key(text: str) -> bool:
    """Tell whether this looks like an API key in its encoded form."""
    return _KEY.fullmatch(text) is not None


def holds_certificates(file: Path) -> bool:
    """Tell whether a file holds certificates that can be read."""
    try:
        ssl.create_default_context(cafile=str(file))
    except (ssl.SSLError, OSError):
        return False
    return True
