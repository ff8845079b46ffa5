"""The table of expected ends covers the local news site, and an account of a crawl tells each kind of fault."""

from dataclasses import replace

import pytest

from archive.outcomes import Outcome
from tests.site.accounting import Seen, SeenDocument, account_for
from tests.site.articles import DAYS
from tests.site.expected import EXPECTED, WIRE_STORY, ExpectedDocument, differences, expected_on
from tests.site.publishers import PUBLISHERS, ambre, estuaire
from tests.site.server import Site


@pytest.mark.parametrize("day", DAYS)
def test_every_page_has_an_expectation_and_every_expectation_a_page(site: Site, day: str) -> None:
    site.advance(day)
    entries_without_page = {(one.publisher, one.path) for one in EXPECTED if one.role == "entry"}

    served = {(one.name, path) for one in PUBLISHERS for path in site.paths(one.name)}

    assert served | entries_without_page == {(one.publisher, one.path) for one in expected_on(day)}


def test_each_expected_path_is_listed_once() -> None:
    paths = [(one.publisher, one.path) for one in EXPECTED]

    assert len(paths) == len(set(paths))


def test_expected_facts_refuse_a_document_that_is_wrong() -> None:
    wanted = wanted_of("/faits-divers/refus-d-obtemperer-a-roquefeuil-le-conducteur-juge-en-janvier-20377.html")
    people = ("Hélène Castaignet", "Youri Delabrosse")

    right = differences(wanted, wanted.title, people, wanted.published, "second")
    wrong = differences(wanted, "Refus", people[:1], None, None)
    vague = differences(wanted, wanted.title, people, wanted.published, "day")

    assert right == ()
    assert [sentence.partition(":")[0] for sentence in wrong] == ["title", "authors", "published"]
    assert vague == ("precision: expected a time, got day",)


def test_an_organisation_beside_the_people_may_be_left_out_but_nobody_added() -> None:
    wanted = wanted_of(WIRE_STORY[0][1])

    without = differences(wanted, wanted.title, (), wanted.published, "second")
    with_agency = differences(wanted, wanted.title, ("Agence Méridienne",), wanted.published, "second")
    invented = differences(wanted, wanted.title, ("Riverain49",), wanted.published, "second")

    assert (without, with_agency) == ((), ())
    assert len(invented) == 1


def seen_as_expected(site: Site, day: str) -> dict[str, Seen]:
    """What an archive without a fault would have seen."""
    seen = {}
    for one in expected_on(day):
        if one.found is None or one.role == "variant":
            continue
        document = None
        if one.document:
            facts = one.document
            precision = "day" if facts.day_only else "second"
            document = SeenDocument(
                facts.title, facts.authors or (), facts.published, precision, facts.kind, facts.paywalled
            )
        url = site.url(one.publisher, one.path) if one.path.startswith("/") else one.path
        seen[url] = Seen(one.outcomes[0], document)
    return seen


@pytest.mark.parametrize("day", DAYS)
def test_a_faultless_archive_accounts_for_every_page(site: Site, day: str) -> None:
    account = account_for(seen_as_expected(site, day), site.base, day)

    assert account.wrong == ()
    assert len(account.right) >= 50


def test_each_kind_of_fault_of_an_archive_is_told(site: Site) -> None:
    seen = seen_as_expected(site, DAYS[0])
    dropped, spoilt, ended = [site.url(one.publisher, one.path) for one in EXPECTED if one.document][:3]
    document = seen[spoilt].document
    assert document is not None
    del seen[dropped]
    seen[spoilt] = Seen(Outcome.extracted, replace(document, title="Autre chose", kind="broadcaster", paywalled=True))
    seen[ended] = Seen(Outcome.no_text)
    seen[site.url("ambre", ambre.SOFT_MISSING)] = Seen(Outcome.extracted, document)
    seen[site.url("estuaire", estuaire.CLOSED)] = Seen(Outcome.fetched)
    seen[site.url("sextant", "/inattendu.htm")] = Seen(Outcome.gone)

    wrong = " | ".join(account_for(seen, site.base, DAYS[0]).wrong)

    assert f"{dropped}: never met, expected extracted through a feed" in wrong
    assert f"{spoilt}: title: expected" in wrong and "kind: expected union, got broadcaster" in wrong
    assert "paywalled: expected False, got True" in wrong
    assert f"{ended}: expected a document, got no_text" in wrong
    assert "expected no document, got" in wrong
    assert "expected disallowed, got fetched" in wrong
    assert "/inattendu.htm: nothing of the site is expected here" in wrong


def wanted_of(path: str) -> ExpectedDocument:
    document = next(one.document for one in EXPECTED if one.path == path)
    assert document is not None
    return document
