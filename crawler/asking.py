"""What one request is for, and what came of it: the two notes that travel with a request through the middlewares."""

from dataclasses import dataclass, field, replace

from archive.catalogue.captures import Capture, Purpose, Via
from archive.catalogue.documents import Document
from archive.catalogue.sources import EntryPoint
from archive.outcomes import Outcome
from crawler.reading import Reading
from crawler.urls import host_of


@dataclass(frozen=True)
class Asking:
    """One request: the address, whose it is, and the thing in the catalogue that it will settle.

    `document` is set where an article is looked at again, `latest` where an earlier capture can be compared with;
    `lastmod` is what an index says of the sitemap that is asked for;
    `etag` and `last_modified` make the request conditional. `hops` are the addresses that redirected here. A fault that
    may pass settles the thing only on the `last_try`.
    """

    url: str
    purpose: Purpose
    source: str
    via: Via = "live"
    candidate: int | None = None
    document: Document | None = None
    latest: Capture | None = None
    entry_point: EntryPoint | None = None
    lastmod: str | None = None
    hops: tuple[str, ...] = ()
    etag: str | None = None
    last_modified: str | None = None
    last_try: bool = False

    @property
    def host(self) -> str:
        """The host that is asked."""
        return host_of(self.url)

    @property
    def first_host(self) -> str:
        """The host that was asked first, before any redirect."""
        return host_of(self.hops[0] if self.hops else self.url)

    @property
    def is_look(self) -> bool:
        """True for an article that is looked at again."""
        return self.document is not None

    @property
    def is_conditional(self) -> bool:
        """True where the server may answer that nothing changed."""
        return bool(self.etag or self.last_modified)

    def after_redirect(self, url: str) -> "Asking":
        """The same errand at the next address; what was known of the first one says nothing of this one."""
        return replace(self, url=url, hops=(*self.hops, self.url), etag=None, last_modified=None, last_try=False)


@dataclass(frozen=True)
class Answer:
    """The one end of one request. `body` is decoded; `reading` is what an entry point listed."""

    outcome: Outcome
    status: int | None = None
    detail: str = ""
    location: str | None = None
    retry_after: str | None = None
    capture: int | None = None
    body: bytes = b""
    body_sha256: str | None = None
    reading: Reading | None = None
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def header(self, name: str) -> str | None:
        """The first header of that name, in any letter case."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)
