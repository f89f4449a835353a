"""What went as its retention ended."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """From 0008 to 0010."""
    op.create_table(
        "retention_ledger",
        sa.Column("ledger_key", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("run_id", sa.Text(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("object_type", sa.Text(), nullable=True),
        sa.Column("drop_date", sa.Date(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("period", sa.Text(), nullable=False),
        sa.Column("cutoff_on", sa.Date(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("ledger_key", name=op.f("pk_retention_ledger")),
    )
    with op.batch_alter_table("retention_ledger", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_retention_ledger_object_type_drop_date"), ["object_type", "drop_date"], unique=False
        )
