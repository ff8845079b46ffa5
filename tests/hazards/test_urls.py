"""Hazards U1 to U6: which addresses are one article, which are two, and what no address may carry.

One publisher whose feed lists every misleading address is crawled and extracted twice by real processes.
"""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest

from config.models import Limits
from crawler.urls import MAX_URL_LENGTH, display_form
from tests.crawler.crawling import LONG_AGO
from tests.hazards.identities import Identities, link_canonical
from tests.site.server import Site

pytestmark = pytest.mark.slow

ELSEWHERE = "https://agence-du-val.test/depeches/greve"
KNOWN_AS = "https://www.gazette-du-val.test/a/preavis-de-greve~?id=12"
PASSWORD = "sesame-du-redacteur"
OPENING = "La rédaction de Valmorel a reçu ce texte d’un confrère hier soir."

# every spelling of one address that an address without a host name can have
MARKS = (
    "/u1/preavis~", "/u1/preavis~/", "/u1/preavis%7E", "/u1/preavis~?utm_source=rss&utm_medium=flux",
    "/u1/preavis~?fbclid=IwAR0", "/u1/preavis~?gclid=Cj0K", "/u1/preavis~?xtor=RSS-1", "/u1/preavis~?at_medium=custom7",
    "/u1/preavis~#xtor=AL-32", "/u1/preavis~?PHPSESSID=0a1b2c", "/u1/preavis~;jsessionid=AB12", "/u1/preavis~?amp",
    "/u1/preavis~/amp", "/u1/preavis~/amp/", "/u1/preavis~?print=1", "/u1/preavis~/print/", "/u1/./preavis~",
)  # fmt: skip
# and those that only a host name can have
NAMES = (
    "https://www.gazette-du-val.test/a/preavis-de-greve~?id=12", "http://www.gazette-du-val.test/a/preavis-de-greve~?id=12",
    "https://gazette-du-val.test/a/preavis-de-greve~?id=12", "https://www.gazette-du-val.test./a/preavis-de-greve~?id=12",
    "http://www.gazette-du-val.test:80/a/preavis-de-greve~?id=12", "HTTPS://WWW.Gazette-du-Val.TEST/a/preavis-de-greve~?id=12",
    "https://www.gazette-du-val.test:443/a/preavis-de-greve%7E/?id=12&xtor=RSS-1", "https://u:p@gazette-du-val.test/a/preavis-de-greve~?id=12",
)  # fmt: skip


def put_canonicals(press: Identities) -> None:
    """Canonical links of every kind; the number of an article is that of its text."""
    press.put("/u3/self", 4, link_canonical("/u3/self"))
    press.put("/u3/loop-a", 5, link_canonical("/u3/loop-b"))
    press.put("/u3/loop-b", 6, link_canonical("/u3/loop-a"))
    for place, name in enumerate(("one", "two", "three")):
        follower = {"one": "two", "two": "three", "three": "three"}[name]
        press.put(f"/u3/chain-{name}", 7 + place, link_canonical(f"/u3/chain-{follower}"))
    press.put("/u3/original", 10)
    press.put("/u3/lecture?mode=confort", 10, link_canonical("original"))
    press.put("/u3/malformed", 11, link_canonical("http://["))
    press.put("/u3/two-tags", 12, link_canonical("/u3/self") + link_canonical("/u3/original"))
    for place, name in enumerate("xyz"):
        press.put(f"/u3/home-{name}", 13 + place, link_canonical("/"))
        press.put(f"/u3/shared-{name}", 16 + place, link_canonical("/u3/hub"))
    press.put("/u3/hub", 19)
    press.put("/u3/section", 20, link_canonical("/actualites/"))


def put_secrets(press: Identities) -> None:
    """Addresses with credentials: in a link, a redirect, a canonical link, and in links that cannot be used."""
    host = press.base.removeprefix("http://")
    press.put("/u6/confidentiel", 27, link_canonical(f"https://:{PASSWORD}@ailleurs.test/a"), listed=False)
    press.list(f"http://redacteur:{PASSWORD}@{host}/u6/confidentiel")
    press.put("/u6/derriere", 28, listed=False)
    press.list(press.redirect("/u6/porte", f"http://redacteur:{PASSWORD}@{host}/u6/derriere"))
    for unusable in (f"http://redacteur:{PASSWORD}@exa mple.test/x", f"https://:{PASSWORD}@/x"):
        press.list(unusable, "Lien inutilisable")


@pytest.fixture(scope="module")
def press(tmp_path_factory: pytest.TempPathFactory, running_site: Site) -> Iterator[Identities]:
    """Two rounds; between them an address gets another article, and the marks of a known one change."""
    running_site.reset()
    press = Identities(tmp_path_factory.mktemp("identities"), running_site)
    for mark in MARKS:
        press.put(mark.partition("?")[0].partition("#")[0], 0, listed=False)
        press.list(press.base + mark)
    for name in NAMES:
        press.list(name)
    for number, path in enumerate(("/u2/article?id=1", "/u2/article?id=2", "/u2/?p=31"), start=1):
        press.put(path, number)
    put_canonicals(press)
    press.put("/u4/reprise", 22, link_canonical(ELSEWHERE) + f'<meta property="og:url" content="{ELSEWHERE}?og">')
    press.put("/u5/direct", 23)
    press.put("/u5/copie-a", 25)
    press.put("/u5/copie-b", 25)
    press.put("/u5/presque", 25, opening=OPENING)
    press.copy(25)
    put_secrets(press)
    press.put("/u6/avec%20des%20blancs", 29, listed=False)
    press.list(f"{press.base}/u6/avec des blancs")
    press.list("https://g\u0430zette-du-val.test/u6")
    press.list(f"{press.base}/u6/{'x' * 3000}", "Trop long")
    press.take_in()
    press.put("/u5/direct", 24, listed=False)
    press.station.execute("UPDATE document SET next_check_at = ? WHERE url LIKE '%/u5/direct'", LONG_AGO)
    press.list(press.redirect("/u1/ancien-nom", f"{press.base}/u1/preavis~?xtor=CS1"))
    press.map(f"{press.base}/u1/preavis~?utm_source=plan")
    press.take_in()
    press.say("index")
    yield press
    running_site.reset()


def test_u1_every_spelling_of_an_address_is_one_document(press: Identities) -> None:
    """Tracking marks, session ids, AMP and print views, slashes, escapes: one fetch, one document, first URL kept."""
    found = press.find(press.base + MARKS[0])
    assert (found.url, press.text_of(found.url)) == (press.base + MARKS[0], 0)
    assert {press.find(press.base + mark).id for mark in MARKS} == {found.id}
    fetched = press.station.rows("SELECT url FROM fetch_attempt WHERE url LIKE '%/u1/%' AND status = 200 ORDER BY id")
    assert fetched[0] == (press.base + MARKS[0],)
    assert fetched[1:] == [(f"{press.base}/u1/preavis~?xtor=CS1",)], "only through the redirect of its old name"


def test_u1_hosts_and_schemes_do_not_make_two_candidates(press: Identities) -> None:
    """http and https, www, default ports, a trailing dot, upper case and credentials: one candidate, first URL kept."""
    assert press.station.rows("SELECT url FROM candidate WHERE url LIKE '%gazette-du-val.test%id=12%'") == [(KNOWN_AS,)]


def test_u1_show_lists_the_addresses_under_which_the_article_was_met(press: Identities) -> None:
    """Addresses fetched, passed through, or named with other words are listed, the first one first.

    Spellings that say the same as a known one are not kept one by one: marks that change at each visit would fill the
    catalogue. Each of them leads to the document all the same (`vigie show ADDRESS`).
    """
    found = press.find(press.base + MARKS[0])
    shown = press.say("show", press.base + MARKS[-1])
    listed = [line.strip() for line in shown.splitlines() if line.strip().startswith(press.base + "/u1/")]
    assert found.id in shown
    assert listed[0] == press.base + MARKS[0]
    assert {press.base + "/u1/ancien-nom", press.base + "/u1/preavis~?utm_source=plan"} <= set(listed)


def test_u2_parameters_that_choose_the_article_make_two_documents(press: Identities) -> None:
    """`?id=` and `?p=` look like marks and are none."""
    addresses = [press.base + path for path in ("/u2/article?id=1", "/u2/article?id=2", "/u2/?p=31")]
    assert [press.text_of(address) for address in addresses] == [1, 2, 3]
    assert len({press.find(address).id for address in addresses}) == 3


TEXTS = {
    "self": 4, "loop-a": 5, "loop-b": 6, "chain-one": 7, "chain-two": 8, "chain-three": 9, "original": 10,
    "malformed": 11, "two-tags": 12, "home-x": 13, "home-y": 14, "home-z": 15, "shared-x": 16, "shared-y": 17,
    "shared-z": 18, "hub": 19, "section": 20,
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_u3_a_canonical_link_never_hides_another_text(press: Identities, name: str) -> None:
    """To itself, in a circle, in a chain, broken, twice, to the home page, to a page that many name: only a hint."""
    address = f"{press.base}/u3/{name}"
    assert press.find(address).url == address
    assert press.text_of(address) == TEXTS[name]


def test_u3_a_canonical_link_whose_text_agrees_makes_one_document(press: Identities) -> None:
    """A relative canonical link of a reading view leads to the article whose text it shows."""
    assert press.find(f"{press.base}/u3/lecture?mode=confort").id == press.find(f"{press.base}/u3/original").id


def test_u4_a_canonical_link_to_another_domain_changes_neither_identity_nor_source(press: Identities) -> None:
    """The article stays its publisher's, under its own address; where else it says it stands is shown."""
    address = f"{press.base}/u4/reprise"
    found = press.find(address)
    assert (found.url, found.source, found.canonical_claim) == (address, "val", None)
    shown = press.say("show", address)
    assert [line.split()[-1] for line in shown.splitlines() if "also published at" in line] == [
        ELSEWHERE,
        f"{ELSEWHERE}?og",
    ]
    assert not press.station.rows("SELECT url FROM fetch_attempt WHERE url LIKE 'https://agence-du-val.test%'")


def test_u5_another_article_at_the_same_address_is_a_new_version(press: Identities) -> None:
    """The old text stays readable as version 1, the new one is current."""
    found = press.find(f"{press.base}/u5/direct")
    assert (found.current_version, press.text_of(found.url)) == (2, 24)
    kinds = press.station.rows("SELECT kind FROM change WHERE document = ? ORDER BY seq", found.id)
    assert kinds == [("new",), ("edited",)]


def test_u5_the_same_text_at_two_addresses_stays_two_documents(press: Identities) -> None:
    """Two addresses, or two sources, one text, no canonical link: every document stays, equal bytes are stored once."""
    copies = [f"{press.base}/u5/copie-a", f"{press.base}/u5/copie-b", press.site.url("sextant", "/reprise")]
    assert len({press.find(address).id for address in copies}) == 3
    assert [press.text_of(address) for address in copies] == [25, 25, 25]
    assert [press.find(address).source for address in copies] == ["val", "val", "mer"]
    records = press.station.rows(
        "SELECT revisit_of IS NULL FROM capture WHERE url LIKE '%/u5/copie-%' OR source = 'mer' AND url LIKE '%reprise'"
    )
    assert sorted(records) == [(0,), (0,), (1,)]


def test_u5_a_reader_of_one_copy_sees_the_others(press: Identities) -> None:
    """Word for word at another address and of another source, and nearly so where a paper put in an opening."""
    address = f"{press.base}/u5/copie-a"
    copies = {f"{press.base}/u5/copie-b", press.site.url("sextant", "/reprise")}
    same = json.loads(press.say("show", address, "--json"))["same_texts"]
    assert same["left_out"] == 0
    assert {one["url"]: one["equal"] for one in same["found"]} == dict.fromkeys(copies, True) | {
        f"{press.base}/u5/presque": False
    }
    (near,) = [one for one in same["found"] if not one["equal"]]
    assert 0.8 <= near["resemblance"] < 1
    shown = press.say("show", address)
    assert "same text elsewhere: 3 documents" in shown
    assert shown.count("word for word") == 2 and f"{near['resemblance']:.0%} the same" in shown
    assert "same text elsewhere" not in press.say("show", f"{press.base}/u5/direct"), "another text"


def test_u6_credentials_are_dropped_and_nowhere_written(press: Identities) -> None:
    """A password in a link, a redirect or a canonical link is neither sent on, logged nor kept in the catalogue."""
    assert [press.text_of(f"{press.base}/u6/{name}") for name in ("confidentiel", "derriere", "porte")] == [27, 28, 28]
    with closing(sqlite3.connect(press.station.data / "catalogue.sqlite")) as catalogue:
        assert PASSWORD not in "\n".join(catalogue.iterdump())
    assert not [ended for ended in press.ended if PASSWORD in ended.errors]
    assert 'item "Lien inutilisable": link "http://exa mple.test/x"' in press.ended[0].errors


def test_u6_a_host_that_looks_like_another_is_shown_as_it_is_on_the_wire(press: Identities) -> None:
    """A Cyrillic letter in a host name: another host, shown in punycode."""
    ((url,),) = press.station.rows("SELECT url FROM candidate WHERE url LIKE '%/u6' AND url LIKE '%xn--%'")
    assert url.startswith("https://xn--") and url == display_form(url)


def test_u6_blanks_are_escaped_and_what_is_too_long_ends_as_bad_url(press: Identities) -> None:
    """Raw blanks go on the wire as %20; 3,000 characters are `bad_url`, named and counted, and nothing else suffers."""
    assert press.station.outcomes()["/u6/avec%20des%20blancs"] == "fetched"
    assert MAX_URL_LENGTH == Limits().url_characters == 2000
    assert not press.station.rows("SELECT url FROM candidate WHERE length(url) > 2000")
    counted = press.station.rows("SELECT count FROM day_count WHERE source = 'val' AND outcome = 'bad_url'")
    assert counted[0][0] >= 3
    assert 'item "Trop long": link "' in press.ended[0].errors and "x" * 200 not in press.ended[0].errors
