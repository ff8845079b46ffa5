"""The page of plain words that lies in a proof, in French and in English, and the program that checks without us.

One file without script, image or anything from another host. What was fetched is shown as text.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from archive.proof.folder import CaptureFacts, Facts, Proof, ProvedStamp, SealFacts
from vigie.exports.wording import tidy

PAGE_NAME = "index.html"
CHECK_NAME = "check.py"
TEMPLATES = Path(__file__).parent / "templates"
CHECK_TEMPLATE = TEMPLATES / "check.py.txt"  # not a module of ours: it runs in the folder of a proof, by itself


@dataclass(frozen=True)
class ShownCapture:
    """One capture as the page lists it, with the seal whose time stamp dates it, if any does."""

    facts: CaptureFacts
    dated_by: SealFacts | None


def read_check() -> bytes:
    """The program that checks a proof with nothing but Python."""
    return CHECK_TEMPLATE.read_bytes()


def render_page(facts: Facts, proof: Proof) -> str:
    """The page for these facts."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"show": _show, "tidy": tidy}
    newest = max(facts.versions, key=lambda version: (version.fetched_at, version.capture), default=None)
    first_stamp: ProvedStamp | None = proof.time_stamps[0] if proof.time_stamps else None
    return environment.get_template("page.html.j2").render(
        facts=facts,
        title=(newest.title if newest else None) or facts.url,
        captures=[ShownCapture(one, find_stamped(facts, one.seal)) for one in facts.captures],
        stamp=first_stamp,
        example=facts.captures[0],
        program=read_check().decode(),
    )


def find_stamped(facts: Facts, number: int) -> SealFacts | None:
    """The first seal with a time stamp to which a seal leads without a gap."""
    seals = {seal.number: seal for seal in facts.seals}
    while number in seals:
        if seals[number].stamped_at is not None:
            return seals[number]
        number += 1
    return None


def _show(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
