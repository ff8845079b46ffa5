"""Entry points over several visits: cut, moved, emptied, too long, set aside and back again."""

import pytest

from tests.crawler.crawling import LONG_AGO, Station
from tests.site.messages import Response
from tests.site.trouble import TROUBLE

pytestmark = pytest.mark.slow

RSS = "application/rss+xml"
ITEMS = tuple(f"<item><title>n° {n}</title><link>/article/{n}</link></item>" for n in range(3))


def put_feed(station: Station, items: str, *, end: str = "</channel></rss>") -> None:
    """What the feed of `rempart` answers from now on."""
    body = f"<rss version='2.0'><channel><title>Essai</title>{items}{end}"
    station.site.put("rempart", "/feed/", Response(body.encode(), RSS, headers=(("ETag", '"toujours-le-meme"'),)))


def test_a_feed_that_came_cut_is_asked_for_without_conditions_next_time(station: Station) -> None:
    # given: two entries and a piece of the third, under a mark of version that does not change
    put_feed(station, ITEMS[0] + ITEMS[1] + ITEMS[2][:30], end="")
    station.crawl("rempart")
    assert station.rows("SELECT last_outcome FROM entry_point WHERE source = 'rempart'") == [("feed_truncated",)]
    assert set(station.outcomes()) == {"/article/0", "/article/1"}

    # when
    put_feed(station, "".join(ITEMS))
    station.site.forget_requests()
    station.crawl("rempart")

    # then
    assert [one.conditional for one in station.site.requests("rempart") if one.path == "/feed/"] == [False]
    assert "/article/2" in station.outcomes()


def test_an_address_that_has_worked_is_tried_again_after_it_was_set_aside(station: Station) -> None:
    # given: a feed that was read, and then was gone for as many visits as settle it
    station.set_limits(address_trials=1)
    put_feed(station, ITEMS[0])
    station.crawl("rempart")
    station.site.put("rempart", "/feed/", Response(b"<p>Maintenance</p>", status=404))
    station.crawl("rempart")
    ((since,),) = station.rows("SELECT set_aside_at FROM entry_point WHERE source = 'rempart'")
    assert since is not None

    # when: within a day
    station.site.forget_requests()
    station.crawl("rempart")
    # then
    assert station.site.requests("rempart") == ()

    # when: a day later, still gone
    station.execute("UPDATE entry_point SET last_look_at = ?", LONG_AGO)
    station.crawl("rempart")
    # then: asked once, and set aside since the same moment
    assert station.site.count("/feed/", "rempart") == 1
    assert station.rows("SELECT set_aside_at FROM entry_point WHERE source = 'rempart'") == [(since,)]

    # when: it is back
    put_feed(station, "".join(ITEMS))
    station.execute("UPDATE entry_point SET last_look_at = ?", LONG_AGO)
    station.crawl("rempart")
    # then
    assert station.rows("SELECT set_aside_at, failures FROM entry_point WHERE source = 'rempart'") == [(None, 0)]
    assert "/article/2" in station.outcomes()


def test_of_an_index_of_hundreds_only_the_sitemaps_looked_at_get_a_row(station: Station) -> None:
    # given
    base = f"http://{TROUBLE}:{station.site.port}/sitemap"
    children = "".join(f"<sitemap><loc>{base}/sound?n={number}</loc></sitemap>" for number in range(300))
    index = f"<sitemapindex xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{children}</sitemapindex>"
    station.site.put("rempart", "/plan.xml", Response(index.encode(), "application/xml"))
    station.add_source("plan", TROUBLE, homepage=f"http://{TROUBLE}:{station.site.port}/",
                       sitemaps=[f"http://127.0.0.2:{station.site.port}/plan.xml"])  # fmt: skip

    # when
    station.crawl("plan")

    # then
    assert station.rows("SELECT count(*), min(looks) FROM entry_point WHERE parent IS NOT NULL") == [(10, 1)]
