"""People who sign in with an identity provider: invitations, further groups, and how they are called."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Add the table and the column."""
    op.create_table(
        "members",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("mail", sa.Text),
        sa.Column("subject", sa.Text),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("groups", sa.Text, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_members"),
        sa.UniqueConstraint("mail", name="uq_members_mail"),
        sa.UniqueConstraint("subject", name="uq_members_subject"),
    )
    op.add_column("visitors", sa.Column("title", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Remove them."""
    op.drop_table("members")
    with op.batch_alter_table("visitors") as table:
        table.drop_column("title")
