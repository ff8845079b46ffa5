"""Keeps requests from going where they may not: private addresses, odd ports, other schemes, public hosts without
a contact address. Names are checked once more by the resolver, on the address that is really connected to.
"""

from typing import Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError

from archive.outcomes import Outcome
from crawler.failures import RefusedRequestError
from crawler.guard import PrivateAddressError, refuse_private_url, was_refused, was_unanswered
from crawler.middlewares.notes import asking_of, desk_of
from crawler.urls import host_of


class GuardMiddleware:
    """First of all middlewares: what it refuses is not even looked up."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Made by Scrapy."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raise for an address that may not be asked."""
        desk = desk_of(self._crawler)
        if not request.url.startswith(("http://", "https://")):
            raise RefusedRequestError(Outcome.bad_url, "neither http nor https")
        try:
            refuse_private_url(request.url, desk.allowed)
        except PrivateAddressError as error:
            raise RefusedRequestError(Outcome.refused_private, error.sentence) from error
        if not desk.may_visit(request.url):
            detail = f"{host_of(request.url)}: no public host is visited before `contact` is set"
            # the address stays queued: it may be asked as soon as a contact is set
            outcome = Outcome.redirect_refused if asking_of(request).hops else Outcome.interrupted
            raise RefusedRequestError(outcome, detail)

    def process_exception(self, request: Request, exception: Exception) -> None:
        """Twisted reports a refused or an endless look-up as an unknown host: say what it was."""
        from twisted.internet import reactor  # installed by the crawl process, never at import

        if was_refused(reactor, host_of(request.url)):
            detail = f"{host_of(request.url)}: its name leads to a private address"
            raise RefusedRequestError(Outcome.refused_private, detail) from exception
        if isinstance(exception, CannotResolveHostError) and was_unanswered(reactor, host_of(request.url)):
            detail = "no name server answered within limits.dns_seconds"
            raise RefusedRequestError(Outcome.failed, detail) from exception
