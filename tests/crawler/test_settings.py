"""Scrapy gets what the settings say, and everything that could reach past our guards is off."""

from datetime import timedelta

import pytest

from config.models import Limits, Politeness, Settings
from crawler.settings import make_settings


def test_each_limit_is_passed_on() -> None:
    limits = Limits(
        request_seconds=7, dns_seconds=3, redirects=2, retries=1, hosts_at_once=9, url_characters=500,
        child_seconds=100, stop_seconds=20, body_bytes=2**20, child_bytes=2**29,
    )  # fmt: skip
    ours = Settings(limits=limits, politeness=Politeness(delay=timedelta(seconds=8)), contact="essai@exemple.test")
    made = make_settings(ours, {"a.test": 8.0, "b.test": 0.0})
    expected = {
        "DOWNLOAD_TIMEOUT": 7, "DNS_TIMEOUT": 3, "REDIRECT_MAX_TIMES": 2, "RETRY_TIMES": 1, "CONCURRENT_REQUESTS": 9,
        "URLLENGTH_LIMIT": 500, "CLOSESPIDER_TIMEOUT": 140, "DOWNLOAD_MAXSIZE": 2**20, "MEMUSAGE_LIMIT_MB": 512,
        "DOWNLOAD_DELAY": 8.0,
    }  # fmt: skip
    assert {name: made[name] for name in expected} == expected
    assert made["DOWNLOAD_SLOTS"]["b.test"] == {"concurrency": 1, "delay": 0.0}
    assert made["USER_AGENT"].startswith("Vigie/")
    assert made["USER_AGENT"].endswith("(+essai@exemple.test)")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REMOTE_CONTROL_ENABLED", False), ("TELNETCONSOLE_ENABLED", False), ("COOKIES_ENABLED", False),
        ("METAREFRESH_ENABLED", False), ("HTTPPROXY_ENABLED", False), ("DOWNLOAD_VERIFY_CERTIFICATES", True),
        ("TWISTED_DNS_RESOLVER", "crawler.guard.PublicOnlyResolver"), ("JOBDIR", None), ("ROBOTSTXT_OBEY", True),
        ("HTTPERROR_ALLOW_ALL", True), ("CONCURRENT_REQUESTS_PER_DOMAIN", 1), ("AUTOTHROTTLE_ENABLED", True),
        ("AUTOTHROTTLE_MAX_DELAY", 120.0), ("DOWNLOAD_FAIL_ON_DATALOSS", True), ("LOG_LEVEL", "INFO"),
    ],
)  # fmt: skip
def test_what_would_reach_past_the_guards_is_off(name: str, value: object) -> None:
    assert make_settings(Settings(), {})[name] == value


def test_only_http_and_https_have_a_handler() -> None:
    handlers = make_settings(Settings(), {})["DOWNLOAD_HANDLERS"]
    assert {scheme for scheme, handler in handlers.items() if handler} == {"http", "https"}
    assert {scheme for scheme, handler in handlers.items() if not handler} == {"file", "data", "s3", "ftp"}


def test_a_proxy_is_used_only_where_it_is_configured() -> None:
    assert make_settings(Settings(proxy="http://relais.exemple.test:3128"), {})["HTTPPROXY_ENABLED"] is True


def test_a_crawl_that_somebody_waits_for_is_not_cut_by_its_age() -> None:
    assert make_settings(Settings(), {}, once=True)["CLOSESPIDER_TIMEOUT"] == 0
