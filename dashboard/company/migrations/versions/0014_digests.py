"""Digests, their newest issues, and who wants no more of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

IDENTITY = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "digests",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("user_id", IDENTITY),
        sa.Column("groups", sa.Text, nullable=False),
        sa.Column("confirmed_at", sa.BigInteger, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("rhythm", sa.Text, nullable=False),
        sa.Column("hour", sa.Integer, nullable=False),
        sa.Column("audience", sa.Text, nullable=False),
        sa.Column("group_name", sa.Text, nullable=False),
        sa.Column("mails", sa.Text, nullable=False),
        sa.Column("files", sa.Text, nullable=False),
        sa.Column("secret", sa.Text, nullable=False),
        sa.Column("since", sa.Text, nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_digests"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_digests_user_id", ondelete="CASCADE"),
    )
    op.create_index("ix_digests_owner", "digests", ["owner"])
    op.create_index("ix_digests_user_id", "digests", ["user_id"])
    op.create_table(
        "digest_issues",
        sa.Column("digest_id", IDENTITY, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("until", sa.Text, nullable=False),
        sa.Column("sent_at", sa.BigInteger, nullable=False),
        sa.Column("recap", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("digest_id", "scope", name="pk_digest_issues"),
        sa.ForeignKeyConstraint(["digest_id"], ["digests.id"], name="fk_digest_issues_digest_id", ondelete="CASCADE"),
    )
    op.create_table(
        "digest_leavers",
        sa.Column("digest_id", IDENTITY, nullable=False),
        sa.Column("mail", sa.Text, nullable=False),
        sa.Column("left_at", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("digest_id", "mail", name="pk_digest_leavers"),
        sa.ForeignKeyConstraint(["digest_id"], ["digests.id"], name="fk_digest_leavers_digest_id", ondelete="CASCADE"),
    )


def downgrade() -> None:
    """Remove them."""
    for name in ("digest_leavers", "digest_issues", "digests"):
        op.drop_table(name)
