"""Feeds, sitemaps and listings: whatever bytes come, an answer; what is well said is read as it was said."""

from html import escape

from hypothesis import given
from hypothesis import strategies as st

from archive.outcomes import Outcome
from config.models import Limits
from crawler.discovery.feed import read_feed
from crawler.extraction.clean_text import clean_line
from crawler.reading import read_entry_point
from crawler.urls import clean
from tests.crawler.discovery.test_feed import ATOM, RSS
from tests.crawler.discovery.test_mutations import DOCUMENTS, SHARDS
from tests.properties.effort import soon, tried_on

URL = "https://www.syndicat-val.test/feed/"
KINDS = ("feed", "sitemap", "listing")
TYPES = (None, "text/xml; charset=utf-8", "text/html; charset=x")

_pieces = (
    st.sampled_from(SHARDS)
    | st.binary(max_size=8)
    | st.text(max_size=8).map(lambda text: text.encode("utf-8", "replace"))
)
_rubbish = st.lists(_pieces, max_size=30).map(b"".join)
_letters = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cf", "Cn", "Co"))
_titles = st.text(_letters, min_size=1, max_size=40)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A sound document with pieces put in or cut out."""
    body = draw(st.sampled_from(DOCUMENTS))
    for _ in range(draw(st.integers(1, 5))):
        start = draw(st.integers(0, len(body)))
        end = draw(st.integers(start, min(len(body), start + 60)))
        body = body[:start] + draw(_pieces) + body[end:]
    return body


@tried_on(600)
@given(
    damaged() | _rubbish,
    st.sampled_from(KINDS),
    st.sampled_from((None, "text/xml; charset=utf-8", "text/html; charset=x")),
)
def test_any_bytes_are_read_to_an_end(body: bytes, through: str, content_type: str | None) -> None:
    with soon():
        reading = read_entry_point(through, body, URL, content_type, Limits(), lambda _: True)
    for entry in reading.entries:
        assert clean(entry.url) == entry.url
        for said in (entry.title, entry.summary):
            assert said is None or (said and clean_line(said) == said)
    for fault in reading.faults:
        assert fault.outcome is Outcome.bad_url and len(fault.detail) < 300 and "\n" not in fault.detail


@tried_on(300)
@given(st.lists(_titles, min_size=1, max_size=5))
def test_a_sound_feed_says_what_was_put_into_it(titles: list[str]) -> None:
    items = "".join(
        f"<item><title>{escape(escape(title))}</title><link>/article/{n}</link></item>"
        for n, title in enumerate(titles)
    )
    body = f"<rss version='2.0'><channel>{items}</channel></rss>".encode()
    reading = read_feed(body, URL)
    assert reading.outcome is Outcome.read
    assert [entry.url for entry in reading.entries] == [
        f"https://www.syndicat-val.test/article/{n}" for n in range(len(titles))
    ]
    for entry, title in zip(reading.entries, titles, strict=True):
        if "<" not in title and "&" not in title:  # titles hold escaped markup in practice: it is taken off
            assert entry.title == (clean_line(title) or None)


@tried_on(300)
@given(st.sampled_from((RSS, ATOM)), st.integers(0, 3_000))
def test_a_feed_that_is_cut_never_names_an_address_of_its_own(feed: str, cut: int) -> None:
    whole = {entry.url for entry in read_feed(feed.encode(), URL).entries}
    reading = read_feed(feed.encode()[:cut], URL)
    assert {entry.url for entry in reading.entries} <= whole
