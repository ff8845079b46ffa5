"""The account at the end of a long run finds what is wrong: a ledger that always agrees proves nothing."""

from benchmarks.long_life.ledger import account_for_growth, account_for_repeats, account_for_service
from benchmarks.long_life.lived_time import LONGEST_STEP_SECONDS, LivedTime
from benchmarks.long_life.samples import Sample, compare
from tests.site.request_log import LoggedRequest

HOST = "127.0.0.2"


def ask(path: str, second: float, host: str = HOST) -> LoggedRequest:
    return LoggedRequest(host, "GET", path, False, 200, second=second)


def find_repeats(requests: list[LoggedRequest], *kills: float) -> tuple[str, str]:
    *_, repeats = account_for_repeats(requests, kills)
    return repeats.found, repeats.wrong


def test_an_article_that_was_under_way_at_a_kill_may_be_asked_for_again() -> None:
    asked = [ask("/vie/1.html", 1.0), ask("/vie/2.html", 2.0), ask("/vie/2.html", 4.0)]
    assert find_repeats(asked, 3.0) == ("1", "")


def test_an_article_that_was_done_before_the_kill_may_not() -> None:
    asked = [ask("/vie/1.html", 1.0), ask("/vie/2.html", 2.0), ask("/vie/1.html", 4.0)]
    assert find_repeats(asked, 3.0) == ("1", f"{HOST}/vie/1.html")


def test_what_another_host_was_asked_says_nothing() -> None:
    asked = [ask("/vie/1.html", 1.0), ask("/vie/2.html", 2.0, "127.0.0.3"), ask("/vie/1.html", 4.0)]
    assert find_repeats(asked, 3.0) == ("1", "")


def test_an_article_asked_for_again_without_a_kill_is_wrong() -> None:
    asked = [ask("/vie/1.html", 1.0), ask("/vie/1.html", 4.0)]
    assert find_repeats(asked, 9.0) == ("1", f"{HOST}/vie/1.html")


def test_memory_that_grows_by_more_than_a_tenth_is_wrong_where_it_is_judged() -> None:
    name = "memory of the daemon, MiB"
    steady = [Sample(100.0, 20, 300.0)] * 8
    growing = [Sample(100.0 + 5 * number, 20, 300.0) for number in range(8)]

    assert not any(line.wrong for line in account_for_growth(compare(steady), [name]))
    assert [line.name for line in account_for_growth(compare(growing), [name]) if line.wrong] == [name]
    assert not any(line.wrong for line in account_for_growth(compare(growing), []))


def test_a_daemon_that_ends_unasked_or_badly_is_wrong() -> None:
    assert not any(line.wrong for line in account_for_service([], [], 0))
    assert sum(bool(line.wrong) for line in account_for_service(["it ended with 1"], ["Traceback"], None)) == 3


def test_a_run_that_was_halted_is_not_late() -> None:
    moments = iter([100.0, 101.0, 3_701.0, 3_702.0])
    lived = LivedTime(lambda: next(moments))

    assert [lived.now() for _ in range(3)] == [1.0, 1.0 + LONGEST_STEP_SECONDS, 2.0 + LONGEST_STEP_SECONDS]
