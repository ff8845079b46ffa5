"""Bytes to text: every mixture of label and content that servers produce must give exact French."""

import pytest

from crawler.extraction.decoding import declared_encodings, decode_page, sniff_kind

FRENCH = "Le préfet s’est rendu à Noël « aux forges » – une œuvre à 5 €"
PAGE = f"<html><head><title>x</title></head><body><p>{FRENCH}</p></body></html>"


def with_meta(label: str) -> str:
    return PAGE.replace("<head>", f'<head><meta charset="{label}">')


@pytest.mark.parametrize(
    ("body", "content_type", "encoding"),
    [
        (PAGE.encode("cp1252"), "text/html; charset=utf-8", "windows-1252"),
        (PAGE.encode("utf-8"), "text/html; charset=iso-8859-1", "utf-8"),
        (PAGE.encode("utf-8"), None, "utf-8"),
        (PAGE.encode("cp1252"), None, "windows-1252"),
        (PAGE.encode("cp1252"), "text/html; charset=ISO-8859-1", "windows-1252"),
        (with_meta("utf-8").encode("cp1252"), "text/html; charset=iso-8859-1", "windows-1252"),
        (with_meta("iso-8859-1").encode("utf-8"), "text/html; charset=utf-8", "utf-8"),
        (with_meta("windows-1252").encode("cp1252"), None, "windows-1252"),
        (b"\xef\xbb\xbf" + with_meta("iso-8859-1").encode("utf-8"), "text/html; charset=iso-8859-1", "utf-8"),
        (PAGE.encode("utf-16"), None, "utf-16-le"),
        (PAGE.encode("utf-16-le"), "text/html; charset=utf-8", "utf-16-le"),
        (PAGE.encode("utf-16-be"), None, "utf-16-be"),
        (b"\xfe\xff" + PAGE.encode("utf-16-be"), "text/html", "utf-16-be"),
        (with_meta("utf-16").encode("utf-8"), None, "utf-8"),
        (PAGE.encode("utf-8"), "text/html; charset=rot13", "utf-8"),
        (PAGE.encode("cp1252"), "text/html; charset=nonsense", "windows-1252"),
    ],
)
def test_french_is_exact_whatever_the_labels_say(body: bytes, content_type: str | None, encoding: str) -> None:
    decoded = decode_page(body, content_type)

    assert FRENCH in decoded.text
    assert decoded.encoding == encoding
    assert decoded.replaced_bytes == 0


@pytest.mark.parametrize(
    ("stray", "expected", "count"),
    [
        (b"le pr\xe9fet", "le préfet", 1),
        (b"l\x92\xe9t\xe9", "l’été", 3),
        (b"cut \xe2\x80 here", "cut \ufffd here", 2),
        (b"a lone \xc3 lead", "a lone \ufffd lead", 1),
        (b"never \xff used", "never ÿ used", 1),
    ],
)
def test_a_few_strangers_in_utf8_are_mended_and_counted(stray: bytes, expected: str, count: int) -> None:
    body = (PAGE * 3).encode("utf-8") + b"<p>" + stray + b"</p>"

    decoded = decode_page(body, "text/html; charset=utf-8")

    assert decoded.text.count(FRENCH) == 3
    assert expected in decoded.text
    assert decoded.replaced_bytes == count


def test_one_stranger_in_utf8_declared_otherwise_spoils_nothing() -> None:
    body = (with_meta("iso-8859-1") * 3).encode("utf-8") + b"<p>le pr\xe9fet</p>"

    decoded = decode_page(body, "text/html; charset=iso-8859-1")

    assert decoded.text.count(FRENCH) == 3
    assert "le préfet" in decoded.text


def test_another_declared_encoding_is_used_where_it_fits() -> None:
    polish = with_meta("iso-8859-2").replace(FRENCH, "Łódź, środa")

    decoded = decode_page(polish.encode("iso-8859-2"), None)

    assert "Łódź, środa" in decoded.text


def test_header_stands_before_meta() -> None:
    assert declared_encodings(with_meta("utf-8").encode(), "text/html; charset=latin1") == ("cp1252", "utf-8")


def test_many_strangers_are_mended_in_linear_time() -> None:
    body = ("é" * 400_000).encode("utf-8") + b"\xe9 " * 300_000

    decoded = decode_page(body, "text/html; charset=utf-8")

    assert decoded.replaced_bytes == 300_000
    assert decoded.text.count("é") == 700_000


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (PAGE.encode(), "html"),
        (PAGE.encode("utf-16"), "html"),
        (b"\n\n  <!-- note --><div>Bonjour</div>", "html"),
        (b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><body/></html>", "html"),
        (b"%PDF-1.7 ...", "pdf"),
        (b"\r\n%PDF-1.4", "pdf"),
        (b"PK\x03\x04<html>", "other"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF<p >", "other"),
        (b"\x89PNG\r\n\x1a\n<p>", "other"),
        (b"\x00\x00\x00\x20ftypmp42", "other"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "other"),
        (b'{"html": "<div>x</div>"}', "other"),
        (b"<?xml version='1.0'?><rss version='2.0'><channel/></rss>", "other"),
        (b"User-agent: *\nDisallow: /", "other"),
        (b" \r\n\t", "empty"),
        (b"", "empty"),
    ],
)
def test_the_kind_is_seen_in_the_content(body: bytes, kind: str) -> None:
    assert sniff_kind(body) == kind


def test_many_comments_do_not_hold_up_the_look_at_the_content() -> None:
    assert sniff_kind(b"<!--a-->" * 500 + b"<html>") == "html"
