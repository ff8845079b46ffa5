"""What would be taken from pages saved as files, through the same pool of killable workers; nothing is kept."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from archive.records import Extraction, Rejection
from crawler.scope import Scopes
from vigie.installation import Installation

TASK = "crawler.extraction.saved_page:extract_saved"


def extract_saved_pages(installation: Installation, pages: Sequence[tuple[Path, str]]) -> Iterator[dict[str, Any]]:
    """One object a page, as soon as it is done: its outcome, and the extraction with claims and rules."""
    # loading the parsers takes most of a second, and only this needs them
    from crawler.extraction.pool import Pool
    from crawler.extraction.saved_page import SavedPage
    from crawler.extraction.task import Taken

    settings = installation.settings
    limits, scopes = settings.limits, Scopes(installation.sources.values())
    with Pool(settings.extraction_workers, limits.parse_seconds, limits.parse_bytes, TASK) as pool:
        for path, url in pages:
            owner = installation.sources.get(scopes.judge(url).source or "")
            zone = owner.zone if owner else settings.clock.zone
            language = owner.language if owner else "fr"
            saved = SavedPage(
                path.absolute(), url, installation.clock(), zone, language, limits.body_bytes,
                settings.accelerated_extraction,
            )  # fmt: skip
            pool.submit(saved)
        for saved, taken in pool.results():
            result = taken.result if isinstance(taken, Taken) else taken
            spent = taken.milliseconds if isinstance(taken, Taken) else None
            yield {"file": str(saved.path), "url": saved.url, "milliseconds": spent} | _describe(result)


def _describe(result: Any) -> dict[str, Any]:
    if isinstance(result, Extraction):
        return {"outcome": "extracted", "detail": "", "extraction": asdict(result)}
    claims = [asdict(claim) for claim in result.claims] if isinstance(result, Rejection) else []
    return {"outcome": result.outcome.name, "detail": result.detail, "extraction": None, "claims": claims}
