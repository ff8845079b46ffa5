"""The settings of Kibana, through which people look at the entries of a cluster, and what must hold of them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, WithJsonSchema, model_validator

from config.addresses import Url, is_this_machine
from config.cluster import File, holds_certificates, is_api_key
from config.faults import refused
from config.source import Model

API_KEY = "VIGIE_KIBANA_API_KEY"
"""The environment variable that holds the API key, in its encoded form; it stands in no file and is never shown."""


def _check_address(address: str) -> str:
    if urlsplit(address).query:
        raise refused("the address of Kibana, without a question mark and what follows it")
    return address.rstrip("/")


Address = Annotated[Url, Field(strict=True), AfterValidator(_check_address), WithJsonSchema({"form": "URL"})]


class Kibana(Model):
    """How Kibana is reached by `vigie kibana`; the API key stands in the environment."""

    address: Address = "http://127.0.0.1:5601"
    """Where Vigie reaches Kibana, with its base path; https, unless it runs on this machine."""
    public_address: Address | None = None
    """Where people reach it, for links; left out, the same."""
    ca_file: File | None = None
    """Certificates of the authority that signed Kibana's; a relative path starts at the settings file."""

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        if self.ca_file is not None and self.address.startswith("http://"):
            raise refused("an address that begins with https:// beside ca_file")
        return self

    @property
    def is_set(self) -> bool:
        """True where an operator said where Kibana is; the default is only where one would be looked for."""
        return not self.model_fields_set.isdisjoint({"address", "public_address"})

    @property
    def linked_address(self) -> str:
        """What links begin with."""
        return self.public_address or self.address


def find_faults(kibana: Kibana, folder: Path, api_key: str | None) -> Iterator[tuple[str, str, str, str]]:
    """(key, found, expected, advice) of what keeps Kibana from being used."""
    if api_key is not None and not is_api_key(api_key):
        advice = f'Set {API_KEY} to the "encoded" value that Elasticsearch gave when the key was made'
        yield "address", f"in {API_KEY} something that is no API key", "an encoded API key", advice
    if api_key is not None and urlsplit(kibana.address).scheme == "http" and not is_this_machine(kibana.address):
        advice = "Anyone on the way could read the key: use https, or reach Kibana on this machine"
        yield "address", f"an API key and {kibana.address}", "https for another machine", advice
    if kibana.ca_file is not None and not holds_certificates(folder / kibana.ca_file.expanduser()):
        yield "ca_file", str(kibana.ca_file), "a file of certificates in PEM form, from Kibana's authority", ""
