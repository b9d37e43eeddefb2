"""Tokens: what they are for, their former text, how often they are used."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

NAMES = ("scopes", "old_token", "old_until", "confirmed_at", "minute", "uses")


def upgrade() -> None:
    """Add the columns."""
    for column in (
        sa.Column("scopes", sa.Text, nullable=False, server_default='["mcp", "read"]'),
        sa.Column("old_token", sa.Text),
        sa.Column("old_until", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("confirmed_at", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("minute", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("uses", sa.Integer, nullable=False, server_default="0"),
    ):
        op.add_column("api_tokens", column)
    op.execute("UPDATE api_tokens SET confirmed_at = created_at")
    op.create_index("ix_api_tokens_old_token", "api_tokens", ["old_token"])


def downgrade() -> None:
    """Remove them."""
    op.drop_index("ix_api_tokens_old_token", "api_tokens")
    with op.batch_alter_table("api_tokens") as table:
        for name in NAMES:
            table.drop_column(name)
