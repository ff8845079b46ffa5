"""Sitemaps of every kind, cut, compressed and hostile ones (hazards N3, F2, F3, F6, F7)."""

import gzip
import time
import tracemalloc

import pytest

from archive.outcomes import Outcome
from crawler.discovery.sitemap import ChildSitemap, SitemapReading, read_sitemap

URL = "https://gazette-du-val.test/sitemap.xml"
NS = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'

URLSET = f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- fait à la main -->
<urlset {NS} xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"
 xmlns:image="http://www.google.com/schemas/sitemap-image/1.1" xmlns:xhtml="http://www.w3.org/1999/xhtml">
 <url>
  <loc>https://gazette-du-val.test/actualites/article-1234</loc>
  <lastmod>2026-11-24T14:05:00+01:00</lastmod>
  <image:image><image:loc>https://gazette-du-val.test/photo.jpg</image:loc></image:image>
  <xhtml:link rel="alternate" hreflang="en" href="https://gazette-du-val.test/en/article-1234"/>
  <news:news>
   <news:publication><news:name>La Gazette du Val</news:name><news:language>fr</news:language></news:publication>
   <news:publication_date>2026-11-24T12:00:00+01:00</news:publication_date>
   <news:title>Rodéos : l&#8217;arrêté du préfet &amp; ses suites</news:title>
   <news:keywords>préfet, rodéos</news:keywords>
  </news:news>
 </url>
 <url><loc> /actualites/article-5678?a=1&amp;b=2 </loc><lastmod>2026-11-23</lastmod></url>
</urlset>"""
LOCATIONS = [
    "https://gazette-du-val.test/actualites/article-1234",
    "https://gazette-du-val.test/actualites/article-5678?a=1&b=2",
]


def urls_of(reading: SitemapReading) -> list[str]:
    return [entry.url for entry in reading.entries]


def urlset_of(*locations: str) -> bytes:
    return f"<urlset {NS}>{''.join(f'<url><loc>{location}</loc></url>' for location in locations)}</urlset>".encode()


def test_a_news_sitemap_gives_title_dates_and_language() -> None:
    reading = read_sitemap(URLSET.encode(), URL)
    first, second = reading.entries
    assert reading.outcome is Outcome.read
    assert urls_of(reading) == LOCATIONS
    assert (first.title, first.language) == ("Rodéos : l’arrêté du préfet & ses suites", "fr")
    assert (first.published, first.updated) == ("2026-11-24T12:00:00+01:00", "2026-11-24T14:05:00+01:00")
    assert (second.title, second.published, second.updated) == (None, None, "2026-11-23")
    assert first.through == "sitemap"


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(URLSET.encode(), mtime=0),
        gzip.compress(gzip.compress(URLSET.encode(), mtime=0), mtime=0),
        gzip.compress(URLSET[:300].encode(), mtime=0) + gzip.compress(URLSET[300:].encode(), mtime=0),
        URLSET.replace(NS, "").encode(),
        URLSET.replace("http://www.sitemaps.org/schemas/sitemap/0.9", "https://example.test/autre").encode(),
        URLSET.replace("<urlset", "<s:urlset").replace("</urlset", "</s:urlset").replace("<url>", "<s:url>")
        .replace("</url>", "</s:url>").replace("<loc>", "<s:loc>").replace("</loc>", "</s:loc>")
        .replace('xmlns="', 'xmlns:s="').encode(),
        URLSET.replace("&amp;b", "&b").encode(),
        URLSET.replace("UTF-8", "UTF-16").encode("utf-16"),
        ("\ufeff\n" + URLSET.partition("?>")[2]).encode(),
        URLSET.replace("<urlset", "<!DOCTYPE urlset SYSTEM 'x.dtd'><urlset").encode(),
        URLSET.encode() + b"<!-- cache -->",
    ],
    ids=["gzip", "twice", "members", "no namespace", "wrong namespace", "prefixed", "ampersand", "utf-16", "bom",
         "doctype", "tail"],
)  # fmt: skip
def test_every_dress_of_a_sitemap_gives_the_same_locations(body: bytes) -> None:
    reading = read_sitemap(body, URL)
    assert urls_of(reading) == LOCATIONS
    assert reading.outcome is Outcome.read


def test_an_index_gives_its_children_once_and_never_itself() -> None:
    """Given an index that names itself, one child twice and a bad address, when read, then the good child is there."""
    body = (
        f"<sitemapindex {NS}><sitemap><loc>{URL}</loc></sitemap><sitemap><loc>http://www.gazette-du-val.test/sitemap.xml"
        "</loc></sitemap><sitemap><loc>/sitemap-2026-11.xml.gz</loc><lastmod>2026-11-24</lastmod></sitemap>"
        "<sitemap><loc>/sitemap-2026-11.xml.gz</loc></sitemap><sitemap><loc>file:///etc/passwd</loc></sitemap>"
        "<sitemap>https://gazette-du-val.test/sans-loc.xml</sitemap></sitemapindex>"
    )
    reading = read_sitemap(body.encode(), URL)
    assert reading.children == (
        ChildSitemap("https://gazette-du-val.test/sitemap-2026-11.xml.gz", "2026-11-24"),
        ChildSitemap("https://gazette-du-val.test/sans-loc.xml"),
    )
    assert reading.entries == ()
    assert [fault.outcome for fault in reading.faults] == [Outcome.bad_url]


def test_text_sitemaps_and_feeds_are_sitemaps_too() -> None:
    lines = b"\xef\xbb\xbfPlan du site\r\nhttps://gazette-du-val.test/a\r\n\r\nhttps://gazette-du-val.test/b\r\n"
    reading = read_sitemap(lines, URL)
    assert urls_of(reading) == ["https://gazette-du-val.test/a", "https://gazette-du-val.test/b"]
    assert len(reading.faults) == 1
    feed = b"<rss version='2.0'><channel><item><title>T</title><link>/c</link></item></channel></rss>"
    (entry,) = read_sitemap(feed, URL).entries
    assert (entry.url, entry.through, entry.title) == ("https://gazette-du-val.test/c", "sitemap", "T")


@pytest.mark.parametrize(
    "body",
    [b"", b"<html><body><a href='https://a.test'>https://a.test</a></body></html>", b"Service indisponible", b"{}",
     b"<!doctype html>\nhttps://a.test/x\n", b"\x1f\x8b", b"\x1f\x8bpas du gzip", b"%PDF-1.4"],
)  # fmt: skip
def test_something_else_is_not_a_sitemap(body: bytes) -> None:
    reading = read_sitemap(body, URL)
    assert (reading.outcome, reading.entries, reading.children) == (Outcome.not_a_feed, (), ())


@pytest.mark.parametrize("cut", range(250, len(URLSET.encode()) - 8, 17))
@pytest.mark.parametrize("compressed", [False, True])
def test_a_cut_location_never_becomes_a_url(cut: int, compressed: bool) -> None:
    """Given the sitemap cut at any place, when read, then only locations of closed elements are used."""
    body = URLSET.encode()[:cut]
    reading = read_sitemap(gzip.compress(body) if compressed else body, URL)
    assert urls_of(reading) == LOCATIONS[: body.count(b"</url>")]
    assert reading.outcome is Outcome.feed_truncated


def test_a_gzip_stream_cut_in_the_middle_is_used_as_far_as_it_goes() -> None:
    whole = gzip.compress(urlset_of(*(f"https://gazette-du-val.test/{n * 7919}" for n in range(3000))))
    reading = read_sitemap(whole[: len(whole) // 2], URL)
    assert reading.outcome is Outcome.feed_truncated
    assert 500 < len(reading.entries) < 2500
    assert set(urls_of(reading)) <= {f"https://gazette-du-val.test/{n * 7919}" for n in range(3000)}


@pytest.mark.parametrize("layers", [1, 2])
def test_a_bomb_is_refused_at_the_limit(layers: int) -> None:
    """Given 300 MiB in a small gzip file, when read, then it is too large, soon, and without taking the memory."""
    bomb = gzip.compress(b"<urlset>" + b" " * (300 * 2**20), compresslevel=1)
    for _ in range(layers - 1):
        bomb = gzip.compress(bomb)
    tracemalloc.start()
    reading = read_sitemap(bomb, URL)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (reading.outcome, reading.entries) == (Outcome.too_large, ())
    assert peak < 200 * 2**20


def test_above_the_limit_the_newest_are_kept_and_the_rest_counted() -> None:
    """Given 30,000 locations, oldest first, when read with a limit, then the newest come, in bounded memory."""
    rows = "".join(
        f"<url><loc>https://gazette-du-val.test/a/{n}</loc><lastmod>20{10 + n // 5000:02}-01-01</lastmod></url>"
        for n in range(30_000)
    )
    body = f"<urlset {NS}>{rows}</urlset>".encode()
    tracemalloc.start()
    reading = read_sitemap(body, URL, limit=5_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(reading.entries), reading.left_out) == (5_000, 25_000)
    assert {entry.updated for entry in reading.entries} == {"2015-01-01"}
    assert peak < 40 * 2**20


def test_a_bad_location_is_named_and_leaves_its_neighbours_alone() -> None:
    reading = read_sitemap(urlset_of("https://a.test/1", "javascript:x", "", "http://", "https://a.test/2"), URL)
    assert urls_of(reading) == ["https://a.test/1", "https://a.test/2"]
    assert [fault.detail for fault in reading.faults] == [
        'location "javascript:x" is no usable http or https URL', 'location "http://" is no usable http or https URL',
    ]  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        b"<!DOCTYPE urlset [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '" + b"&a;" * 10_000 + b"'>]><urlset><url><loc>"
        + b"&b;" * 10_000 + b"</loc></url></urlset>",
        b"<urlset>" + b"<url>" * 400_000,
        b"<urlset>" + b"<a>" * 400_000,
        b"<urlset " + b"".join(b"a%d='1' " % n for n in range(80_000)) + b"/>",
        b"<urlset><url><loc>" + b"&" * 3_000_000,
    ],
    ids=["entities", "urls", "depth", "attributes", "ampersands"],
)  # fmt: skip
def test_hostile_bodies_end_soon(body: bytes) -> None:
    started = time.process_time()
    read_sitemap(body, URL)
    assert time.process_time() - started < 10
