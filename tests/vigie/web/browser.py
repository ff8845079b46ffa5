"""The system's Chromium, driven by Playwright; where there is none, tests are skipped by name."""

import contextlib
import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome")
SIZES = {"narrow": 390, "wide": 1280}
SCHEMES = ("light", "dark")


def find_chromium() -> str:
    """Where the browser is, or the test is skipped with what to do."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    pytest.skip("Chromium: not installed; `sh scripts/browser.sh` installs it on Debian and its kin")


@contextlib.contextmanager
def open_browser() -> Iterator[Browser]:
    """A running browser without a window."""
    path = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def open_page(browser: Browser, scheme: str = "light", size: str = "wide", **options: Any) -> Iterator[Page]:
    """A fresh page; what it complains of on its console fails the test."""
    width = SIZES[size]
    context = browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": 900},
        locale="fr-FR",
        **options,
    )
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
    try:
        yield page
    finally:
        context.close()
    assert complaints == []


def find_faults(page: Page) -> list[str]:
    """What axe-core finds that keeps people out: serious and critical faults, each with where it stands."""
    page.evaluate(_read_axe())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{fault['id']} ({fault['impact']}): {node['html'][:160]}"
        for fault in found["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]


def _read_axe() -> str:
    """The script comes with a package; evaluated by the driver, it is not held up by the page's policy."""
    found = importlib.util.find_spec("axe_playwright_python")
    assert found is not None and found.origin is not None
    return (Path(found.origin).parent / "axe.min.js").read_text(encoding="utf-8")
