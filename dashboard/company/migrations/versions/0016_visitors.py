"""People who sign in with an identity provider: the address that it has verified, and their groups."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "visitors",
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("mail", sa.Text, nullable=False),
        sa.Column("groups", sa.Text, nullable=False),
        sa.Column("confirmed_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("subject", name="pk_visitors"),
    )


def downgrade() -> None:
    """Remove it."""
    op.drop_table("visitors")
