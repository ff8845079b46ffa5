"""Reservations of text and data mining in each of their places, and which one counts."""

import json

import pytest

from crawler.tdm import OptOut, nearest, read_header_opt_out, read_page_opt_out, read_robots_opt_out, read_tdm_file

URL = "https://gazette-du-val.test/actualites/preavis"


def test_headers() -> None:
    stated = read_header_opt_out([("TDM-Reservation", "1"), ("tdm-policy", "/licence.json")], URL)
    assert stated == OptOut(True, "https://gazette-du-val.test/licence.json", "header tdm-reservation")
    assert read_header_opt_out([("tdm-reservation", "0")], URL) == OptOut(False, None, "header tdm-reservation")
    assert read_header_opt_out([("Content-Type", "text/html")], URL) is None
    assert read_header_opt_out([("tdm-reservation", "peut-être")], URL) is None


@pytest.mark.parametrize(
    ("value", "reserved"),
    [("noai", True), ("noindex, NoAI, noimageai", True), ("noindex", False), ("autrerobot: noai", False),
     ("vigie: noai", True)],
)  # fmt: skip
def test_x_robots_tag(value: str, reserved: bool) -> None:
    stated = read_header_opt_out([("X-Robots-Tag", "noarchive"), ("X-Robots-Tag", value)], URL)
    assert (stated is not None and stated.reserved) is reserved


@pytest.mark.parametrize(
    "element",
    [
        '<meta name="tdm-reservation" content="1">',
        "<META CONTENT='1' NAME='TDM-Reservation'/>",
        "<meta name=tdm-reservation content=1>",
    ],
)
def test_meta_elements(element: str) -> None:
    page = f"<html><head><title>Préavis</title>{element}<meta name='tdm-policy' content='licence.json'></head>"
    stated = read_page_opt_out(page.encode(), URL)
    assert stated == OptOut(True, "https://gazette-du-val.test/actualites/licence.json", "meta tdm-reservation")


def test_meta_robots_and_pages_that_state_nothing() -> None:
    assert read_page_opt_out(b'<meta name="robots" content="index, noai">', URL) == OptOut(True, None, "meta robots")
    assert read_page_opt_out("<p>Le tdm-reservation est un débat.</p>".encode(), URL) is None


def test_the_well_known_file_first_match_counts() -> None:
    rules = [
        {"location": "/actualites/libre/*.html$", "tdm-reservation": 0},
        {"location": "/actualites", "tdm-reservation": 1, "tdm-policy": "https://gazette-du-val.test/l.json"},
        {"location": "/photos/", "tdm-reservation": True},
    ]
    file = read_tdm_file(json.dumps(rules).encode(), "https://gazette-du-val.test/.well-known/tdmrep.json")
    stated = file.opt_out_for(URL)
    assert stated == OptOut(True, "https://gazette-du-val.test/l.json", "/.well-known/tdmrep.json /actualites")
    free = file.opt_out_for("https://gazette-du-val.test/actualites/libre/a.html")
    assert free is not None and not free.reserved
    assert file.opt_out_for("https://gazette-du-val.test/contact") is None
    photo = file.opt_out_for("https://gazette-du-val.test/photos/1")
    assert photo is not None and photo.reserved


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>404</html>", b"null", b"[1, null, {}]", b'[{"location": 3, "tdm-reservation": 1}]', b"[" * 100_000,
     b'[{"location": "/a\\nAllow: /", "tdm-reservation": 1}]', b'[{"location": "", "tdm-reservation": 1}]'],
)  # fmt: skip
def test_a_broken_file_states_nothing(body: bytes) -> None:
    assert read_tdm_file(body, "https://a.test/.well-known/tdmrep.json").opt_out_for("https://a.test/a") is None


def test_a_single_rule_without_brackets_is_seen() -> None:
    file = read_tdm_file(b'{"location": "/", "tdm-reservation": "1"}', "https://a.test/.well-known/tdmrep.json")
    stated = file.opt_out_for("https://a.test/x")
    assert stated is not None and stated.reserved


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("Content-Signal: search=yes, ai-train=no", "robots.txt content-signal ai-train=no"),
        ("Content-Usage: tdm=n", "robots.txt content-usage tdm=n"),
        ("TDM-Reservation: 1", "robots.txt tdm-reservation"),
    ],
)
def test_robots_lines(line: str, place: str) -> None:
    stated = read_robots_opt_out(f"User-agent: *\n{line}\nDisallow:\n", URL)
    assert stated is not None
    assert (stated.reserved, stated.stated_in) == (True, place)
    assert read_robots_opt_out("Content-Signal: ai-train=yes\n# tdm-reservation: 1\n", URL) is None


def test_the_nearer_statement_wins() -> None:
    page, header = OptOut(False, None, "meta tdm-reservation"), OptOut(True, None, "header tdm-reservation")
    assert nearest(page, header, None) == page
    assert nearest(None, header) == header
    assert nearest(None, None) is None
