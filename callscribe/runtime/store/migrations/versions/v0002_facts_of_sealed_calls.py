"""What a verdict was found from, kept beside it, so that an amended transcript can be judged anew."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """To version 2."""
    op.add_column("calls", sa.Column("facts", sa.JSON))
