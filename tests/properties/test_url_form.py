"""The canonical form of URLs: stable, blind to marks, and never on another site than the URL itself."""

from hypothesis import given
from hypothesis import strategies as st

from crawler.urls import MAX_URL_LENGTH, BadUrlError, canonical_form, clean, display_form, host_of, port_of, same_site
from tests.crawler.test_urls import HOSTS, PAIRS, PORTS, SCHEMES, SEGMENTS, USERS
from tests.properties.effort import soon, tried_on

BASE = "https://www.syndicat-val.test/actualites/liste"
_texts = st.text(max_size=12) | st.text("/?#&=@:%.;[]\\ \t\nàéœ-~", max_size=8)
_paths = st.lists(st.sampled_from(SEGMENTS) | _texts, max_size=6).map(
    lambda parts: "".join(f"/{part}" for part in parts)
)
_queries = st.lists(st.sampled_from(PAIRS) | _texts, max_size=5).map("&".join)
_built = st.tuples(
    st.sampled_from(SCHEMES), st.sampled_from(USERS), st.sampled_from(HOSTS) | _texts, st.sampled_from(PORTS), _paths,
    st.sampled_from(("", "?")), _queries, st.sampled_from(("", "#xtor=1", "#é?&/")),
).map("".join)  # fmt: skip
links = _built | st.text(max_size=60)


@tried_on(1_500)
@given(links)
def test_any_text_is_a_url_fit_for_the_wire_or_none(link: str) -> None:
    with soon():
        cleaned = clean(link, BASE)
    if cleaned is None:
        return
    assert clean(cleaned) == cleaned
    assert cleaned.isascii() and cleaned.isprintable() and " " not in cleaned and len(cleaned) <= MAX_URL_LENGTH
    assert cleaned.startswith(("http://", "https://")) and host_of(cleaned) and 0 < port_of(cleaned) < 65536
    assert "@" not in cleaned.split("/")[2] and "#" not in cleaned


@tried_on(1_500)
@given(links)
def test_the_canonical_form_is_stable_and_stays_on_its_site(link: str) -> None:
    cleaned = clean(link, BASE)
    if cleaned is None:
        return
    with soon():
        key = canonical_form(cleaned)
    assert canonical_form(key) == key
    assert same_site(host_of(key), host_of(cleaned)), "the key leads to another site"
    assert port_of(key) == port_of(cleaned) or {port_of(key), port_of(cleaned)} == {80, 443}


@tried_on(800)
@given(links, st.sampled_from(("utm_source=x", "fbclid=y", "xtor=RSS-1", "at_medium=z", "amp", "PHPSESSID=0")))
def test_marks_schemes_and_fragments_do_not_change_the_key(link: str, mark: str) -> None:
    cleaned = clean(link, BASE)
    if cleaned is None or len(cleaned) > MAX_URL_LENGTH - 20:
        return
    key = canonical_form(cleaned)
    marked = f"{cleaned}{'&' if '?' in cleaned else '?'}{mark}"
    assert canonical_form(marked) == key
    assert canonical_form(f"{cleaned}#partie") == key
    if port_of(cleaned) in (80, 443) and ":80" not in cleaned and ":443" not in cleaned:
        assert canonical_form("http" + cleaned.removeprefix("https").removeprefix("http")) == key


@tried_on(800)
@given(links)
def test_the_form_for_people_leads_to_the_same_article(link: str) -> None:
    cleaned = clean(link, BASE)
    if cleaned is None:
        return
    shown = display_form(cleaned)
    assert shown.isprintable() and host_of(shown) == host_of(cleaned)
    assert canonical_form(shown) == canonical_form(cleaned)


@tried_on(800)
@given(links)
def test_what_cannot_be_fetched_has_no_key_and_one_error(link: str) -> None:
    try:
        key = canonical_form(link)
    except BadUrlError as error:
        assert str(error).startswith("expected an absolute http or https URL")
        return
    assert canonical_form(key) == key
