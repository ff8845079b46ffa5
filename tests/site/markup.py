"""Blocks of an article as HTML, and the ways in which French publishers write a date."""

from datetime import datetime
from email.utils import format_datetime
from html import escape

from tests.site.articles import PARIS

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def blocks_to_html(blocks: tuple[str, ...], css_class: str = "") -> str:
    """Paragraphs, headings, lists and quotes; items that follow each other become one list."""
    attribute = f' class="{css_class}"' if css_class else ""
    lines: list[str] = []
    for block in blocks:
        text = escape(block, quote=False)
        if block.startswith("## "):
            lines.append(f"<h2>{text[3:]}</h2>")
        elif block.startswith("- "):
            item = f"<li>{text[2:]}</li>"
            if lines and lines[-1].endswith("</ul>"):
                lines[-1] = lines[-1].removesuffix("</ul>") + item + "</ul>"
            else:
                lines.append(f"<ul>{item}</ul>")
        elif block.startswith("> "):
            lines.append(f"<blockquote><p>{escape(block[2:], quote=False)}</p></blockquote>")
        else:
            lines.append(f"<p{attribute}>{text}</p>")
    return "\n".join(lines)


def text_of(block: str) -> str:
    """A block without its mark."""
    return block[2:].lstrip("# ") if block[:2] in ("##", "- ", "> ") else block


def rfc822(instant: datetime) -> str:
    """`Thu, 04 Dec 2025 08:30:12 +0000`, as feeds write it."""
    return format_datetime(instant)


def day_in_french(instant: datetime) -> str:
    """`04 décembre 2025`, by the calendar of Paris."""
    local = instant.astimezone(PARIS)
    return f"{local.day:02d} {MONTHS[local.month - 1]} {local.year}"


def numeric_day(instant: datetime) -> str:
    """`04/12/2025`, by the calendar of Paris."""
    return instant.astimezone(PARIS).strftime("%d/%m/%Y")


def clock_time(instant: datetime) -> str:
    """`07h12`, by the clock of Paris."""
    return instant.astimezone(PARIS).strftime("%Hh%M")
