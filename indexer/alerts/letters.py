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
from config.query import MailLanguage
from indexer.alerts.phrases import PHRASES, Phrases
from indexer.alerts.revisions import UNCHANGED, Part, Revision
from indexer.alerts.wording import clean, say_count, say_subject
from indexer.highlight import Snippet

TEMPLATES = Path(__file__).parent / "templates"

PIECE_CHARACTERS = 600

Piece = tuple[str, bool]


@dataclass(frozen=True)
class Line:
    """One article in a digest, with the copies of its text elsewhere as (title, source, link).

    `archived` is the page of its archived copy, where there are pages; otherwise `command` shows it.
    """

    title: tuple[Piece, ...]
    passage: tuple[Piece, ...]
    link: str | None
    address: str
    source: str
    region: str
    date: str
    edited: bool
    archived: str | None
    command: str
    revision: Revision = UNCHANGED
    copies: tuple[tuple[str, str, str | None], ...] = ()


@dataclass(frozen=True)
class RemovalLine:
    """An article told before that its publisher removed or put back, in one sentence."""

    title: str
    source: str
    said: str
    archived: str | None
    command: str


@dataclass(frozen=True)
class SilenceLine:
    """A source that fell silent or publishes again, in one sentence."""

    source: str
    said: str


@dataclass(frozen=True)
class Section:
    """What one query has to tell: lines, and how many articles stand behind them.

    `new` and `edited` count matches, copies included; `counted` are only a number; `removed` and `restored` count
    removals, of which `removals` shows the first.
    """

    title: str = ""
    words: str = ""
    new: int = 0
    edited: int = 0
    lines: tuple[Line, ...] = ()
    left_out: int = 0
    counted: int = 0
    removed: int = 0
    restored: int = 0
    removals: tuple[RemovalLine, ...] = ()
    silent: tuple[SilenceLine, ...] = ()
    talking: tuple[SilenceLine, ...] = ()
    all_link: str | None = None
    all_command: str = ""

    @property
    def total(self) -> int:
        """How much there is to tell."""
        said = len(self.silent) + len(self.talking)
        return self.new + self.edited + self.removed + self.restored + said

    @property
    def all_lines(self) -> tuple[Line | RemovalLine | SilenceLine, ...]:
        """Every line of the section, in the order in which they stand."""
        return *self.silent, *self.talking, *self.lines, *self.removals

    @property
    def removals_left_out(self) -> int:
        """Removals without a line."""
        return self.removed + self.restored - len(self.removals)


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
        pieces += [(keep_blanks(snippet.text[place:start]), False), (keep_blanks(snippet.text[start:end]), True)]
        place = end
    pieces.append((keep_blanks(snippet.text[place:]), False))
    return tuple(piece for piece in pieces if piece[0])


def keep_blanks(text: str) -> str:
    """Clean text that stands between others: the blanks at its ends stay."""
    body = clean(text, PIECE_CHARACTERS)
    if not body:
        return " " if text else ""
    return f"{' ' if text[0].isspace() else ''}{body}{' ' if text[-1].isspace() else ''}"


def write_letter(content: Content, phrases: Phrases) -> Letter:
    """Subject, text and HTML of a digest."""
    subject = _write_subject(content, phrases)
    text = _environment(phrases.language).get_template("digest.txt.j2").render(content=content, subject=subject)
    html = _environment(phrases.language).get_template("digest.html.j2").render(content=content, subject=subject)
    return Letter(subject, text.strip() + "\n", _inliner().inline(html))


def _write_subject(content: Content, phrases: Phrases) -> str:
    sections = content.sections
    counts = [
        (sum(section.new for section in sections), phrases.new),
        (sum(section.edited for section in sections), phrases.edited),
        (sum(section.removed for section in sections), phrases.removed),
        (sum(section.restored for section in sections), phrases.restored),
        (sum(len(section.silent) for section in sections), phrases.silent),
        (sum(len(section.talking) for section in sections), phrases.talking),
    ]
    sources = list(dict.fromkeys(one.source for section in sections for one in section.all_lines))
    speaking = [section.title for section in sections if section.total] or [section.title for section in sections]
    return say_subject(counts, speaking, sources, phrases)


def write_notice(subject: str, sentences: Sequence[str], phrases: Phrases) -> Letter:
    """A short letter to whoever runs the program."""
    lines = [clean(sentence, 1000) for sentence in sentences]
    html = _environment(phrases.language).get_template("notice.html.j2").render(subject=subject, lines=lines)
    return Letter(clean(subject, 150), "\n\n".join(lines) + "\n", _inliner().inline(html))


def mark_pieces(pieces: tuple[Piece, ...]) -> str:
    """Pieces in plain text: what matches stands between asterisks."""
    return "".join(f"*{text}*" if marked else text for text, marked in pieces)


def mark_parts(parts: Sequence[Part]) -> str:
    """Parts of a revision in plain text: `[-what was-] [+what is+]`."""
    marks = {"kept": ("", ""), "removed": ("[-", "-]"), "added": ("[+", "+]")}
    return "".join(f"{marks[state][0]}{text}{marks[state][1]}" for text, state in parts)


@functools.cache
def _environment(language: MailLanguage) -> Environment:
    phrases = PHRASES[language]
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["mark"] = mark_pieces
    environment.filters["mark_parts"] = mark_parts
    environment.globals["phrases"] = phrases
    environment.globals["say_count"] = functools.partial(say_count, phrases=phrases)
    return environment


@functools.cache
def _inliner() -> css_inline.CSSInliner:
    return css_inline.CSSInliner(keep_style_tags=True, load_remote_stylesheets=False)
