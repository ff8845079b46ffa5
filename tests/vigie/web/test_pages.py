"""The pages as a browser without JavaScript gets them, from a running server."""

import re
from xml.etree import ElementTree

import httpx
import pytest

from archive.catalogue import captures, open_catalogue
from tests.vigie.program import Program
from tests.vigie.web.archive import ARTICLES, EDITED, WITHDRAWN
from vigie.web.questions import HITS

PAGES = ("/search", "/search?q=piège", "/help", "/about", "/sources", "/sources/ambre", "/alerts", "/alerts/letters/1")


def find(client: httpx.Client, **question: str) -> dict[str, object]:
    answer = client.get("/api/v1/search", params=question)
    assert answer.status_code == 200, answer.text
    hit: dict[str, object] = answer.json()["hits"][0]
    return hit


def test_hits_have_title_source_date_and_the_marked_passage(client: httpx.Client) -> None:
    page = client.get("/search", params={"q": "valmorel"}).text

    assert "1 article" in page
    assert "<mark>Valmorel</mark> obtient" in page
    assert "Le Courrier des Deux Rives" in page and "1 mai 2025" in page
    assert "modifié depuis sa parution" in page


def test_the_same_question_has_the_same_answer_on_the_command_line(client: httpx.Client, library: Program) -> None:
    page = client.get("/search", params={"q": "patrouille", "kind": "local_press", "from": "2025-03"}).text
    said = library.must("search", "patrouille", "--kind", "local_press", "--from", "2025-03", "--json").json["total"]

    assert f"{said} articles" in page and 0 < said < ARTICLES


def test_the_day_on_which_the_archive_saw_an_article_can_be_asked_for(client: httpx.Client, library: Program) -> None:
    asked = {"q": "title:patrouille", "from": "2025-02-10", "to": "2025-02-10"}
    words = ("search", "title:patrouille", "--from", "2025-02-10", "--to", "2025-02-10", "--json")
    dated, seen = (client.get("/search", params=asked | {"by": by}).text for by in ("date", "first_seen_at"))
    said = library.must(*words, "--by", "first_seen_at", "--language", "fr").json

    assert "0 article" in dated and library.must(*words).json["total"] == 0
    assert "5 articles" in seen and said["total"] == 5


def test_pages_follow_each_other_and_show_each_hit_once(client: httpx.Client) -> None:
    seen: list[str] = []
    path = "/search?q=title:patrouille"
    for _ in range(3):
        page = client.get(path).text
        seen += re.findall(r'<h3><a href="/documents/([0-9a-f]+)"', page)
        following = re.search(r'<a rel="next" href="([^"]+)"', page)
        path = following[1].replace("&amp;", "&") if following else ""

    assert path == "" and len(seen) == len(set(seen)) == ARTICLES > 2 * HITS


def test_filters_are_listed_with_their_counts_and_can_be_taken_off(client: httpx.Client) -> None:
    page = client.get("/search", params={"q": "commissariat OR patrouille", "source": "ambre"}).text

    assert re.search(r'name="source" value="ambre" checked', page)
    assert re.search(r'name="kind" value="local_press">\s*<span>Presse locale</span> <span class="soft">\d+<', page)
    assert '<a href="/search?q=commissariat+OR+patrouille" title="Ôter ce filtre">' in page


def test_an_error_is_shown_at_its_place_in_french(client: httpx.Client) -> None:
    answer = client.get("/search", params={"q": 'police "grève'})

    assert answer.status_code == 400
    assert "Au caractère 8" in answer.text and "n’a pas de pendant" in answer.text
    assert 'value="police &#34;grève"' in answer.text and "<mark>&#34;</mark>" in answer.text


def test_the_histogram_has_its_figures_as_a_table(client: httpx.Client) -> None:
    page = client.get("/search", params={"q": "title:patrouille"}).text

    assert page.count('class="bar"') == 9
    rows = re.findall(r'<tr><td><a href="[^"]+">([^<]+)</a></td><td class="num">(\d+)</td></tr>', page)
    assert len(rows) == 9 and sum(int(number) for _, number in rows) == ARTICLES


def test_a_bar_leads_to_its_days(client: httpx.Client) -> None:
    page = client.get("/search", params={"q": "title:patrouille"}).text
    bar = re.search(r'<a href="(/search\?q=title%3Apatrouille&amp;from=[^"]+)" tabindex="-1">', page)
    assert bar is not None

    narrowed = client.get(bar[1].replace("&amp;", "&")).text
    assert "5 articles" in narrowed


def test_a_document_tells_where_everything_comes_from(client: httpx.Client) -> None:
    document = find(client, q="valmorel")["document"]
    page = client.get(f"/documents/{document}").text

    assert "Valmorel obtient" in page and "15 postes" in page
    assert EDITED in page
    assert "2 versions" in page and "2 captures" in page
    assert re.search(r"<code>[0-9a-f]{64}</code>", page)
    assert re.search(r"vigie-\S+\.warc\.gz(\.open)?, octet \d+", page)
    assert "Citer ce document" in page and "SHA-256" in page
    assert "donnée dans l’en-tête de la page" in page


def test_the_same_text_elsewhere_stands_with_the_document(client: httpx.Client) -> None:
    document = find(client, q='title:"patrouille 7"')["document"]
    page = client.get(f"/documents/{document}").text
    section = page.partition('<section aria-labelledby="same">')[2].partition("</section>")[0]

    assert "Le même texte ailleurs" in section
    listed = re.findall(r'<li><a href="/documents/([0-9a-f]+)">Patrouille \d+', section)
    assert len(set(listed)) == ARTICLES - 1 and document not in listed
    assert section.count(" mot pour mot ·") == ARTICLES - 1
    assert "· L’Écho du Val d’Ambre · 9 mars 2025, 08:00 · mot pour mot ·" in section
    assert "<details>" in section, "a long list is folded"
    assert "Disparition 0" not in section and WITHDRAWN not in section
    english = client.get(f"/documents/{document}", headers={"Accept-Language": "en"}).text
    assert "Same text elsewhere" in english and "word for word" in english


def test_a_text_that_is_nearly_the_same_says_how_nearly(client: httpx.Client) -> None:
    """The first paragraphs differ, the three after them are those of forty other articles."""
    document = find(client, q="valmorel")["document"]

    assert "identique à 8" in client.get(f"/documents/{document}").text


def test_an_earlier_version_is_named_as_such(client: httpx.Client) -> None:
    document = find(client, q="valmorel")["document"]
    page = client.get(f"/documents/{document}", params={"version": "2"}).text

    # numbers are given in the order in which versions are found, and the newest capture is read first
    assert "12 postes" in page and "qui n’est pas la version actuelle" in page
    assert client.get(f"/documents/{document}", params={"version": "7"}).status_code == 404


def test_changed_figures_and_quotations_stand_out(client: httpx.Client) -> None:
    document = find(client, q="valmorel")["document"]
    page = client.get(f"/documents/{document}/difference").text

    assert '<del class="telling">12</del>' in page and '<ins class="telling">15</ins>' in page
    assert "Citations disparues" in page and "« Nous tiendrons parole. »" in page
    backwards = client.get(f"/documents/{document}/difference", params={"before": "1", "after": "2"}).text
    assert '<del class="telling">15</del>' in backwards


def test_a_document_with_one_version_has_nothing_to_compare(client: httpx.Client) -> None:
    document = find(client, q="patrouille")["document"]

    assert client.get(f"/documents/{document}/difference").status_code == 404


def test_captures_are_downloads_of_exactly_what_is_stored(client: httpx.Client, library: Program) -> None:
    capture = str(find(client, q="valmorel")["capture"])
    raw = client.get(f"/captures/{capture}/raw")
    record = client.get(f"/captures/{capture}/record")

    assert raw.headers["content-disposition"].startswith("attachment")
    assert raw.headers["content-type"] == "application/octet-stream"
    assert raw.headers["x-content-type-options"] == "nosniff"
    assert raw.text == library.must("show", capture, "--raw").out
    assert record.content[:2] == b"\x1f\x8b" and record.headers["content-disposition"].endswith('.warc.gz"')


def test_sources_say_how_they_go(client: httpx.Client) -> None:
    page = client.get("/sources").text

    assert page.count('<svg class="spark"') == 5
    assert "ne répond pas" in page
    assert client.get("/sources", params={"show": "on"}).text.count('<svg class="spark"') == 0
    one = client.get("/sources/ambre").text
    assert "rss.xml" in one and "Dernières adresses d’articles" in one


def test_alerts_show_what_was_sent(client: httpx.Client) -> None:
    page = client.get("/alerts").text
    assert "1 veille enregistrée" in page and "redaction@exemple.test" in page and "1 envoyé" in page

    letter = client.get("/alerts/letters/1/html")
    assert letter.headers["content-security-policy"].startswith("sandbox; default-src 'none'")


def test_the_last_audit_is_shown_with_what_it_found(client: httpx.Client, library: Program) -> None:
    found = library.run("alerts", "audit", "--json").json
    page = client.get("/alerts").text

    assert "Dernier contrôle" in page and f"{found['checked']} versions réévaluées" in page
    assert ("rien ne manque" in page) == found["clean"]


def test_a_search_is_a_feed(client: httpx.Client) -> None:
    answer = client.get("/search.atom", params={"q": "piège OR valmorel"})
    feed = ElementTree.fromstring(answer.content)
    atom = "{http://www.w3.org/2005/Atom}"

    assert answer.headers["content-type"].startswith("application/atom+xml")
    titles = [entry.findtext(f"{atom}title") or "" for entry in feed.iter(f"{atom}entry")]
    assert len(titles) == 3 and any("<script>" in title for title in titles)
    assert all(entry.findtext(f"{atom}updated") for entry in feed.iter(f"{atom}entry"))
    assert client.get("/search.atom", params={"q": "("}).status_code == 400


def test_a_search_becomes_a_saved_query_with_its_backtest(
    client: httpx.Client, library: Program, tmp_path_factory: pytest.TempPathFactory
) -> None:
    page = client.get("/search/saved", params={"q": "valmorel OR piège", "kind": "regional_press"}).text
    written = re.search(r'<pre class="cite">(.*?)</pre>', page, re.DOTALL)
    assert written is not None
    file = tmp_path_factory.mktemp("query") / "essai.yaml"
    file.write_text(written[1].replace("&#39;", "'").replace("&#34;", '"'), encoding="utf-8")

    said = library.must("alerts", "backtest", str(file), "--json").json
    assert f"{said['outcomes'].get('told', 0)} article" in page
    assert "regional_press" in written[1]


def test_metrics_count_what_status_counts(client: httpx.Client, library: Program) -> None:
    text = client.get("/metrics").text
    status = library.must("status", "--json").json

    assert f'vigie_documents{{state="live"}} {status["documents"]["live"]}' in text
    assert f"vigie_index_behind {status['index_behind']}" in text
    assert 'vigie_messages{state="sent"} 1' in text


def test_days_on_which_a_source_was_not_seen_are_shaded_and_told(client: httpx.Client) -> None:
    asked = {"q": "valmorel", "source": "rives", "from": "2025-04-28", "to": "2025-05-04"}
    shaded = client.get("/search", params=asked).text
    seen = client.get("/search", params=asked | {"to": "2025-05-01"}).text

    assert shaded.count('class="gap"') == 1 and "Grisé" in shaded
    assert '<td>2 mai 2025 – 3 mai 2025</td><td class="num">1 sur 1</td>' in shaded
    assert 'class="gap"' not in seen and "Grisé" not in seen


def test_a_removed_article_is_said_to_be_so_and_still_shown(client: httpx.Client) -> None:
    page = client.get("/search", params={"q": "disparition"}).text
    document = find(client, q="disparition")["document"]

    assert "1 article" in page and "supprimé par l’éditeur" in page
    shown = client.get(f"/documents/{document}").text
    assert "Supprimé par l’éditeur." in shown and "vingt élèves" in shown


def test_a_withdrawn_document_is_given_out_nowhere(client: httpx.Client, library: Program) -> None:
    document = library.must("show", WITHDRAWN, "--json").json["document"]["id"]
    catalogue = open_catalogue(library.data)
    with catalogue.read() as transaction:
        capture = captures.list_of_document(transaction, document)[0].id
    catalogue.close()

    page = client.get(f"/documents/{document}")
    assert page.status_code == 410 and "Document retiré" in page.text and "élèves" not in page.text
    assert "à la demande d&#39;une personne nommée" in page.text
    others = ("difference", "")
    assert {client.get(f"/documents/{document}/{one}".rstrip("/")).status_code for one in others} == {410}
    assert {client.get(f"/captures/{capture}/{one}").status_code for one in ("raw", "record")} == {410}
    assert {client.get(f"/api/v1/documents/{document}{one}").status_code for one in ("", "/versions")} == {410}


@pytest.mark.parametrize("path", [*PAGES, "/nothing", "/search?q=("])
def test_every_page_is_french_unless_english_is_asked_for(client: httpx.Client, path: str) -> None:
    french = client.get(path)
    english = client.get(path, headers={"Accept-Language": "en-GB"})

    assert '<html lang="fr">' in french.text and '<html lang="en">' in english.text
    assert "Skip to the content" in english.text and "Aller au contenu" in french.text


def test_a_first_page_is_small(client: httpx.Client) -> None:
    answer = client.get("/search", params={"q": "patrouille"}, headers={"Accept-Encoding": "gzip"})
    parts = [
        answer,
        *(client.get(path.replace("&amp;", "&")) for path in re.findall(r'"(/static/[^"]+)"', answer.text)),
    ]

    assert answer.headers["content-encoding"] == "gzip"
    assert sum(int(part.headers.get("content-length", "0")) or len(part.content) for part in parts) < 60_000
    assert all("immutable" in part.headers["cache-control"] for part in parts[1:])
