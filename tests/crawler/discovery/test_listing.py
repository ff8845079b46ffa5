"""Listing pages of the kinds that unions and papers have, and hostile ones (hazards F6, F11)."""

import time

import pytest

from archive.outcomes import Outcome
from crawler.discovery.listing import ListingReading, read_listing
from crawler.urls import host_of, same_site

URL = "https://www.syndicat-val.test/actualites/"


def in_scope(url: str) -> bool:
    return same_site(host_of(url), "syndicat-val.test")


def read(page: str, url: str = URL, limit: int = 500) -> ListingReading:
    return read_listing(f"<!doctype html><html><body>{page}</body></html>".encode(), url, "text/html", in_scope, limit)


def paths_of(reading: ListingReading) -> list[str]:
    return [entry.url.partition("syndicat-val.test")[2] for entry in reading.entries]


FURNITURE = """
<header class="site"><a href="/"><img src="/logo.png" alt="Syndicat du Val"></a>
 <nav><ul><li><a href="/actualites/">Actualités</a></li><li><a href="/nos-delegues-departementaux/">Nos délégués
 départementaux</a></li><li><a href="/adhesion/">Adhérer</a></li></ul></nav></header>
"""
FOOTER = """
<div class="pagination"><a href="/actualites/page/2/">Suivant</a><a href="?page=3">3</a></div>
<aside><div class="widget_tag_cloud"><a href="/tag/police-municipale-et-armement/">police et armement</a></div>
 <ul><li><a href="/2026/11/">novembre 2026</a></li></ul></aside>
<footer><a href="/mentions-legales/">Mentions légales</a><a href="/politique-de-protection-des-donnees-personnelles/">
 Politique de protection des données personnelles</a><a href="https://reseau.test/syndicat-val">Suivez-nous</a>
 <a href="mailto:bureau@syndicat-val.test">Écrire</a><a href="/statuts.pdf">Statuts du syndicat</a></footer>
"""

WORDPRESS = """<main><article class="post"><h2 class="entry-title"><a href="/2026/11/preavis-de-greve-au-commissariat/">
 Préavis de grève au commissariat du Val</a></h2><time datetime="2026-11-24T09:00:00+01:00">24 novembre 2026</time>
 <a href="/author/bureau/">Bureau national</a><a href="/category/communiques/">Communiqués</a>
 <p>Le bureau…</p><a class="more" href="/2026/11/preavis-de-greve-au-commissariat/#more">Lire la suite</a></article>
<article class="post"><a href="/bilan/"><h3>Bilan de l’année écoulée dans nos services</h3></a>
 <a href="/bilan/"><img src="/b.jpg"></a></article></main>"""
SPIP = """<div id="contenu"><ul class="liste-articles">
<li><h3><a href="spip.php?article412" class="titre">Heures supplémentaires : où en est-on ?</a></h3></li>
<li><h3><a href="spip.php?article413" class="titre">Tenues</a></h3></li></ul>
<div class="pager"><a href="spip.php?rubrique3&amp;debut_articles=10">10</a></div></div>"""
JOOMLA = """<table class="category"><tr><td><a href="/index.php/communiques/212-effectifs-la-reponse-du-ministere">
 Effectifs : la réponse du ministère</a></td></tr><tr><td>
 <a href="/index.php?option=com_content&amp;view=article&amp;id=213:x&amp;catid=4">
 Audience du 24 novembre avec la préfète</a>
 </td></tr></table>"""
OLD = """<table><tr><td><font><a href="communique_2026_11_24.htm">Communiqué du 24 novembre 2026 : effectifs de nuit</a>
</font></td></tr><tr><td><a href="docs/tract-nuit.pdf">Tract</a></td></tr></table>"""
DAILY = """<section><div class="teaser"><a href="/faits-divers/rodeo-urbain-deux-interpellations-20261124-ABCDE">
 <h2>Rodéo urbain : deux interpellations</h2></a></div><div class="teaser"><a href="/faits-divers/">Faits divers</a>
 <h2><a href="/a/incendie-123456.html">Incendie</a></h2></div></section>"""


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (WORDPRESS, ["/2026/11/preavis-de-greve-au-commissariat/", "/bilan/"]),
        (SPIP, ["/actualites/spip.php?article412", "/actualites/spip.php?article413"]),
        (JOOMLA, ["/index.php/communiques/212-effectifs-la-reponse-du-ministere",
                  "/index.php?option=com_content&view=article&id=213:x&catid=4"]),
        (OLD, ["/actualites/communique_2026_11_24.htm", "/actualites/docs/tract-nuit.pdf"]),
        (DAILY, ["/faits-divers/rodeo-urbain-deux-interpellations-20261124-ABCDE", "/a/incendie-123456.html"]),
    ],
    ids=["wordpress", "spip", "joomla", "old", "daily"],
)  # fmt: skip
def test_articles_are_found_and_furniture_is_not(page: str, expected: list[str]) -> None:
    """Given a listing amid menu, pagination and footer, when read, then exactly its articles come, in their order."""
    reading = read(FURNITURE + page + FOOTER)
    assert paths_of(reading) == expected
    assert reading.outcome is Outcome.read


def test_title_and_date_come_from_the_articles_own_card() -> None:
    article, bilan = read(WORDPRESS).entries
    assert article.title == "Préavis de grève au commissariat du Val"
    assert article.published == "2026-11-24T09:00:00+01:00"
    assert article.through == "listing"
    assert (bilan.title, bilan.published) == ("Bilan de l’année écoulée dans nos services", None)


def test_the_date_of_a_row_is_that_of_its_link() -> None:
    """Given an old table of dates and links by number, when read, then each link has the date of its own row."""
    row = '<tr><td><font>{day}</font></td><td><a href="lire.php?num={number}"><b>{title}</b></a></td></tr>'
    rows = [("04 décembre 2026", 322, "BRIGADES DE NUIT : ASSEZ !"), ("28/11/2026", 317, "TENUES D’ÉTÉ EN DÉCEMBRE")]
    reading = read("<table>" + "".join(row.format(day=d, number=n, title=t) for d, n, t in rows) + "</table>")
    assert [(entry.url[-7:], entry.published, entry.title) for entry in reading.entries] == [
        ("num=322", "04 décembre 2026", "BRIGADES DE NUIT : ASSEZ !"),
        ("num=317", "28/11/2026", "TENUES D’ÉTÉ EN DÉCEMBRE"),
    ]  # fmt: skip


def test_links_out_of_scope_and_to_the_page_itself_stay_out() -> None:
    page = (
        '<h2><a href="https://ailleurs.test/2026/11/24/un-long-titre-d-article/">Un long titre, mais ailleurs</a></h2>'
        f'<h2><a href="{URL}#haut">Toutes les actualités du syndicat du Val</a></h2>'
    )
    assert read(page) == ListingReading((), Outcome.no_links)


def test_variants_of_one_address_are_one_link() -> None:
    link = '<h2><a href="{}">Audience au ministère de l’Intérieur</a></h2>'
    variants = (
        "/audience-au-ministere/",
        "/audience-au-ministere?utm_source=une",
        "http://syndicat-val.test/audience-au-ministere",
    )
    assert len(read("".join(link.format(variant) for variant in variants)).entries) == 1


def test_relative_links_follow_the_base_element() -> None:
    page = '<base href="/v2/"><h2><a href="audience-au-ministere">Audience au ministère de l’Intérieur</a></h2>'
    assert paths_of(read(page)) == ["/v2/audience-au-ministere"]


@pytest.mark.parametrize(
    "body", [b"", b"\x00", b"%PDF-1.4", b"{}", b"<html></html>", b"<a href='http://['>x</a>", b"<"]
)
def test_a_page_without_links_says_so(body: bytes) -> None:
    assert read_listing(body, URL, None, in_scope).outcome is Outcome.no_links


def test_titles_are_exact_in_windows_1252() -> None:
    page = '<h2><a href="/l-ete-a-noel/">L’été à Noël : œuvres sociales</a></h2>'
    reading = read_listing(page.encode("cp1252"), URL, "text/html; charset=iso-8859-1", in_scope)
    assert reading.entries[0].title == "L’été à Noël : œuvres sociales"


def test_above_the_limit_the_rest_is_counted() -> None:
    page = "".join(
        f'<h2><a href="/un-article-de-plus-{n}">Un article de plus sur les effectifs</a></h2>' for n in range(600)
    )
    reading = read(page)
    assert (len(reading.entries), reading.left_out) == (500, 100)


@pytest.mark.parametrize(
    "page",
    [
        "".join(f'<li><a href="/un-article-de-plus-{n}">Un article</a>' for n in range(100_000)),
        "<a " + "".join(f"a{n}=1 " for n in range(80_000)) + "href=/x>x</a>",
        "<div>" * 300_000 + '<a href="/un-article-de-plus">x</a>',
        '<a href="/un-article-de-plus">' * 20_000,
        "&" * 3_000_000,
        "<div>" + '<a href="/un-article-de-plus">x</a><br>' * 100_000,
        "<table><tr><td>" + "<i>mot</i> " * 200_000 + '<a href="/un-article-de-plus">x</a>' * 5_000,
        ("<div>" + '<a href="/un-article-de-plus">x') * 2_000 + "<i>mot</i> " * 200_000,
        "<h2>" * 5_000 + '<a href="/un-article-de-plus">x</a>' * 5_000,
    ],
    ids=[
        "links",
        "attributes",
        "depth",
        "nested links",
        "ampersands",
        "one block",
        "one row",
        "nested cards",
        "headings",
    ],
)
def test_hostile_pages_end_soon(page: str) -> None:
    started = time.process_time()
    read(page)
    assert time.process_time() - started < 10
