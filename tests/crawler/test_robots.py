"""robots.txt: what each kind of answer means (hazard N11), and RFC 9309's rules for groups and paths."""

import pytest

from archive.outcomes import Outcome
from crawler.robots import MAX_BYTES, RobotsRules, decode_robots

SITE = "https://gazette-du-val.test"


def rules_of(text: str | bytes) -> RobotsRules:
    body = text if isinstance(text, bytes) else text.encode()
    return RobotsRules.from_response(200, body, f"{SITE}/robots.txt")


def allowed(text: str | bytes, *paths: str) -> list[bool]:
    rules = rules_of(text)
    return [rules.allows(SITE + path) for path in paths]


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 599, 429, 600, 999, 100, 304])
def test_answers_that_say_not_now_close_the_host_for_this_run(status: int) -> None:
    rules = RobotsRules.from_response(status, b"User-agent: *\nAllow: /\n")
    assert rules.refusal(SITE + "/a") is Outcome.robots_unreachable
    assert str(status) in rules.reason


@pytest.mark.parametrize("failure", ["timed out", "connection reset"])
def test_no_answer_closes_the_host_and_names_the_cause(failure: str) -> None:
    rules = RobotsRules.from_response(None, failure=failure)
    assert rules.refusal(SITE + "/a") is Outcome.robots_unreachable
    assert rules.reason == failure


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 301])
def test_4xx_and_endless_redirects_open_the_host_without_reading_the_body(status: int) -> None:
    rules = RobotsRules.from_response(status, b"User-agent: *\nDisallow: /\nCrawl-delay: 60\n")
    assert rules.allows(SITE + "/a")
    assert rules.crawl_delay is None


def test_html_instead_of_rules_opens_the_host() -> None:
    assert allowed("<!doctype html><html><body><h1>Bienvenue</h1>\nDisallow tout\n</body></html>", "/a") == [True]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_rules_are_read_in_any_encoding(encoding: str) -> None:
    body = "User-agent: *\nDisallow: /privé\n# réservé\n".encode(encoding)
    assert allowed(body, "/priv%C3%A9/x", "/public") == [False, True]


def test_only_the_first_512_kib_count_and_a_cut_line_does_not() -> None:
    """Given a rule that the limit cuts in the middle, when read, then neither it nor the rules behind it count."""
    start = b"User-agent: *\nDisallow: /prive/\n"
    filler = b"# " + b"x" * 997 + b"\n"
    body = start + filler * ((MAX_BYTES - len(start)) // 1000)
    body += (
        b"\n" * (MAX_BYTES - len(body) - len(b"Disallow: /actu")) + b"Disallow: /actualites/brouillons\nDisallow: /b\n"
    )
    assert len(decode_robots(body)) < MAX_BYTES
    assert allowed(body, "/prive/x", "/actualites/brouillons", "/b") == [False, True, True]


def test_our_own_group_wins_over_the_star_wherever_it_stands() -> None:
    text = "User-agent: *\nDisallow: /\n\nUser-agent: vigie\nDisallow: /prive\nCrawl-delay: 9\n"
    assert allowed(text, "/a", "/prive") == [True, False]
    assert rules_of(text).named
    assert rules_of(text).crawl_delay == 9


@pytest.mark.parametrize("name", ["Vigie", "VIGIE", "vigie/1.0", "Vigie 1.0", "Vigie*"])
def test_a_ban_by_name_holds_in_any_spelling(name: str) -> None:
    assert allowed(f"User-agent: {name}\nDisallow: /\n\nUser-agent: *\nAllow: /\n", "/", "/a") == [False, False]


@pytest.mark.parametrize("name", ["Vig", "Vigi", "V", "Vigie-News", "Vigie2", "MaVigie", "e"])
def test_a_name_that_is_only_part_of_ours_is_another_robot(name: str) -> None:
    assert allowed(f"User-agent: {name}\nDisallow: /\n", "/a") == [True]


def test_bans_of_others_by_name_do_not_touch_us() -> None:
    assert allowed("User-agent: AutreRobot\nUser-agent: Argus\nDisallow: /\n", "/a") == [True]


def test_a_whole_user_agent_is_known_by_its_product() -> None:
    body = b"User-agent: Veilleur\nDisallow: /\n"
    rules = RobotsRules.from_response(200, body, product_token="Veilleur/2.1 (+https://veille.test/contact)")
    assert rules.refusal(SITE + "/a") is Outcome.disallowed


def test_an_empty_group_of_ours_opens_everything() -> None:
    assert allowed("User-agent: Vigie\nDisallow:\n\nUser-agent: *\nDisallow: /\n", "/a") == [True]


def test_groups_of_one_name_are_joined() -> None:
    text = "User-agent: Vigie\nDisallow: /a\n\nUser-agent: *\nDisallow: /\n\nUser-agent: Vigie\nDisallow: /b\n"
    assert allowed(text, "/a", "/b", "/c") == [False, False, True]


def test_several_names_share_the_rules_that_follow_and_a_sitemap_line_parts_nothing() -> None:
    text = "User-agent: Autre\nSitemap: /plan.xml\nUser-agent: Vigie\nDisallow: /a\n"
    assert allowed(text, "/a", "/b") == [False, True]
    assert rules_of(text).sitemaps == (f"{SITE}/plan.xml",)


def test_a_crawl_delay_ends_the_names_of_a_group() -> None:
    text = "User-agent: *\nCrawl-delay: 10\n\nUser-agent: Autre\nDisallow: /\n"
    assert allowed(text, "/a") == [True]
    assert rules_of(text).crawl_delay == 10


def test_rules_before_any_name_are_nobodys() -> None:
    assert allowed("Disallow: /\nUser-agent: *\nDisallow: /a\n", "/a", "/b") == [False, True]


def test_the_longest_match_counts_and_allow_wins_a_tie() -> None:
    text = (
        "User-agent: *\nDisallow: /actu\nAllow: /actualites/\nDisallow: /actualites/brouillons\n"
        "Allow: /x\nDisallow: /x\n"
    )
    assert allowed(text, "/actu", "/actualites/1", "/actualites/brouillons/2", "/x") == [False, True, False, True]


def test_stars_and_dollars() -> None:
    text = "User-agent: *\nDisallow: /*.pdf$\nDisallow: /*?imprimer\nDisallow: /fin$\n"
    paths = ["/tracts/mai.pdf", "/tracts/mai.pdf?v=2", "/a?imprimer=1", "/fin", "/fin/x"]
    assert allowed(text, *paths) == [False, True, False, False, True]


@pytest.mark.parametrize(
    ("rule", "path", "expected"),
    [
        ("/caf%C3%A9", "/café", False),
        ("/café", "/caf%c3%a9", False),
        ("/%61ctu", "/actu", False),
        ("/a%2Fb", "/a/b", True),
        ("/a/b", "/a%2Fb", True),
        ("/p%E9nal", "/p%E9nal", False),
        ("/p%E9nal", "/p%E8nal", True),
        ("/a%2A", "/a%2Ab", False),
        ("/a%2A", "/axb", True),
        ("//interne", "//interne/x", False),
        ("/A", "/a", True),
    ],
)
def test_escapes_are_compared_as_octets(rule: str, path: str, expected: bool) -> None:
    assert allowed(f"User-agent: *\nDisallow: {rule}\n", path) == [expected]


def test_robots_txt_itself_is_always_open() -> None:
    assert allowed("User-agent: *\nDisallow: /\n", "/robots.txt", "/a") == [True, False]


@pytest.mark.parametrize(
    ("value", "expected"),
    [("5", 5), ("0.5", 0.5), ("0,5", 0.5), ("600", 120), ("-1", None), ("nan", None), ("inf", None), ("lent", None)],
)
def test_the_crawl_delay_is_bounded_and_nonsense_ignored(value: str, expected: float | None) -> None:
    assert rules_of(f"User-agent: *\nCrawl-delay: {value}\n").crawl_delay == expected


@pytest.mark.parametrize("text", ["user-agent : *\rdisallow : /a\r", "USER-AGENT: *\r\nDISALLOW: /a # privé\r\n",
                                  "User-agent *\nDisallow /a\n", "user agent: *\nDissallow: /a\n"])  # fmt: skip
def test_line_ends_case_and_common_slips_are_forgiven(text: str) -> None:
    assert allowed(text, "/a", "/b") == [False, True]


def test_a_reservation_of_mining_is_reported_beside_the_rules() -> None:
    rules = rules_of("User-agent: *\nAllow: /\ntdm-reservation: 1\ntdm-policy: /licence.json\n")
    assert rules.opt_out is not None
    assert rules.opt_out.reserved
    assert rules.opt_out.policy == f"{SITE}/licence.json"


def test_the_body_of_a_hostile_file_is_read_in_reasonable_time() -> None:
    """Given 512 KiB of names, stars or blanks, when read, then it ends: pytest's time limit is the judge."""
    for hostile in (b"User-agent: *\nDisallow: /" + b"*a" * 250_000, b"User-agent:" + b" " * 500_000, b":" * 500_000):
        assert isinstance(allowed(hostile, "/" + "a" * 1_900)[0], bool)
