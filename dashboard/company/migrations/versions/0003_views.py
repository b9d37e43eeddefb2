"""Saved views, and what people start with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

IDENTITY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "views",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("audience", sa.Text, nullable=False),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_views"),
    )
    op.create_index("ix_views_owner", "views", ["owner"])
    op.create_table(
        "starts",
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("view_id", IDENTITY, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_starts"),
        sa.ForeignKeyConstraint(["view_id"], ["views.id"], name="fk_starts_view_id", ondelete="CASCADE"),
    )
    op.create_index("ix_starts_view_id", "starts", ["view_id"])


def downgrade() -> None:
    """Remove them."""
    op.drop_table("starts")
    op.drop_table("views")
