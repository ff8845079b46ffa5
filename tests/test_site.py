"""The local news site keeps its own promises: other tests may then blame the code under test."""

import gzip
import http.client
import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from config.loading import load
from tests.site.articles import read_articles
from tests.site.asking import ask
from tests.site.configuration import DEMO_CONFIGURATION, write_configuration
from tests.site.expected import CHANGES, EXPECTED, WIRE_STORY
from tests.site.messages import Response
from tests.site.press import ANY_PATH
from tests.site.publishers import PUBLISHERS, Publisher
from tests.site.request_log import count, read_log
from tests.site.server import Site
from tests.site.trouble import TROUBLE

ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
REMOVED = "/2025/12/02/mutations-la-liste-provisoire-circule/"
EDITED = "/info/fermeture-du-tunnel-de-la-cale-apres-un-accident"
RESTORED = "/info/violences-au-stade-municipal-quatre-supporters-juges"


def command(site: Site, action: str, **asked: object) -> dict[str, object]:
    """One order through the control port."""
    address = f"http://127.0.0.1:{site.control_port}/control/{action}"
    request = urllib.request.Request(address, json.dumps(asked).encode(), method="POST")
    with urllib.request.urlopen(request, timeout=5) as answer:
        found: dict[str, object] = json.load(answer)
        return found


def test_starts_within_half_a_second() -> None:
    started = time.monotonic()

    with Site():
        taken = time.monotonic() - started

    assert taken < 0.5


@pytest.mark.parametrize("publisher", PUBLISHERS, ids=lambda one: one.name)
def test_each_publisher_serves_every_page(site: Site, publisher: Publisher) -> None:
    for path in site.paths(publisher.name):
        status, _, body = ask(site, publisher.name, path)

        assert status in (200, 301, 302), path
        assert body, path


def test_entry_points_lead_exactly_to_what_is_said_to_be_found(site: Site) -> None:
    expected = {(one.publisher, one.path) for one in EXPECTED if one.found in ("feed", "sitemap", "listing")}

    met = met_in_feeds(site) | met_in_sitemaps(site) | met_in_listings(site)

    assert met == expected


def met_in_feeds(site: Site) -> set[tuple[str, str]]:
    met = set()
    for name, path in (("rempart", "/feed/"), ("ambre", "/rss.xml")):
        tree = ElementTree.fromstring(ask(site, name, path)[2])
        met |= {(name, local(site, name, item.findtext("link") or "")) for item in tree.iter("item")}
        met |= {(name, local(site, name, item.attrib["url"])) for item in tree.iter("enclosure")}
    for entry in ElementTree.fromstring(ask(site, "estuaire", "/atom.xml")[2]).iter(f"{ATOM}entry"):
        link = entry.find(f"{ATOM}link")
        assert link is not None
        met.add(("estuaire", link.attrib["href"]))
    for item in json.loads(ask(site, "rives", "/flux.json")[2])["items"]:
        met.add(("rives", local(site, "rives", item["url"].partition("?utm_")[0])))
    return met


def met_in_sitemaps(site: Site) -> set[tuple[str, str]]:
    met = set()
    index = ElementTree.fromstring(ask(site, "rives", "/sitemap-index.xml")[2])
    for child in index.iter(f"{SITEMAP}loc"):
        body = ask(site, "rives", local(site, "rives", child.text or ""))[2]
        body = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
        places = ElementTree.fromstring(body).iter(f"{SITEMAP}loc")
        met |= {("rives", local(site, "rives", place.text or "")) for place in places}
    return met


def met_in_listings(site: Site) -> set[tuple[str, str]]:
    met = set()
    for path in ("/actu.htm", "/actu2.htm"):
        links = re.findall(r'href="([^"]+)"', ask(site, "sextant", path)[2].decode("cp1252"))
        met |= {("sextant", "/" + link.lstrip("/")) for link in links if not link.startswith("mailto:")}
    return met - {("sextant", "/actu.htm"), ("sextant", "/actu2.htm")}


def local(site: Site, name: str, url: str) -> str:
    return url.removeprefix(site.base(name))


def test_texts_are_as_long_as_press_texts_and_typeset_as_such() -> None:
    articles = [one for publisher in PUBLISHERS for one in read_articles(publisher.name)]

    for article in articles:
        wording = article.stages[0].wording
        assert wording is not None
        words = " ".join(wording.blocks).split()
        assert 85 <= len(words) <= 600, article.path
        assert "'" not in " ".join(wording.blocks), f"a typewriter apostrophe in {article.path}"
    assert len(articles) == 33


def test_a_conditional_request_is_answered_with_304_until_the_article_changes(site: Site) -> None:
    _, headers, _ = ask(site, "estuaire", EDITED)
    known = {"If-None-Match": headers["etag"], "If-Modified-Since": headers["last-modified"]}

    status, again, body = ask(site, "estuaire", EDITED, known)
    site.advance("next day")
    later, _, fresh = ask(site, "estuaire", EDITED, known)

    assert (status, body, again["etag"]) == (304, b"", headers["etag"])
    assert later == 200
    assert "Réouverture du tunnel" in fresh.decode()
    assert [one.conditional for one in site.requests("estuaire")] == [False, True, True]


def test_a_date_alone_decides_where_no_tag_is_sent(site: Site) -> None:
    _, headers, _ = ask(site, "rempart", "/feed/")

    status, _, _ = ask(site, "rempart", "/feed/", {"If-Modified-Since": headers["last-modified"]})
    earlier, _, _ = ask(site, "rempart", "/feed/", {"If-Modified-Since": "Mon, 01 Jan 2024 00:00:00 GMT"})
    nonsense, _, _ = ask(site, "rempart", "/feed/", {"If-Modified-Since": "hier"})

    assert parsedate_to_datetime(headers["last-modified"]).year == 2025
    assert (status, earlier, nonsense) == (304, 200, 200)


def test_gzip_is_sent_to_those_who_accept_it(site: Site) -> None:
    _, plain_headers, plain = ask(site, "rives", "/flux.json")
    _, headers, packed = ask(site, "rives", "/flux.json", {"Accept-Encoding": "gzip"})

    assert "content-encoding" not in plain_headers
    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed) == plain


def test_head_sends_no_body_and_keeps_the_connection(site: Site) -> None:
    connection = http.client.HTTPConnection(site.address("rempart"), site.port, timeout=5)
    connection.request("HEAD", "/feed/")
    head = connection.getresponse()
    nothing = head.read()
    connection.request("GET", "/feed/")
    whole = connection.getresponse().read()
    connection.close()

    assert nothing == b""
    assert int(head.headers["content-length"]) == len(whole)


def test_every_request_is_counted_by_host_and_path(site: Site) -> None:
    ask(site, "rempart", "/feed/")
    ask(site, "rempart", "/feed/?utm_source=lettre")
    ask(site, "ambre", "/nulle-part")

    assert site.count("/feed/") == 2
    assert site.count("/feed/", "ambre") == 0
    assert [(one.host, one.path, one.status) for one in site.requests("ambre")] == [("127.0.0.5", "/nulle-part", 404)]


def test_counts_survive_the_death_of_the_server(tmp_path: Path) -> None:
    log = tmp_path / "requests.jsonl"
    order = [sys.executable, "-m", "tests.site", "--port", "0", "--control-port", "0", "--log", str(log)]
    process = subprocess.Popen(order, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    ready = json.loads(process.stdout.readline())
    for _ in range(3):
        urllib.request.urlopen(ready["publishers"]["rempart"] + "/feed/", timeout=5).close()

    process.kill()
    process.wait(10)
    process.stdout.close()
    with log.open("ab") as cut:
        cut.write(b'{"host": "127.0.0')

    assert count(read_log(log), "/feed/") == 3


def test_the_script_brings_new_edited_removed_and_restored_articles(site: Site) -> None:
    before = {one: ask(site, one.publisher, one.path) for one in CHANGES["next day"]}

    site.advance("next day")

    for change, (status, _, body) in before.items():
        now, _, later = ask(site, change.publisher, change.path)
        turns = {"new": (404, 200), "edited": (200, 200), "suspect": (200, 200), "removed": (200, now)}
        assert (status, now) == turns[change.kind], change
        assert now in (404, 410) or change.kind != "removed", change
        assert body != later, change
    gone = ask(site, "estuaire", RESTORED)[0]
    site.advance("day after")
    assert (gone, ask(site, "estuaire", RESTORED)[0]) == (404, 200)


def test_a_removed_article_leaves_the_feed(site: Site) -> None:
    assert REMOVED.encode() in ask(site, "rempart", "/feed/")[2]

    site.advance("next day")

    assert REMOVED.encode() not in ask(site, "rempart", "/feed/")[2]
    assert ask(site, "rempart", REMOVED)[0] == 410


def test_articles_are_edited_removed_and_restored_by_hand(site: Site) -> None:
    path = "/actualite/un-agriculteur-escroque-par-un-faux-gendarme-5119.htm"
    first = ask(site, "ambre", path)[2]

    site.edit("ambre", path, title="Faux gendarme : un suspect arrêté", paragraphs=["Il a tout avoué."])
    edited = ask(site, "ambre", path)[2].decode("cp1252")
    site.remove("ambre", path, 404)
    gone = ask(site, "ambre", path)[0]
    site.restore("ambre", path)

    assert "<p>Il a tout avoué.</p>" in edited and "Faux gendarme : un suspect arrêté" in edited
    assert gone == 404
    assert ask(site, "ambre", path)[2] == first


def test_any_answer_may_be_pinned_and_taken_away(site: Site) -> None:
    site.put("rives", "/robots.txt", Response(b"User-agent: *\nDisallow: /\n", "text/plain"))
    closed = ask(site, "rives", "/robots.txt")[2]
    site.put("rives", ANY_PATH, Response(b"", status=503, headers=(("Retry-After", "9"),)))
    status, headers, _ = ask(site, "rives", "/flux.json")
    site.put("rives", ANY_PATH, None)

    assert closed.endswith(b"Disallow: /\n")
    assert (status, headers["retry-after"]) == (503, "9")
    assert ask(site, "rives", "/flux.json")[0] == 200


def test_slow_answers_show_how_many_requests_came_at_once(site: Site) -> None:
    site.slow_down("rempart", 0.3)
    started = time.monotonic()

    with ThreadPoolExecutor(2) as pool:
        statuses = list(pool.map(lambda _: ask(site, "rempart", "/feed/")[0], range(2)))

    assert statuses == [200, 200]
    assert time.monotonic() - started >= 0.3
    assert sorted(one.together for one in site.requests("rempart")) == [1, 2]


def test_the_control_port_does_the_same_for_other_processes(site: Site) -> None:
    state = command(site, "advance", day="next day")
    command(site, "edit", publisher="estuaire", path=EDITED, paragraphs=["Circulation rétablie."])
    command(site, "put", publisher="sextant", path="/robots.txt", text="User-agent: *", type="text/plain")

    assert state["day"] == "next day"
    assert "Circulation rétablie." in ask(site, "estuaire", EDITED)[2].decode()
    with urllib.request.urlopen(f"http://127.0.0.1:{site.control_port}/control/requests?host=127.0.0.6") as answer:
        assert [one["path"] for one in json.load(answer)] == [EDITED]
    assert ask(site, "sextant", "/robots.txt")[::2] == (200, b"User-agent: *")


@pytest.mark.parametrize(
    ("action", "asked", "sentence"),
    [
        ("advance", {"day": "demain"}, "unknown day 'demain', expected one of first day, next day, day after"),
        ("remove", {"publisher": "rempart", "path": "/rien"}, "rempart has no article at /rien"),
        ("edit", {}, "KeyError: 'publisher'"),
    ],
)
def test_a_wrong_order_is_refused_with_a_sentence(
    site: Site, action: str, asked: dict[str, str], sentence: str
) -> None:
    with pytest.raises(urllib.error.HTTPError) as refusal:
        command(site, action, **asked)

    with refusal.value as answer:
        assert answer.code == 400
        assert sentence in json.load(answer)["error"]


def test_the_wire_story_stands_in_three_titles_under_three_headlines(site: Site) -> None:
    pages = [ask(site, name, path)[2].decode("cp1252" if name == "ambre" else "utf-8") for name, path in WIRE_STORY]

    headlines = {re.search("<h1[^>]*>(.*?)</h1>", page).group(1) for page in pages}  # type: ignore[union-attr]

    assert len(headlines) == 3
    assert all("Les cartons n’avaient pas encore été ouverts" in page for page in pages)


def test_only_what_is_free_is_sent_of_a_paid_article(site: Site) -> None:
    page = ask(site, "ambre", "/abonnes/le-mystere-des-panneaux-retournes-de-la-vallee-5126.htm")[2].decode("cp1252")

    assert "La suivante, Les Orfraies." in page
    assert "patience d’horloger" not in page


def test_the_local_paper_declares_no_encoding(site: Site) -> None:
    _, headers, body = ask(site, "ambre", "/actualite/ambre-sur-seille-la-brigade-fluviale-a-trouve-son-port-5127.htm")

    assert headers["content-type"] == "text/html"
    assert b"charset" not in body
    assert "Mme Œillard" in body.decode("cp1252")
    with pytest.raises(UnicodeDecodeError):
        body.decode("utf-8")


def test_the_configuration_of_the_demo_has_no_fault() -> None:
    loaded = load(DEMO_CONFIGURATION, {})

    assert [str(fault) for fault in loaded.faults] == []
    assert {source.id: source.kind for source in loaded.enabled} == {one.name: one.kind for one in PUBLISHERS}
    assert {source.name for source in loaded.enabled} == {one.title for one in PUBLISHERS}


def test_a_configuration_is_written_for_another_port(tmp_path: Path) -> None:
    folder = write_configuration(tmp_path / "config", 4711, private_addresses=[TROUBLE])

    loaded = load(folder, {})

    assert [str(fault) for fault in loaded.faults] == []
    assert loaded.settings.data_folder == tmp_path / "data"
    assert "127.0.0.9:4711" in {str(host) for host in loaded.settings.private_hosts}
    assert loaded.sources["rempart"].feeds == ("http://127.0.0.2:4711/feed/",)


def test_the_tracts_are_one_text_and_one_picture(site: Site) -> None:
    tracts = {one.path: ask(site, "rempart", one.path) for one in EXPECTED if one.role == "tract"}

    assert len(tracts) == 2
    for path, (status, headers, body) in tracts.items():
        assert (status, headers["content-type"]) == (200, "application/pdf"), path
        assert (b"/Font" in body) == ("heures" in path)
