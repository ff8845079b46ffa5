"""Bodies that are under way at once share a budget: small ones always pass, large ones only while there is room."""

from scrapy import Request
from scrapy.exceptions import StopDownload

from config.models import Limits
from crawler.receiving import BUDGET_SHARE, Receiving

MIB = 2**20


def make(requests: int, child_bytes: int = 64 * MIB) -> tuple[Receiving, list[Request]]:
    receiving = Receiving(child_bytes)
    made = [Request(f"https://hote-{number}.test/") for number in range(requests)]
    for number, request in enumerate(made):
        receiving.begin(request, f"hote-{number}.test")
    return receiving, made


def fill(receiving: Receiving, request: Request, mebibytes: int) -> int:
    """Receive so much, or as much as is let through; how much that is."""
    for number in range(mebibytes):
        try:
            receiving.note_bytes(b"x" * MIB, request)
        except StopDownload:
            return number
    return mebibytes


def test_one_large_body_has_the_whole_budget() -> None:
    receiving, (only,) = make(1)
    assert fill(receiving, only, 100) == 64 // BUDGET_SHARE


def test_many_large_bodies_are_cut_to_their_share_and_small_ones_pass() -> None:
    # given: a budget of 16 MiB and eight requests, so a share of two
    receiving, requests = make(8)
    assert [fill(receiving, request, 6) for request in requests[:3]] == [6, 6, 4]
    # then: the budget is used up, and whoever has less than a share goes on
    assert fill(receiving, requests[3], 2) == 2
    assert fill(receiving, requests[4], 3) == 2


def test_what_has_ended_makes_room() -> None:
    receiving, (first, second) = make(2)
    assert fill(receiving, first, 16) == 16
    receiving.end(first)
    assert fill(receiving, second, 12) == 12
    assert receiving.held_for("hote-0.test") == 0
    assert receiving.held_for("hote-1.test") == 12 * MIB


def test_the_defaults_keep_the_bodies_of_all_hosts_within_half_of_the_memory() -> None:
    limits = Limits()
    receiving, requests = make(limits.hosts_at_once, limits.child_bytes)
    held = sum(fill(receiving, request, limits.body_bytes // MIB) for request in requests)
    assert limits.body_bytes < held * MIB <= limits.child_bytes // 2
