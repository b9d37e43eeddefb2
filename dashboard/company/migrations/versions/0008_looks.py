"""Recaps of versions, and who looked when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

IDENTITY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "recaps",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("made_at", sa.BigInteger, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recaps"),
        sa.UniqueConstraint("data", "scope", "version", name="uq_recaps_data_scope_version"),
    )
    op.create_table(
        "looks",
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("seen_at", sa.BigInteger, nullable=False),
        sa.Column("before_version", sa.Text, nullable=False),
        sa.Column("before_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("subject", "data", name="pk_looks"),
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_table("looks")
    op.drop_table("recaps")
