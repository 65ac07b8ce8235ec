"""What webhooks are sent is kept until it need not be sent again, and how far each has come with a call that it follows."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """To version 4."""
    op.create_table(
        "messages",
        sa.Column("id", sa.Text, sa.ForeignKey("deliveries.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "feeds",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("batch", sa.Integer, nullable=False),
        sa.Column("cursor", sa.Text),
        sa.Column("next_cursor", sa.Text),
        sa.Column("body", sa.Text),
    )
