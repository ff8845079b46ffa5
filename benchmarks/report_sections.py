"""What `docs/performance.md` says beside the figures: which question each benchmark asks, and how to run it again."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Section:
    """One benchmark on the page."""

    benchmark: str
    title: str
    command: str
    meaning: str


SECTIONS = (
    Section(
        "feed-check", "One look at an unchanged feed", "make bench-feeds",
        "Processor time of the crawl child for one feed that has nothing new, request and rows included, against a "
        "Scrapy spider that reads the same feed with feedparser and stores nothing. Both in turn, medians of the "
        "rounds; what a process costs that checks nothing is taken off on both sides.",
    ),
    Section(
        "crawl", "A page from the request to the index", "make bench-crawl",
        "Processor time of all processes for one article of the generated site. The crawl process is held against a "
        "bare Scrapy spider, the whole chain (crawl, archive, extraction, index) against Scrapy with trafilatura in "
        "the callback and nothing stored. Lateness is how late a timer of the event loop fires: what a parser in the "
        "loop does to everything else there.",
    ),
    Section(
        "news-please", "The same site with news-please", "make bench-news-please",
        "The generated site crawled by the command line of news-please, with the configuration that it ships, and by "
        "Vigie with its whole chain; articles in a second of processor time of all processes, on one core, in turn. "
        "Both find the articles in the feeds. news-please keeps a page and a JSON file of each article, Vigie WARC "
        "records, the catalogue and the index. The site is kind to news-please: the addresses of its images are "
        "relative, so that it asks for none of them, as it does elsewhere to choose one for the article. The bare "
        "Scrapy spider asks for the same pages and does nothing with them: that is how far fetching alone comes.",
    ),
    Section(
        "extraction-cost", "Extraction", "make bench-extraction-cost CORPUS=DIR",
        "Processor time a page against trafilatura with the same options and its own metadata, page by page in turn, "
        "on a folder of real pages. The text is the same on every page (`make bench-equality CORPUS=DIR`).",
    ),
    Section(
        "templates", "Pages of a known layout", "make bench-templates",
        "The generated site read with templates switched on (`templates: true`), page by page beside the full "
        "extraction and beside trafilatura. Every page that a template read is compared with the full extraction in "
        "every field.",
    ),
    Section(
        "thousand-sources", "A thousand quiet sources", "make bench-thousand",
        "A daemon that checks a thousand feeds every five minutes, none of which has anything new: processor time of "
        "all its processes, and their memory.",
    ),
    Section(
        "freshness", "From publication to a search hit", "make bench-freshness",
        "Sources checked every minute: from the moment at which an article stands on the site to the first search that "
        "finds it, and the part of it after the fetch.",
    ),
    Section(
        "warc", "Writing WARC records", "make bench-warc",
        "Processor time for one response with its request and metadata records, against warcio's writer as its "
        "documentation has it. warcio reads our file back with every digest checked.",
    ),
    Section(
        "indexing", "Indexing", "make bench-indexing DOCUMENTS=100000",
        "Generated articles of 250 to 600 words into the embedded index. The rate of one core counts all processor "
        "time, that of the engine's own thread included; the rate as it ran is by the clock, on two cores.",
    ),
    Section(
        "search", "Searching", "make bench-search DOCUMENTS=100000",
        "From the words of a query to ten hits with the exact number of all, kind by kind, in the process itself. "
        "Snippets need the texts, which are read and marked.",
    ),
    Section(
        "same-texts", "The same text elsewhere", "make bench-same-texts DOCUMENTS=100000",
        "What it costs to know the copies of every text, and to find those of one document.",
    ),
    Section(
        "web", "The page", "make bench-web",
        "Whole answers as a reader on the same machine gets them, first alone, then with fifty readers who each ask "
        "once in five seconds.",
    ),
    Section(
        "web-beside-crawl", "The page beside a crawl", "make bench-web",
        "The same fifty readers while the daemon crawls, extracts and indexes without a pause.",
    ),
    Section(
        "alerts", "Saved queries", "make bench-alerts",
        "Three hundred queries on a batch of two hundred new documents, and backtests over ninety days of five "
        "thousand documents each.",
    ),
    Section(
        "latency", "From a document to its mail", "make bench-latency",
        "From the commit of a document to the moment at which the mail server has the mail, with the daemon's usual "
        "clock; and what the daemon uses when nothing happens.",
    ),
    Section(
        "flood", "Thousands of matches at once", "make bench-flood",
        "One query, five thousand new matches, fifty recipients: each has one mail, in little memory.",
    ),
    Section(
        "locks", "Waiting for the catalogue", "make bench-locks",
        "How long a writer waits for the write lock while crawl, extraction, index and import run without a pause.",
    ),
)  # fmt: skip
