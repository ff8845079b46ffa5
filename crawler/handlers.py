"""Between Scrapy and the network: whose certificates are checked, and how long the head of an answer may be."""

import copy
import traceback
from functools import partial

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler, _LenientHTTP11ClientProtocol
from scrapy.crawler import Crawler
from scrapy.exceptions import DownloadFailedError, StopDownload
from scrapy.http import Request, Response
from scrapy.settings import Settings
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.python.failure import Failure
from twisted.web._newclient import HEADER, STATUS
from twisted.web._newclient import Request as SentRequest
from twisted.web.client import _HTTP11ClientFactory
from twisted.web.iweb import IResponse

from crawler.certificates import WatchedPolicy
from crawler.failures import BadCertificateError, CrowdedOutError, LongHeadError
from crawler.urls import host_of

HEAD_SETTING = "VIGIE_HEAD_BYTES"


class BoundedProtocol(_LenientHTTP11ClientProtocol):
    """Gives up an answer whose head does not end: the library would keep every line of it, a gigabyte a minute."""

    def __init__(self, quiescent: object, most_bytes: int) -> None:
        super().__init__(quiescent)  # type: ignore[no-untyped-call]
        self._most_bytes = most_bytes
        self._head_bytes = 0

    def request(self, request: SentRequest) -> "Deferred[IResponse]":
        """Send a request; its answer's head is counted from nothing."""
        self._head_bytes = 0
        sent = super().request(request)
        if self._parser is not None:
            self._parser.lineLengthExceeded = self._refuse  # type: ignore[method-assign]  # the library would hang up without a word
        return sent

    def dataReceived(self, data: bytes) -> None:
        """Count what comes before the head is over, interim answers included; a body begins in its last piece."""
        if self._parser is not None and self._parser.state in (STATUS, HEADER):
            self._head_bytes += len(data)
            if self._head_bytes > self._most_bytes + len(data):
                self._refuse()
                return
        super().dataReceived(data)  # type: ignore[no-untyped-call]

    def _refuse(self, line: bytes = b"") -> None:
        self._giveUp(Failure(LongHeadError()))  # type: ignore[no-untyped-call]


class BoundedFactory(_HTTP11ClientFactory):
    """Makes such protocols for the pool of connections."""

    noisy = False

    def __init__(self, most_bytes: int, quiescent: object, endpoint: str) -> None:
        super().__init__(quiescent, endpoint)  # type: ignore[no-untyped-call]
        self._most_bytes = most_bytes

    def buildProtocol(self, addr: IAddress | None) -> BoundedProtocol:
        """One connection."""
        return BoundedProtocol(self._quiescentCallback, self._most_bytes)


class CertificateHandler(HTTP11DownloadHandler):
    """Scrapy's handler, beside a second one with its own connections for requests that say `verify_tls: False`.

    Certificates are checked; for a source that opts out, and for nobody else, they are not.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._strict_crawler = crawler
        self._lenient: HTTP11DownloadHandler | None = None
        self._watched = WatchedPolicy(self._contextFactory)
        self._contextFactory = self._watched  # type: ignore[assignment]  # its stubs know no interfaces
        _bound_heads(self, crawler)

    async def download_request(self, request: Request) -> Response:
        """Send the request over a connection with or without a checked certificate."""
        try:
            return await self._download(request)
        except StopDownload as stopped:
            error = CrowdedOutError()
            # what was stopped has too large a body: let go of it now, not when the interpreter next looks for cycles
            traceback.clear_frames(stopped.__traceback__)
            stopped.response = None
        raise error

    async def _download(self, request: Request) -> Response:
        if request.meta.get("verify_tls") is not False:
            return await self._download_verified(request)
        if self._lenient is None:
            crawler = copy.copy(self._strict_crawler)
            # a copy of frozen settings is frozen too
            crawler.settings = Settings(crawler.settings.copy_to_dict() | {"DOWNLOAD_VERIFY_CERTIFICATES": False})
            self._lenient = HTTP11DownloadHandler(crawler)
            _bound_heads(self._lenient, crawler)
        return await self._lenient.download_request(request)

    async def _download_verified(self, request: Request) -> Response:
        try:
            return await super().download_request(request)
        except DownloadFailedError as error:
            if fault := self._watched.take_fault(host_of(request.url)):
                raise BadCertificateError(fault) from error
            raise

    async def close(self) -> None:
        """Close both kinds of connections."""
        await super().close()
        if self._lenient is not None:
            await self._lenient.close()


def _bound_heads(handler: HTTP11DownloadHandler, crawler: Crawler) -> None:
    """The pool calls its factory's maker for each new connection."""
    make_factory = partial(BoundedFactory, crawler.settings.getint(HEAD_SETTING))
    handler._pool._factory = make_factory  # type: ignore[assignment]
