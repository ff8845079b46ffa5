"""URL identity (hazards U1, U2, U6) and what a link must be to go on the wire."""

import random

import pytest
from scrapy import Request

from crawler.urls import (
    MAX_URL_LENGTH,
    BadUrlError,
    canonical_form,
    clean,
    display_form,
    host_of,
    port_of,
    same_site,
)

ARTICLE = "https://www.gazette-du-val.test/actualites/preavis-de-greve?id=12"
KEY = "https://gazette-du-val.test/actualites/preavis-de-greve?id=12"

ONE_ADDRESS = [
    "http://gazette-du-val.test/actualites/preavis-de-greve?id=12",
    "https://gazette-du-val.test/actualites/preavis-de-greve/?id=12",
    "https://www.gazette-du-val.test:443/actualites/preavis-de-greve?id=12",
    "http://www.gazette-du-val.test:80/actualites/preavis-de-greve?id=12",
    "HTTPS://WWW.Gazette-Du-Val.TEST/actualites/preavis-de-greve?id=12",
    "https://www.gazette-du-val.test./actualites/preavis-de-greve?id=12",
    "https://redacteur:secret@www.gazette-du-val.test/actualites/preavis-de-greve?id=12",
    "https://www.gazette-du-val.test/actualites/preavis%2Dde%2dgreve?id=12",
    "https://www.gazette-du-val.test/une/../actualites/./preavis-de-greve?id=12",
    "https://www.gazette-du-val.test//actualites//preavis-de-greve?id=12",
    "https://www.gazette-du-val.test/actualites/preavis-de-greve?id=12#commentaires",
    "https://www.gazette-du-val.test/actualites/preavis-de-greve?id=12#xtor=RSS-1",
    "https://www.gazette-du-val.test/actualites/preavis-de-greve?utm_source=rss&id=12&utm_medium=flux",
    "https://www.gazette-du-val.test/actualites/preavis-de-greve?id=12&fbclid=IwAR0",
    "https://www.gazette-du-val.test/actualites/preavis-de-greve?id=12&xtor=AL-32",
    "https://www.gazette-du-val.test/actualites/preavis-de-greve?at_medium=custom7&id=12&at_campaign=x",
    "https://www.gazette-du-val.test/actualites/preavis-de-greve?id=12&amp;utm_campaign=lettre",
    "https://www.gazette-du-val.test/actualites/preavis-de-greve?source=newsletter&id=12",
    "https://www.gazette-du-val.test/actualites/preavis-de-greve?id=12&PHPSESSID=0a1b2c",
    "https://www.gazette-du-val.test/actualites/preavis-de-greve;jsessionid=AB12?id=12",
    "https://www.gazette-du-val.test/actualites/preavis-de-greve?id=12&sid=0123456789abcdef0123456789abcdef",
    "https://www.gazette-du-val.test/actualites/preavis-de-greve?id=12&amp",
    "https://www.gazette-du-val.test/actualites/preavis-de-greve?amp=1&id=12",
    "https://www.gazette-du-val.test/actualites/preavis-de-greve/amp?id=12",
    "https://www.gazette-du-val.test/actualites/preavis-de-greve/amp/?id=12",
    "https://www.gazette-du-val.test/amp/actualites/preavis-de-greve?id=12",
    "https://www.gazette-du-val.test/actualites/preavis-de-greve/print/?id=12",
    "https://www.gazette-du-val.test/actualites/preavis-de-greve?id=12&print=1",
    "https://www.gazette-du-val.test/actualites/preavis-de-greve?page=imprimer&id=12",
    "  https://www.gazette-du-val.test/actualites/preavis-\nde-greve?id=12 ",
]


@pytest.mark.parametrize("variant", ONE_ADDRESS)
def test_every_spelling_of_an_address_has_its_key(variant: str) -> None:
    assert canonical_form(variant) == KEY


def test_parameters_are_sorted_by_name_and_keep_the_order_of_repeated_ones() -> None:
    assert canonical_form("https://a.test/x?b=2&a=1") == canonical_form("https://a.test/x?a=1&b=2")
    assert canonical_form("https://a.test/x?a=2&a=1") != canonical_form("https://a.test/x?a=1&a=2")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://a.test/?p=1", "https://a.test/?p=2"),
        ("https://a.test/article?id=1", "https://a.test/article?id=2"),
        ("https://a.test/spip.php?article12", "https://a.test/spip.php?article13"),
        ("https://a.test/news?sid=41", "https://a.test/news?sid=42"),
        ("https://a.test/news?source=prefecture", "https://a.test/news?source=mairie"),
        ("https://a.test/liste?page=1", "https://a.test/liste?page=2"),
        ("https://a.test/Article", "https://a.test/article"),
        ("https://a.test/a%2Fb", "https://a.test/a/b"),
        ("https://a.test:8080/", "https://a.test/"),
        ("https://lyon.a.test/x", "https://a.test/x"),
        ("https://www.test/x", "https://test/x"),
    ],
)
def test_what_may_choose_the_article_stays(one: str, other: str) -> None:
    assert canonical_form(one) != canonical_form(other)


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("/tract.pdf", "https://syndicat.test/tract.pdf"),
        ("../tracts/mai.pdf", "https://syndicat.test/tracts/mai.pdf"),
        ("?page=2", "https://syndicat.test/news/liste?page=2"),
        ("//media.test/a", "https://media.test/a"),
        ("www.media.test/a", "https://www.media.test/a"),
        ("http:/media.test/a", "http://media.test/a"),
        ("http:\\\\media.test\\a", "http://media.test/a"),
        ("https://media.test/grève à Lyon", "https://media.test/gr%C3%A8ve%20%C3%A0%20Lyon"),
        ("https://media.test/a%zz", "https://media.test/a%25zz"),
        ("https://media.test/a\tb\r\nc", "https://media.test/abc"),
        ("https://préfecture.test/", "https://xn--prfecture-c4a.test/"),
        ("https://u:p@media.test/a", "https://media.test/a"),
        ("https://media.test:443/a", "https://media.test/a"),
        ("https://media.test?q=1", "https://media.test/?q=1"),
        ("https://media.test/a#b", "https://media.test/a"),
    ],
)
def test_links_become_absolute_and_fit_for_the_wire(link: str, expected: str) -> None:
    assert clean(link, "https://syndicat.test/news/liste") == expected


@pytest.mark.parametrize(
    "link",
    [
        "", "   ", "javascript:void(0)", "java\nscript:alert(1)", "mailto:bureau@syndicat.test", "tel:+33100000000",
        "file:///etc/passwd", "data:text/html,x", "ftp://media.test/a", "http://", "https://?q", "http://a b.test/",
        "http://media.test:99999/", "http://media.test:0/", "http://[::1", "http://exa$mple.test/", "http://..",
        "https://media.test/" + "a" * 3000, "https://media.test/" + "é" * 500, "http://" + "a" * 64 + ".test/",
        "https://media.test/\ud800", "http://[::%2e1]/a",
    ],
)  # fmt: skip
def test_what_cannot_be_fetched_is_none(link: str) -> None:
    assert clean(link, "https://syndicat.test/") is None


def test_a_link_that_cannot_be_fetched_has_no_key() -> None:
    with pytest.raises(BadUrlError, match="expected an absolute http or https URL"):
        canonical_form("mailto:bureau@syndicat.test")


def test_look_alike_hosts_are_different_and_shown_in_punycode() -> None:
    latin, cyrillic = "https://gazette.test/", "https://g\u0430zette.test/"
    assert canonical_form(latin) != canonical_form(cyrillic)
    shown = display_form(clean(cyrillic) or "")
    assert shown.startswith("https://xn--")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://a.test/gr%C3%A8ve", "https://a.test/grève"),
        ("https://a.test/a%20b", "https://a.test/a%20b"),
        ("https://a.test/%E9", "https://a.test/%E9"),
        ("https://a.test/a%3Fb", "https://a.test/a%3Fb"),
        ("https://a.test/a%2Fb", "https://a.test/a%2Fb"),
        ("https://a.test/gr%C3%A8ve%20%C3%A0%20Lyon", "https://a.test/grève%20à%20Lyon"),
        ("https://a.test/%E2%80%AEabc", "https://a.test/%E2%80%AEabc"),
    ],
)
def test_the_form_for_people_is_readable_and_unambiguous(url: str, shown: str) -> None:
    assert display_form(url) == shown


def test_host_and_port_of_a_url() -> None:
    assert host_of("https://WWW.A.test:8443/x") == "www.a.test"
    assert (port_of("https://a.test/"), port_of("http://a.test/"), port_of("http://a.test:81/")) == (443, 80, 81)
    assert port_of("http://a.test:99999/") == 0
    assert same_site("www.a.test", "a.test")
    assert not same_site("m.a.test", "a.test")


SCHEMES = ["http://", "https://", "HTTP://", "https:/", "//", "http:\\\\"]
USERS = ["", "", "", "moi@", "moi:secret@"]
HOSTS = [
    "a.test", "www.a.test", "WWW.A.TEST.", "été.test", "a_b.test", "127.0.0.1", "[::1]", "xn--t-9fab.test", "www.test",
    "１２７.１", "a..test", "%61.test",
]  # fmt: skip
PORTS = ["", "", "", ":80", ":443", ":8080", ":", ":0"]
SEGMENTS = [
    "", "a", "amp", "AMP", "print", "imprimer", ".", "..", "%2e", "%2E%2E", "%7Eb", "%C3%A9", "é", "a b", "x.amp",
    "x.amp.html", "y.amp.amp", ".amp", "(S(abcdefghijklmnopqrstuvwx))", "b;jsessionid=1", ";sid=2", "%zz", "%", "a+b",
    "\\", "[x]", "{y}", "|", "%2f", "%3F", "12,34", "\u200b", "&amp;",
]  # fmt: skip
PAIRS = [
    "", "id=1", "id=2", "p=3", "utm_source=x", "UTM_Medium=y", "fbclid=1", "amp", "amp=1", "amp;amp;b=1", "a", "a=",
    "a=b=c", "a=%20", "a=+", "a=%2B", "é=è", "print=1", "page=print", "page=2", "ref=rss", "ref=lyon", "sid=1", "%61=1",
    "sid=aaaaaaaaaaaaaaaaaaaaaaaa", "x[]=2", "x[]=1", "%75tm_source=1", "at_x=1", "q=a?b", "=v",
]  # fmt: skip


def _any_url(dice: random.Random) -> str:
    path = "".join("/" + dice.choice(SEGMENTS) for _ in range(dice.randrange(6)))
    pairs = dice.choice(["&", "&amp;", "&&"]).join(dice.choice(PAIRS) for _ in range(dice.randrange(5)))
    query = f"?{pairs}" if dice.random() < 0.7 else ""
    fragment = dice.choice(["", "", "#xtor=1", "#é?&/"])
    return dice.choice(SCHEMES) + dice.choice(USERS) + dice.choice(HOSTS) + dice.choice(PORTS) + path + query + fragment


def test_generated_urls_keep_their_form_when_handled_again() -> None:
    """Given 20,000 odd URLs, when each is handled twice, then the second time changes nothing."""
    dice = random.Random(20261124)
    usable = 0
    for _ in range(20_000):
        url = _any_url(dice)
        cleaned = clean(url, "https://base.test/")
        if cleaned is None:
            continue
        usable += 1
        assert clean(cleaned) == cleaned, url
        key = canonical_form(cleaned)
        assert canonical_form(key) == key, url
        assert canonical_form(cleaned.replace("https://", "http://", 1)) == key, url
        assert canonical_form(f"{cleaned}#{dice.random()}") == key, url
        joint = "&" if "?" in cleaned else "?"
        assert canonical_form(f"{cleaned}{joint}utm_campaign=x") == key, url
        assert "@" not in cleaned.split("/")[2] and "secret" not in cleaned, url
    assert usable > 8_000


def test_scrapy_sends_the_url_as_it_was_cleaned() -> None:
    """Given cleaned URLs, when Scrapy makes requests of them, then it changes none."""
    dice = random.Random(7)
    changed = []
    for _ in range(5_000):
        cleaned = clean(_any_url(dice), "https://base.test/")
        if cleaned is not None and Request(cleaned).url != cleaned:
            changed.append((cleaned, Request(cleaned).url))
    assert changed == []


def test_the_key_of_a_url_at_the_length_limit_exists() -> None:
    longest = "http://a.test/" + "a" * (MAX_URL_LENGTH - len("http://a.test/"))
    assert clean(longest) == longest
    assert canonical_form(canonical_form(longest)) == canonical_form(longest)
    assert clean(longest + "a") is None
