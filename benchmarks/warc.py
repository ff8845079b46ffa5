"""What it costs to archive a response: our writer against warcio's default, and what repacking saves.

    python -m benchmarks.warc [--responses 300] [--rounds 5]

Both write the same responses as response, request and metadata records, one gzip member each, with digests; fsync is
left out on both sides, since it costs waiting and no processor time. warcio then reads our file with digests checked.
"""

import argparse
import io
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.records import StoredResponse
from archive.warc import pack_small, read_members, unpack_member
from archive.warc.packing import pack_response
from benchmarks.figures import Figure, report_figures
from benchmarks.generator import Generator
from benchmarks.news_site import make_page

Write = Callable[[Sequence[StoredResponse], Path], None]
MOST = 0.2  # of warcio's time
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HEADERS = (("Content-Type", "text/html; charset=utf-8"), ("Server", "essai"), ("Date", "Mon, 02 Mar 2026 12:00:00 GMT"))
ASKED = (("Host", "presse.test"), ("User-Agent", "essai"), ("Accept", "*/*"))


def make_responses(count: int) -> list[StoredResponse]:
    """Pages of all three templates, as they are served without content encoding."""
    generator = Generator(7, count)
    return [
        StoredResponse(
            f"http://presse-{number % 9}.test/articles/{number}", NOON, 200, "OK", HEADERS,
            make_page(generator.entry(number), number, f"presse-{number % 9}.test"), request_headers=ASKED,
            metadata=(("source", "essai"), ("via", "live")),
        )
        for number in range(count)
    ]  # fmt: skip


def write_ours(responses: Sequence[StoredResponse], path: Path) -> None:
    """As the archive packs and appends them."""
    with path.open("wb", buffering=0) as file:
        for response in responses:
            file.write(b"".join(pack_response(response, None)))


def write_theirs(responses: Sequence[StoredResponse], path: Path) -> None:
    """As warcio's documentation has it."""
    with path.open("wb") as file:
        writer = WARCWriter(file, gzip=True)
        for response in responses:
            head = StatusAndHeaders("200 OK", list(response.headers), protocol="HTTP/1.1")
            asked = StatusAndHeaders("GET / HTTP/1.1", list(response.request_headers), is_http_request=True)
            said = "".join(f"{name}: {value}\r\n" for name, value in response.metadata).encode()
            answer = writer.create_warc_record(
                response.url, "response", payload=io.BytesIO(response.payload), http_headers=head
            )
            request = writer.create_warc_record(response.url, "request", payload=io.BytesIO(), http_headers=asked)
            writer.write_request_response_pair(request, answer)
            kind = "application/warc-fields"
            writer.write_record(
                writer.create_warc_record(response.url, "metadata", payload=io.BytesIO(said), warc_content_type=kind)
            )


def spend(write: Write, responses: list[StoredResponse], path: Path) -> float:
    """Milliseconds of processor time a response. Digests taken before are forgotten."""
    fresh = [replace(response) for response in responses]
    started = time.process_time()
    write(fresh, path)
    return (time.process_time() - started) * 1000 / len(responses)


def check_with_warcio(path: Path) -> int:
    """How many records warcio reads, digests checked; it raises on a wrong one."""
    count = 0
    with path.open("rb") as file:
        for record in ArchiveIterator(file, check_digests="raise"):
            record.content_stream().read()
            assert record.digest_checker.passed, record.digest_checker.problems
            count += 1
    return count


def measure(responses: list[StoredResponse], rounds: int, folder: Path) -> list[Figure]:
    """Ours and theirs in turn, medians of the rounds."""
    ours, theirs = folder / "ours.warc.gz", folder / "theirs.warc.gz"
    spent: list[tuple[float, float]] = []
    for _ in range(rounds):
        spent.append((spend(write_ours, responses, ours), spend(write_theirs, responses, theirs)))
    read = check_with_warcio(ours)
    assert read == 3 * len(responses), f"warcio read {read} records"
    small = sum(len(pack_small(unpack_member(member, "essai"))) for _, member in read_members(ours))
    size = sum(len(one.payload) for one in responses)
    return [
        Figure("pages", len(responses), ""),
        Figure("mean page", size / len(responses) / 1024, "KiB"),
        Figure("ours, processor time a response", statistics.median(mine for mine, _ in spent), "ms"),
        Figure("warcio's default", statistics.median(other for _, other in spent), "ms"),
        Figure("ours / warcio", statistics.median(mine / other for mine, other in spent), "", at_most=MOST),
        Figure("our file / warcio's", ours.stat().st_size / theirs.stat().st_size, ""),
        Figure("our file repacked / warcio's", small / theirs.stat().st_size, ""),
    ]


def main() -> int:
    """Print the table; 1 where the target is missed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--responses", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tiny", action="store_true")
    asked = parser.parse_args()
    responses, rounds = (20, 1) if asked.tiny else (asked.responses, asked.rounds)
    with tempfile.TemporaryDirectory() as folder:
        figures = measure(make_responses(responses), rounds, Path(folder))
    return report_figures("warc", figures, tiny=asked.tiny)


if __name__ == "__main__":
    sys.exit(main())
