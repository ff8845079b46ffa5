"""Draws the union's two tracts again: `python -m tests.site.make_tracts` (needs fpdf2).

One has a text layer; the other is a picture of its text, as scanned posters are, so that no text can be taken from it.
The files are kept beside the code; this is how they were made.
"""

from datetime import UTC, datetime
from pathlib import Path
from random import Random

from fpdf import FPDF
from PIL import Image, ImageDraw

from tests.site.tract_words import HEADING, PARAGRAPHS

TRACTS = Path(__file__).parent / "tracts"


def draw_text_tract(file: Path) -> None:
    """A tract with a text layer, title and date."""
    document = FPDF()
    document.set_title(HEADING)
    document.set_author("Rempart Police Nationale")
    document.set_creation_date(datetime(2025, 11, 19, 15, 30, tzinfo=UTC))
    document.add_page()
    document.set_font("Helvetica", "B", 20)
    document.multi_cell(0, 10, HEADING)
    document.set_font("Helvetica", size=12)
    for paragraph in PARAGRAPHS:
        document.ln(6)
        document.multi_cell(0, 7, paragraph)
    document.output(str(file))


def draw_picture_tract(file: Path) -> None:
    """A poster without a text layer: grey lines where a scanner would have left letters."""
    picture = Image.new("L", (620, 877), 255)
    pen = ImageDraw.Draw(picture)
    random = Random(11)
    pen.rectangle((60, 60, 560, 130), fill=40)
    for line in range(14):
        end = 420 + random.randrange(140)
        pen.rectangle((60, 190 + 40 * line, end, 206 + 40 * line), fill=110)
    document = FPDF()
    document.set_creation_date(datetime(2025, 12, 1, 9, 0, tzinfo=UTC))
    document.add_page()
    document.image(picture, x=0, y=0, w=210)
    document.output(str(file))


if __name__ == "__main__":
    TRACTS.mkdir(exist_ok=True)
    draw_text_tract(TRACTS / "tract-heures-supplementaires.pdf")
    draw_picture_tract(TRACTS / "affiche-rassemblement.pdf")
