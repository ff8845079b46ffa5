"""The golden pages: what they were served as, and how a result is written down for comparison.

`python -m tests.crawler.extraction.golden.recipe` writes `expected.json` anew. Do that together with a higher
`EXTRACTOR_VERSION`, and read the difference before committing it.
"""

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive.outcomes import Outcome
from archive.records import Page
from crawler.extraction.extract import EXTRACTOR_VERSION, extract

FOLDER = Path(__file__).parent
EXPECTED = FOLDER / "expected.json"
FETCHED_AT = datetime(2025, 10, 9, 6, 0, tzinfo=UTC)

# name of the page: its address and the Content-Type it came with
PAGES = {
    "union_statement": ("https://agents-valmont.test/effectifs-de-nuit/", "text/html; charset=UTF-8"),
    "regional_daily": ("https://gazette-sarvene.test/montreval/commissariat-ferme-12345", "text/html; charset=utf-8"),
    "local_paper_1252": ("http://echo-brassac.test/gendarmerie.htm", "text/html; charset=utf-8"),
    "figures_and_quotes": ("https://exemple.test/elections-2022", "text/html"),
    "paywall_teaser": ("https://gazette-sarvene.test/enquete/mains-courantes", "text/html; charset=utf-8"),
    "section_listing": ("https://gazette-sarvene.test/montreval/", "text/html; charset=utf-8"),
    "soft_404": ("https://gazette-sarvene.test/montreval/disparu-999", "text/html; charset=utf-8"),
    "script_shell": ("https://agents-valmont.test/presse", "text/html; charset=utf-8"),
    "consent_wall": ("https://gazette-sarvene.test/montreval/travaux", "text/html; charset=utf-8"),
}


def run(name: str) -> dict[str, Any]:
    """The result of one golden page as plain values."""
    url, content_type = PAGES[name]
    body = (FOLDER / "pages" / f"{name}.html").read_bytes()
    result = extract(Page(body=body, url=url, fetched_at=FETCHED_AT, content_type=content_type))
    written: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(result), default=_write, ensure_ascii=False))
    written.pop("extractor_version")
    return written


def _write(value: object) -> str:
    if isinstance(value, Outcome):
        return value.name
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in a golden file")


def renew() -> None:
    """Write down what comes out now."""
    content = {"extractor_version": EXTRACTOR_VERSION, "pages": {name: run(name) for name in PAGES}}
    EXPECTED.write_text(json.dumps(content, indent=1, ensure_ascii=False, sort_keys=True) + "\n", encoding="utf-8")


if __name__ == "__main__":
    renew()
