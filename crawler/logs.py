"""Log lines: one per final end of one thing, short, and never a page's text.

Our own lines name outcome, source and address; Scrapy's line for each page is left out, since ours says more.
"""

import logging
from typing import Any

from scrapy import Spider
from scrapy.http import Request, Response
from scrapy.logformatter import LogFormatter, LogFormatterResult
from twisted.python.failure import Failure

LONGEST = 200

# loggers that repeat what our lines say, or print whole objects
QUIET = ("scrapy.core.engine", "scrapy.middleware", "scrapy.crawler", "scrapy.addons", "scrapy.utils.log", "twisted")


class ShortFormatter(LogFormatter):
    """Errors of items and callbacks without the item."""

    def crawled(self, request: Request, response: Response, spider: Spider) -> LogFormatterResult:
        """Left out: the outcome has its own line."""
        return {"level": logging.DEBUG, "msg": "%(status)s %(url)s", "args": _about(request, response)}

    def item_error(
        self, item: Any, exception: BaseException, response: Response | Failure | None, spider: Spider
    ) -> LogFormatterResult:
        """The kind of error alone: the item may hold a page."""
        return {"level": logging.ERROR, "msg": "item: %(error)s", "args": {"error": type(exception).__name__}}

    def download_error(
        self, failure: Failure, request: Request, spider: Spider, errmsg: str | None = None
    ) -> LogFormatterResult:
        """One line, shortened."""
        args = {"url": request.url[:LONGEST], "error": (errmsg or failure.getErrorMessage())[:LONGEST]}
        return {"level": logging.INFO, "msg": "%(url)s: %(error)s", "args": args}


def quieten() -> None:
    """Let through only warnings of the loggers that print settings and objects."""
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _about(request: Request, response: Response) -> dict[str, Any]:
    return {"status": response.status, "url": request.url[:LONGEST]}
