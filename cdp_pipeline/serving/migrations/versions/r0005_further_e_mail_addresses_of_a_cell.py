"""Further e-mail addresses of a cell."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """From 0004 to 0005."""
    with op.batch_alter_table("profile_leads", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "email_others_normalized", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True
            )
        )

    with op.batch_alter_table("profile_memberships", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "customer_email_others_normalized",
                sa.Text().with_variant(postgresql.JSONB(), "postgresql"),
                nullable=True,
            )
        )

    with op.batch_alter_table("profile_relationships", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "customer_email_others_normalized",
                sa.Text().with_variant(postgresql.JSONB(), "postgresql"),
                nullable=True,
            )
        )
        batch_op.add_column(
            sa.Column(
                "email_others_normalized", sa.Text().with_variant(postgresql.JSONB(), "postgresql"), nullable=True
            )
        )

    with op.batch_alter_table("profile_subscriptions", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "customer_email_others_normalized",
                sa.Text().with_variant(postgresql.JSONB(), "postgresql"),
                nullable=True,
            )
        )
