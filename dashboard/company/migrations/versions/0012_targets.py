"""Targets and their versions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

IDENTITY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "targets",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("metric", sa.Text, nullable=False),
        sa.Column("first_day", sa.Text, nullable=False),
        sa.Column("end_day", sa.Text, nullable=False),
        sa.Column("filters", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_targets"),
        sa.UniqueConstraint("key", name="uq_targets_key"),
    )
    op.create_index("ix_targets_data", "targets", ["data"])
    op.create_table(
        "target_versions",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("target_id", IDENTITY, nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("value", sa.Double, nullable=False),
        sa.Column("ended", sa.Boolean, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_target_versions"),
        sa.UniqueConstraint("target_id", "number", name="uq_target_versions_target_id"),
        sa.ForeignKeyConstraint(["target_id"], ["targets.id"], name="fk_target_versions_target_id", ondelete="CASCADE"),
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_table("target_versions")
    op.drop_table("targets")
