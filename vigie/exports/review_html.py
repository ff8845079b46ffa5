"""A press review as one HTML file that needs nothing beside it: no script, no image, nothing from another host."""

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from vigie.exports.redistribution import Article
from vigie.exports.review import CLOSING, Head, write_pieces

TEMPLATES = Path(__file__).parent / "templates"
CHUNKS = 200  # pieces of the template put together before they are written


def write_review_html(file: BinaryIO, articles: Iterable[Article], head: Head) -> None:
    """Write the review while the articles are read."""
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html.j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    stream = environment.get_template("review.html.j2").stream(
        head=head, pieces=write_pieces(articles, head), closing=CLOSING
    )
    stream.enable_buffering(CHUNKS)
    stream.dump(file, encoding="utf-8")
