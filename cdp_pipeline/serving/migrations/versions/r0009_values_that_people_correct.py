"""Values that people correct."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """From 0008 to 0009."""
    op.create_table(
        "profile_corrections",
        sa.Column("person_id", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("column_name", sa.Text(), autoincrement=False, nullable=False),
        sa.Column("attribute", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"],
            ["profiles.person_id"],
            name=op.f("fk_profile_corrections_person_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("person_id", "column_name", name=op.f("pk_profile_corrections")),
    )
