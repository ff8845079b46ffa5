"""Time stamps as in RFC 3161: an authority signs that a root was there at a time.

What is stamped are the 64 hexadecimal digits of the root, as they stand in a file: `openssl ts -verify -data FILE`
checks the same. An answer is only given out once its signature, its certificates and its nonce were verified.
"""

import http.client
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from rfc3161_client import (
    HashAlgorithm,
    PKIStatus,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerifierBuilder,
    decode_timestamp_response,
)

from archive.errors import TimeStampError
from archive.proof.der import sort_certificates

ANSWER_BYTES = 1 << 20  # answers with all certificates are below 20 KiB
_QUERY, _REPLY = "application/timestamp-query", "application/timestamp-reply"


@dataclass(frozen=True)
class Authority:
    """Who is asked: the address of the server, and the certificates that are trusted, in PEM."""

    server: str
    certificates: bytes
    timeout_seconds: float
    proxy: str | None = None


@dataclass(frozen=True)
class TimeStamp:
    """What a verified answer says, and the digests of the certificates that were trusted for it."""

    at: datetime
    signer: str
    trusted_sha256: tuple[str, ...]


def request_time_stamp(root: str, authority: Authority) -> tuple[bytes, TimeStamp]:
    """Ask for a time stamp over a root; its bytes and what they say. Raises `TimeStampError`."""
    trusted = read_certificates(authority.certificates)
    request = TimestampRequestBuilder().data(root.encode()).hash_algorithm(HashAlgorithm.SHA256).build()
    answer = _ask(authority, request.as_bytes())
    return answer, _verify(answer, root, trusted, request.nonce)


def verify_time_stamp(answer: bytes, root: str, certificates: bytes) -> TimeStamp:
    """What a time stamp says, once it holds for this root and these certificates. Raises `TimeStampError`."""
    return _verify(answer, root, read_certificates(certificates), None)


def read_certificates(pem: bytes) -> list[x509.Certificate]:
    """The certificates in a PEM file, at least one. Raises `TimeStampError`."""
    try:
        found = x509.load_pem_x509_certificates(pem)
        _read_names(found)
    except Exception as error:  # as below
        raise TimeStampError("expected the certificates of a time-stamping authority in PEM, found none") from error
    return list(dict.fromkeys(found))


def _verify(answer: bytes, root: str, trusted: Sequence[x509.Certificate], nonce: int | None) -> TimeStamp:
    try:
        response = decode_timestamp_response(sort_certificates(answer))
        _refuse_rejection(response)
        signer = _name_signer(response)
        verifier = VerifierBuilder(roots=list(trusted), nonce=nonce).build()
        verifier.verify_message(response, root.encode())
    except TimeStampError:
        raise
    except Exception as error:  # on damaged bytes the libraries raise a dozen kinds without a common one
        raise TimeStampError(f"the time stamp does not hold: {' '.join(str(error).split())}") from error
    except BaseException as error:
        if (
            type(error).__name__ != "PanicException"
        ):  # what the library's inner part raises; it can be named no other way
            raise
        raise TimeStampError("the time stamp does not hold: it cannot be read") from error
    digests = tuple(one.fingerprint(hashes.SHA256()).hex() for one in trusted)
    return TimeStamp(response.tst_info.gen_time, signer, digests)


def _read_names(certificates: Sequence[x509.Certificate]) -> None:
    """Raises where a name is damaged: the library that verifies takes names for whole."""
    for certificate in certificates:
        _ = certificate.subject, certificate.issuer, certificate.extensions


def _refuse_rejection(response: TimeStampResponse) -> None:
    if response.status != PKIStatus.GRANTED:
        said = " ".join(" ".join(response.status_string).split())[:200]
        raise TimeStampError(
            f"the authority refused the request (status {response.status}{': ' if said else ''}{said})"
        )


def _name_signer(response: TimeStampResponse) -> str:
    """The subject of the certificate that signed."""
    (signed,) = response.signed_data.signer_infos
    certificates = [x509.load_der_x509_certificate(der) for der in response.signed_data.certificates]
    _read_names(certificates)
    for certificate in certificates:
        if certificate.serial_number == signed.serial_number and certificate.issuer == signed.issuer:
            return certificate.subject.rfc4514_string()
    raise TimeStampError("the time stamp does not hold: the certificate that signed it is not in it")


def _ask(authority: Authority, request: bytes) -> bytes:
    proxies = {"http": authority.proxy, "https": authority.proxy} if authority.proxy else {}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler(proxies))  # never those of the environment
    asked = urllib.request.Request(authority.server, request, {"Content-Type": _QUERY, "Accept": _REPLY})
    try:
        with opener.open(asked, timeout=authority.timeout_seconds) as reply:
            answer: bytes = reply.read(ANSWER_BYTES + 1)
    except (OSError, http.client.HTTPException, urllib.error.URLError) as error:
        raise TimeStampError(f"{authority.server} gave no time stamp ({error})") from error
    if len(answer) > ANSWER_BYTES:
        raise TimeStampError(f"{authority.server} gave an answer of more than {ANSWER_BYTES >> 20} MiB")
    return answer
