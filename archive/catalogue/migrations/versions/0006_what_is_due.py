"""Indexes by which what is due, what waits and what belongs to a source is found without reading the rest."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make them in place of the narrower ones; no row changes."""
    op.drop_index("candidate_pending", "candidate")
    op.create_index(
        "candidate_pending",
        "candidate",
        ["host", "via", "next_attempt_at", "first_seen_at", "source", "outcome"],
        unique=False,
        sqlite_where=sa.text("outcome IS NULL"),
    )
    op.create_index(
        "document_due",
        "document",
        ["next_check_at", "host", "source"],
        unique=False,
        sqlite_where=sa.text("next_check_at IS NOT NULL"),
    )
    op.drop_index("ix_document_source", "document")
    op.create_index("document_of_source", "document", ["source", "id"], unique=False)
    op.create_index("message_by_state", "message", ["state"], unique=False)
    op.create_index("run_open", "run", ["child"], unique=False, sqlite_where=sa.text("ended_at IS NULL"))
