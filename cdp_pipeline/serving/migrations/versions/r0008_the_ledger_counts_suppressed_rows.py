"""The ledger counts suppressed rows."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """From 0007 to 0008."""
    with op.batch_alter_table("run_ledger", schema=None) as batch_op:
        batch_op.add_column(sa.Column("suppressed", sa.BigInteger(), nullable=False, server_default="0"))

    with op.batch_alter_table("run_ledger", schema=None) as batch_op:
        batch_op.alter_column("suppressed", existing_type=sa.BigInteger(), server_default=None)
