"""Links: those of an owner without an account here rest when the owner has long not been here."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Add the column; links that are there begin with the day on which they were made."""
    op.add_column("shares", sa.Column("confirmed_at", sa.BigInteger, nullable=False, server_default="0"))
    op.execute("UPDATE shares SET confirmed_at = created_at")


def downgrade() -> None:
    """Remove it."""
    with op.batch_alter_table("shares") as table:
        table.drop_column("confirmed_at")
