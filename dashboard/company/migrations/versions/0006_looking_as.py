"""Sessions: whose eyes an administrator looks with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add the column."""
    op.add_column("sessions", sa.Column("looking_as", sa.Text))


def downgrade() -> None:
    """Remove it."""
    with op.batch_alter_table("sessions") as table:
        table.drop_column("looking_as")
