"""Accounts: a second factor."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add the columns."""
    op.add_column("users", sa.Column("totp", sa.Text))
    op.add_column("users", sa.Column("totp_step", sa.BigInteger, nullable=False, server_default="0"))
    op.add_column("users", sa.Column("recovery", sa.Text, nullable=False, server_default="[]"))


def downgrade() -> None:
    """Remove them."""
    with op.batch_alter_table("users") as table:
        for name in ("totp", "totp_step", "recovery"):
            table.drop_column(name)
