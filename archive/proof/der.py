"""Put the certificates in a time stamp into the order that DER asks for.

Many authorities write them as they come, signer first; `openssl` reads that, the library that verifies does not. No
signature covers the order, and no length changes by it: only these bytes change places, and only for reading.
"""

from typing import NamedTuple

_CERTIFICATES = 0xA0  # the tag of that field in signed data (RFC 5652, 5.1)


class _Element(NamedTuple):
    """One element of a DER encoding: its tag, where it begins, where its content begins and where it ends."""

    tag: int
    start: int
    content: int
    end: int


def sort_certificates(answer: bytes) -> bytes:
    """The answer of an authority with its certificates in order; what is no time stamp comes back as it is."""
    try:
        _, token = _list(answer, _read(answer, 0))
        _, field = _list(answer, token)
        (signed,) = _list(answer, field)
        certificates = next((one for one in _list(answer, signed) if one.tag == _CERTIFICATES), None)
        found = [answer[one.start : one.end] for one in _list(answer, certificates)] if certificates else []
    except ValueError:
        return answer  # a refusal, or no time stamp at all: the reader says which
    if certificates is None:
        return answer
    return answer[: certificates.content] + b"".join(sorted(found)) + answer[certificates.end :]


def _list(data: bytes, outer: _Element) -> list[_Element]:
    """The elements inside one."""
    found: list[_Element] = []
    place = outer.content
    while place < outer.end:
        found.append(_read(data, place))
        place = found[-1].end
    if place != outer.end:
        raise ValueError("an element of the time stamp is longer than what holds it")
    return found


def _read(data: bytes, start: int) -> _Element:
    if start + 2 > len(data):
        raise ValueError("the time stamp is cut")
    tag, length, content = data[start], data[start + 1], start + 2
    if length & 0x80:
        count = length & 0x7F
        length, content = int.from_bytes(data[content : content + count], "big"), content + count
    if content + length > len(data):
        raise ValueError("the time stamp is cut")
    return _Element(tag, start, content, content + length)
