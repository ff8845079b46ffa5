"""One plain request to the site, for tests that must see exactly what it sent."""

import http.client

from tests.site.server import Site


def ask(
    site: Site, host: str, target: str, headers: dict[str, str] | None = None, method: str = "GET", timeout: float = 5
) -> tuple[int, dict[str, str], bytes]:
    """One request without any help from a library: no redirect is followed, nothing is decoded."""
    connection = http.client.HTTPConnection(site.address(host), site.port, timeout=timeout)
    try:
        connection.request(method, target, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()
