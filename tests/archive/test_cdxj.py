"""Index lines for players of web archives, compared with those of the tool that others make them with."""

import gzip
import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archive.cdxj import BLOCK_LINES, compress_lines, make_key
from archive.records import StoredResponse
from archive.warc import WarcWriter

NOW = datetime(2026, 3, 14, 10, 11, 12, tzinfo=UTC)
URLS = (
    "http://www.exemple.test/Rubrique/Article.html?z=1&a=2",
    "https://presse.exemple.test:8443/é/x%20y/?q=É+b",
    "https://exemple.test:443/actualites/",
    "http://127.0.0.2:8137/feed/",
    "http://exemple.test",
    "http://www2.exemple.test/a//b/../c;d?b=2&b=1",
    "http://xn--prfecture-b4a.exemple.test/a%2Fb%7E",
    "https://exemple.test/lire.php?num=322&titre=l%27appel%20%26%20la%20gr%C3%A8ve",
)


def test_keys_are_those_of_the_tool_that_others_use(tmp_path: Path) -> None:
    writer = WarcWriter(tmp_path, software="test", operator=None, now=NOW)
    for url in URLS:
        writer.write(StoredResponse(url, NOW, 200, "OK", (("Content-Type", "text/html"),), url.encode()))
    warc = writer.close()

    indexer = Path(sys.executable).parent / "cdxj-indexer"
    said = subprocess.run([indexer, str(warc)], capture_output=True, text=True, check=True).stdout

    theirs = {json.loads(rest)["url"]: key for key, _, rest in (line.split(" ", 2) for line in said.splitlines())}
    assert len(theirs) == len(URLS)
    assert {url: make_key(url) for url in theirs} == theirs


def test_blocks_are_found_by_their_first_line() -> None:
    lines = sorted(f"test,exemple)/{number:05} 20260314101112 {{}}" for number in range(BLOCK_LINES + 10))

    blocks, index = compress_lines(lines, "index.cdx.gz")

    meta, *entries = index.decode().splitlines()
    assert meta == '!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}'
    assert [entry.split(" ")[0] for entry in entries] == ["test,exemple)/00000", f"test,exemple)/{BLOCK_LINES:05}"]
    found = []
    for entry in entries:
        place = json.loads(entry.split(" ", 2)[2])
        block = blocks[place["offset"] : place["offset"] + place["length"]]
        found += gzip.decompress(block).decode().splitlines()
    assert found == lines


def test_no_lines_make_an_empty_index() -> None:
    blocks, index = compress_lines([], "index.cdx.gz")

    assert blocks == b""
    assert index.decode().count("\n") == 1


@pytest.mark.parametrize("url", ["http://EXEMPLE.test/A", "http://exemple.test/a/", "http://www.exemple.test/a"])
def test_spellings_of_one_address_have_one_key(url: str) -> None:
    assert make_key(url) == "test,exemple)/a"
