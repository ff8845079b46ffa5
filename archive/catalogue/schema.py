"""The catalogue's tables, one comment a noun; `docs/architecture.md` tells how they meet.

Instants are text in UTC with microseconds, so that they sort as they happened and read as they are.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator


class Instant(TypeDecorator[datetime]):
    """An aware datetime, kept as `2026-03-01T12:00:00.000000Z`."""

    impl = sa.String(27)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> str | None:
        """Refuse a naive time: which zone it meant could not be told later."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"expected a time with a zone, got {value!r}")
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")

    def process_result_value(self, value: str | None, dialect: Any) -> datetime | None:
        """Read it back, aware and in UTC."""
        return None if value is None else datetime.fromisoformat(value)


metadata = sa.MetaData()


def _table(name: str, *columns: sa.schema.SchemaItem, **options: Any) -> sa.Table:
    return sa.Table(name, metadata, *columns, **options)


def _now_column(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, Instant, nullable=False, **options)


# state of one configured source; what it is stands in config/, never here
source = _table(
    "source",
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("next_visit_at", Instant, index=True),
    sa.Column("interval_seconds", sa.Float),
    sa.Column("last_visit_at", Instant),
    sa.Column("last_good_visit_at", Instant),
    sa.Column("last_new_document_at", Instant),
    sa.Column("failing_since", Instant),
    sa.Column("failing_why", sa.String),
    sa.Column("blocked_since", Instant),
    sa.Column("paused_until", Instant),
)

# the facts of a source as they held from one seq on, so that old answers stay explicable
source_facts = _table(
    "source_facts",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("source", sa.String, nullable=False, index=True),
    sa.Column("digest", sa.String, nullable=False),
    sa.Column("name", sa.String, nullable=False),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("regions", sa.JSON, nullable=False),
    sa.Column("departements", sa.JSON, nullable=False),
    sa.Column("from_seq", sa.Integer, nullable=False),
)

# one feed, sitemap or listing of a source, and what the last looks at it found
entry_point = _table(
    "entry_point",
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("url", sa.String, primary_key=True),
    sa.Column("through", sa.String, nullable=False),
    sa.Column("host", sa.String, nullable=False, index=True),
    sa.Column("etag", sa.String),
    sa.Column("last_modified", sa.String),
    sa.Column("body_sha256", sa.String),
    sa.Column("entries_sha256", sa.String),
    sa.Column("last_look_at", Instant),
    sa.Column("last_full_at", Instant),
    sa.Column("last_archived_at", Instant),
    sa.Column("last_outcome", sa.String),
    sa.Column("looks", sa.Integer, nullable=False, default=0),
    sa.Column("failures", sa.Integer, nullable=False, default=0),
    sa.Column("set_aside_at", Instant),
    sa.Column("set_aside_why", sa.String),
    sa.Column("parent", sa.String),  # the sitemap index that names this one; null for a configured address
    sa.Column("lastmod", sa.String),  # what the index said of it when it was last looked at
)

# what the next crawl child must know of a host
host = _table(
    "host",
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("paused_until", Instant),
    sa.Column("paused_why", sa.String),
    sa.Column("blocked_since", Instant),
    sa.Column("robots_at", Instant),
    sa.Column("robots_status", sa.Integer),
    sa.Column("robots_body", sa.LargeBinary),
    sa.Column("robots_capture", sa.Integer),
    sa.Column("tdm_at", Instant),
    sa.Column("tdm_body", sa.LargeBinary),
    sa.Column("crawl_delay_seconds", sa.Float),
    sa.Column("last_request_at", Instant),
    sa.Column("day", sa.String),
    sa.Column("requests_today", sa.Integer, nullable=False, default=0),
    sa.Column("looks_today", sa.Integer, nullable=False, default=0),
    sa.Column("lease_holder", sa.String),
    sa.Column("lease_until", Instant),
)

# one visit to a source
run = _table(
    "run",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("source", sa.String, nullable=False, index=True),
    sa.Column("child", sa.String, nullable=False),
    _now_column("started_at", index=True),
    sa.Column("ended_at", Instant),
    sa.Column("outcome", sa.String),
    sa.Column("counts", sa.JSON, nullable=False, default=dict),
    sqlite_autoincrement=True,
)

sa.Index("run_open", run.c.child, sqlite_where=run.c.ended_at.is_(None))

# runs older than 90 days, folded; and looks at entry points that found nothing new
day_count = _table(
    "day_count",
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("day", sa.String, primary_key=True),
    sa.Column("outcome", sa.String, primary_key=True),
    sa.Column("count", sa.Integer, nullable=False),
)

# a URL worth fetching; outcome null means pending
candidate = _table(
    "candidate",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("canonical", sa.String, nullable=False, unique=True),
    sa.Column("url", sa.String, nullable=False),
    sa.Column("host", sa.String, nullable=False),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("via", sa.String, nullable=False),
    _now_column("first_seen_at"),
    sa.Column("newest_hint_at", Instant),
    sa.Column("outcome", sa.String),
    sa.Column("detail", sa.String),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("first_attempt_at", Instant),
    sa.Column("next_attempt_at", Instant),
    sa.Column("reopened", sa.Integer, nullable=False, default=0),
    sqlite_autoincrement=True,
)
sa.Index(  # with all that tells which hosts have work: a long backlog is looked through at every turn of a crawl
    "candidate_pending", candidate.c.host, candidate.c.via, candidate.c.next_attempt_at, candidate.c.first_seen_at,
    candidate.c.source, candidate.c.outcome, sqlite_where=candidate.c.outcome.is_(None),
)  # fmt: skip
sa.Index("candidate_by_outcome", candidate.c.source, candidate.c.outcome)

# what one entry point said of a candidate; a row only when it says something new
sighting = _table(
    "sighting",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("candidate", sa.Integer, nullable=False),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("through", sa.String, nullable=False),
    sa.Column("said_sha256", sa.String, nullable=False),
    sa.Column("run", sa.Integer),
    sa.Column("url", sa.String, nullable=False),
    sa.Column("title", sa.String),
    sa.Column("published", sa.String),
    sa.Column("updated", sa.String),
    sa.Column("authors", sa.JSON),
    sa.Column("context_url", sa.String),
    _now_column("seen_at"),
    sa.Column("from_seq", sa.Integer, nullable=False),
    sa.UniqueConstraint("candidate", "source", "through", "said_sha256"),
)

# one request and its one end
fetch_attempt = _table(
    "fetch_attempt",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("candidate", sa.Integer, index=True),
    sa.Column("run", sa.Integer, index=True),
    sa.Column("url", sa.String, nullable=False),
    sa.Column("purpose", sa.String, nullable=False),
    _now_column("at", index=True),
    sa.Column("status", sa.Integer),
    sa.Column("outcome", sa.String, nullable=False),
    sa.Column("detail", sa.String),
    sa.Column("bytes", sa.Integer),
    sa.Column("milliseconds", sa.Integer),
    sa.Column("etag", sa.String),
    sa.Column("last_modified", sa.String),
    sa.Column("capture", sa.Integer),
)

# one WARC file of ours
warc_file = _table(
    "warc_file",
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("holder", sa.String),
    _now_column("opened_at"),
    sa.Column("closed_at", Instant),
    sa.Column("size", sa.Integer),
    sa.Column("sha256", sa.String),
)

# one stored response; extracted_by is the extractor version of its last final attempt
capture = _table(
    "capture",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("url", sa.String, nullable=False),
    sa.Column("canonical", sa.String, nullable=False, index=True),
    sa.Column("purpose", sa.String, nullable=False),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("candidate", sa.Integer, index=True),
    sa.Column("via", sa.String, nullable=False),
    sa.Column("hops", sa.JSON, nullable=False),
    _now_column("fetched_at", index=True),
    sa.Column("status", sa.Integer, nullable=False),
    sa.Column("content_type", sa.String),
    sa.Column("etag", sa.String),
    sa.Column("last_modified", sa.String),
    sa.Column("payload_sha256", sa.String, nullable=False),
    sa.Column("payload_bytes", sa.Integer, nullable=False),
    sa.Column("body_sha256", sa.String),
    sa.Column("warc_file", sa.String, nullable=False),
    sa.Column("offset", sa.Integer, nullable=False),
    sa.Column("length", sa.Integer, nullable=False),
    sa.Column("revisit_of", sa.Integer),
    sa.Column("truncated", sa.String),
    sa.Column("tdm_reserved", sa.Boolean),
    sa.Column("tdm_policy", sa.String),
    sa.Column("tdm_stated_in", sa.String),
    sa.Column("extracted_by", sa.Integer),
    sa.Column("extraction_outcome", sa.String),
    sa.Column("document", sa.String, index=True),
    sa.Column("version", sa.Integer),
    sa.UniqueConstraint("warc_file", "offset"),
    sqlite_autoincrement=True,
)
sa.Index("capture_to_extract", capture.c.via, capture.c.id, sqlite_where=capture.c.extracted_by.is_(None))
sa.Index("capture_by_payload", capture.c.payload_sha256, sqlite_where=capture.c.revisit_of.is_(None))
sa.Index("capture_by_extractor", capture.c.extracted_by)
sa.Index("capture_by_original", capture.c.revisit_of, sqlite_where=capture.c.revisit_of.is_not(None))

# one try at a capture, final or not; template is what became of the source's template on it
extraction_attempt = _table(
    "extraction_attempt",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("capture", sa.Integer, nullable=False, index=True),
    sa.Column("extractor_version", sa.Integer, nullable=False),
    _now_column("at"),
    sa.Column("outcome", sa.String, nullable=False),
    sa.Column("detail", sa.String),
    sa.Column("milliseconds", sa.Integer),
    sa.Column("template", sa.String),
)

# text and fields, never overwritten
extraction = _table(
    "extraction",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("capture", sa.Integer, nullable=False),
    sa.Column("extractor_version", sa.Integer, nullable=False),
    sa.Column("url", sa.String, nullable=False),
    sa.Column("title", sa.String),
    sa.Column("text", sa.String, nullable=False),
    sa.Column("content_sha256", sa.String, nullable=False),
    sa.Column("lead", sa.String),
    sa.Column("authors", sa.JSON, nullable=False),
    sa.Column("language", sa.String),
    sa.Column("section", sa.String),
    sa.Column("tags", sa.JSON, nullable=False),
    sa.Column("published_at", Instant),
    sa.Column("published_precision", sa.String),
    sa.Column("published_origin", sa.String),
    sa.Column("published_doubt", sa.String),
    sa.Column("modified_at", Instant),
    sa.Column("canonical_url", sa.String),
    sa.Column("also_at", sa.JSON, nullable=False),
    sa.Column("paywalled", sa.Boolean, nullable=False),
    sa.Column("encoding", sa.String),
    sa.Column("replaced_bytes", sa.Integer, nullable=False),
    sa.UniqueConstraint("capture", "extractor_version"),
    sqlite_autoincrement=True,
)

# every statement about title, authors and dates, with where it stood
claim = _table(
    "claim",
    sa.Column("extraction", sa.Integer, primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True),
    sa.Column("field", sa.String, nullable=False),
    sa.Column("origin", sa.String, nullable=False),
    sa.Column("text", sa.String, nullable=False),
    sa.Column("value", sa.String),
    sa.Column("precision", sa.String),
    sa.Column("zone_assumed", sa.Boolean, nullable=False),
    sa.Column("chosen", sa.Boolean, nullable=False),
    sa.Column("rule", sa.String),
    sa.Column("doubt", sa.String),
)

# one article
document = _table(
    "document",
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("url", sa.String, nullable=False),
    _now_column("first_seen_at", index=True),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("merged_into", sa.String),
    sa.Column("current_version", sa.Integer),
    sa.Column("last_number", sa.Integer, nullable=False, default=0),
    sa.Column("canonical_claim", sa.String, index=True),
    sa.Column("gone_since", Instant),
    sa.Column("suspect_since", Instant),
    sa.Column("host", sa.String, nullable=False),
    sa.Column("next_check_at", Instant),
    sa.Column("look_now", sa.Boolean, nullable=False, default=False),
)
sa.Index("document_to_check", document.c.host, document.c.next_check_at)
sa.Index(
    "document_due", document.c.next_check_at, document.c.host, document.c.source,
    sqlite_where=document.c.next_check_at.is_not(None),
)  # fmt: skip
sa.Index("document_by_source", document.c.source, document.c.first_seen_at)
sa.Index("document_of_source", document.c.source, document.c.id)
sa.Index("document_merged", document.c.merged_into, sqlite_where=document.c.merged_into.is_not(None))
sa.Index("document_withdrawn", document.c.id, sqlite_where=document.c.state == "withdrawn")

# canonical form -> document: the only look-up of a document by URL; from_seq is the end of the log when it was made
alias = _table(
    "alias",
    sa.Column("canonical", sa.String, primary_key=True),
    sa.Column("document", sa.String, nullable=False, index=True),
    sa.Column("url", sa.String, nullable=False),
    _now_column("seen_at"),
    sa.Column("from_seq", sa.Integer, nullable=False, server_default="0"),
)

# an alias that led to another document for changes up to until_seq, that of a merge
alias_moved = _table(
    "alias_moved",
    sa.Column("canonical", sa.String, primary_key=True),
    sa.Column("until_seq", sa.Integer, primary_key=True),
    sa.Column("document", sa.String, nullable=False, index=True),
)

# a distinct state of title and text; seq is that of the change which made it
version = _table(
    "version",
    sa.Column("document", sa.String, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("capture", sa.Integer, nullable=False),
    sa.Column("extraction", sa.Integer, nullable=False),
    sa.Column("seq", sa.Integer, nullable=False, unique=True),
    _now_column("fetched_at"),
)

# the log everyone follows
change = _table(
    "change",
    sa.Column("seq", sa.Integer, primary_key=True),
    _now_column("at"),
    sa.Column("document", sa.String, nullable=False, index=True),
    sa.Column("version", sa.Integer),
    sa.Column("extraction", sa.Integer),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("via", sa.String, nullable=False),
    sqlite_autoincrement=True,
)

watermark = _table(
    "watermark",
    sa.Column("consumer", sa.String, primary_key=True),
    sa.Column("seq", sa.Integer, nullable=False),
)

# what a command asked of a running daemon: crawl --since, extract --again, swap of a rebuilt index
errand = _table(
    "errand",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String, nullable=False),
    sa.Column("arguments", sa.JSON, nullable=False),
    _now_column("asked_at"),
    sa.Column("done_at", Instant),
    sa.Column("result", sa.String),
)

# bytes archived a day, by purpose: what `status` reckons the days until the free-space floor from
bytes_a_day = _table(
    "bytes_a_day",
    sa.Column("day", sa.String, primary_key=True),
    sa.Column("purpose", sa.String, primary_key=True),
    sa.Column("records", sa.Integer, nullable=False),
    sa.Column("bytes", sa.Integer, nullable=False),
)

# a saved query as somebody watches it: its words and rules stand in query_text
saved_query = _table(
    "saved_query",
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("title", sa.String, nullable=False),
    _now_column("first_seen_at"),
    sa.Column("ended_at", Instant),
    sa.Column("paused_at", Instant),
    sa.Column("disabled_at", Instant),
    sa.Column("disabled_why", sa.String),
)

# what a saved query asked, from one seq (excluded) up to another (included); null while it is in force
query_text = _table(
    "query_text",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("query", sa.String, nullable=False, index=True),
    sa.Column("digest", sa.String, nullable=False),
    sa.Column("asked", sa.JSON, nullable=False),
    sa.Column("analyzer", sa.String, nullable=False),
    sa.Column("from_seq", sa.Integer, nullable=False),
    sa.Column("until_seq", sa.Integer),
)

# a change that a saved query tells of: of kind `version` one that made a version which satisfies it, of kind `removed`
# or `restored` what became of a document told before; digest is the mail that told of it
match = _table(
    "match",
    sa.Column("query", sa.String, primary_key=True),
    sa.Column("document", sa.String, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("seq", sa.Integer, primary_key=True),
    _now_column("matched_at"),
    sa.Column("outcome", sa.String, nullable=False),
    sa.Column("digest", sa.Integer, index=True),
    sa.Column("kind", sa.String, nullable=False),
)
sa.Index("match_by_document", match.c.document, match.c.query)
sa.Index(
    "match_version_once", match.c.query, match.c.document, match.c.version, unique=True,
    sqlite_where=match.c.kind == "version",
)  # fmt: skip
sa.Index("match_to_tell", match.c.query, match.c.outcome, sqlite_where=match.c.digest.is_(None))

# one turn of a digest, with or without anything to tell; audience: which query is told to whom
digest = _table(
    "digest",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String, nullable=False),
    _now_column("due_at"),
    _now_column("made_at"),
    sa.Column("audience", sa.JSON, nullable=False),
    sa.UniqueConstraint("name", "due_at"),
    sqlite_autoincrement=True,
)

# what a message says, once for all recipients who are told the same
letter = _table(
    "letter",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("digest", sa.Integer, nullable=False, index=True),
    sa.Column("subject", sa.String, nullable=False),
    sa.Column("text", sa.String, nullable=False),
    sa.Column("html", sa.String, nullable=False),
    sa.Column("outdated_at", Instant),  # something that it told was withdrawn: it waits to be written anew
)
sa.Index("letter_outdated", letter.c.outdated_at, sqlite_where=letter.c.outdated_at.is_not(None))

# the outbox: one letter to one recipient under a Message-ID that never changes
message = _table(
    "message",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("digest", sa.Integer, nullable=False),
    sa.Column("letter", sa.Integer, nullable=False),
    sa.Column("recipient", sa.String, nullable=False),
    sa.Column("message_id", sa.String, nullable=False, unique=True),
    sa.Column("queries", sa.JSON, nullable=False),
    _now_column("made_at"),
    sa.Column("state", sa.String, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("uncertain", sa.Integer, nullable=False),
    sa.Column("next_attempt_at", Instant),
    sa.Column("ended_at", Instant),
    sa.Column("said", sa.String),
    sa.Column("reported", sa.Integer),  # the digest that told the operator that it could not be sent
    sa.UniqueConstraint("digest", "recipient"),
)
sa.Index("message_by_state", message.c.state)
sa.Index("message_waiting", message.c.next_attempt_at, sqlite_where=message.c.next_attempt_at.is_not(None))
sa.Index(
    "message_to_report", message.c.state,
    sqlite_where=message.c.reported.is_(None) & message.c.ended_at.is_not(None) & (message.c.state != "sent"),
)  # fmt: skip

# how long a source is usually quiet; null where too little is known of it
source_pace = _table(
    "source_pace",
    sa.Column("source", sa.String, primary_key=True),
    _now_column("reckoned_at"),
    sa.Column("usual_seconds", sa.Float),
)

# a source that a saved query found quiet for too long, from its last new document on, and the mails that told of it
silence = _table(
    "silence",
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("query", sa.String, nullable=False),
    sa.Column("source", sa.String, nullable=False),
    _now_column("quiet_since"),
    sa.Column("usual_seconds", sa.Float, nullable=False),
    _now_column("began_at"),
    sa.Column("began_digest", sa.Integer),
    sa.Column("ended_at", Instant),
    sa.Column("ended_digest", sa.Integer),
    sa.UniqueConstraint("query", "source", "quiet_since"),
)

# a document that nobody is to see any more, with all that were merged into it, and every address under which it was
# met; the same rows stand in the list beside the WARC files
withdrawal = _table(
    "withdrawal",
    sa.Column("id", sa.String, primary_key=True),
    _now_column("at"),
    sa.Column("reason", sa.String, nullable=False),
    sa.Column("by", sa.String),
    sa.Column("source", sa.String, nullable=False),
    sa.Column("url", sa.String, nullable=False),
    _now_column("first_seen_at"),
    sa.Column("documents", sa.JSON, nullable=False),
    sa.Column("addresses", sa.JSON, nullable=False),
)

# addresses whose captures are kept and never shown, known or not
withdrawn_address = _table(
    "withdrawn_address",
    sa.Column("canonical", sa.String, primary_key=True),
    sa.Column("withdrawal", sa.String, nullable=False),
)

# at most one row: nothing leaves the outbox while it is there
mail_pause = _table(
    "mail_pause",
    sa.Column("id", sa.Integer, primary_key=True),
    _now_column("since"),
    sa.Column("why", sa.String, nullable=False),
)

# what the current text of a document that is shown is recognised by elsewhere (`archive/sketches.py`); seq is the
# version's. Made from the catalogue by whoever follows the log, and can be made again
sketch = _table(
    "sketch",
    sa.Column("seq", sa.Integer, primary_key=True),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("signature", sa.LargeBinary, nullable=False),
)

# texts that share a band are worth comparing
sketch_band = _table(
    "sketch_band",
    sa.Column("band", sa.Integer, primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True),
    sqlite_with_rowid=False,
)

# the layout of a source's pages as one extractor version learned it, and what came of it; null after it was dropped
page_template = _table(
    "page_template",
    sa.Column("source", sa.String, primary_key=True),
    sa.Column("extractor_version", sa.Integer, nullable=False),
    sa.Column("template", sa.String),
    sa.Column("edition", sa.Integer, nullable=False),
    sa.Column("lessons", sa.Integer, nullable=False),
    sa.Column("agreed", sa.Integer, nullable=False),
    sa.Column("hits", sa.Integer, nullable=False),
    sa.Column("doubts", sa.Integer, nullable=False),
    sa.Column("doubts_in_a_row", sa.Integer, nullable=False),
    sa.Column("disagreements", sa.Integer, nullable=False),
)
