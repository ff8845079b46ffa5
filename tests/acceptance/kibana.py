"""What the acceptance asks of a real Kibana besides what `vigie kibana` does: a space of its own, and a look at it."""

import json
import os
import ssl
import urllib.request
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Kibana:
    """A Kibana that somebody runs; the key must be one that may make spaces."""

    url: str
    api_key: str | None
    ca_file: str | None

    @classmethod
    def from_environment(cls) -> "Kibana | None":
        """The one that KIBANA_URL names."""
        url = os.environ.get("KIBANA_URL")
        return cls(url.rstrip("/"), os.environ.get("KIBANA_API_KEY"), os.environ.get("ES_CA_FILE")) if url else None

    def make_space(self, name: str) -> None:
        """A space for the test alone."""
        self._ask("POST", "/api/spaces/space", {"id": name, "name": name, "disabledFeatures": []})

    def remove_space(self, name: str) -> None:
        """The space with everything in it."""
        self._ask("DELETE", f"/api/spaces/space/{name}")

    def export(self, space: str) -> list[dict[str, Any]]:
        """Every data view, session and dashboard of a space, as Kibana gives them back."""
        wanted = {"type": ["index-pattern", "search", "dashboard"], "excludeExportDetails": True}
        lines = self._ask("POST", f"/s/{space}/api/saved_objects/_export", wanted).splitlines()
        return [json.loads(line) for line in lines if line.strip()]

    def fields_of(self, space: str, data_view: str) -> set[str]:
        """The fields that Kibana sees through a data view."""
        said = json.loads(self._ask("GET", f"/s/{space}/api/data_views/data_view/{data_view}"))
        return set(said["data_view"]["fields"])

    def _ask(self, method: str, path: str, body: Any = None) -> bytes:
        headers = {"kbn-xsrf": "true", "Content-Type": "application/json"}
        if self.api_key is not None:
            headers["Authorization"] = f"ApiKey {self.api_key}"
        content = None if body is None else json.dumps(body).encode()
        context = ssl.create_default_context(cafile=self.ca_file) if self.url.startswith("https:") else None
        request = urllib.request.Request(self.url + path, content, headers, method=method)
        handlers = [urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)]
        with urllib.request.build_opener(*handlers).open(request, timeout=60) as answer:
            found: bytes = answer.read()
        return found
