"""Dates as the page shows them to readers: time elements and datelines near the headline, labelled ones anywhere.

An update is told from a publication by the words before a date, by its class, or by a label in the block before.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from crawler.extraction.metadata.dates_in_prose import ProseDate, find_dated_lines, find_dates, fold, label_before
from crawler.extraction.metadata.evidence import Block, Evidence
from crawler.extraction.metadata.instants import from_local, judge, read_instant
from crawler.extraction.metadata.statements import DateSeen
from crawler.extraction.metadata.surroundings import Surroundings
from crawler.extraction.metadata.wording import visible_text

# A dateline is short; with more than the second number of signs around the date, the block is about something else.
MAX_DATELINE = 250
MAX_AROUND_DATE = 45
MAX_LABEL = 40
START_OF_LONG = 60
UPDATE_CLASS = re.compile(r"updat|modif|maj\b|lastmod|edited", re.IGNORECASE)


def shown_dates(evidence: Evidence, around: Surroundings) -> Iterator[DateSeen]:
    """Time elements and prose dates around the headline, nearest first, then labelled ones anywhere else."""
    headline, near = around.headline, around.near
    dated = find_dated_lines(evidence.unaccented_short)
    seen_elements: set[Any] = set()
    # Two more for what stands before: a dateline above the headline is rarer than one below it.
    for number in sorted(near, key=lambda number: abs(number - headline) + (2 if number < headline else 0)):
        aside = number > headline and around.is_elsewhere(evidence.blocks[number].element)
        if not aside:
            yield from time_elements(evidence, evidence.blocks[number], seen_elements, far=False)
        if number in dated or len(evidence.blocks[number].text) > MAX_DATELINE:
            yield from prose_dates(evidence, number, labelled_only=aside)
    for number in (*range(near.start), *range(near.stop, len(evidence.blocks))):
        block = evidence.blocks[number]
        if len(block.text) > MAX_DATELINE or not (number in dated or block.element in evidence.around_times):
            continue
        if not around.is_elsewhere(block.element):
            yield from time_elements(evidence, block, seen_elements, far=True)
            if number in dated:
                found = prose_dates(evidence, number, labelled_only=True)
                yield from (replace(date, rank=date.rank + 5) for date in found)


def time_elements(evidence: Evidence, block: Block, seen: set[Any], far: bool) -> Iterator[DateSeen]:
    """`<time datetime>` elements of a block."""
    if block.element not in evidence.around_times:
        return
    for element in list(block.element.iter("time"))[:4]:
        if element in seen or not element.get("datetime"):
            continue
        seen.add(element)
        instant = read_instant(element.get("datetime"), evidence.page.zone, evidence.page.fetched_at)
        if instant is None:
            continue
        marked = f"{element.get('class') or ''} {block.element.get('class') or ''}"
        label = label_before(fold(text_before(block.element, element)))
        modified = label == "modified" or (label is None and UPDATE_CLASS.search(marked))
        rank = 9 if far else 3
        yield DateSeen(
            "modified" if modified else "published", "time_element", "page", rank, element.get("datetime"), instant
        )


def text_before(ancestor: Any, element: Any) -> str:
    """The visible words between the start of an ancestor and the first digit inside an element of it."""
    pieces: list[str] = []
    around = set(element.iterancestors())
    for node in ancestor.iter():
        if node is element:
            break
        if isinstance(node.tag, str):
            pieces.append(node.text or "")
        # The tail of what holds the element stands behind it.
        if node.tail and node not in around:
            pieces.append(node.tail)
    own = re.split(r"\d", visible_text(element, 100), maxsplit=1)[0]
    return "".join(pieces)[-MAX_DATELINE:] + own


def prose_dates(evidence: Evidence, number: int, labelled_only: bool) -> Iterator[DateSeen]:
    """Dates written out in a short block, or at the very start of a long one."""
    text = evidence.blocks[number].text
    long = len(text) > MAX_DATELINE
    dates = find_dates(text[:START_OF_LONG] if long else text, evidence.local_now)
    if dates and len(text) < MAX_LABEL and all(date.label is None for date in dates):
        dates = label_from_before(evidence, number) or dates
    for date in dates:
        if date.label == "other" or (labelled_only and date.label is None):
            continue
        instant = judge(from_local(date.moment, date.precision, evidence.page.zone), evidence.page.fetched_at)
        rank = 2 if date.label else 11 if long else 6 if len(text) - len(date.text) < MAX_AROUND_DATE else 8
        place = "prose_labelled" if date.label else "prose"
        yield DateSeen(date.label or "published", place, "page", rank, date.text, instant)


def label_from_before(evidence: Evidence, number: int) -> list[ProseDate]:
    """The dates of a block read behind the block before, where that is short enough to be their label."""
    before = evidence.blocks[number - 1].text if number else ""
    if not before or len(before) >= MAX_LABEL or any(sign.isdigit() for sign in before):
        return []
    return find_dates(f"{before} : {evidence.blocks[number].text}", evidence.local_now)
