"""Whatever bytes come, the readers answer: documents of ours with random damage, the same every time."""

import random
from collections.abc import Callable

import pytest

from crawler.discovery.feed import read_feed
from crawler.discovery.listing import read_listing
from crawler.discovery.sitemap import read_sitemap
from crawler.robots import RobotsRules
from crawler.tdm import read_page_opt_out, read_tdm_file
from crawler.urls import clean
from tests.crawler.discovery.test_feed import ATOM, RSS
from tests.crawler.discovery.test_listing import DAILY, FOOTER, WORDPRESS
from tests.crawler.discovery.test_sitemap import URLSET

URL = "https://val.test/entree"
ROBOTS = "User-agent: *\nDisallow: /prive\nUser-agent: Vigie\nAllow: /*.html$\nCrawl-delay: 3\nSitemap: /plan.xml\n"
DOCUMENTS = [text.encode() for text in (RSS, ATOM, URLSET, FOOTER + WORDPRESS + DAILY, ROBOTS)]
DOCUMENTS += [
    RSS.encode("utf-16"),
    RSS.encode("cp1252", "xmlcharrefreplace"),
    b'{"version": "", "title": "", "items": [{}]}',
]
SHARDS = [
    b"<", b">", b"&", b'"', b"]]>", b"<![CDATA[", b"<!--", b"\x00", b"\xff", b"\xe9", b"<item>", b"</item>", b"<link>",
    b"<!DOCTYPE x [", b"&#xD800;", b"http://[", b' xml:base="http://["', b'{"items":[', b"<loc>", b"\r", b"*" * 50,
]  # fmt: skip

READERS: list[Callable[[bytes], object]] = [
    lambda body: read_feed(body, URL, None),
    lambda body: read_sitemap(body, URL),
    lambda body: read_listing(body, URL, None, lambda _: True),
    lambda body: RobotsRules.from_response(200, body, URL).allows(URL),
    lambda body: read_page_opt_out(body, URL),
    lambda body: read_tdm_file(body, URL).opt_out_for(URL),
]


def _damage(body: bytes, dice: random.Random) -> bytes:
    damaged = bytearray(body)
    for _ in range(dice.randrange(1, 12)):
        place = dice.randrange(len(damaged) + 1)
        match dice.randrange(5):
            case 0:
                damaged[place:place] = dice.choice(SHARDS)
            case 1:
                del damaged[place : place + dice.randrange(1, 40)]
            case 2:
                damaged[place : place + 1] = bytes([dice.randrange(256)])
            case 3:
                copied = dice.randrange(len(damaged) + 1)
                damaged[place:place] = damaged[copied : copied + dice.randrange(200)]
            case _ if dice.random() < 0.2:
                del damaged[place:]
    return bytes(damaged)


@pytest.mark.parametrize("seed", range(8))
def test_damaged_documents_are_read_without_an_exception(seed: int) -> None:
    """Given 250 damaged documents, when every reader reads each, then none raises and every URL is fit for the wire."""
    dice = random.Random(seed)
    for _ in range(250):
        body = _damage(dice.choice(DOCUMENTS), dice)
        for read in READERS:
            for entry in getattr(read(body), "entries", ()):
                assert clean(entry.url) == entry.url
