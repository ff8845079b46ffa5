"""Requests that end without a usable answer: each exception of the network and of our middlewares gets its name.

The table is read from the top: the first class that fits counts. What fits none is `no_outcome`, a bug that is counted.
"""

from collections.abc import Iterator
from errno import EDQUOT, ENOSPC, EROFS

from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadCancelledError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
    UnsupportedURLSchemeError,
)
from service_identity.exceptions import VerificationError
from twisted.internet.error import (
    ConnectError,
    ConnectionClosed,
    DNSLookupError,
    NoRouteError,
    SSLError,
    TCPTimedOutError,
    TimeoutError,
)
from twisted.web._newclient import ParseError
from twisted.web.client import ResponseFailed

from archive.errors import ArchiveError, FreeSpaceError
from archive.outcomes import Outcome
from crawler.guard import PrivateAddressError

try:
    from OpenSSL.SSL import Error as OpenSslError
except ImportError:  # pragma: no cover - Scrapy brings pyOpenSSL

    class OpenSslError(Exception):  # type: ignore[no-redef]
        """Never raised where OpenSSL is missing."""


class RefusedRequestError(IgnoreRequest):
    """A middleware of ours keeps a request from being sent, or its answer from being used, and says why."""

    def __init__(self, outcome: Outcome, detail: str) -> None:
        super().__init__(f"{outcome.name}: {detail}")
        self.outcome = outcome
        self.detail = detail


class LongHeadError(Exception):
    """The head of an answer does not end within limits.head_bytes, or one line of it is far too long."""


class CrowdedOutError(Exception):
    """Too many large bodies were under way at once, and this one had more than its share of the memory."""


class BadCertificateError(Exception):
    """The certificate of a host was refused; the message says why."""


class StorageError(Exception):
    """The archive could not be written: the crawl stops, as `disk_full` where that is the cause."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(str(cause))
        full = isinstance(cause, OSError) and cause.errno in (ENOSPC, EDQUOT)
        self.is_full = full or isinstance(cause, FreeSpaceError) or "the disk is full" in str(cause)


def is_storage_fault(error: BaseException) -> bool:
    """True for what the archive raises when it cannot write."""
    written = isinstance(error, OSError) and error.errno in (ENOSPC, EDQUOT, EROFS)
    return written or isinstance(error, ArchiveError)


_TABLE: tuple[tuple[type[BaseException], Outcome, str], ...] = (
    (PrivateAddressError, Outcome.refused_private, ""),
    (BadCertificateError, Outcome.tls_failed, ""),
    (VerificationError, Outcome.tls_failed, "the certificate is for another name"),
    (OpenSslError, Outcome.tls_failed, ""),
    (SSLError, Outcome.tls_failed, ""),
    (LongHeadError, Outcome.failed, "the head of the answer is too long"),
    (ResponseDataLossError, Outcome.failed, "incomplete: the connection ended before the body did"),
    (CannotResolveHostError, Outcome.failed, "unknown host"),
    (DNSLookupError, Outcome.failed, "unknown host"),
    (DownloadConnectionRefusedError, Outcome.failed, "connection refused"),
    (DownloadTimeoutError, Outcome.too_slow, "longer than the limit of one request"),
    (TCPTimedOutError, Outcome.too_slow, "no connection within the limit of one request"),
    (TimeoutError, Outcome.too_slow, "no connection within the limit of one request"),
    (CrowdedOutError, Outcome.failed, "too many large answers at once"),
    (DownloadCancelledError, Outcome.too_large, "the body is larger than the limit"),
    (UnsupportedURLSchemeError, Outcome.bad_url, "neither http nor https"),
    (ConnectionClosed, Outcome.failed, "connection closed without an answer"),
    (NoRouteError, Outcome.failed, "the host cannot be reached"),
    (ConnectError, Outcome.failed, "no connection"),
    (ParseError, Outcome.failed, "not HTTP"),
    (ValueError, Outcome.failed, "not proper HTTP"),
    (DownloadFailedError, Outcome.failed, ""),
    (ResponseFailed, Outcome.failed, ""),
    (OSError, Outcome.failed, ""),
)


def name_failure(error: BaseException) -> tuple[Outcome, str]:
    """The outcome of a request that ended with this exception, and the cause in a few words."""
    if isinstance(error, RefusedRequestError):
        return error.outcome, error.detail
    chain = list(_causes(error))
    for kind, outcome, words in _TABLE:
        for cause in chain:
            if isinstance(cause, kind):
                return outcome, words or _describe(cause)
    return Outcome.no_outcome, _describe(error)


def _causes(error: BaseException, depth: int = 0) -> Iterator[BaseException]:
    """The exception, what it came from, and the failures that Twisted wraps into it."""
    yield error
    if depth > 5:
        return
    for reason in getattr(error, "reasons", ()) or ():
        yield from _causes(reason.value, depth + 1)
    if error.__cause__ is not None:
        yield from _causes(error.__cause__, depth + 1)


def _describe(error: BaseException) -> str:
    text = " ".join(str(error).split())
    if isinstance(error, BadCertificateError):
        return text
    if isinstance(error, OpenSslError) and error.args and isinstance(error.args[0], list | tuple):
        text = "; ".join(str(part[-1]) for part in error.args[0] if part)
        if "protocol version" in text or "unsupported protocol" in text:
            return f"the host speaks no version of TLS that is still safe ({text})"
    return f"{type(error).__name__}: {text}"[:300] if text else type(error).__name__
