"""When a page was published: every place that says so, and which is believed."""

from datetime import UTC, datetime

import pytest

from archive.records import Hint
from tests.crawler.extraction.written_pages import BODY_TEXT, TITLE, chosen, claims_of, linked, meta, read

EIGHTH = datetime(2025, 10, 8, 12, 30, tzinfo=UTC)
EIGHTH_DAY = datetime(2025, 10, 7, 22, 0, tzinfo=UTC)


def article(**fields: object) -> str:
    return linked({"@context": "https://schema.org", "@type": "NewsArticle", "headline": TITLE, **fields})


def test_json_ld_comes_first_and_every_claim_is_kept() -> None:
    found = read(
        "<p>Publié le 8 octobre 2025 à 14h30</p>",
        article(datePublished="2025-10-08T14:30:00+02:00", dateModified="2025-10-08T18:00:00+02:00")
        + meta(article__published_time="2025-10-08T14:30:00+02:00"),
        hints=(Hint("feed", "gazette", published="Wed, 08 Oct 2025 12:30:00 GMT"),),
    )

    assert found.published_at == EIGHTH
    assert (found.published_precision, found.published_origin, found.published_doubt) == ("second", "json_ld", None)
    assert found.modified_at == datetime(2025, 10, 8, 16, 0, tzinfo=UTC)
    assert {claim.origin for claim in claims_of(found, "published")} == {"json_ld", "meta", "page", "feed"}
    assert chosen(found, "published").rule == "json_ld_date_published"
    assert all(claim.rule is None for claim in claims_of(found, "published") if not claim.chosen)
    assert chosen(found, "published").text == "2025-10-08T14:30:00+02:00"


@pytest.mark.parametrize(
    ("body", "head", "origin", "precision"),
    [
        ("", meta(article__published_time="2025-10-08T14:30:00+02:00"), "meta", "second"),
        ("", '<meta name="DC.date" content="2025-10-08">', "meta", "day"),
        ("", '<meta itemprop="datePublished" content="2025-10-08T14:30:00+02:00">', "meta", "second"),
        ('<time datetime="2025-10-08T14:30">mercredi</time>', "", "page", "minute"),
        ('<span itemprop="datePublished" content="2025-10-08T14:30:00+02:00">hier</span>', "", "page", "second"),
        ("<p>Publié le 8 octobre 2025 à 14h30 par la rédaction</p>", "", "page", "minute"),
        ("<p>mercredi 8 octobre 2025 à 14h30</p>", "", "page", "minute"),
        ("<p>Paris, le 8 octobre 2025</p>", "", "page", "day"),
        ("<p>Hier à 14h30</p>", "", "page", "minute"),
        ("<dl><dt>Date :</dt><dd>08/10/2025</dd></dl>", "", "page", "day"),
        ("<div>Mis en ligne</div><div>08/10/2025</div>", "", "page", "day"),
    ],
)
def test_one_place_is_enough(body: str, head: str, origin: str, precision: str) -> None:
    found = read(body, head)

    assert found.published_at == (EIGHTH_DAY if precision == "day" else EIGHTH)
    assert (found.published_origin, found.published_precision) == (origin, precision)


def test_the_address_gives_a_day_or_a_month() -> None:
    day = read(url="https://www.gazette-du-val.test/2025/10/08/tir-a-montfleury")
    month = read(url="https://www.gazette-du-val.test/2025/10/tir-a-montfleury")
    number = read(url="https://www.gazette-du-val.test/article-20258108-tir")

    assert (day.published_at, day.published_precision, day.published_origin) == (EIGHTH_DAY, "day", "url")
    assert (month.published_precision, month.published_origin) == ("month", "url")
    assert number.published_at is None


def test_feed_and_sitemap_are_believed_where_the_page_is_silent() -> None:
    feed = read(hints=(Hint("feed", "gazette", published="Wed, 08 Oct 2025 14:30:00 +0200"),))
    sitemap = read(hints=(Hint("sitemap", "gazette", published="2025-10-08", updated="2025-10-09"),))

    assert (feed.published_at, feed.published_origin) == (EIGHTH, "feed")
    assert (sitemap.published_at, sitemap.published_origin) == (EIGHTH_DAY, "sitemap")
    assert sitemap.modified_at == datetime(2025, 10, 8, 22, tzinfo=UTC)


def test_a_finer_statement_of_the_same_day_is_preferred() -> None:
    found = read(
        "<p>Publié le 8 octobre 2025 à 14h30</p>",
        article(datePublished="2025-10-08"),
    )

    assert (found.published_at, found.published_precision) == (EIGHTH, "minute")


def test_the_update_is_never_taken_for_the_publication() -> None:
    bodies = [
        "<p>Mis à jour le 9 octobre 2025 à 9h, publié le 8 octobre 2025 à 14h30</p>",
        '<p>Mis à jour le <time datetime="2025-10-09T09:00">9 oct.</time>'
        ' publié le <time datetime="2025-10-08T14:30">8 oct.</time></p>',
        '<p>Publié le <time datetime="2025-10-08T14:30">8 oct.</time>,'
        ' modifié le <time datetime="2025-10-09T09:00">9 oct.</time></p>',
        "<p>Mis à jour le 09/10/2025 à 09:00</p><p>Publié le 08/10/2025 à 14:30</p>",
    ]
    for body in bodies:
        found = read(body)

        assert found.published_at == EIGHTH, body
        assert found.modified_at == datetime(2025, 10, 9, 7, 0, tzinfo=UTC), body


@pytest.mark.parametrize(
    "body",
    [
        "<p>Mis à jour le 9 octobre 2025 à 9h</p>",
        '<time class="updated" datetime="2025-10-09T09:00">9 octobre</time>',
        '<p>Dernière mise à jour : <time datetime="2025-10-09T09:00">9 octobre</time></p>',
        "<div>Modifié le</div><div>9 octobre 2025</div>",
    ],
)
def test_with_an_update_alone_the_publication_is_unknown(body: str) -> None:
    found = read(body)

    assert found.published_at is None
    assert found.modified_at is not None


def test_last_modified_never_says_when_a_page_was_published() -> None:
    found = read(last_modified="Wed, 08 Oct 2025 14:30:00 GMT")

    assert found.published_at is None
    (claim,) = claims_of(found, "modified")
    assert (claim.origin, claim.value) == ("header", "2025-10-08T14:30:00+00:00")


def test_a_page_without_date_stays_without() -> None:
    found = read("<p>Copyright 1998-2026 Gazette du Val</p><footer>© 2025 - Mentions légales - 2026-13-45</footer>")

    assert (found.published_at, found.published_precision, found.published_doubt) == (None, None, None)


def test_a_date_that_does_not_exist_is_kept_raw_and_named() -> None:
    found = read("", article(datePublished="2025-02-30T10:00:00+01:00"))

    assert (found.published_at, found.published_doubt, found.published_origin) == (None, "bad_date", "json_ld")
    assert chosen(found, "published").text == "2025-02-30T10:00:00+01:00"
    assert chosen(found, "published").value is None


def test_a_sound_date_elsewhere_wins_over_a_bad_a_future_and_an_ancient_one() -> None:
    for wrong in ("2025-02-30", "2031-01-01T00:00:00Z", "1970-01-01T00:00:00Z"):
        found = read("<p>Publié le 8 octobre 2025</p>", article(datePublished=wrong))

        assert (found.published_at, found.published_doubt) == (EIGHTH_DAY, None)
        assert len(claims_of(found, "published")) == 2


def test_a_doubtful_date_alone_is_kept_and_named() -> None:
    future = read("", article(datePublished="2031-01-01T00:00:00Z"))
    ancient = read("", meta(article__published_time="1970-01-01T00:00:00Z"))

    assert (future.published_doubt, future.published_at) == ("future", datetime(2031, 1, 1, tzinfo=UTC))
    assert (ancient.published_doubt, ancient.published_at) == ("too_old", datetime(1970, 1, 1, tzinfo=UTC))


def test_a_time_without_zone_is_the_sources() -> None:
    found = read("<p>Publié le 8 octobre 2025 à 14h30</p>", zone="Indian/Reunion")

    assert found.published_at == datetime(2025, 10, 8, 10, 30, tzinfo=UTC)
    assert chosen(found, "published").zone_assumed


def test_relative_dates_count_from_the_fetch_on_the_sources_clocks() -> None:
    # 23:30 on the 8th in Paris is already the 9th on La Réunion.
    late = datetime(2025, 10, 8, 21, 30, tzinfo=UTC)

    paris = read("<p>Aujourd'hui à 14h05</p>", fetched_at=late)
    reunion = read("<p>Hier à 14h05</p>", fetched_at=late, zone="Indian/Reunion")

    assert paris.published_at == datetime(2025, 10, 8, 12, 5, tzinfo=UTC)
    assert reunion.published_at == datetime(2025, 10, 8, 10, 5, tzinfo=UTC)


def test_a_dateline_is_looked_for_near_the_headline_only() -> None:
    teasers = "".join(f"<div><h3>Autre sujet {n}</h3><p>{n} septembre 2025</p></div>" for n in range(1, 25))
    far = read("<p>Un paragraphe de plus.</p>" * 40 + teasers)
    aside = read(f"<aside>{teasers}</aside>")
    near = read(f"<p>8 octobre 2025</p>{teasers}")

    assert far.published_at is None
    assert aside.published_at is None
    assert near.published_at == EIGHTH_DAY


@pytest.mark.parametrize("line", ["Publié le 8 octobre 2025", "Date : 08/10/2025", "Datum 08.10.2025"])
def test_a_labelled_date_is_believed_anywhere(line: str) -> None:
    found = read("<p>Un paragraphe de plus.</p>" * 60 + f"<p>{line}</p>")

    assert found.published_at == EIGHTH_DAY


CARD = '<article><h3>Autre sujet</h3><time datetime="2025-09-01T10:00">1er septembre</time></article>'


def test_the_card_of_another_article_lends_no_date() -> None:
    own = f'<article><time datetime="2025-10-08T14:30">8 octobre</time><p>{BODY_TEXT}</p></article>'

    assert read(CARD, title=None, head=meta(og__title=TITLE)).published_at is not None  # the only article is the page's
    assert read(f"<article><h1>{TITLE}</h1><p>{BODY_TEXT}</p>{CARD}</article>", title=None).published_at is None
    assert read(f"<aside>{CARD}</aside>{own}{CARD}").published_at == EIGHTH
    assert read(f"{own}{CARD}").published_at == EIGHTH


def test_a_caption_or_story_does_not_beat_a_dateline() -> None:
    found = read(
        "<figcaption>Le quai des Tanneurs lors de la manifestation des gardiens, pris le 3 mai 2019</figcaption>"
        "<p>8 octobre 2025</p>"
    )

    assert found.published_at == EIGHTH_DAY


def test_meta_and_dateline_together_outvote_json_ld() -> None:
    head = article(datePublished="2025-10-02T10:00:00+02:00") + meta(
        article__published_time="2025-10-08T14:30:00+02:00"
    )

    outvoted = read("<p>Publié le 8 octobre 2025</p>", head)
    alone = read("", head)

    assert outvoted.published_at == EIGHTH
    assert alone.published_at == datetime(2025, 10, 2, 8, 0, tzinfo=UTC)


def test_related_articles_in_json_ld_do_not_lend_their_dates() -> None:
    related = {"@type": "NewsArticle", "url": "https://www.gazette-du-val.test/autre", "datePublished": "2025-09-01"}
    found = read(
        "<p>8 octobre 2025</p>",
        linked({"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": related}]}),
    )

    assert found.published_at == EIGHTH_DAY


def test_a_change_before_the_publication_is_no_change() -> None:
    found = read("", article(datePublished="2025-10-08T14:30:00+02:00", dateModified="2025-10-01T10:00:00+02:00"))

    assert found.modified_at is None


def test_claims_are_bounded_on_a_hostile_page() -> None:
    found = read("".join(f"<p>Publié le {1 + n % 28} octobre {2000 + n % 25}</p>" for n in range(3000)))

    assert len(claims_of(found, "published")) <= 40


def test_the_text_itself_gives_no_date() -> None:
    found = read(
        text=BODY_TEXT + " L'audience s'est tenue le 3 mai 2024 devant le tribunal de Montfleury, selon le greffe."
    )

    assert found.published_at is None
