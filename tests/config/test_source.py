"""What follows from a source's entry: scope, rank, zone, facts."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from config.models import Settings
from config.source import EntryPoint, Source


def make_source(**keys: Any) -> Source:
    entry = {
        "id": "echo-des-monts",
        "name": "L'Écho des Monts",
        "kind": "local_press",
        "homepage": "https://www.echo-des-monts.test",
        "feeds": ["https://www.echo-des-monts.test/rss"],
    }
    return Source(**{**entry, **keys})


def test_the_scope_is_every_host_of_the_addresses_with_and_without_www() -> None:
    source = make_source(
        feeds=["https://flux.echo-des-monts.test/rss"], listings=["http://ECHO-des-plaines.test:8080/une"]
    )
    assert source.hosts == {
        "echo-des-monts.test",
        "www.echo-des-monts.test",
        "flux.echo-des-monts.test",
        "www.flux.echo-des-monts.test",
        "echo-des-plaines.test",
        "www.echo-des-plaines.test",
    }
    assert source.in_scope("Echo-des-Monts.test", "/a")
    assert source.in_scope("echo-des-monts.test.", "/a")
    assert not source.in_scope("echo-des-monts.test.evil.test", "/a")
    assert not source.in_scope("blog.echo-des-monts.test", "/a")


def test_an_address_of_numbers_has_no_www() -> None:
    source = make_source(homepage="http://127.0.0.3:8000", feeds=["http://127.0.0.3:8000/rss"])
    assert source.hosts == {"127.0.0.3"}
    assert make_source(homepage="http://[::1]:80/", feeds=["http://[::1]/rss"]).hosts == {"::1"}


def test_a_host_in_letters_beyond_ascii_is_known_by_its_ascii_form() -> None:
    source = make_source(homepage="https://www.écho.test", feeds=["https://www.écho.test/rss"])
    assert source.in_scope("xn--cho-9la.test", "/")


def test_include_and_exclude_narrow_the_scope() -> None:
    source = make_source(include=["/actualites/", "re:-[0-9]+$"], exclude=["/actualites/meteo/", "*?print="])
    host = "www.echo-des-monts.test"
    assert source.in_scope(host, "/actualites/une")
    assert source.in_scope(host, "/greve-123")
    assert not source.in_scope(host, "/contact")
    assert not source.in_scope(host, "/actualites/meteo/demain")
    assert source.excludes("/actualites/meteo/demain")
    assert not source.in_scope(host, "/actualites/une?print=1")


def test_the_closest_scope_ranks_highest() -> None:
    whole = make_source(id="groupe", homepage="https://www.groupe.test", feeds=["https://www.groupe.test/rss"])
    town = make_source(
        id="ville", homepage="https://www.groupe.test/bourgneuf/", feeds=["https://www.groupe.test/b/rss"]
    )
    guest = make_source(id="invite", feeds=["https://www.groupe.test/invite/rss"])
    narrow = make_source(id="rubrique", feeds=["https://groupe.test/r"], include=["/bourgneuf/faits-divers/"])
    path = "/bourgneuf/faits-divers/1"
    ranks = [source.specificity("groupe.test", path) for source in (narrow, town, whole, guest)]
    assert ranks == sorted(ranks, reverse=True)
    assert len(set(ranks)) == 4
    assert narrow.specificity("groupe.test", "/autre") == 0
    assert town.specificity("groupe.test", "/autre/article") == whole.specificity("groupe.test", "/autre/article")
    assert town.specificity("groupe.test", "/bourgneuf-sur-mer/1") == whole.specificity(
        "groupe.test", "/bourgneuf-sur-mer/1"
    )
    assert whole.specificity("ailleurs.test", "/") == 0


@pytest.mark.parametrize(
    ("departements", "zone"),
    [
        ([], "Europe/Paris"),
        (["69"], "Europe/Paris"),
        (["2A", "2B"], "Europe/Paris"),
        (["971"], "America/Guadeloupe"),
        (["972"], "America/Martinique"),
        (["973"], "America/Cayenne"),
        (["974"], "Indian/Reunion"),
        (["975"], "America/Miquelon"),
        (["976"], "Indian/Mayotte"),
        (["986"], "Pacific/Wallis"),
        (["987"], "Pacific/Tahiti"),
        (["988"], "Pacific/Noumea"),
        (["974", "976"], "Europe/Paris"),
    ],
)
def test_the_zone_is_that_of_the_departements(departements: list[str], zone: str) -> None:
    assert make_source(departements=departements).zone == zone


def test_a_written_zone_wins() -> None:
    assert make_source(departements=["974"], zone="Indian/Mayotte").zone == "Indian/Mayotte"


def test_the_facts_digest_follows_name_kind_and_territory_alone() -> None:
    digest = make_source(regions=["FR-ARA", "FR-BFC"]).facts_digest
    assert make_source(regions=["FR-BFC", "FR-ARA"], interval="1h", aliases=["Écho"]).facts_digest == digest
    for changed in ({"name": "Autre"}, {"kind": "broadcaster"}, {"regions": ["FR-ARA"]}, {"departements": ["69"]}):
        assert make_source(**{"regions": ["FR-ARA", "FR-BFC"], **changed}).facts_digest != digest
    assert digest == "6eb3103a8e7cb9cac5616624a8c005c1872021c11eca8a60fcd295355e78a8b3", (
        "the digest is stored: it may not change between releases"
    )


def test_entry_points_come_feeds_first() -> None:
    source = make_source(listings=["https://a.test/une"], sitemaps=["https://a.test/sitemap.xml"])
    assert source.entry_points == (
        EntryPoint("feed", "https://www.echo-des-monts.test/rss"),
        EntryPoint("sitemap", "https://a.test/sitemap.xml"),
        EntryPoint("listing", "https://a.test/une"),
    )


def test_what_a_source_says_goes_before_the_settings() -> None:
    settings = Settings()
    own = make_source(delay="0s", interval="12h", limits={"body_bytes": "1 MiB", "run_seconds": 60}, verify_tls=False)
    plain = make_source()
    assert settings.delay_of(own) == timedelta(0)
    assert settings.delay_of(plain) == timedelta(seconds=5)
    assert settings.interval_bounds_of(own) == (timedelta(minutes=5), timedelta(hours=12))
    assert settings.interval_bounds_of(plain) == (timedelta(minutes=5), timedelta(hours=6))
    assert (settings.limits_of(own).body_bytes, settings.limits_of(own).run_seconds) == (2**20, 60)
    assert settings.limits_of(own).feed_entries == settings.limits.feed_entries
    assert settings.limits_of(plain) == settings.limits
    assert (settings.verifies_tls(own), settings.verifies_tls(plain)) == (False, True)


def test_a_source_does_not_change() -> None:
    source = make_source()
    with pytest.raises(ValidationError, match="frozen"):
        source.enabled = False
    assert source == make_source()
    assert hash(source) == hash(make_source())
