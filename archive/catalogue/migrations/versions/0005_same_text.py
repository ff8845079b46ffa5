"""Sketches of texts, by which the same text is found elsewhere. They are made from the log's beginning, in slices."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Make the two tables, empty: the next run of the projection begins to fill them."""
    op.create_table(
        "sketch",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "sketch_band",
        sa.Column("band", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("band", "seq"),
        sqlite_with_rowid=False,
    )
