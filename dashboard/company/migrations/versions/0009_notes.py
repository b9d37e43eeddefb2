"""Notes and decisions, and what changed about them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

IDENTITY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
TEXTS = ("scope", "address", "first_day", "last_day", "kind", "body", "audience", "metric")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "notes",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("author_title", sa.Text, nullable=False),
        sa.Column("data", sa.Text, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in TEXTS),
        sa.Column("percent", sa.Float, nullable=False),
        sa.Column("check_day", sa.Text, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("removed_at", sa.BigInteger),
        sa.Column("checked_at", sa.BigInteger),
        sa.PrimaryKeyConstraint("id", name="pk_notes"),
    )
    op.create_index("ix_notes_author", "notes", ["author"])
    op.create_index("ix_notes_data", "notes", ["data"])
    op.create_table(
        "note_changes",
        sa.Column("id", IDENTITY, nullable=False),
        sa.Column("note_id", IDENTITY, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("did", sa.Text, nullable=False),
        sa.Column("before", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_note_changes"),
        sa.ForeignKeyConstraint(["note_id"], ["notes.id"], name="fk_note_changes_note_id", ondelete="CASCADE"),
    )
    op.create_index("ix_note_changes_note_id", "note_changes", ["note_id"])


def downgrade() -> None:
    """Remove them."""
    op.drop_table("note_changes")
    op.drop_table("notes")
