"""How a search cluster is reached.

The client is imported when it is needed: that takes longer than all else a command does before it answers.
"""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from elasticsearch import Elasticsearch

REQUEST_SECONDS = 60.0
"""A bulk of ten megabytes takes seconds on a busy node; the client's own ten would call it dead."""


@dataclass(frozen=True)
class Cluster:
    """Addresses and credentials of a cluster, and the prefix of everything of ours on it.

    `login` is a name, a colon and a password, in place of a key; neither is ever shown.
    """

    addresses: tuple[str, ...]
    api_key: str | None = field(default=None, repr=False)
    ca_file: str | None = None
    fingerprint: str | None = None
    prefix: str = "vigie"
    login: str | None = field(default=None, repr=False)

    def connect(self) -> "Elasticsearch":
        """A client; nothing is sent before it is used."""
        from elasticsearch import Elasticsearch

        from indexer.engines.opensearch import ServerNode

        options: dict[str, Any] = {"node_class": ServerNode}
        if self.ca_file is not None:
            options["ca_certs"] = self.ca_file
        if self.fingerprint is not None:
            options["ssl_assert_fingerprint"] = self.fingerprint
        if self.api_key is not None:
            options["api_key"] = self.api_key
        if self.login is not None:
            name, _, password = self.login.partition(":")
            options["basic_auth"] = (name, password)
        # without repetitions of its own, which come at once: a bulk is sent again with growing pauses by us
        return Elasticsearch(list(self.addresses), request_timeout=REQUEST_SECONDS, max_retries=0, **options)

    @property
    def where(self) -> str:
        """The addresses, for messages."""
        return ", ".join(self.addresses)
