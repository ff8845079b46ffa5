"""One Kibana over HTTP: requests, and what its answers mean.

The key goes nowhere but to the address of the settings: redirects are not followed. Each failure is one sentence.
"""

import http.client
import json
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from indexer.kibana.errors import KibanaError

REQUEST_SECONDS = 60.0
OLDEST, TOO_NEW = (8, 12), 10
"""Objects of ours are known to be taken by Kibana 8.12 and 9."""

_BUSY = (429, 502, 503, 504)
_HEADERS = {
    "kbn-xsrf": "true",
    "x-elastic-internal-origin": "Kibana",  # since 9.0 the route of the settings wants to be told so
    "Accept": "application/json",
}


@dataclass(frozen=True)
class KibanaServer:
    """Where Kibana is and the key to it, which is never shown."""

    address: str
    api_key: str | None = field(default=None, repr=False)
    ca_file: str | None = None

    def check_version(self) -> str:
        """Kibana's version, or `KibanaError` where it is not one that takes our objects."""
        said = self.ask("GET", "/api/status", "look at Kibana")
        version = str(said.get("version", {}).get("number", ""))
        numbers = re.match(r"(\d+)\.(\d+)\.", version)
        if numbers is None:
            raise self._not_kibana()
        major, minor = int(numbers[1]), int(numbers[2])
        if (major, minor) < OLDEST or major >= TOO_NEW:
            raise KibanaError(
                f"{self.address}: this is version {version}; Vigie's objects are made for Kibana 9, and are known to "
                f"work from {OLDEST[0]}.{OLDEST[1]} on."
            )
        return version

    def check_space(self, space: str) -> None:
        """Raise `KibanaError` where there is no such space."""
        missing = f'there is no space "{space}". Make it in Kibana under Stack Management, Spaces'
        self.ask("GET", f"/api/spaces/space/{quote(space, safe='')}", "look at spaces", missing=missing)

    def ask(self, method: str, path: str, doing: str, body: Any = None, *, missing: str = "") -> Any:
        """Send a request with a JSON body or none; its answer's JSON. `missing` says what a 404 means."""
        if body is None:
            return self._ask(method, path, doing, None, {}, missing)
        content = json.dumps(body, ensure_ascii=False).encode()
        return self._ask(method, path, doing, content, {"Content-Type": "application/json"}, missing)

    def send_file(self, path: str, doing: str, content: bytes, boundary: str) -> Any:
        """Send a file of objects; `boundary` must not occur in it."""
        head = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="vigie.ndjson"\r\n'
            "Content-Type: application/ndjson\r\n\r\n"
        )
        whole = b"".join((head.encode(), content, f"\r\n--{boundary}--\r\n".encode()))
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return self._ask("POST", path, doing, whole, headers, "")

    def _ask(
        self, method: str, path: str, doing: str, body: bytes | None, headers: Mapping[str, str], missing: str
    ) -> Any:
        key = {} if self.api_key is None else {"Authorization": f"ApiKey {self.api_key}"}
        status, content = self._exchange(method, path, body, {**_HEADERS, **key, **headers})
        if status in (401, 403, *_BUSY) or 300 <= status < 400 or (status == 404 and missing):
            raise self._refused(status, doing, missing)
        try:
            said = json.loads(content)
        except ValueError as error:
            raise self._not_kibana() from error
        if not isinstance(said, dict):
            raise self._not_kibana()
        if status >= 400:
            raise KibanaError(f"{self.address}: Kibana refused to {doing} ({status}): {_shorten(said)}")
        return said

    def _exchange(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
        connection = self._connect()
        try:
            connection.request(method, urlsplit(self.address).path + path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read()
        except ssl.SSLCertVerificationError as error:
            raise KibanaError(
                f"{self.address}: the certificate of the server could not be verified. Set kibana.ca_file to the "
                "certificate authority that signed it, and see whether it has expired."
            ) from error
        except TimeoutError as error:
            raise KibanaError(f"{self.address}: Kibana did not answer in time; try again later.") from error
        except (http.client.HTTPException, ssl.SSLError) as error:
            raise self._not_kibana() from error
        except OSError as error:
            reason = error.strerror or "no connection"
            raise KibanaError(
                f"{self.address}: Kibana cannot be reached ({reason}). Start it, or correct kibana.address."
            ) from error
        finally:
            connection.close()

    def _connect(self) -> http.client.HTTPConnection:
        parts = urlsplit(self.address)
        host = parts.hostname or ""
        if parts.scheme == "http":
            return http.client.HTTPConnection(host, parts.port, timeout=REQUEST_SECONDS)
        trusted = ssl.create_default_context(cafile=self.ca_file)
        return http.client.HTTPSConnection(host, parts.port, timeout=REQUEST_SECONDS, context=trusted)

    def _refused(self, status: int, doing: str, missing: str) -> KibanaError:
        if status == 401:
            given = "asks for a key" if self.api_key is None else "does not accept the key"
            return KibanaError(
                f"{self.address}: Kibana {given}. Set the environment variable VIGIE_KIBANA_API_KEY to the encoded "
                "form of a valid API key."
            )
        if status == 403:
            return KibanaError(
                f"{self.address}: the key has not the right to {doing}. Give it the rights of docs/kibana.md."
            )
        if status == 404:
            return KibanaError(f"{self.address}: {missing}.")
        if status in _BUSY:
            return KibanaError(f"{self.address}: Kibana is starting or overloaded ({status}); try again in a minute.")
        return KibanaError(
            f"{self.address}: the server sends its visitors elsewhere ({status}). Set kibana.address to where Kibana "
            "itself answers, with its base path where it has one."
        )

    def _not_kibana(self) -> KibanaError:
        return KibanaError(
            f"{self.address}: what answers there is not Kibana. Correct kibana.address: http or https, port, base path."
        )


def _shorten(said: Mapping[str, Any]) -> str:
    return " ".join(str(said.get("message", "no reason given")).split())[:300]
