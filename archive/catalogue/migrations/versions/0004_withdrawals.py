"""Withdrawals with their reasons and addresses, letters that must be written anew, and a pause of all mail."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables of withdrawals and of the pause; documents withdrawn before have no reason on record."""
    op.create_table(
        "withdrawal",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", sa.String(27), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("first_seen_at", sa.String(27), nullable=False),
        sa.Column("documents", sa.JSON(), nullable=False),
        sa.Column("addresses", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "withdrawn_address",
        sa.Column("canonical", sa.String(), nullable=False),
        sa.Column("withdrawal", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("canonical"),
    )
    op.create_table(
        "mail_pause",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("since", sa.String(27), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("document_withdrawn", "document", ["id"], unique=False, sqlite_where=sa.text("state = 'withdrawn'"))
    op.add_column("letter", sa.Column("outdated_at", sa.String(27), nullable=True))
    op.create_index(
        "letter_outdated", "letter", ["outdated_at"], unique=False, sqlite_where=sa.text("outdated_at IS NOT NULL")
    )
