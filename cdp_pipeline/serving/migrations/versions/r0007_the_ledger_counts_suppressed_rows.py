"""The ledger counts suppressed rows."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """From 0006 to 0007."""
    with op.batch_alter_table("run_ledger", schema=None) as batch_op:
        batch_op.add_column(sa.Column("suppressed", sa.BigInteger(), nullable=False, server_default="0"))

    with op.batch_alter_table("run_ledger", schema=None) as batch_op:
        batch_op.alter_column("suppressed", existing_type=sa.BigInteger(), server_default=None)
