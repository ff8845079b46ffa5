"""Matches of removals beside those of versions, silences of sources, what the operator was told of the outbox, and to
which document an address led before a merge."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Give matches a kind and a key that holds it, and make the tables of silences and of moved addresses."""
    _renew_matches()
    op.add_column("message", sa.Column("reported", sa.Integer(), nullable=True))
    op.create_index(
        "message_to_report", "message", ["state"], unique=False,
        sqlite_where=sa.text("reported IS NULL AND ended_at IS NOT NULL AND state != 'sent'"),
    )  # fmt: skip
    op.create_index("document_by_source", "document", ["source", "first_seen_at"], unique=False)
    op.create_index(
        "document_merged", "document", ["merged_into"], unique=False, sqlite_where=sa.text("merged_into IS NOT NULL")
    )
    op.add_column("alias", sa.Column("from_seq", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "alias_moved",
        sa.Column("canonical", sa.String(), nullable=False),
        sa.Column("until_seq", sa.Integer(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("canonical", "until_seq"),
    )
    op.create_index("ix_alias_moved_document", "alias_moved", ["document"], unique=False)
    op.create_table(
        "source_pace",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("reckoned_at", sa.String(27), nullable=False),
        sa.Column("usual_seconds", sa.Float(), nullable=True),
        sa.PrimaryKeyConstraint("source"),
    )
    op.create_table(
        "silence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("quiet_since", sa.String(27), nullable=False),
        sa.Column("usual_seconds", sa.Float(), nullable=False),
        sa.Column("began_at", sa.String(27), nullable=False),
        sa.Column("began_digest", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.String(27), nullable=True),
        sa.Column("ended_digest", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("query", "source", "quiet_since"),
    )


def _renew_matches() -> None:
    """The key of a table cannot be changed: a new one takes over the rows."""
    for name in ("ix_match_digest", "match_by_seq", "match_to_tell"):
        op.drop_index(name, "match")
    op.rename_table("match", "match_of_0002")
    op.create_table(
        "match",
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("matched_at", sa.String(27), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("digest", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("query", "seq"),
    )
    op.execute(
        "INSERT INTO match SELECT query, document, version, seq, matched_at, outcome, digest, 'version' "
        "FROM match_of_0002"
    )
    op.drop_table("match_of_0002")
    op.create_index("ix_match_digest", "match", ["digest"], unique=False)
    op.create_index("match_by_document", "match", ["document", "query"], unique=False)
    op.create_index(
        "match_version_once", "match", ["query", "document", "version"], unique=True,
        sqlite_where=sa.text("kind = 'version'"),
    )  # fmt: skip
    op.create_index(
        "match_to_tell", "match", ["query", "outcome"], unique=False, sqlite_where=sa.text("digest IS NULL")
    )
