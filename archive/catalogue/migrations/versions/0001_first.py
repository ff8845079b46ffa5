"""The first schema, as it was: later ones change it by migrations of their own."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table and index."""
    op.create_table(
        "alias",
        sa.Column("canonical", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("seen_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("canonical"),
    )
    op.create_index("ix_alias_document", "alias", ["document"], unique=False)
    op.create_table(
        "bytes_a_day",
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("records", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "purpose"),
    )
    op.create_table(
        "candidate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("canonical", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("first_seen_at", sa.String(27), nullable=False),
        sa.Column("newest_hint_at", sa.String(27), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("detail", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("first_attempt_at", sa.String(27), nullable=True),
        sa.Column("next_attempt_at", sa.String(27), nullable=True),
        sa.Column("reopened", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("canonical"),
        sqlite_autoincrement=True,
    )
    op.create_index("candidate_by_outcome", "candidate", ["source", "outcome"], unique=False)
    op.create_index(
        "candidate_pending",
        "candidate",
        ["host", "next_attempt_at"],
        unique=False,
        sqlite_where=sa.text("outcome IS NULL"),
    )
    op.create_table(
        "capture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("canonical", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("candidate", sa.Integer(), nullable=True),
        sa.Column("via", sa.String(), nullable=False),
        sa.Column("hops", sa.JSON(), nullable=False),
        sa.Column("fetched_at", sa.String(27), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("content_type", sa.String(), nullable=True),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("last_modified", sa.String(), nullable=True),
        sa.Column("payload_sha256", sa.String(), nullable=False),
        sa.Column("payload_bytes", sa.Integer(), nullable=False),
        sa.Column("body_sha256", sa.String(), nullable=True),
        sa.Column("warc_file", sa.String(), nullable=False),
        sa.Column("offset", sa.Integer(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("revisit_of", sa.Integer(), nullable=True),
        sa.Column("truncated", sa.String(), nullable=True),
        sa.Column("tdm_reserved", sa.Boolean(), nullable=True),
        sa.Column("tdm_policy", sa.String(), nullable=True),
        sa.Column("tdm_stated_in", sa.String(), nullable=True),
        sa.Column("extracted_by", sa.Integer(), nullable=True),
        sa.Column("extraction_outcome", sa.String(), nullable=True),
        sa.Column("document", sa.String(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("warc_file", "offset"),
        sqlite_autoincrement=True,
    )
    op.create_index("capture_by_extractor", "capture", ["extracted_by"], unique=False)
    op.create_index(
        "capture_by_original", "capture", ["revisit_of"], unique=False, sqlite_where=sa.text("revisit_of IS NOT NULL")
    )
    op.create_index(
        "capture_by_payload", "capture", ["payload_sha256"], unique=False, sqlite_where=sa.text("revisit_of IS NULL")
    )
    op.create_index(
        "capture_to_extract", "capture", ["via", "id"], unique=False, sqlite_where=sa.text("extracted_by IS NULL")
    )
    op.create_index("ix_capture_candidate", "capture", ["candidate"], unique=False)
    op.create_index("ix_capture_canonical", "capture", ["canonical"], unique=False)
    op.create_index("ix_capture_document", "capture", ["document"], unique=False)
    op.create_index("ix_capture_fetched_at", "capture", ["fetched_at"], unique=False)
    op.create_table(
        "change",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("extraction", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("via", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_change_document", "change", ["document"], unique=False)
    op.create_table(
        "claim",
        sa.Column("extraction", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("precision", sa.String(), nullable=True),
        sa.Column("zone_assumed", sa.Boolean(), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.Column("rule", sa.String(), nullable=True),
        sa.Column("doubt", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("extraction", "position"),
    )
    op.create_table(
        "day_count",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", "day", "outcome"),
    )
    op.create_table(
        "document",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("first_seen_at", sa.String(27), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("merged_into", sa.String(), nullable=True),
        sa.Column("current_version", sa.Integer(), nullable=True),
        sa.Column("last_number", sa.Integer(), nullable=False),
        sa.Column("canonical_claim", sa.String(), nullable=True),
        sa.Column("gone_since", sa.String(27), nullable=True),
        sa.Column("suspect_since", sa.String(27), nullable=True),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("next_check_at", sa.String(27), nullable=True),
        sa.Column("look_now", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("document_to_check", "document", ["host", "next_check_at"], unique=False)
    op.create_index("ix_document_canonical_claim", "document", ["canonical_claim"], unique=False)
    op.create_index("ix_document_first_seen_at", "document", ["first_seen_at"], unique=False)
    op.create_index("ix_document_source", "document", ["source"], unique=False)
    op.create_table(
        "entry_point",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("through", sa.String(), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("last_modified", sa.String(), nullable=True),
        sa.Column("body_sha256", sa.String(), nullable=True),
        sa.Column("entries_sha256", sa.String(), nullable=True),
        sa.Column("last_look_at", sa.String(27), nullable=True),
        sa.Column("last_full_at", sa.String(27), nullable=True),
        sa.Column("last_archived_at", sa.String(27), nullable=True),
        sa.Column("last_outcome", sa.String(), nullable=True),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("set_aside_at", sa.String(27), nullable=True),
        sa.Column("set_aside_why", sa.String(), nullable=True),
        sa.Column("parent", sa.String(), nullable=True),
        sa.Column("lastmod", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("source", "url"),
    )
    op.create_index("ix_entry_point_host", "entry_point", ["host"], unique=False)
    op.create_table(
        "errand",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("asked_at", sa.String(27), nullable=False),
        sa.Column("done_at", sa.String(27), nullable=True),
        sa.Column("result", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "extraction",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("capture", sa.Integer(), nullable=False),
        sa.Column("extractor_version", sa.Integer(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("content_sha256", sa.String(), nullable=False),
        sa.Column("lead", sa.String(), nullable=True),
        sa.Column("authors", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("section", sa.String(), nullable=True),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("published_at", sa.String(27), nullable=True),
        sa.Column("published_precision", sa.String(), nullable=True),
        sa.Column("published_origin", sa.String(), nullable=True),
        sa.Column("published_doubt", sa.String(), nullable=True),
        sa.Column("modified_at", sa.String(27), nullable=True),
        sa.Column("canonical_url", sa.String(), nullable=True),
        sa.Column("also_at", sa.JSON(), nullable=False),
        sa.Column("paywalled", sa.Boolean(), nullable=False),
        sa.Column("encoding", sa.String(), nullable=True),
        sa.Column("replaced_bytes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("capture", "extractor_version"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "extraction_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("capture", sa.Integer(), nullable=False),
        sa.Column("extractor_version", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_extraction_attempt_capture", "extraction_attempt", ["capture"], unique=False)
    op.create_table(
        "fetch_attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("candidate", sa.Integer(), nullable=True),
        sa.Column("run", sa.Integer(), nullable=True),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=True),
        sa.Column("bytes", sa.Integer(), nullable=True),
        sa.Column("milliseconds", sa.Integer(), nullable=True),
        sa.Column("etag", sa.String(), nullable=True),
        sa.Column("last_modified", sa.String(), nullable=True),
        sa.Column("capture", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_fetch_attempt_at", "fetch_attempt", ["at"], unique=False)
    op.create_index("ix_fetch_attempt_candidate", "fetch_attempt", ["candidate"], unique=False)
    op.create_index("ix_fetch_attempt_run", "fetch_attempt", ["run"], unique=False)
    op.create_table(
        "host",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("paused_until", sa.String(27), nullable=True),
        sa.Column("paused_why", sa.String(), nullable=True),
        sa.Column("blocked_since", sa.String(27), nullable=True),
        sa.Column("robots_at", sa.String(27), nullable=True),
        sa.Column("robots_status", sa.Integer(), nullable=True),
        sa.Column("robots_body", sa.LargeBinary(), nullable=True),
        sa.Column("robots_capture", sa.Integer(), nullable=True),
        sa.Column("tdm_at", sa.String(27), nullable=True),
        sa.Column("tdm_body", sa.LargeBinary(), nullable=True),
        sa.Column("crawl_delay_seconds", sa.Float(), nullable=True),
        sa.Column("last_request_at", sa.String(27), nullable=True),
        sa.Column("day", sa.String(), nullable=True),
        sa.Column("requests_today", sa.Integer(), nullable=False),
        sa.Column("looks_today", sa.Integer(), nullable=False),
        sa.Column("lease_holder", sa.String(), nullable=True),
        sa.Column("lease_until", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("child", sa.String(), nullable=False),
        sa.Column("started_at", sa.String(27), nullable=False),
        sa.Column("ended_at", sa.String(27), nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_run_source", "run", ["source"], unique=False)
    op.create_index("ix_run_started_at", "run", ["started_at"], unique=False)
    op.create_table(
        "sighting",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("candidate", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("through", sa.String(), nullable=False),
        sa.Column("said_sha256", sa.String(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=True),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("published", sa.String(), nullable=True),
        sa.Column("updated", sa.String(), nullable=True),
        sa.Column("authors", sa.JSON(), nullable=True),
        sa.Column("context_url", sa.String(), nullable=True),
        sa.Column("seen_at", sa.String(27), nullable=False),
        sa.Column("from_seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("candidate", "source", "through", "said_sha256"),
    )
    op.create_table(
        "source",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("next_visit_at", sa.String(27), nullable=True),
        sa.Column("interval_seconds", sa.Float(), nullable=True),
        sa.Column("last_visit_at", sa.String(27), nullable=True),
        sa.Column("last_good_visit_at", sa.String(27), nullable=True),
        sa.Column("last_new_document_at", sa.String(27), nullable=True),
        sa.Column("failing_since", sa.String(27), nullable=True),
        sa.Column("failing_why", sa.String(), nullable=True),
        sa.Column("blocked_since", sa.String(27), nullable=True),
        sa.Column("paused_until", sa.String(27), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_source_next_visit_at", "source", ["next_visit_at"], unique=False)
    op.create_table(
        "source_facts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("regions", sa.JSON(), nullable=False),
        sa.Column("departements", sa.JSON(), nullable=False),
        sa.Column("from_seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_source_facts_source", "source_facts", ["source"], unique=False)
    op.create_table(
        "version",
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("capture", sa.Integer(), nullable=False),
        sa.Column("extraction", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("fetched_at", sa.String(27), nullable=False),
        sa.PrimaryKeyConstraint("document", "number"),
        sa.UniqueConstraint("seq"),
    )
    op.create_table(
        "warc_file",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=True),
        sa.Column("opened_at", sa.String(27), nullable=False),
        sa.Column("closed_at", sa.String(27), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "watermark",
        sa.Column("consumer", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("consumer"),
    )
