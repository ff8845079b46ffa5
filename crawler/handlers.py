"""Certificates are checked; for a source that opts out, and for nobody else, they are not."""

import copy

from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.crawler import Crawler
from scrapy.http import Request, Response
from scrapy.settings import Settings


class CertificateHandler(HTTP11DownloadHandler):
    """Scrapy's handler, beside a second one with its own connections for requests that say `verify_tls: False`."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._strict_crawler = crawler
        self._lenient: HTTP11DownloadHandler | None = None

    async def download_request(self, request: Request) -> Response:
        """Send the request over a connection with or without a checked certificate."""
        if request.meta.get("verify_tls") is not False:
            return await super().download_request(request)
        if self._lenient is None:
            crawler = copy.copy(self._strict_crawler)
            # a copy of frozen settings is frozen too
            crawler.settings = Settings(crawler.settings.copy_to_dict() | {"DOWNLOAD_VERIFY_CERTIFICATES": False})
            self._lenient = HTTP11DownloadHandler(crawler)
        return await self._lenient.download_request(request)

    async def close(self) -> None:
        """Close both kinds of connections."""
        await super().close()
        if self._lenient is not None:
            await self._lenient.close()
