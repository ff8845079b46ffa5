"""Hazards F1 to F12: feeds, sitemaps and listings that are none, cut, hostile, endless or moved.

One newsroom with a source for each fault is visited four times by real crawls while its entry points change.
"""

import http.server
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from archive.outcomes import Outcome
from config.models import Limits
from crawler.discovery.feed import read_feed
from crawler.reading import Reading, read_entry_point
from tests.hazards.bad_feeds import LINKS, SECRET, SITEMAP, BadFeeds, make_feed, make_item, make_listing
from tests.site.server import Site

pytestmark = pytest.mark.slow

LOGIN = b"<!doctype html><html><body><h1>Connexion</h1><form><input name='mot'></form></body></html>"
SAME = make_feed(make_item("Une brigade de nuit", "{base}/article/une-brigade-de-nuit")).decode()
LAUGHS = "".join(f'<!ENTITY rire{n} "{f"&rire{n - 1};" * 10}">' for n in range(1, 11))


def put_entries(room: BadFeeds, day: str, *, guid: str, slug: str = "premier") -> None:
    """The feeds and the sitemap that say the same of the same articles, in the words of that day."""
    base = room.base
    rows = "".join(f"<url><loc>{base}{link}</loc><lastmod>{day}</lastmod></url>" for link in LINKS)
    room.pin("/dead-dates.xml", f"<urlset {SITEMAP}>{rows}</urlset>".encode(), "application/xml")
    items = [
        make_item(f"Affaire {n}", f"{base}/article/affaire-{n}", f"<guid isPermaLink='false'>{guid}-{n}</guid>")
        for n in range(3)
    ]
    shared = "<guid isPermaLink='false'>toujours-le-meme</guid>"
    items.append(make_item("Titre premier", f"{base}/article/{slug}", shared))
    room.pin("/guids.xml", make_feed(*items))


def put_tags(room: BadFeeds, visit: int) -> None:
    """A feed that changes under one ETag, so that the server answers 304; and one that does not, under new ones."""
    old, new = (make_item(f"Numéro {n}", f"{room.base}/article/numero-{n}") for n in (1, 2))
    tag = (("ETag", '"inchange"'),)
    if visit == 2:
        room.pin("/same-tag.xml", b"", status=304, headers=tag)
    else:
        room.pin("/same-tag.xml", make_feed(old) if visit == 1 else make_feed(new, old), headers=tag)
    room.pin("/new-tag.xml", SAME.format(base=room.base).encode(), headers=(("ETag", f'"{visit}"'),))


def put_turned(room: BadFeeds, *, good: bool) -> None:
    """A feed that becomes a login page, and a listing that loses its links."""
    feed = make_feed(make_item("Avant la panne", f"{room.base}/article/avant-la-panne"))
    room.pin("/turned.xml", feed if good else LOGIN)
    listing = make_listing(*(room.base + link for link in LINKS)) if good else b"<html><div id='app'></div></html>"
    room.pin("/listing", listing, "text/html")


def put_entities(room: BadFeeds) -> list[str]:
    """Feeds whose document types ask for much: nested, repeated, a file of this machine, an address of the site."""
    item = make_item("Un titre &e; sain", f"{room.base}/article/entites")
    outside, inner = room.site.url("rempart", "/entite.dtd"), room.secret.as_uri()
    laughs, repeated = f'<!ENTITY rire0 "ha">{LAUGHS}', f'<!ENTITY q "{"q" * 100_000}">'
    doctypes = {
        "/laughs.xml": (item.replace("&e;", "&rire10;"), f"<!DOCTYPE rss [{laughs}]>"),
        "/quadratic.xml": (item.replace("&e;", "&q;" * 50_000), f"<!DOCTYPE rss [{repeated}]>"),
        "/file.xml": (item, f'<!DOCTYPE rss [<!ENTITY e SYSTEM "{inner}">]>'),
        "/address.xml": (item, f'<!DOCTYPE rss SYSTEM "{outside}" [<!ENTITY e SYSTEM "{outside}">]>'),
        "/parameter.xml": (item, f'<!DOCTYPE rss [<!ENTITY % p SYSTEM "{outside}"> %p; ]>'),
    }
    return [room.pin(path, make_feed(said, doctype=doctype)) for path, (said, doctype) in doctypes.items()]


def put_texts(room: BadFeeds) -> str:
    """One feed in UTF-8 with a byte of latin-1, and with what no text may hold."""
    bad = make_feed(
        make_item("Préfet, côté ouest : grève levée", f"{room.base}/article/greve"),
        make_item("Gr&#x1;ève\x00 &#xD800;&#0;du \x0bmardi", f"{room.base}/article/mardi"),
    )
    return room.pin("/texts.xml", bad.replace("levée".encode(), b"lev\xe9e") + b"<!-- fran\xe7ais -->")


def add_sources(room: BadFeeds) -> None:
    """One source a fault."""
    base, own = room.base, room.site.url("rempart", "")
    cut = make_feed(make_item("Entier", f"{base}/article/entier"), make_item("Coupé", f"{base}/article/coupe-1234"))
    room.add("login", feeds=[f"{base}/feed/html", f"{base}/feed/empty", f"{base}/feed/json", f"{own}/turned.xml"])
    room.add("cut", feeds=[room.pin("/cut.xml", cut[: cut.rindex(b"234")])], sitemaps=[f"{base}/sitemap/cut"])
    room.add("entities", feeds=put_entities(room))
    room.add("texts", feeds=[put_texts(room)])
    room.add("odd", feeds=[f"{base}/feed/odd-links"])
    limits = {"feed_entries": 5, "sitemap_urls": 6, "listing_links": 4}
    room.add("long", feeds=[f"{base}/feed/huge?items=30"], sitemaps=[f"{base}/sitemap/huge?urls=30"],
             listings=[f"{base}/listing/huge?links=30"], limits=limits)  # fmt: skip
    maps = [f"{base}/sitemap/{name}" for name in ("self", "ring-a", "deep/5", "other-hosts")]
    room.add("rings", sitemaps=[*maps, f"{own}/dead-dates.xml"])
    room.add("guids", feeds=[f"{own}/guids.xml"])
    quiet = room.pin("/quiet.xml", make_feed(make_item("Rien", f"{base}/article/rien-de-neuf")), etag=True)
    room.add("tags", feeds=[quiet, f"{own}/same-tag.xml", f"{own}/new-tag.xml"])
    for path, status in (("/not-found.xml", 404), ("/gone.xml", 410)):
        room.pin(path, b"<p>Page introuvable</p>", "text/html", status=status)
    home = room.pin("/home", LOGIN, "text/html")
    room.pin("/to-home.xml", b"", status=302, headers=(("Location", home),))
    moved = [f"{base}/feed/moved", *(f"{own}/{name}.xml" for name in ("to-home", "not-found", "gone"))]
    room.add("moved", feeds=moved)
    room.add("bare", listings=[f"{own}/listing"])


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory, running_site: Site) -> Iterator[BadFeeds]:
    """Four visits: as it was, the same said otherwise, a day later, once more."""
    running_site.reset()
    room = BadFeeds(tmp_path_factory.mktemp("bad-feeds"), running_site)
    add_sources(room)
    put_turned(room, good=True)
    put_tags(room, 1)
    put_entries(room, "2026-03-01", guid="premier")
    room.visit()
    room.say("extract")
    put_turned(room, good=False)
    put_tags(room, 2)
    put_entries(room, "2026-03-02", guid="autre", slug="second")
    room.visit()
    put_tags(room, 3)
    room.a_day_later()
    room.visit()
    put_tags(room, 4)
    room.visit()
    room.say("extract")
    yield room
    running_site.reset()


def test_f1_what_is_no_feed_is_named_three_times_and_the_last_good_state_stays(room: BadFeeds) -> None:
    """HTML, nothing, JSON or a login page is `not_a_feed`; what was read stays; after three it is set aside."""
    turned = room.site.url("rempart", "/turned.xml")
    for address in (turned, *(f"{room.base}/feed/{name}" for name in ("html", "empty", "json"))):
        assert room.outcome_of(address) == "not_a_feed"
    rows = room.station.rows("SELECT set_aside_why, entries_sha256 IS NOT NULL FROM entry_point WHERE url = ?", turned)
    assert rows == [("not_a_feed: " + Outcome.not_a_feed.sentence, 1)]
    assert "/article/avant-la-panne" in room.seen_by("login")
    told = [line for line in room.say("sources", "list", "--failing").splitlines() if line.startswith("login")]
    assert any(turned in line and "set aside" in line and "not_a_feed" in line for line in told)
    assert any("every address is set aside; give it others" in line for line in told)
    assert "3 looks" in room.say("sources", "show", "login")


def test_f2_from_what_was_cut_only_whole_entries_are_used(room: BadFeeds) -> None:
    """A feed or sitemap cut in the middle gives its complete entries, no half address, and is marked."""
    assert room.outcome_of(room.site.url("rempart", "/cut.xml")) == "feed_truncated"
    assert room.outcome_of(f"{room.base}/sitemap/cut") == "feed_truncated"
    assert set(room.seen_by("cut")) == {"/article/entier", "/article/1"}
    assert not room.station.rows("SELECT url FROM fetch_attempt WHERE url LIKE '%/article/coupe%'")
    assert "feed_truncated" in room.say("sources", "show", "cut")


def test_f3_entities_open_nothing_and_grow_nothing(room: BadFeeds) -> None:
    """Billion laughs, repeated and external entities: no expansion, no file and no address is opened."""
    assert set(room.seen_by("entities")) == {"/article/entites"}
    assert room.station.rows("SELECT max(length(title)) < 6100 FROM sighting WHERE source = 'entities'") == [(1,)]
    assert not [one for asked in room.asked for one in asked if one.path == "/entite.dtd"]
    assert SECRET not in room.visits[0].errors
    assert not room.station.rows("SELECT id FROM sighting WHERE title LIKE ?", f"%{SECRET}%")


@pytest.mark.parametrize("path", ["/laughs.xml", "/quadratic.xml", "/file.xml"])
def test_f3_each_is_read_in_less_than_a_second(room: BadFeeds, path: str) -> None:
    """A feed full of entities takes no longer than another."""
    body = room.body_of(path)
    started = time.process_time()
    reading = read_feed(body, room.site.url("rempart", path))
    assert time.process_time() - started < 1
    assert [entry.url for entry in reading.entries] == [f"{room.base}/article/entites"]


def test_f4_one_bad_byte_and_forbidden_characters_leave_the_french_right(room: BadFeeds) -> None:
    """One latin-1 byte in a UTF-8 feed changes no other accent; NUL, &#x1; and lone surrogates go."""
    assert room.seen_by("texts") == {
        "/article/greve": "Préfet, côté ouest : grève levée",
        "/article/mardi": "Grève du mardi",
    }


def test_f5_each_bad_link_is_counted_and_named_and_its_neighbours_are_fetched(room: BadFeeds) -> None:
    """An item without a usable link ends as `bad_url`, named in the log and beside the request; the others are read."""
    sound = {"/article/relatif", "/article/sur-deux-lignes", "/article/avec%20des%20blancs", "/article/sain"}
    assert set(room.seen_by("odd")) == sound
    outcomes = room.station.outcomes()
    assert {outcomes[path] for path in sound} == {"fetched"}
    assert room.counted("odd", "bad_url") == 5
    ((detail,),) = room.station.rows("SELECT detail FROM fetch_attempt WHERE url LIKE '%/feed/odd-links'")
    assert detail.startswith('5 without a usable address: item "guid seul": no link; item "sans lien": no link; ')
    assert f"odd {room.base}/feed/odd-links: {detail}" in room.visits[0].errors
    assert not [row for row in room.station.rows("SELECT url FROM fetch_attempt") if not row[0].startswith("http")]


def test_f6_above_the_limit_the_rest_is_counted_and_said(room: BadFeeds) -> None:
    """A feed, sitemap or listing above its limit is cut there, with a warning that says how many were left out."""
    left_out = {"feed/huge?items=30": 25, "sitemap/huge?urls=30": 24, "listing/huge?links=30": 26}
    for path, count in left_out.items():
        warning = f"WARNING: long {room.base}/{path}: {count} entries above the limit left out"
        assert warning in room.visits[0].errors
    assert "/article/0" in room.seen_by("long") and "/article/29" not in room.seen_by("long")


@dataclass(frozen=True)
class Huge:
    """A huge entry point: its body, and what must be kept of it under the limits that an installation starts with."""

    through: str
    body: bytes
    kept: int
    left_out: int
    newest: str | None


def make_huge(through: str) -> Huge:
    """As many entries as some publishers really list, oldest first."""
    if through == "feed":
        items = [make_item("T", f"/a/{n}", f"<pubDate>2026-{n // 2000 + 1:02}-01</pubDate>") for n in range(20_000)]
        return Huge(through, make_feed(*items), 2_000, 18_000, "2026-10-01")
    if through == "listing":
        links = [f"/article/{n}-une-affaire-de-plus-au-commissariat" for n in range(100_000)]
        return Huge(through, make_listing(*links), 500, 99_500, None)
    rows = [f"<url><loc>/a/{n}</loc><lastmod>{2001 + n // 50_000}-01-01</lastmod></url>" for n in range(500_000)]
    body = f"<urlset {SITEMAP}>{''.join(rows)}</urlset>".encode()
    return Huge(through, body, 50_000, 450_000, "2010-01-01")


@pytest.mark.parametrize("through", ["feed", "sitemap", "listing"])
def test_f6_what_is_really_huge_is_cut_at_the_default_soon(through: str) -> None:
    """20,000 items, 500,000 addresses, 100,000 links: the newest up to the limit, the rest counted, within seconds."""
    huge = make_huge(through)
    started = time.process_time()
    reading = read_entry_point(through, huge.body, "https://val.test/x", None, Limits(), lambda _: True)
    assert time.process_time() - started < 10
    assert (len(reading.entries), reading.left_out) == (huge.kept, huge.left_out)
    assert {entry.published or entry.updated for entry in reading.entries} == {huge.newest}


def test_f6_the_limits_an_installation_starts_with_are_those_of_the_rules() -> None:
    """The defaults that are passed on to the readers: 2,000 entries, 50,000 addresses, two levels, 500 links."""
    limits = Limits()
    found = (limits.feed_entries, limits.sitemap_urls, limits.sitemap_depth, limits.listing_links)
    assert found == (2_000, 50_000, 2, 500)


def test_f7_sitemaps_in_circles_end_and_stay_in_scope(room: BadFeeds) -> None:
    """An index in itself, two in each other, five levels, other hosts: each once, two levels deep, own hosts only."""
    asked = [one.path for one in room.asked[0] if one.path.startswith("/sitemap/") and "huge" not in one.path]
    assert len(asked) == len(set(asked))
    assert "/sitemap/deep/3" in asked and "/sitemap/deep/2" not in asked
    outcomes = dict(room.station.rows("SELECT url, outcome FROM candidate"))
    assert outcomes["https://ailleurs.exemple.test/a"] == "out_of_scope"
    assert outcomes["http://10.0.0.1/b"] == "refused_private"
    ended = room.station.outcomes()
    assert {ended[f"/article/{name}"] for name in ("ici", "sitemap-0", "sitemap-2")} == {"fetched"}


def test_f7_dates_that_are_all_now_ask_for_nothing(room: BadFeeds) -> None:
    """A sitemap whose every lastmod moves at each visit makes no article be fetched again."""
    assert set(LINKS) <= set(room.seen_by("rings"))
    for asked in room.asked[1:]:
        assert not [one.path for one in asked if one.path in LINKS]


def test_f8_guids_that_change_or_repeat_make_no_second_document(room: BadFeeds) -> None:
    """All guids changed: the articles are known, none is fetched, made or told again.

    One guid under another address is another article, as some feeds give every item the same one: the address decides,
    never the guid. Where a publisher renames an article, its redirect or canonical link says so (hazard U3).
    """
    log = room.station.rows(
        "SELECT document.url, kind FROM change JOIN document ON document.id = change.document "
        "WHERE document.url LIKE '%/article/affaire-%' OR document.url LIKE '%/article/premier'"
    )
    names = ("affaire-0", "affaire-1", "affaire-2", "premier")
    assert sorted(log) == [(f"{room.base}/article/{name}", "new") for name in names]
    for asked in room.asked[1:]:
        assert not [one.path for one in asked if one.path.startswith("/article/affaire-")]
    assert room.station.outcomes()["/article/second"] == "fetched"


def test_f9_an_unchanged_body_makes_no_capture(room: BadFeeds) -> None:
    """304, and the same body under new ETags: `same`, and once a day a revisit record at most."""
    asked = [[one for one in visit if one.path == "/quiet.xml"] for visit in room.asked]
    assert [[one.status for one in visit] for visit in asked] == [[200], [304], [200], [304]]
    assert [one.conditional for visit in asked for one in visit] == [False, True, False, True]
    for path in ("/quiet.xml", "/new-tag.xml"):
        address = room.site.url("rempart", path)
        captures = room.station.rows("SELECT revisit_of IS NULL FROM capture WHERE url = ? ORDER BY id", address)
        assert captures == [(1,), (0,)], address
        assert room.outcome_of(address) == "same"


def test_f9_what_changed_under_the_same_etag_is_found_within_a_day(room: BadFeeds) -> None:
    """A server that answers 304 though its feed changed hides news for a day at most: then the whole is asked for."""
    asked = [[one for one in visit if one.path == "/same-tag.xml"] for visit in room.asked]
    assert [one.conditional for visit in asked for one in visit] == [False, True, False, True]
    assert set(room.seen_by("tags")) >= {"/article/numero-1", "/article/numero-2"}
    first, found = ([one.path for one in room.asked[n] if one.path == "/article/numero-2"] for n in (1, 2))
    assert (first, found) == ([], ["/article/numero-2"])


def test_f10_a_feed_that_moved_is_followed_and_reported(room: BadFeeds) -> None:
    """301: followed, and the log says where to, for the operator to edit; `sources try` says it too."""
    old, new = f"{room.base}/feed/moved", f"{room.base}/feed/of?path=/article/a"
    assert room.outcome_of(old) in ("read", "same")
    assert "/article/a" in room.seen_by("moved")
    assert f"moved {old}: moved to {new}; the configuration may be edited" in room.visits[0].errors
    assert f"moved to {new}: put that into the entry" in room.say("sources", "try", "moved")


def test_f10_what_is_gone_or_leads_home_is_reported_and_nothing_edits_the_configuration(room: BadFeeds) -> None:
    """404, 410 and a redirect to the home page: named, set aside after three, never put into the configuration."""
    own = room.site.url("rempart", "")
    ends = {f"{own}/not-found.xml": "gone", f"{own}/gone.xml": "gone", f"{own}/to-home.xml": "not_a_feed"}
    told = room.say("status")
    for address, outcome in ends.items():
        assert room.outcome_of(address) == outcome
        assert any(address in line and "set aside" in line and outcome in line for line in told.splitlines())
    assert f"moved {own}/to-home.xml: moved to {own}/home; which ended not_a_feed" in room.visits[0].errors
    assert room.is_configuration_untouched()


def test_f11_a_listing_without_its_links_is_a_warning_and_flagged_after_three(room: BadFeeds) -> None:
    """No link where twenty are usual: the run ends well, `no_links`, and the address is flagged at the third time."""
    listing = room.site.url("rempart", "/listing")
    assert room.outcome_of(listing) == "no_links"
    assert [(visit.status, visit.end) for visit in room.visits] == [(0, "finished")] * 4
    for visit in room.visits[1:3]:
        assert f"{listing}: set aside" not in visit.errors
    assert f"bare {listing}: set aside (no_links)" in room.visits[3].errors
    told = [line for line in room.say("sources", "list", "--failing").splitlines() if line.startswith("bare")]
    assert any("no_links" in line and "set aside" in line for line in told)
    assert set(room.station.outcomes()) >= set(LINKS)


@pytest.fixture
def tempting_server() -> Iterator[tuple[str, list[str]]]:
    """A server that notes what anybody asks it for, and its address."""
    asked: list[str] = []

    class Noting(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *values: object) -> None:
            """Quiet."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Noting)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/flux.xml", asked
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("around", ["{}", "<rss version='2.0' {}", "{}\n<rss version='2.0' <"])
def test_f12_a_body_that_names_a_file_or_address_opens_neither(
    around: str, tmp_path: Path, tempting_server: tuple[str, list[str]]
) -> None:
    """A body that is the name of a file or an address is read as a body, also where the loose reader gets it."""
    address, asked = tempting_server
    feed = tmp_path / "flux.xml"
    feed.write_bytes(make_feed(make_item("Lu sur le disque", "https://val.test/a")))
    for named in (str(feed), feed.as_uri(), address):
        reading: Reading = read_entry_point(
            "feed", around.format(named).encode(), "https://val.test/rss", None, Limits(), lambda _: True
        )
        assert reading.entries == ()
    assert asked == []


def test_all_that_was_archived_is_whole(room: BadFeeds) -> None:
    """After all visits the archive reads back without damage, and no request ended without a name."""
    assert room.station.verify().damages == ()
    assert all("no_outcome" not in visit.counts and "Traceback" not in visit.errors for visit in room.visits)
