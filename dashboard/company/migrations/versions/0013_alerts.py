"""Alerts: the rules of people and of data sets."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

IDENTITY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "alerts",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("user_id", IDENTITY),
        sa.Column("groups", sa.Text, nullable=False),
        sa.Column("confirmed_at", sa.BigInteger, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("condition", sa.Text, nullable=False),
        sa.Column("channels", sa.Text, nullable=False),
        sa.Column("quiet", sa.Text, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("checked", sa.Text, nullable=False),
        sa.Column("told", sa.Text, nullable=False),
        sa.Column("listed", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("changed_at", sa.BigInteger, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_alerts_user_id", ondelete="CASCADE"),
    )
    for column in ("owner", "user_id", "data"):
        op.create_index(f"ix_alerts_{column}", "alerts", [column])


def downgrade() -> None:
    """Remove it."""
    op.drop_table("alerts")
