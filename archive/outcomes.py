"""Every named end of a thing, in one enumeration.

Each request, candidate, capture and extraction has exactly one final outcome of this list. Counters, log lines, the
catalogue and the documents use the same word; `docs/outcomes.md` is generated from here.
"""

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True)
class Ending:
    """What an outcome means: its stage, whether it is final, whether the thing is tried again, one sentence."""

    stage: str
    final: bool
    retried: bool
    sentence: str


class Outcome(Enum):
    """One named end. `Outcome.fetched.name` is the word stored and shown."""

    # discover: what became of one entry of a feed, sitemap or listing
    new = Ending("discover", True, False, "A URL seen for the first time, to be fetched.")
    known = Ending("discover", True, False, "A URL, or a record to import, that the catalogue already has.")
    bad_url = Ending("discover", True, False, "The link is no usable http or https URL.")
    out_of_scope = Ending("discover", True, False, "The URL lies outside the host and path of every source.")
    excluded = Ending("discover", True, False, "An exclude pattern of the source names this path.")
    too_old = Ending("discover", True, False, "Older than the source's backfill_days; `crawl --since` asks for it.")
    # discover: what became of one visit to an entry point
    read = Ending("entry_point", True, False, "The entry point was read whole.")
    same = Ending("entry_point", True, False, "304 or the same bytes as last time: not parsed again.")
    feed_truncated = Ending("entry_point", True, True, "The feed or sitemap is cut; its complete entries were used.")
    not_a_feed = Ending("entry_point", True, True, "Something else came where a feed or sitemap was expected.")
    no_links = Ending("entry_point", True, True, "A listing page without a single link in scope.")
    unreadable = Ending("entry_point", True, True, "Reading it took too long or too much memory and was stopped.")
    # fetch: one request
    fetched = Ending("fetch", True, False, "The response was archived.")
    unchanged = Ending("fetch", True, False, "304, or the same payload as before.")
    redirected = Ending("fetch", True, False, "A redirect, archived and followed.")
    gone = Ending("fetch", True, False, "404, 410 or 451.")
    refused = Ending("fetch", True, False, "401, 402, 403 or another 4xx: the publisher says no.")
    blocked = Ending("fetch", True, False, "A challenge or ban page where the article should be.")
    soft_block = Ending("fetch", True, False, "A consent, maintenance or human-check page with status 200.")
    throttled = Ending("fetch", False, True, "429 or 503: the host is paused as it asked.")
    server_error = Ending("fetch", False, True, "A 5xx answer.")
    failed = Ending("fetch", False, True, "No usable answer: unknown host, refused, reset, cut or timed out.")
    too_slow = Ending("fetch", False, True, "The whole request took longer than its limit.")
    too_large = Ending("fetch", True, False, "The body is larger than the limit, before or after decoding.")
    bad_encoding = Ending("fetch", True, False, "The declared content encoding cannot be undone.")
    odd_status = Ending("fetch", True, False, "A status that HTTP does not define, or an answer without a body.")
    tls_failed = Ending("fetch", True, False, "The certificate or the TLS version was not acceptable.")
    disallowed = Ending("fetch", True, False, "robots.txt closes this path to us.")
    robots_unreachable = Ending("fetch", False, True, "robots.txt could not be read: the host is closed for this run.")
    refused_private = Ending("fetch", True, False, "A private or loopback address that is not configured.")
    redirect_loop = Ending("fetch", True, False, "Redirects that lead back or are too many.")
    redirect_refused = Ending("fetch", True, False, "A redirect to something that is not in scope or not http.")
    opted_out = Ending("fetch", True, False, "The publisher reserves text and data mining and the settings respect it.")
    interrupted = Ending("fetch", False, True, "The run was stopped before an answer came.")
    no_outcome = Ending("fetch", False, True, "A request that ended without a name: a bug, counted.")
    given_up = Ending("fetch", True, False, "Five attempts within seven days failed.")
    # import: one record of a WARC file of somebody else; ends of the other stages serve here too
    imported = Ending("import", True, False, "A page in scope, taken in with the time at which it was fetched.")
    other_record = Ending("import", True, False, "A WARC record that holds no answer of a web server.")
    unmatched_revisit = Ending("import", True, False, "A repeated page whose first copy was not taken in.")
    # extract: one capture
    extracted = Ending("extract", True, False, "Text and fields were taken from the capture.")
    not_html = Ending("extract", True, False, "Neither a web page nor a PDF.")
    image_only = Ending("extract", True, False, "A PDF without a text layer.")
    no_text = Ending("extract", True, False, "No main text on the page.")
    teaser = Ending("extract", True, False, "Only the opening of a text behind a paywall, too short to be a document.")
    listing_page = Ending("extract", True, False, "A home, section or listing page, not an article.")
    not_an_article = Ending("extract", True, False, "An error, consent or search page with status 200.")
    truncated_body = Ending("extract", True, False, "The stored body is cut; it is not taken for the whole text.")
    not_a_document = Ending("extract", True, False, "A robots file, feed, sitemap, listing, redirect or error answer.")
    damaged_record = Ending("extract", True, False, "The WARC record could not be read back.")
    extraction_timeout = Ending("extract", False, True, "The page took too long; the worker was replaced.")
    extraction_failed = Ending("extract", False, True, "The parser gave up or ran out of memory.")
    quarantined = Ending("extract", True, False, "Two tries with this extractor failed; the capture is kept.")
    # document: what an extraction did to the catalogue
    new_document = Ending("document", True, False, "The first version of a document.")
    new_version = Ending("document", True, False, "Title or text differ from the version before.")
    same_text = Ending("document", True, False, "Title and text are those of a version we have.")
    suspect = Ending("document", True, False, "Shrunk by four fifths or replaced by an error page: flagged, no edit.")
    kept_withdrawn = Ending(
        "document", True, False, "The document is withdrawn: the capture is kept, nothing is shown."
    )
    # project
    indexed = Ending("project", True, False, "The entry is in the search index.")
    index_refused = Ending("project", True, False, "The engine refused the entry; it is listed by name.")
    # match: what became of a version that satisfies a saved query
    told = Ending("match", True, False, "The recipients are told of it in a digest.")
    counted = Ending("match", True, False, "It came by backfill or import, or is an older state: a number in a digest.")
    already_told = Ending("match", True, False, "The recipients were told of the document before.")
    not_asked = Ending("match", True, False, "A later version, of which the query does not want to hear.")
    # send: what became of one message
    sent = Ending("send", True, False, "The mail server, the folder or the webhook has taken the message.")
    pending = Ending("send", False, True, "Not taken yet: tried again after a pause.")
    uncertain = Ending("send", False, True, "The text went out and no answer came: sent once more, same id.")
    mail_refused = Ending(
        "send", True, False, "The mail server or webhook refuses the message or its recipient for good."
    )
    mail_given_up = Ending("send", True, False, "Three days of attempts failed, or the webhook is gone for good.")

    @property
    def stage(self) -> str:
        """The stage whose end this is."""
        return self.value.stage

    @property
    def final(self) -> bool:
        """True where nothing further happens by itself."""
        return self.value.final

    @property
    def sentence(self) -> str:
        """What it means, for people."""
        return self.value.sentence
