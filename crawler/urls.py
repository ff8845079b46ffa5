"""URLs: what may be fetched, and the one key under which an article is known.

Promises: `clean` gives an absolute http or https URL that can go on the wire, or None; `canonical_form` gives the same
key for every spelling of one address (hazards such as tracking marks, session ids, AMP and print views) and never for
two articles that a parameter tells apart; both are idempotent. Credentials survive neither.
"""

import re
from ipaddress import IPv6Address
from urllib.parse import unquote, unquote_to_bytes, urljoin, urlsplit

import idna

from crawler.url_parameters import AMP_SUFFIX, SESSION_IN_PATH, SESSION_SEGMENT, VIEW_SEGMENTS, chooses_nothing

MAX_URL_LENGTH = 2000  # servers and catalogues differ above this; a longer link is a trap or a mistake

_HTTP_PORTS = {80, 443}
_NOISE = re.compile(r"[\t\r\n]")  # browsers drop these anywhere in a link
_OUTSIDE = "".join(chr(code) for code in range(0x21)) + "\u00a0\u2028\u2029\ufeff\u200b"
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_BROKEN_SLASHES = re.compile(r"^(https?):(?:/(?!/)|/{3,})", re.IGNORECASE)
_ABSOLUTE = re.compile(r"https?://", re.IGNORECASE)
_CREDENTIALS = re.compile(r"([/\\]{2})[^/\\?#]*@")
_FORGOTTEN_SCHEME = re.compile(r"^www\.[^/?#\s]+\.[A-Za-z]{2,}(?=[/?#:]|$)", re.IGNORECASE)
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_TO_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})|[^!-~]|[\"<>\\^`{|}\[\]]")  # what Scrapy would escape too
_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_ASCII_HOST = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})*")
_IPV6_HOST = re.compile(r"\[[0-9a-f:.]+\]")
_ESCAPED_LETTERS = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")
_ESCAPED_TWICE = re.compile(r"^(?:amp;)+")  # left of `&amp;amp;`
_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


class BadUrlError(ValueError):
    """A link that cannot be fetched: not http or https, no usable host, or too long."""


def clean(url: str, base: str | None = None) -> str | None:
    """The absolute URL that `url` means on the page `base`, ready for the wire; None where it means none."""
    return _clean(url, base, MAX_URL_LENGTH)


def canonical_form(url: str) -> str:
    """The key under which a URL is known: equal for all spellings of one address. Not meant to be fetched.

    Scheme, leading `www.`, default ports, trailing slash, fragment, tracking marks, session ids, AMP and print views
    are left out; parameters that may choose the article stay, sorted.
    """
    cleaned = _clean(url, None, MAX_URL_LENGTH + 1)  # one more: http becomes https
    if cleaned is None:
        raise BadUrlError(f"expected an absolute http or https URL of at most {MAX_URL_LENGTH} characters")
    parts = urlsplit(cleaned)
    host = _without_www(parts.hostname or "")
    port = f":{parts.port}" if parts.port and parts.port not in _HTTP_PORTS else ""
    bracketed = f"[{host}]" if ":" in host else host
    path = _canonical_path(parts.path)
    query = _canonical_query(parts.query)
    return f"https://{bracketed}{port}{path}" + (f"?{query}" if query else "")


def host_of(url: str) -> str:
    """The host name of an absolute URL: lower case, without port; empty where there is none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def port_of(url: str) -> int:
    """The port a request to this URL goes to; 0 where the URL names an impossible one."""
    try:
        parts = urlsplit(url)
        return parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return 0


def same_site(host: str, other: str) -> bool:
    """Equal hosts, where `www.` makes no difference."""
    return _without_www(host) == _without_www(other)


def without_credentials(text: str) -> str:
    """A link as it was written, fit for a message: what stands before an @ in its host may be a password."""
    return _CREDENTIALS.sub(r"\1", text)


def display_form(url: str) -> str:
    """For people: accents readable in path and query, the host as it is on the wire (punycode unmasks look-alikes)."""
    return _ESCAPED_LETTERS.sub(_show_letters, url)


def _show_letters(found: re.Match[str]) -> str:
    """Letters beyond ASCII, unless they cannot be seen; escapes of signs stay, since a sign may mean something else."""
    try:
        shown = unquote(found[0], errors="strict")
    except UnicodeDecodeError:
        return found[0]
    return shown if shown.isprintable() else found[0]


def _clean(url: str, base: str | None, limit: int) -> str | None:
    if len(url) > 2 * limit:
        return None
    text = _NOISE.sub("", url).strip(_OUTSIDE)
    text = _BROKEN_SLASHES.sub(r"\1://", text)
    if _FORGOTTEN_SCHEME.match(text):
        text = "https://" + text
    if not text or _names_other_scheme(text):
        return None
    try:
        whole = _assemble(urljoin(base, text) if base and not _ABSOLUTE.match(text) else text)
    except (ValueError, UnicodeError):
        return None
    return whole if whole is not None and len(whole) <= limit else None


def _names_other_scheme(text: str) -> bool:
    scheme = _SCHEME.match(text)
    if scheme is None or scheme[1].lower() in ("http", "https"):
        return False
    # `exemple.test:8080/x` has no scheme, it has a port
    return not ("." in scheme[1] and text[scheme.end() : scheme.end() + 1].isdigit())


def _assemble(url: str) -> str | None:
    parts = urlsplit(url.replace("\\", "/") if "?" not in url else _forward_slashes(url))
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return None
    host = _wire_host(parts.hostname or "")
    if host is None:
        return None
    default = 443 if parts.scheme == "https" else 80
    port = "" if parts.port in (None, default) else f":{parts.port}"
    path = _escape(_without_dots(parts.path)) or "/"
    query = f"?{_escape(parts.query)}" if parts.query else ""
    whole = f"{parts.scheme}://{host}{port}{path}{query}"
    return whole if parts.port != 0 else None


def _forward_slashes(url: str) -> str:
    before, mark, query = url.partition("?")
    return before.replace("\\", "/") + mark + query


def _wire_host(host: str) -> str | None:
    """Lower case, punycode, without a trailing dot; None for what no resolver would take."""
    host = unquote(host).lower().rstrip(".。")
    if ":" in host:
        return f"[{host}]" if _IPV6_HOST.fullmatch(f"[{host}]") and _is_ipv6(host) else None
    if not host.isascii():
        try:
            host = idna.encode(host, uts46=True).decode("ascii").rstrip(".")
        except idna.IDNAError:
            return None
    return host if _ASCII_HOST.fullmatch(host) else None


def _is_ipv6(host: str) -> bool:
    try:
        IPv6Address(host)
    except ValueError:
        return False
    return True


def _escape(text: str) -> str:
    return _TO_ESCAPE.sub(_escape_character, text)


def _escape_character(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8"))


def _without_dots(path: str) -> str:
    """Dot segments resolved, plain or escaped."""
    if "." not in path and "%2" not in path:
        return path
    kept: list[str] = []
    segments = path.split("/")
    for position, segment in enumerate(segments):
        plain = segment.replace("%2e", ".").replace("%2E", ".")
        if plain in (".", ".."):
            if plain == ".." and len(kept) > 1:
                kept.pop()
            if position == len(segments) - 1:
                kept.append("")
        else:
            kept.append(segment)
    return "/".join(kept)


def _without_www(host: str) -> str:
    while (rest := host.removeprefix("www.")) != host and "." in rest:
        host = rest
    return host


def _normalise_escapes(text: str) -> str:
    """Escapes of unreserved characters undone, all others in upper case."""
    return _ESCAPE.sub(_normalise_escape, text)


def _normalise_escape(found: re.Match[str]) -> str:
    (byte,) = unquote_to_bytes(found[0])
    return chr(byte) if byte in _UNRESERVED else found[0].upper()


def _canonical_path(path: str) -> str:
    path, longer = _shorten_path(path), path
    while path != longer:  # what one step removes may uncover another mark
        path, longer = _shorten_path(path), path
    return path


def _shorten_path(path: str) -> str:
    # an unescaped dot may complete a dot segment, so escapes come first
    path = _without_dots(_normalise_escapes(SESSION_IN_PATH.sub("", path)))
    segments = [segment for segment in path.split("/") if segment and not SESSION_SEGMENT.fullmatch(segment)]
    while len(segments) > 1 and segments[-1].lower() in VIEW_SEGMENTS:
        segments.pop()
    while len(segments) > 1 and segments[0].lower() == "amp":
        segments.pop(0)
    if segments:
        segments[-1] = AMP_SUFFIX.sub("", segments[-1]) or segments[-1]
    return "/" + "/".join(segments) if segments else ""


def _canonical_query(query: str) -> str:
    pairs = []
    for part in query.replace("&amp;", "&").split("&"):
        name, _, value = part.partition("=")
        name, value = (_normalise_escapes(text).replace("%20", "+") for text in (name, value))
        name = _ESCAPED_TWICE.sub("", name)
        if name and not chooses_nothing(unquote(name).lower(), unquote(value).lower()):
            pairs.append((name, value))
    pairs.sort(key=lambda pair: pair[0])  # by name alone: the order of repeated names may mean something
    return "&".join(f"{name}={value}" if value else name for name, value in pairs)
