"""The Scrapy settings of a crawl, derived from ours; each differs from Scrapy's default for the reason beside it.

The module's own names are those that hold without any configuration, for Scrapy's command line; `make_settings` gives
the whole set. No secret stands in Scrapy settings: Scrapy prints them.
"""

from importlib.metadata import version
from typing import Any

from config.models import Settings
from crawler.guard import PRIVATE_HOSTS_SETTING
from crawler.handlers import HEAD_SETTING

BOT_NAME = "vigie"
SPIDER_MODULES = ["crawler.spiders.news"]
NEWSPIDER_MODULE = "crawler.spiders"

REMOTE_CONTROL_ENABLED = False  # on: a server on loopback that runs any Python it is sent
TELNETCONSOLE_ENABLED = False  # on: a Python shell, its password written to the log
# all on: a feed link to file:///etc/passwd would be read
DOWNLOAD_HANDLERS = {
    "file": None,
    "data": None,
    "s3": None,
    "ftp": None,
    "http": "crawler.handlers.CertificateHandler",
    "https": "crawler.handlers.CertificateHandler",
}
DOWNLOAD_VERIFY_CERTIFICATES = True  # off: a wrong certificate is only a warning; a source may opt out for itself
COOKIES_ENABLED = (
    False  # on: the first cookie fetches the Public Suffix List, outside guard and robots, without a limit
)
METAREFRESH_ENABLED = False  # on: a page that refreshes itself is fetched 21 times at once, then thrown away
HTTPPROXY_ENABLED = False  # on: http_proxy in the environment silently routes everything past the address guard
TWISTED_DNS_RESOLVER = "crawler.guard.PublicOnlyResolver"  # judges the address that is really connected to
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"  # the spider and its host tasks are asyncio

ROBOTSTXT_OBEY = True  # by our own middleware: Scrapy's takes a 500 or a timeout for consent and ignores Crawl-delay
DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "fr-FR,fr;q=0.9",  # "en": some sites answer in English
    "Accept-Encoding": "gzip, deflate, br",  # what archive/content.py undoes and checks to the end of the stream
}
COMPRESSION_ENABLED = False  # on: a cut gzip stream passes as complete; our decoding runs off the event loop
DOWNLOAD_WARNSIZE = 4 * 2**20  # 32 MiB: a page above this deserves a line
DOWNLOAD_FAIL_ON_DATALOSS = True  # Scrapy's default, relied upon: a body shorter than announced is no page

CONCURRENT_REQUESTS_PER_DOMAIN = 1  # 8; counted by host name, so www. and m. count apart
DOWNLOAD_DELAY_JITTER = 0.0  # 0.5: the delay promised would be undercut by half
AUTOTHROTTLE_ENABLED = True  # off; a slow host is asked less often. Blind to 429 and 503, which are ours
AUTOTHROTTLE_START_DELAY = 0.0  # 5; the delay itself is the floor already
AUTOTHROTTLE_MAX_DELAY = 120.0  # 60; as long as the longest Crawl-delay kept
RETRY_ENABLED = False  # on: retries vanish inside the downloader; ours each get a row (crawler/fetching.py)
REDIRECT_ENABLED = False  # on: hops are followed unseen; ours are each judged, archived and counted
HTTPERROR_ALLOW_ALL = True  # off: 304, 404, 410 and 451 never arrive, and removals would go unseen
REFERER_ENABLED = False  # on: full URLs go to other sites; requests of ours come from no page
REFERRER_POLICY = "same-origin"  # should a Referer ever be sent
DEPTH_LIMIT = 3  # none; requests made by callbacks, of which there are none, would end here
JOBDIR = None  # never set: after a kill its files are empty and the crawl begins again; the catalogue is the queue
MEMUSAGE_CHECK_INTERVAL_SECONDS = 15.0  # 60: a bomb grows faster
LOG_LEVEL = "INFO"  # DEBUG prints requests with their headers
LOG_FORMATTER = "crawler.logs.ShortFormatter"  # the default prints whole items
LOG_VERSIONS: list[str] = []  # a dozen lines at each start
LOGSTATS_INTERVAL = 0  # 60: Scrapy counts pages, we count outcomes
STATS_DUMP = False  # on: a page of figures that the last line of the child replaces

EXTENSIONS = {
    "scrapy.extensions.memusage.MemoryUsage": None,  # counts the memory of the daemon that started this process too
    "crawler.memory.OwnMemoryUsage": 0,
}
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # blind to redirects; ours judges
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "crawler.middlewares.guard.GuardMiddleware": 50,
    "crawler.middlewares.robots.RobotsMiddleware": 100,
    "crawler.middlewares.throttle.ThrottleMiddleware": 200,
    "crawler.middlewares.pacing.PacingMiddleware": 940,
    "crawler.middlewares.archiving.ArchivingMiddleware": 950,  # next to the network
}


def make_settings(ours: Settings, hosts: dict[str, float], *, once: bool = False) -> dict[str, Any]:
    """The settings of one crawl; `hosts` gives the pause in seconds of each host that has one of its own."""
    limits = ours.limits
    own = {name: value for name, value in globals().items() if name.isupper()}
    return own | {
        "USER_AGENT": ours.user_agent(
            version("vigie")
        ),  # "Scrapy/2 (+https://scrapy.org)": nobody could complain to us
        "ROBOTSTXT_USER_AGENT": ours.politeness.user_agent,
        PRIVATE_HOSTS_SETTING: list(ours.private_hosts),
        "HTTPPROXY_ENABLED": ours.proxy is not None,
        HEAD_SETTING: limits.head_bytes,
        "REACTOR_THREADPOOL_MAXSIZE": limits.hosts_at_once,  # 10: as many silent name servers would stop all look-ups
        "DNS_TIMEOUT": limits.dns_seconds,  # 60 s in ten threads: a dead name server would hold up everybody
        "DOWNLOAD_MAXSIZE": limits.body_bytes,  # 1 GiB; as received, the decoded size is checked by us
        "DOWNLOAD_TIMEOUT": limits.request_seconds,  # 180; of the whole request, head and body
        "DOWNLOAD_DELAY": ours.politeness.delay.total_seconds(),  # 0
        "DOWNLOAD_SLOTS": {host: {"concurrency": 1, "delay": seconds} for host, seconds in hosts.items()},
        "CONCURRENT_REQUESTS": limits.hosts_at_once,  # 16; the sum over hosts, each of which has one
        "RETRY_TIMES": limits.retries,
        "REDIRECT_MAX_TIMES": limits.redirects,  # 20
        "URLLENGTH_LIMIT": limits.url_characters,  # 2083
        # none; only if retiring fails, and not where a person waits for the end
        "CLOSESPIDER_TIMEOUT": 0 if once else limits.child_seconds + 2 * limits.stop_seconds,
        "MEMUSAGE_LIMIT_MB": limits.child_bytes >> 20,  # none; the process's peak counts
    }
