"""A press review as PDF: A4, a page number on each page, every title a link, days in the outline.

The font is embedded and knows the letters and blanks of French and of most of Europe; letters it lacks are shown as a
box, so that nothing vanishes unseen.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import BinaryIO

import font_source_sans_pro
from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont

from vigie.exports.redistribution import Article
from vigie.exports.review import CLOSING, Head, Piece, write_pieces

FAMILY = "SourceSansPro"
MARGIN_MM = 22
INK, SOFT, LINK = (28, 31, 38), (89, 95, 107), (29, 79, 145)
LEAST_ROOM_MM = 32  # a title is not left alone at the foot of a page
_BOX = "\N{BALLOT BOX}"
_LIKE = {0x2010: "-", 0x2011: "-", 0x2009: "\u202f", 0x200A: "", 0x2002: " ", 0x2003: " ", 0x00AD: ""}


def write_review_pdf(file: BinaryIO, articles: Iterable[Article], head: Head, made_at: datetime) -> None:
    """Lay out the whole review and write it; the pages are kept in memory until then."""
    pdf = _Review(head, made_at)
    for piece in write_pieces(articles, head):
        pdf.add_piece(piece)
    pdf.add_closing()
    pdf.output(file)


class _Review(FPDF):
    """The pages of a review."""

    def __init__(self, head: Head, made_at: datetime) -> None:
        super().__init__(format="A4")
        self.set_margins(MARGIN_MM, MARGIN_MM, MARGIN_MM)
        self.set_auto_page_break(True, MARGIN_MM)
        self.c_margin = 0  # text begins where the lines under the days begin
        for style, name in (("", FAMILY), ("B", f"{FAMILY}Bold")):
            self.add_font(FAMILY, style, font_source_sans_pro.font_files_ttf[name])
        regular = self.fonts[FAMILY.lower()]
        assert isinstance(regular, TTFFont)
        self._known = frozenset(regular.cmap)
        self.set_title(f"{head.title} – {head.subject}")
        self.set_creator("Vigie")
        self.set_lang("fr")
        self.set_creation_date(made_at)
        self.add_page()
        self._add_head(head)

    def footer(self) -> None:
        """The page's number, on every page."""
        self.set_y(-15)
        self.set_font(FAMILY, "", 9)
        self.set_text_color(*SOFT)
        self.cell(0, 5, f"{self.page_no()}", align="C")

    def add_piece(self, piece: Piece) -> None:
        """One article below the last one."""
        if self.will_page_break(LEAST_ROOM_MM + (12 if piece.day else 0)):
            self.add_page()
        if piece.day:
            self._add_day(piece.day)
        self.ln(3.5)
        self._add_text(piece.title, "B", 12, 5.6, LINK if piece.link else INK, link=piece.link)
        self._add_text(piece.about, "", 9.5, 4.8, SOFT)
        for paragraph in (piece.extract, *piece.paragraphs):
            if paragraph:
                self.ln(0.8)
                self._add_text(paragraph, "", 10.5, 5.2, INK)
        if not piece.link:
            self._add_text(piece.address, "", 9, 4.6, SOFT)

    def add_closing(self) -> None:
        """Whose texts these are."""
        self.ln(6)
        self._add_text(CLOSING, "", 9, 4.6, SOFT)

    def _add_head(self, head: Head) -> None:
        self._add_text(head.title, "B", 22, 10, INK)
        self._add_text(head.subject, "", 11.5, 6, INK)
        self._add_text(f"{head.count} · {head.made}", "", 9.5, 5, SOFT)

    def _add_day(self, day: str) -> None:
        self.ln(7)
        self.start_section(self._drawable(day))
        self._add_text(day, "B", 11, 6, INK)
        self.set_draw_color(*INK)
        self.line(MARGIN_MM, self.get_y(), self.w - MARGIN_MM, self.get_y())

    def _add_text(
        self, text: str, style: str, size: float, height: float, colour: tuple[int, int, int], link: str | None = None
    ) -> None:
        self.set_font(FAMILY, style, size)
        self.set_text_color(*colour)
        self.multi_cell(
            0, height, self._drawable(text), align="L", link=link or "", new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )

    def _drawable(self, text: str) -> str:
        """The text with letters that the font lacks shown as a box, or as the letter that looks the same."""
        return "".join(letter if ord(letter) in self._known else _LIKE.get(ord(letter), _BOX) for letter in text)
