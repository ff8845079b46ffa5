"""A small server that answers like Kibana where `vigie kibana` asks it, for machines that have no Kibana.

It keeps objects and settings as Kibana 9 does: ids are unique over all spaces, an import stores what it does not
refuse, the strings of JSON inside objects are never opened, a space that nobody made is written to without a word. It
draws nothing, migrates nothing and knows no rights; whether a real Kibana draws the objects only one can tell.
"""

import email
import email.policy
import json
import re
import threading
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

Json = dict[str, Any]
Answer = tuple[int, Json]

NEWEST = {"index-pattern": (8, 0, 0), "search": (10, 10, 0), "dashboard": (10, 4, 0)}
"""The newest version of each type that this Kibana knows; newer ones it cannot read."""

_REFERENCES_LOOKED_AT = ("index-pattern", "search")
_ATTRIBUTES_OF_SEARCH = frozenset(
    "title description columns sort grid hideChart isTextBasedQuery usesAdHocDataView kibanaSavedObjectMeta rowHeight "
    "rowsPerPage breakdownField timeRestore timeRange refreshInterval viewMode hideAggregatedPreview hits version "
    "sampleSize".split()
)
_ATTRIBUTES_OF_DASHBOARD = frozenset(
    "title description kibanaSavedObjectMeta timeRestore timeFrom timeTo refreshInterval controlGroupInput panelsJSON "
    "optionsJSON hits version".split()
)
_KNOWN_ATTRIBUTES = {"search": _ATTRIBUTES_OF_SEARCH, "dashboard": _ATTRIBUTES_OF_DASHBOARD}
_QUERY_STRING_OPTIONS = frozenset(
    "analyze_wildcard default_field allow_leading_wildcard analyzer auto_generate_synonyms_phrase_query boost "
    "default_operator enable_position_increments fields fuzziness fuzzy_max_expansions fuzzy_prefix_length "
    "fuzzy_transpositions lenient max_determinized_states minimum_should_match quote_analyzer phrase_slop "
    "quote_field_suffix rewrite time_zone".split()
)


@dataclass
class Stored:
    """One object, and the spaces in which it is."""

    value: Json
    space: str
    origin: str | None = None


@dataclass
class KibanaDouble:
    """What the server keeps, and what it is told to do wrong; `said` lists the requests as (method, path)."""

    version: str = "9.5.3"
    key: str | None = None
    spaces: set[str] = field(default_factory=lambda: {"default"})
    overrides: dict[str, str] = field(default_factory=dict)
    planned: list[tuple[str, int, str]] = field(default_factory=list)
    """(part of a path, status, body) of answers to give instead, each once."""
    objects: dict[tuple[str, str], Stored] = field(default_factory=dict)
    settings: dict[str, dict[str, str]] = field(default_factory=dict)
    said: list[tuple[str, str]] = field(default_factory=list)
    certificate: Any = None

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        if self.certificate is not None:
            self._server.socket = self.certificate.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        """Where it answers."""
        scheme = "http" if self.certificate is None else "https"
        return f"{scheme}://127.0.0.1:{self._server.server_port}"

    def in_space(self, space: str) -> dict[tuple[str, str], Json]:
        """The objects that people see there."""
        return {key: each.value for key, each in self.objects.items() if each.space == space}

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> tuple[int, bytes]:
        """What one request gets."""
        self.said.append((method, target))
        for number, (part, status, text) in enumerate(self.planned):
            if part in target:
                del self.planned[number]
                return status, text.encode()
        status, value = self._answer(method, target, headers, body)
        return status, json.dumps(value).encode()

    def _answer(self, method: str, target: str, headers: Any, body: bytes) -> Answer:
        if self.key is not None and headers.get("Authorization") != f"ApiKey {self.key}":
            return _refuse(401, "Unauthorized", "unable to authenticate user")
        if method == "POST" and not headers.get("kbn-xsrf"):
            return _refuse(400, "Bad Request", "Request must contain a kbn-xsrf header.")
        parts = urlsplit(target)
        found = re.fullmatch(r"(?:/s/([^/]+))?(/(?:api|internal)/.*)", parts.path)
        space, path = (found[1] or "default", found[2]) if found else ("default", parts.path)
        if path.startswith("/internal/") and not headers.get("x-elastic-internal-origin"):
            return _refuse(
                400, "Bad Request", f"uri [{path}] exists but is not available with the current configuration"
            )
        match method, path:
            case "GET", "/api/status":
                return 200, {"name": "kibana", "version": {"number": self.version}}
            case "POST", "/api/saved_objects/_import":
                return self._import(space, parse_qs(parts.query), headers, body)
            case "GET", "/internal/kibana/settings":
                return 200, {"settings": self._provided(space)}
            case "POST", "/internal/kibana/settings":
                return self._set(space, json.loads(body)["changes"])
        if method == "GET" and path.startswith("/api/spaces/space/"):
            name = path.rpartition("/")[2]
            known = name in self.spaces
            return (200, {"id": name, "name": name}) if known else _refuse(404, "Not Found", "Not Found")
        return _refuse(404, "Not Found", "Not Found")

    # settings

    def _provided(self, space: str) -> Json:
        own = {name: {"userValue": value} for name, value in self.settings.get(space, {}).items()}
        return own | {name: {"userValue": value, "isOverridden": True} for name, value in self.overrides.items()}

    def _set(self, space: str, changes: dict[str, str]) -> Answer:
        for name, value in changes.items():
            if name in self.overrides:
                return _refuse(400, "Bad Request", f'Unable to update "{name}" because it is overridden')
            if name == "query:queryString:options":
                options = json.loads(value)
                unknown = sorted(set(options) - _QUERY_STRING_OPTIONS)
                if unknown or "analyze_wildcard" not in options:
                    message = f"[validation [{name}]]: definition for this key is missing: {unknown}"
                    return _refuse(400, "Bad Request", message)
        self.settings.setdefault(space, {}).update(changes)
        return 200, {"settings": self._provided(space)}

    # objects

    def _import(self, space: str, options: dict[str, list[str]], headers: Any, body: bytes) -> Answer:
        overwrite = options.get("overwrite") == ["true"]
        if overwrite and options.get("createNewCopies") == ["true"]:
            return _refuse(400, "Bad Request", "cannot use [overwrite] with [createNewCopies]")
        name, content = _read_part(headers.get("Content-Type", ""), body)
        if not name.endswith(".ndjson"):
            return _refuse(400, "Bad Request", f"Invalid file extension {name}")
        given = [json.loads(line) for line in content.decode().splitlines() if line.strip()]
        keys = [(each["type"], each["id"]) for each in given]
        twice = sorted({f"{kind}:{name}" for kind, name in keys if keys.count((kind, name)) > 1})
        if twice:
            return _refuse(400, "Bad Request", f"Non-unique import objects detected: [{','.join(twice)}]")
        newer = [each for each in given if _is_newer(each)]
        if newer:
            message = f'Document "{newer[0]["id"]}" belongs to a more recent version of Kibana'
            return _refuse(422, "Unprocessable Entity", message)
        return 200, self._store(space, given, overwrite=overwrite)

    def _store(self, space: str, given: list[Json], *, overwrite: bool) -> Json:
        here = {(each["type"], each["id"]) for each in given} | set(self.in_space(space))
        stored: list[Json] = []
        errors: list[Json] = []
        for each in given:
            error = self._judge(each, here, space, overwrite=overwrite)
            known = {"type": each["type"], "id": each["id"], "meta": {"title": each["attributes"].get("title")}}
            if error:
                errors.append({**known, "error": error})
            else:
                stored.append({**known, **self._keep(each, space)})
        answer: Json = {"successCount": len(stored), "success": not errors, "warnings": []}
        return answer | {name: found for name, found in (("successResults", stored), ("errors", errors)) if found}

    def _judge(self, each: Json, here: set[tuple[str, str]], space: str, *, overwrite: bool) -> Json | None:
        if each["type"] not in NEWEST:
            return {"type": "unsupported_type"}
        lacking = [
            {"type": one["type"], "id": one["id"]}
            for one in each["references"]
            if one["type"] in _REFERENCES_LOOKED_AT and (one["type"], one["id"]) not in here
        ]
        if lacking:
            return {"type": "missing_references", "references": lacking}
        copies = [key[1] for key, kept in self.objects.items() if kept.origin == each["id"] and kept.space == space]
        if copies and not overwrite:
            return {"type": "conflict", "destinationId": copies[0]}
        if not overwrite and (each["type"], each["id"]) in self.in_space(space):
            return {"type": "conflict"}
        unknown = sorted(set(each["attributes"]) - _KNOWN_ATTRIBUTES.get(each["type"], set(each["attributes"])))
        if unknown:
            message = f"[attributes.{unknown[0]}]: definition for this key is missing"
            return {"type": "unknown", "message": message, "statusCode": 400}
        return None

    def _keep(self, each: Json, space: str) -> Json:
        """Under its own id, unless another space has that; then under a new one, or the one it got the time before."""
        key = (each["type"], each["id"])
        there = self.objects.get(key)
        if there is None or there.space == space:
            self.objects[key] = Stored(each, space)
            return {"overwrite": True} if there else {}
        copies = [one for one, kept in self.objects.items() if kept.origin == each["id"] and kept.space == space]
        again = bool(copies)
        key = copies[0] if copies else (each["type"], str(uuid.uuid4()))
        self.objects[key] = Stored({**each, "id": key[1]}, space, origin=each["id"])
        return {"destinationId": key[1], **({"overwrite": True} if again else {})}


def _is_newer(each: Json) -> bool:
    version = each.get("typeMigrationVersion")
    newest = NEWEST.get(each["type"])
    return bool(version and newest and tuple(map(int, version.split("."))) > newest)


def _read_part(content_type: str, body: bytes) -> tuple[str, bytes]:
    """The name and content of the only part of a form, read by the standard library's own parser of mail."""
    whole = f"Content-Type: {content_type}\r\n\r\n".encode() + body
    for part in email.message_from_bytes(whole, policy=email.policy.HTTP).iter_parts():
        if part.get_param("name", header="content-disposition") == "file":
            content = part.get_payload(decode=True)
            return part.get_filename() or "", content if isinstance(content, bytes) else b""
    return "", b""


def _refuse(status: int, error: str, message: str) -> Answer:
    return status, {"statusCode": status, "error": error, "message": message}


def _handler_of(kibana: KibanaDouble) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, content = kibana.answer(self.command, self.path, self.headers, body)
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = _answer

        def log_message(self, format: str, *args: object) -> None:
            """Nothing: the test knows what was asked."""

    return Handler
