"""A digest as a person reads it: text and HTML from the same sections, through templates that escape.

No remote image, no script; the styles are written into the tags for mail programs that know no style sheet, and kept
for those that know dark mode.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from archive.catalogue.outbox import Letter
from indexer.alerts.wording import clean, say_count, say_subject
from indexer.highlight import Snippet

TEMPLATES = Path(__file__).parent / "templates"

Piece = tuple[str, bool]


@dataclass(frozen=True)
class Line:
    """One article in a digest, with the copies of its text elsewhere as (title, source, link)."""

    title: tuple[Piece, ...]
    passage: tuple[Piece, ...]
    link: str | None
    address: str
    source: str
    region: str
    date: str
    edited: bool
    copies: tuple[tuple[str, str, str | None], ...] = ()


@dataclass(frozen=True)
class Section:
    """What one query has to tell: lines, how many articles in all, how many are only counted."""

    title: str
    words: str
    total: int
    lines: tuple[Line, ...]
    left_out: int
    counted: int


@dataclass(frozen=True)
class Content:
    """Everything in a letter; `unseen` are sentences on what could not be seen."""

    sections: tuple[Section, ...]
    unseen: tuple[str, ...]
    unsubscribe: str


def cut_pieces(snippet: Snippet) -> tuple[Piece, ...]:
    """A snippet as pieces, each marked or not, cleaned; blanks between pieces stay."""
    pieces: list[Piece] = []
    place = 0
    for start, end in snippet.spans:
        pieces += [(_keep_blanks(snippet.text[place:start]), False), (_keep_blanks(snippet.text[start:end]), True)]
        place = end
    pieces.append((_keep_blanks(snippet.text[place:]), False))
    return tuple(piece for piece in pieces if piece[0])


def _keep_blanks(text: str) -> str:
    body = clean(text, 600)
    if not body:
        return " " if text else ""
    return f"{' ' if text[0].isspace() else ''}{body}{' ' if text[-1].isspace() else ''}"


def write_letter(content: Content) -> Letter:
    """Subject, text and HTML of a digest."""
    sources = list(dict.fromkeys(line.source for section in content.sections for line in section.lines))
    subject = say_subject(
        sum(section.total for section in content.sections), [section.title for section in content.sections], sources
    )
    text = _environment().get_template("digest.txt.j2").render(content=content, subject=subject)
    html = _environment().get_template("digest.html.j2").render(content=content, subject=subject)
    return Letter(subject, text.strip() + "\n", _inliner().inline(html))


def write_notice(subject: str, sentences: Sequence[str]) -> Letter:
    """A short letter to whoever runs the program."""
    lines = [clean(sentence, 1000) for sentence in sentences]
    html = _environment().get_template("notice.html.j2").render(subject=subject, lines=lines)
    return Letter(clean(subject, 150), "\n\n".join(lines) + "\n", _inliner().inline(html))


def mark_pieces(pieces: tuple[Piece, ...]) -> str:
    """Pieces in plain text: what matches stands between asterisks."""
    return "".join(f"*{text}*" if marked else text for text, marked in pieces)


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["mark"] = mark_pieces
    environment.globals["say_count"] = say_count
    return environment


@functools.cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)
