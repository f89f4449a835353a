"""Ids as sent beside cleaned ones."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """From 0005 to 0006."""
    with op.batch_alter_table("profile_addresses", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("ids_as_sent", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True)
        )

    with op.batch_alter_table("profile_lead_status_history", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("ids_as_sent", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True)
        )

    with op.batch_alter_table("profile_leads", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("ids_as_sent", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True)
        )

    with op.batch_alter_table("profile_memberships", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("ids_as_sent", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True)
        )

    with op.batch_alter_table("profile_photos", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("ids_as_sent", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True)
        )

    with op.batch_alter_table("profile_relationships", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("ids_as_sent", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True)
        )

    with op.batch_alter_table("profile_subscriptions", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("ids_as_sent", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True)
        )
