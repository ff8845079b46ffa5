"""Articles as JSON Lines: one record a line, the same as in the hits of `vigie search --json`."""

import json
from collections.abc import Iterable
from typing import BinaryIO

from vigie.exports.redistribution import Article


def write_jsonl(file: BinaryIO, articles: Iterable[Article]) -> None:
    """One line an article, in UTF-8; a line end inside a text is escaped."""
    for article in articles:
        file.write(json.dumps(article.as_json(), ensure_ascii=False).encode() + b"\n")
