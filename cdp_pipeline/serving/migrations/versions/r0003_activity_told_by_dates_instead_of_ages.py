"""Activity told by dates instead of ages."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """From 0002 to 0003."""
    with op.batch_alter_table("profile_recency", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("last_active_on", sa.Date(), server_default=sa.text("'1970-01-01'"), nullable=False)
        )
        batch_op.add_column(sa.Column("first_product_activity_on", sa.Date(), nullable=True))
        batch_op.drop_column("recency_days")
        batch_op.drop_column("activity_age_days")
        batch_op.drop_column("as_of")

    with op.batch_alter_table("profile_recency", schema=None) as batch_op:
        batch_op.alter_column("last_active_on", existing_type=sa.Date(), server_default=None, existing_nullable=False)
