"""Tokens of programs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

IDENTITY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "api_tokens",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("user_id", IDENTITY),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("groups", sa.Text, nullable=False),
        sa.Column("datasets", sa.Text),
        sa.Column("clauses", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("expires_at", sa.BigInteger, nullable=False),
        sa.Column("used_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_api_tokens"),
        sa.UniqueConstraint("token", name="uq_api_tokens_token"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_api_tokens_user_id", ondelete="CASCADE"),
    )
    op.create_index("ix_api_tokens_user_id", "api_tokens", ["user_id"])


def downgrade() -> None:
    """Remove it."""
    op.drop_table("api_tokens")
