"""Contacts tell placeholders."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """From 0003 to 0004."""
    with op.batch_alter_table("profile_contacts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_placeholder", sa.Boolean(), nullable=True))
