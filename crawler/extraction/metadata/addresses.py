"""The page's own address as it states it, and addresses of the same text elsewhere. Hints only: nothing is fetched."""

from urllib.parse import urljoin, urlsplit, urlunsplit

from crawler.extraction.metadata.evidence import Evidence, host_of

MAX_URL = 2_000


def read_canonical(evidence: Evidence) -> str | None:
    """The canonical link on the page's own host; two different ones, or a malformed one, are none."""
    stated = {resolve(evidence, href) for href in evidence.head.links.get("canonical", ())}
    stated.discard(None)
    if len(stated) != 1:
        return None
    (address,) = stated
    return address if address and same_host(address, evidence.page.url) else None


def read_elsewhere(evidence: Evidence) -> tuple[str, ...]:
    """Canonical and og:url addresses that lead to another host."""
    stated = [*evidence.head.links.get("canonical", ()), *evidence.head.each("og:url")]
    resolved = (resolve(evidence, href) for href in stated)
    return tuple(dict.fromkeys(url for url in resolved if url and not same_host(url, evidence.page.url)))[:5]


def resolve(evidence: Evidence, href: str) -> str | None:
    """An absolute http address without fragment and credentials; None where it is not usable."""
    written = href.strip()
    if not written or any(sign.isspace() for sign in written) or len(written) > MAX_URL:
        return None
    try:
        resolved = urljoin(evidence.page.url, written)
        parts = urlsplit(resolved)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or (parts.port or 1) < 1:
            return None
    except ValueError:
        return None
    if "." not in parts.hostname and host_of(resolved) != evidence.host:
        return None
    return urlunsplit((parts.scheme, parts.netloc, parts.path, parts.query, ""))


def same_host(one: str, other: str) -> bool:
    """Hosts equal but for a leading `www.`."""
    return host_of(one) == host_of(other)
