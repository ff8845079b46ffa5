"""The pages in a real browser: light and dark, narrow and wide, by keyboard, with and without JavaScript."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, expect

from tests.vigie.web.browser import SCHEMES, SIZES, find_faults, open_browser, open_page

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PAGES = {
    "search": "/search",
    "hits": "/search?q=patrouille",
    "shaded": "/search?q=patrouille&source=rives&from=2025-01&to=2025-12",
    "filtered": "/search?q=commissariat&source=ambre&kind=local_press&from=2025-02",
    "error": "/search?q=police+%22gr%C3%A8ve",
    "nothing": "/search?q=introuvable",
    "hostile": "/search?q=pi%C3%A8ge",
    "document": "/documents/{edited}",
    "difference": "/documents/{edited}/difference",
    "trap": "/documents/{hostile}",
    "saved": "/search/saved?q=valmorel",
    "sources": "/sources",
    "source": "/sources/ambre",
    "alerts": "/alerts",
    "letter": "/alerts/letters/1",
    "about": "/about",
    "help": "/help",
    "absent": "/documents/0",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as found:
        yield found


@pytest.fixture(scope="module")
def ids(address: str) -> dict[str, str]:
    """Documents that the addresses of pages name."""

    def find(words: str) -> str:
        hits = httpx.get(f"{address}/api/v1/search", params={"q": words}, timeout=30).json()["hits"]
        return str(hits[0]["document"])

    return {"edited": find("valmorel"), "hostile": find("piège")}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_keeps_nobody_out(
    browser: Browser, address: str, ids: dict[str, str], name: str, scheme: str, size: str
) -> None:
    with open_page(browser, scheme, size) as page:
        page.goto(address + PAGES[name].format(**ids))

        assert find_faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size], "the page is wider than the screen"
        assert page.title() != "pris"


def test_a_stretch_drawn_in_the_histogram_narrows_the_search(browser: Browser, address: str) -> None:
    with open_page(browser) as page:
        page.goto(f"{address}/search?q=title:patrouille")
        box = page.locator("svg.histogram").bounding_box()
        assert box is not None
        middle = box["y"] + box["height"] / 2

        page.mouse.move(box["x"] + box["width"] * 0.3, middle)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.5, middle)
        page.mouse.move(box["x"] + box["width"] * 0.6, middle)
        page.mouse.up()

        page.wait_for_url("**from=2025-*")
        assert "to=2025-" in page.url and "q=title" in page.url
        first, count = page.locator(".histogram").get_attribute("data-first"), page.locator("h2.count").inner_text()
        assert first is not None and first > "2025-02-01"
        assert 0 < int(count.split()[0]) < 45


def test_everything_works_by_keyboard_alone(browser: Browser, address: str) -> None:
    with open_page(browser) as page:
        page.goto(f"{address}/search")
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        page.locator("#q").focus()
        page.keyboard.type("valmorel")
        page.keyboard.press("Enter")
        page.wait_for_url("**q=valmorel*")
        page.locator(".hits h3 a").first.focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/documents/*")
        page.get_by_role("button", name="Comparer les deux versions").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**/difference*")

        expect(page.locator("del.telling").first).to_have_text("12")


def test_filters_and_pages_work_without_javascript(browser: Browser, address: str) -> None:
    with open_page(browser, java_script_enabled=False) as page:
        page.goto(f"{address}/search?q=patrouille")
        page.get_by_label("Presse locale").check()
        page.get_by_role("button", name="Appliquer les filtres").click()
        page.wait_for_url("**kind=local_press*")
        page.get_by_role("link", name="Page suivante").click()
        page.wait_for_url("**page=2*")

        expect(page.locator(".chips a")).to_have_count(1)
        assert page.locator(".hits > li").count() == 20


def test_ticked_articles_are_exported_without_javascript(browser: Browser, address: str) -> None:
    with open_page(browser, java_script_enabled=False) as page:
        page.goto(f"{address}/search?q=patrouille&sort=newest")
        boxes = page.locator(".hits input[type=checkbox]")
        boxes.nth(1).check()
        boxes.nth(4).check()
        page.locator("details.export summary").click()
        page.get_by_label("Les articles cochés sur cette page").select_option("ris")
        with page.expect_download() as found:
            page.get_by_role("button", name="Exporter les articles cochés").click()

        assert found.value.suggested_filename.endswith(".ris")
        assert found.value.path().read_text(encoding="utf-8").count("TY  - ") == 2


def test_the_language_is_kept(browser: Browser, address: str) -> None:
    with open_page(browser) as page:
        page.goto(f"{address}/search?q=valmorel")
        page.get_by_role("button", name="English").click()
        expect(page.locator("h2.count")).to_have_text("1 article")
        expect(page.locator("html")).to_have_attribute("lang", "en")
        page.goto(f"{address}/sources")

        expect(page.locator("html")).to_have_attribute("lang", "en")


def test_a_capture_is_saved_and_never_shown(browser: Browser, address: str, ids: dict[str, str]) -> None:
    with open_page(browser) as page:
        page.goto(f"{address}/documents/{ids['hostile']}")
        with page.expect_download() as found:
            page.get_by_role("link", name="octets reçus").first.click()

        assert found.value.suggested_filename.endswith(".bin")
        assert "/documents/" in page.url


def test_a_letter_as_it_was_sent_runs_nothing(browser: Browser, address: str) -> None:
    with open_page(browser) as page:
        page.goto(f"{address}/alerts/letters/1/html")

        assert page.locator("script").count() == 0 and page.title() != "pris"
