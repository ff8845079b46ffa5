"""A proxy that does for a node without security what a secured cluster does: https, API keys, and the role of each.

It refuses with the answers of a real cluster, and remembers the right that each request took.
"""

import base64
import json
import ssl
from pathlib import Path

from tests.elasticsearch_node.privileges import Need, Role, need_of
from tests.elasticsearch_node.proxy import Proxy


def encode_key(name: str, secret: str = "not-guessed") -> str:
    """A key as Elasticsearch gives it in `encoded`."""
    return base64.b64encode(f"{name}:{secret}".encode()).decode()


class Gate(Proxy):
    """Lets nobody in who has no key; `roles` is what each key may do, `expired` the keys that were good once."""

    def __init__(self, node_url: str, certificate: Path) -> None:
        super().__init__(node_url)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        # the handshake is made in the thread of the request: one that fails must not hold up the others
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that turn away are meant
        self.roles: dict[str, Role] = {}
        self.expired: set[str] = set()
        self.needed: list[Need] = []
        self.seen: list[str | None] = []

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"https://127.0.0.1:{self._server.server_port}"

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes, str] | None:
        """The node's answer for whom may have it."""
        said = headers.pop("Authorization", headers.pop("authorization", None))
        self.seen.append(said)
        key = said.removeprefix("ApiKey ") if said is not None and said.startswith("ApiKey ") else None
        if key is not None and key in self.expired:
            return _refuse(401, "api key is expired")
        if key not in self.roles:
            return _refuse(401, "unable to authenticate with provided credentials")
        need = need_of(method, path, body)
        self.needed.append(need)
        if not self.roles[key].grants(need):
            return _refuse(403, f"action [{method} {path}] is unauthorized for API key id [1] of user [elastic]")
        return super().answer(method, path, headers, body)


def _refuse(status: int, reason: str) -> tuple[int, bytes, str]:
    cause = {"type": "security_exception", "reason": reason}
    body = {"error": {"root_cause": [cause], **cause}, "status": status}
    return status, json.dumps(body).encode(), "application/json"
