"""Feeds of every format, broken and hostile ones (hazards F1 to F6)."""

import json
import time

import pytest

from archive.outcomes import Outcome
from crawler.discovery.feed import FeedReading, read_feed

URL = "https://www.syndicat-val.test/feed/"

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:atom="http://www.w3.org/2005/Atom" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/">
<channel>
 <title>Syndicat du Val &amp; de la Plaine</title>
 <link>https://www.syndicat-val.test</link>
 <atom:link href="https://www.syndicat-val.test/feed/" rel="self" type="application/rss+xml"/>
 <language>fr-FR</language>
 <sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>
 <image><title>Logo</title><link>https://www.syndicat-val.test/logo</link></image>
 <item>
  <title>Préavis de grève à l&#8217;hôtel de police</title>
  <link>https://www.syndicat-val.test/2026/11/preavis/?utm_source=rss</link>
  <dc:creator><![CDATA[Camille Vernet]]></dc:creator>
  <pubDate>Tue, 24 Nov 2026 14:05:00 +0100</pubDate>
  <guid isPermaLink="false">https://www.syndicat-val.test/?p=4312</guid>
  <description><![CDATA[<p>Le <b>bureau</b> dépose un préavis&nbsp;&hellip;</p>]]></description>
  <content:encoded><![CDATA[<p>Texte entier.</p>]]></content:encoded>
 </item>
 <item>
  <title>Tract n° 12</title>
  <link>https://www.syndicat-val.test/tract-12/</link>
  <pubDate>Mon, 23 Nov 2026 09:00:00 +0100</pubDate>
  <enclosure url="/tracts/12.pdf" type="application/pdf" length="1000"/>
  <enclosure url="/tracts/12.mp3" type="audio/mpeg" length="1000"/>
 </item>
</channel></rss>"""

ATOM = """<?xml version="1.0" encoding="utf-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr" xml:base="https://www.radio-val.test/infos/">
 <title>Radio du Val</title><link href="https://www.radio-val.test/"/><id>urn:x</id>
 <updated>2026-11-24T15:00:00+01:00</updated>
 <entry>
  <title type="html">Police municipale : &lt;i&gt;« nouvelles »&lt;/i&gt; tenues</title>
  <link rel="replies" href="tenues#c"/><link rel="alternate" type="application/json" href="tenues.json"/>
  <link rel="alternate" type="text/html" href="tenues"/>
  <link rel="enclosure" type="application/pdf" href="tenues.pdf"/>
  <id>urn:uuid:1</id><published>2026-11-24T12:00:00+01:00</published><updated>2026-11-24T14:00:00+01:00</updated>
  <author><name>Inès Marchal</name></author><author><name>Paul Oriol</name></author>
  <summary>Deux couleurs.</summary>
 </entry>
</feed>"""


def rss_of(*items: str, head: str = "") -> bytes:
    return f'<rss version="2.0"><channel><title>T</title>{head}{"".join(items)}</channel></rss>'.encode()


def urls_of(reading: FeedReading) -> list[str]:
    return [entry.url for entry in reading.entries]


def test_rss_with_all_its_modules() -> None:
    reading = read_feed(RSS.encode(), URL, "application/rss+xml; charset=UTF-8")
    article, tract, pdf = reading.entries
    assert (reading.outcome, reading.format, reading.language, reading.ttl_minutes) == (
        Outcome.read,
        "rss20",
        "fr-FR",
        30,
    )
    assert reading.title == "Syndicat du Val & de la Plaine"
    assert article.url == "https://www.syndicat-val.test/2026/11/preavis/?utm_source=rss"
    assert article.title == "Préavis de grève à l’hôtel de police"
    assert article.published == "Tue, 24 Nov 2026 14:05:00 +0100"
    assert article.authors == ("Camille Vernet",)
    assert article.summary == "Le bureau dépose un préavis …"
    assert article.guid == "https://www.syndicat-val.test/?p=4312"
    assert article.through == "feed"
    assert tract.url == "https://www.syndicat-val.test/tract-12/"
    assert (pdf.url, pdf.title, pdf.published) == (
        "https://www.syndicat-val.test/tracts/12.pdf", "Tract n° 12", "Mon, 23 Nov 2026 09:00:00 +0100",
    )  # fmt: skip


def test_atom_takes_the_page_among_several_links() -> None:
    reading = read_feed(ATOM.encode(), "https://www.radio-val.test/atom.xml", None)
    article, pdf = reading.entries
    assert reading.format == "atom10"
    assert article.url == "https://www.radio-val.test/infos/tenues"
    assert article.title == "Police municipale : « nouvelles » tenues"
    assert (article.published, article.updated) == ("2026-11-24T12:00:00+01:00", "2026-11-24T14:00:00+01:00")
    assert article.authors == ("Inès Marchal", "Paul Oriol")
    assert article.language == "fr"
    assert pdf.url == "https://www.radio-val.test/infos/tenues.pdf"


@pytest.mark.parametrize(
    ("document", "feed_format"),
    [
        ('<rss version="0.91"><channel>{item}</channel></rss>', "rss091"),
        ('<rss version="0.92"><channel>{item}</channel></rss>', "rss092"),
        ("<rss><channel>{item}</channel></rss>", "rss"),
        ('<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"><channel/>'
         "{item}</rdf:RDF>", "rss10"),
        ('<r:rss version="2.0" xmlns:r="http://val.test/rss2"><r:channel><r:item><r:title>Un titre</r:title>'
         "<r:link>https://val.test/a</r:link></r:item></r:channel></r:rss>", "rss20"),
        ('<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title mode="base64">VW4gdGl0cmU=</title>'
         '<link rel="alternate" type="text/html" href="https://val.test/a"/></entry></feed>', "atom03"),
        ('<CHANNEL HREF="https://val.test/"><ITEM HREF="/a"><TITLE>Un titre</TITLE></ITEM></CHANNEL>', "cdf"),
        ('{{"version": "https://jsonfeed.org/version/1", "title": "T", "items": [{{"url": "https://val.test/a", '
         '"title": "Un titre"}}]}}', "json10"),
        ('{{"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": [{{"url": "/a", '
         '"title": "Un titre"}}]}}', "json11"),
    ],
)  # fmt: skip
def test_every_format_gives_the_same_entry(document: str, feed_format: str) -> None:
    item = "<item><title>Un titre</title><link>https://val.test/a</link></item>"
    reading = read_feed(document.format(item=item).encode(), "https://val.test/feed", None)
    assert reading.format == feed_format
    assert [(entry.url, entry.title) for entry in reading.entries] == [("https://val.test/a", "Un titre")]


def test_json_feed_fields() -> None:
    feed = {
        "version": "https://jsonfeed.org/version/1.1", "title": "T", "language": "fr",
        "items": [
            {"id": 7, "url": "https://val.test/a", "title": "A", "date_published": "2026-11-24T12:00:00Z",
             "date_modified": "2026-11-24T13:00:00Z", "authors": [{"name": "Inès Marchal"}, 0],
             "summary": "<b>S</b>",
             "attachments": [{"url": "https://val.test/a.pdf", "mime_type": "application/pdf"}, 3]},
            None, {"id": "x"}, {"url": ["https://val.test/liste"]},
        ],
    }  # fmt: skip
    reading = read_feed(json.dumps(feed).encode(), "https://val.test/feed.json", "application/feed+json")
    assert urls_of(reading) == ["https://val.test/a", "https://val.test/a.pdf"]
    entry = reading.entries[0]
    assert (entry.guid, entry.authors, entry.summary, entry.language) == ("7", ("Inès Marchal",), "S", "fr")
    assert [fault.outcome for fault in reading.faults] == [Outcome.bad_url, Outcome.bad_url]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"   \n", b"<!doctype html><html><body><form>Mot de passe</form></body></html>", b'{"error": "login"}',
        b"[1, 2]", b"{", b"Service indisponible", b"%PDF-1.7 x", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<",
        b"\x00\x01\x02", b"<urlset><url><loc>https://val.test/a</loc></url></urlset>", b"[" * 200_000,
    ],
)  # fmt: skip
def test_something_else_is_not_a_feed(body: bytes) -> None:
    reading = read_feed(body, URL, "text/html")
    assert (reading.outcome, reading.entries, reading.format) == (Outcome.not_a_feed, (), None)


def test_a_page_that_mentions_a_feed_is_no_feed() -> None:
    page = "<!doctype html><html><body><pre>Un flux commence par &lt;rss version=</pre><p>Texte</p></body></html>"
    assert read_feed(page.encode(), URL, "text/html").outcome is Outcome.not_a_feed


@pytest.mark.parametrize("cut", range(40, len(RSS) - 7, 29))
def test_from_a_feed_cut_anywhere_only_complete_entries_are_used(cut: int) -> None:
    """Given the feed cut at any place, when read, then no URL appears that the whole feed does not have."""
    whole = set(urls_of(read_feed(RSS.encode(), URL, None)))
    reading = read_feed(RSS.encode()[:cut], URL, None)
    assert set(urls_of(reading)) <= whole
    complete = RSS.encode()[:cut].count(b"</item>")
    assert len(reading.entries) == {0: 0, 1: 1, 2: 3}[complete]
    assert reading.outcome in (Outcome.feed_truncated, Outcome.not_a_feed)
    if complete:
        assert reading.outcome is Outcome.feed_truncated


ITEM = "<item><title>{title}</title><link>https://val.test/a</link></item>"


def test_one_latin_1_byte_does_not_spoil_the_accents_of_a_utf_8_feed() -> None:
    body = rss_of(ITEM.format(title="Préfet, côté ouest : grève levée")) + b"<!-- fran\xe7ais -->"
    body = body.replace("levée".encode(), b"lev\xe9e")
    assert read_feed(body, URL, "text/xml; charset=utf-8").entries[0].title == "Préfet, côté ouest : grève levée"


@pytest.mark.parametrize(
    ("encoding", "declaration", "content_type"),
    [
        ("utf-8", "", None),
        ("utf-8", "UTF-8", "application/xml; charset=iso-8859-1"),
        ("latin-1", "ISO-8859-1", "application/rss+xml"),
        ("cp1252", "ISO-8859-1", None),
        ("cp1252", "UTF-8", "text/xml; charset=windows-1252"),
        ("cp1252", "", None),
        ("utf-8-sig", "UTF-8", None),
        ("utf-16", "UTF-16", None),
        ("utf-16-le", "UTF-16", None),
        ("utf-16-be", "", None),
        ("utf-32", "UTF-32", None),
        ("utf-32-le", "UTF-32", None),
        ("utf-32-be", "", None),
    ],
)
def test_every_encoding_gives_exact_french(encoding: str, declaration: str, content_type: str | None) -> None:
    title = "Œuvre sociale : l’été à Noël – 3 €" if "1252" in encoding else "Été à Noël, hôtel où ça gèle"
    if "utf" in encoding:
        title = "Œuvre sociale : l’été à Noël – 3 €"
    declared = f'<?xml version="1.0" encoding="{declaration}"?>' if declaration else ""
    body = (declared + rss_of(ITEM.format(title=title)).decode()).encode(encoding)
    assert read_feed(body, URL, content_type).entries[0].title == title


def test_forbidden_characters_and_references_are_removed() -> None:
    title = "Gr&#x1;ève\x00 &#xD800;&#0;du \x0bmardi\ufffe &#146;ici&#146; &nbsp;&eacute;t&eacute; AT&T &inconnu;"
    reading = read_feed(rss_of(ITEM.format(title=title)), URL, None)
    assert reading.entries[0].title == "Grève du mardi ’ici’ été AT&T &inconnu;"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Police &amp; justice", "Police & justice"),
        ("Police &amp;amp; justice", "Police & justice"),
        ("L&amp;#8217;enqu&amp;ecirc;te", "L’enquête"),
        ("<![CDATA[<b>Grève</b> : 3 < 5]]>", "Grève : 3 < 5"),
        ("&lt;em&gt;Grève&lt;/em&gt;", "Grève"),
        ("  Un\n titre\tlong ", "Un titre long"),
        ("e\u0301te\u0301", "été"),
        ("<i>Un</i> titre", "Un titre"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;Titre", "Titre"),
    ],
)
def test_titles_become_one_line_of_plain_text(written: str, expected: str) -> None:
    assert read_feed(rss_of(ITEM.format(title=written)), URL, None).entries[0].title == expected


def test_an_item_with_a_bad_link_leaves_its_neighbours_alone() -> None:
    """Given every kind of bad link between good ones, when read, then each is named and the good ones are there."""
    bad = [
        "javascript:alert(1)",
        "mailto:a@val.test",
        "file:///etc/passwd",
        "http://",
        "",
        "https://val.test/" + "a" * 3000,
    ]
    items = [f"<item><title>B{n}</title><link>{link}</link><guid>1</guid></item>" for n, link in enumerate(bad)]
    good = ITEM.format(title="Bon")
    reading = read_feed(rss_of(good, *items, good.replace("/a", "/b")), URL, None)
    assert urls_of(reading) == ["https://val.test/a", "https://val.test/b"]
    assert [fault.outcome for fault in reading.faults] == [Outcome.bad_url] * len(bad)
    assert reading.faults[0].detail == 'item "B0": link "javascript:alert(1)" is no usable http or https URL'
    assert reading.faults[4].detail == 'item "B4": no link'


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ("<link>/x</link>", ["https://www.syndicat-val.test/x"]),
        ("<link>x/y</link>", ["https://www.syndicat-val.test/feed/x/y"]),
        ("<link> https://val.test/a\n b </link>", ["https://val.test/a%20b"]),
        ("<link>www.val.test/a</link>", ["https://www.val.test/a"]),
        ("<link><![CDATA[https://val.test/?a=1&b=2]]></link>", ["https://val.test/?a=1&b=2"]),
        ("<link>https://val.test/?a=1&b=2</link>", ["https://val.test/?a=1&b=2"]),
        ("<guid>https://val.test/g</guid>", ["https://val.test/g"]),
        ('<guid isPermaLink="false">https://val.test/g</guid>', []),
        ("<guid>1</guid>", []),
        ("<guid>/g</guid>", []),
        ("<link/><guid isPermaLink='true'>https://val.test/g</guid>", ["https://val.test/g"]),
        ('<link href="https://val.test/h"/>', ["https://val.test/h"]),
        ('<link xml:base="https://val.test/d/">i</link>', ["https://www.syndicat-val.test/feed/i"]),
        ("<link>https://val.test/a</link><link>https://val.test/b</link>", ["https://val.test/a"]),
    ],
)
def test_where_the_link_of_an_item_comes_from(parts: str, expected: list[str]) -> None:
    assert urls_of(read_feed(rss_of(f"<item><title>T</title>{parts}</item>"), URL, None)) == expected


@pytest.mark.parametrize("base", ["n'importe quoi", "javascript:x", "http://", "localhost", "//"])
def test_a_wrong_xml_base_is_not_believed(base: str) -> None:
    feed = ATOM.replace("https://www.radio-val.test/infos/", base)
    reading = read_feed(feed.encode(), "https://www.radio-val.test/infos/atom.xml", None)
    assert reading.entries[0].url == "https://www.radio-val.test/infos/tenues"


def test_a_distribution_service_does_not_hide_the_articles_own_address() -> None:
    item = (
        "<item><title>T</title><link>https://relais.test/~r/val/~3/x</link>"
        '<f:origLink xmlns:f="http://rssnamespace.org/feedburner/ext/1.0">https://val.test/a</f:origLink></item>'
    )
    assert urls_of(read_feed(rss_of(item), "https://relais.test/val", None)) == ["https://val.test/a"]
    relative = "<item><title>T</title><link>/a</link></item>"
    head = "<link>https://val.test/</link>"
    assert urls_of(read_feed(rss_of(relative, head=head), "https://relais.test/val", None)) == ["https://val.test/a"]


def test_a_strangers_element_does_not_replace_the_feeds_own() -> None:
    item = (
        '<item xmlns:z="http://val.test/module"><z:title>Faux</z:title><z:link>https://val.test/faux</z:link>'
        "<title>Vrai</title><link>https://val.test/a</link><dc:date>2026-11-24</dc:date></item>"
    )
    (entry,) = read_feed(rss_of(item), URL, None).entries  # dc: nobody declared it
    assert (entry.title, entry.url, entry.published) == ("Vrai", "https://val.test/a", "2026-11-24")


@pytest.mark.parametrize(
    ("written", "names"),
    [
        ("<author>redac@val.test (Inès Marchal)</author>", ("Inès Marchal",)),
        ("<author>redac@val.test</author>", ()),
        ("<author>Paul Oriol &lt;paul@val.test&gt;</author>", ("Paul Oriol",)),
        ("<dc:creator>Inès Marchal</dc:creator><dc:creator>Paul Oriol</dc:creator>", ("Inès Marchal", "Paul Oriol")),
    ],
)
def test_authors_are_names_without_addresses(written: str, names: tuple[str, ...]) -> None:
    item = f'<item xmlns:dc="http://purl.org/dc/elements/1.1/"><link>https://val.test/a</link>{written}</item>'
    assert read_feed(rss_of(item), URL, None).entries[0].authors == names


def test_above_the_limit_the_newest_are_kept_and_the_rest_counted() -> None:
    """Given 20,000 items, oldest first, when read, then the newest 2,000 come, newest first, and 18,000 are counted."""
    items = [
        f"<item><link>https://val.test/{n}</link><pubDate>2026-{month:02}-{day:02}</pubDate></item>"
        for n in range(20_000)
        for month, day in [(n // 2000 + 1, n // 100 % 20 + 1)]
    ]
    reading = read_feed(rss_of(*items), URL, None, limit=2000)
    assert (len(reading.entries), reading.left_out) == (2000, 18_000)
    assert {entry.published[:7] for entry in reading.entries if entry.published} == {"2026-10"}
    assert reading.entries[0].published == "2026-10-20"


def test_warnings_in_front_and_rubbish_behind_are_passed_over() -> None:
    body = b"<br />\n<b>Warning</b>: fichier absent in <b>/a.php</b><br />\n" + RSS.encode() + b"<!-- cache --> <p>fin"
    reading = read_feed(body, URL, "text/html")
    assert len(reading.entries) == 3
    assert reading.outcome is Outcome.read


def test_what_is_no_xml_any_more_is_still_read() -> None:
    """Given unclosed and crossed tags, when read, then every link of the feed is found."""
    item = "<item><title>Un <b>titre</title></b><link>https://val.test/{n}</link><description><p>a<br>b</description></item>"
    reading = read_feed(rss_of(*(item.format(n=n) for n in range(3))), URL, None)
    assert urls_of(reading) == [f"https://val.test/{n}" for n in range(3)]


def test_a_feed_that_only_the_fallback_understands_goes_through_it() -> None:
    body = (
        b'<rss version="2.0" <channel><item><title>Titre</title><link>https://val.test/a</link></item></channel></rss>'
    )
    reading = read_feed(body, URL, None)
    assert urls_of(reading) == ["https://val.test/a"]
    assert reading.entries[0].title == "Titre"


def test_the_fallback_survives_references_to_no_character() -> None:
    body = b'<rss version="2.0" <channel><item><title>Gr&#xD800;ve</title><link>https://val.test/a</link></item></channel></rss>'
    assert read_feed(body, URL, None).entries[0].title == "Grve"


@pytest.mark.parametrize(
    "body",
    [
        b"<rss version='2.0'><channel>" + b"<item>" * 200_000,
        b"<rss version='2.0'>" + b"<a>" * 300_000,
        b"<rss " + b"".join(b"a%d='1' " % n for n in range(80_000)) + b"/>",
        b"<rss version='2.0'>" + b"&" * 3_000_000,
        b"<rss version='2.0'><channel><item><title>" + b"<![CDATA[" * 300_000,
        b"<!-- " * 300_000 + b"<rss version='2.0'/>",
        b"<rss version='2.0'><item><description>" + b"<" * 2_000_000 + b"</description></item></rss>",
        b"<!DOCTYPE rss [" + b"]" * 1_000_000,
        b"<rss version='2.0'><channel>" + b"<item><description>" * 120 + b"<b>mot</b> " * 800_000,
        b"<rss version='2.0'><channel>" + b"<item><link>/a</link>" * 250 + b"<b/>" * 800_000 + b"</item>" * 250,
        b"<rss version='2.0'><channel><item><pubDate>" + b"1 " * 1_000_000 + b"</pubDate></item></channel></rss>",
    ],
    ids=["items", "depth", "attributes", "ampersands", "cdata", "comments", "angles", "doctype", "nested", "strays",
         "date"],
)  # fmt: skip
def test_hostile_bodies_end_soon(body: bytes) -> None:
    started = time.process_time()
    read_feed(body, URL, None)
    assert time.process_time() - started < 10
