"""OpenSearch behind the client of Elasticsearch: all that it does in another way, in one place.

The engine speaks to Elasticsearch. An answer without Elasticsearch's mark makes this connection ask the server who it
is; where that is OpenSearch, requests go out and answers come back as each side knows them:

- media types without Elasticsearch's own names, which OpenSearch refuses;
- the mark of the product, on which the client insists;
- points in time, which have other addresses and other names for their ids;
- templates, which cannot forbid that an index is made up. One that is made up in the place of a deleted one is noticed
  by its UUID.
"""

import json
import re
from dataclasses import replace
from typing import Any

from elastic_transport import HttpHeaders, Urllib3HttpNode
from elastic_transport.client_utils import DEFAULT, DefaultType

_MARK = "x-elastic-product"
_OPEN_MOMENT = re.compile(r"(/[^/?]+)/_pit(\?.*)?")
_CLOSE_MOMENT = "/_pit"
_TEMPLATE = "/_index_template/"
_UNREADABLE = frozenset({400, 405, 406})
"""How OpenSearch answers what it cannot read; nothing was done then, and the request may be sent again."""

_NOT_TELLING = frozenset({401, 403, 429, 502, 503, 504})
"""Answers that may come from whatever stands in front of the server."""


class ServerNode(Urllib3HttpNode):
    """A connection to one address, at which Elasticsearch or OpenSearch answers."""

    _is_opensearch: bool | None = None

    def perform_request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: HttpHeaders | None = None,
        request_timeout: DefaultType | float | None = DEFAULT,
    ) -> Any:
        if self._is_opensearch:
            return self._ask_opensearch(method, target, body, headers, request_timeout)
        answer = super().perform_request(method, target, body, headers, request_timeout)
        if self._is_opensearch is None and answer.meta.status not in _NOT_TELLING:
            self._is_opensearch = self._find_out(answer, headers, request_timeout)
        if not self._is_opensearch:
            return answer
        if answer.meta.status in _UNREADABLE:
            return self._ask_opensearch(method, target, body, headers, request_timeout)
        return _marked(answer)

    def _find_out(self, answer: Any, headers: HttpHeaders | None, timeout: DefaultType | float | None) -> bool | None:
        """Whether the server is OpenSearch; None where it is neither, or does not say."""
        if _MARK in answer.meta.headers:
            return False
        root = super().perform_request("GET", "/", None, _plain(headers), timeout)
        try:
            return bool(json.loads(root.body)["version"]["distribution"] == "opensearch") or None
        except (ValueError, KeyError, TypeError):
            return None

    def _ask_opensearch(
        self,
        method: str,
        target: str,
        body: bytes | None,
        headers: HttpHeaders | None,
        timeout: DefaultType | float | None,
    ) -> Any:
        opens = _OPEN_MOMENT.fullmatch(target) is not None
        target, body = _translated(target, body)
        answer = super().perform_request(method, target, body, _plain(headers), timeout)
        if opens and answer.meta.status == 200:
            answer = answer._replace(body=json.dumps({"id": json.loads(answer.body)["pit_id"]}).encode())
        return _marked(answer)


def _translated(target: str, body: bytes | None) -> tuple[str, bytes | None]:
    if opening := _OPEN_MOMENT.fullmatch(target):
        return f"{opening[1]}/_search/point_in_time{opening[2] or ''}", body
    if body is not None and target == _CLOSE_MOMENT:
        return "/_search/point_in_time", json.dumps({"pit_id": [json.loads(body)["id"]]}).encode()
    if body is not None and target.startswith(_TEMPLATE):
        template = json.loads(body)
        template.pop("allow_auto_create", None)
        return target, json.dumps(template).encode()
    return target, body


def _plain(headers: HttpHeaders | None) -> HttpHeaders:
    """The headers with media types that every server knows."""
    plain = HttpHeaders(headers or {})
    for name in ("accept", "content-type"):
        if name in plain:
            types = (one.partition(";")[0].strip().replace("vnd.elasticsearch+", "") for one in plain[name].split(","))
            plain[name] = ", ".join(types)
    return plain


def _marked(answer: Any) -> Any:
    headers = HttpHeaders(answer.meta.headers)
    headers[_MARK] = "Elasticsearch"
    return answer._replace(meta=replace(answer.meta, headers=headers))
