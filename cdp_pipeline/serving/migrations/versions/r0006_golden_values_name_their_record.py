"""Golden values name their record."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """From 0005 to 0006."""
    with op.batch_alter_table("profile_contacts", schema=None) as batch_op:
        batch_op.add_column(sa.Column("record_key", sa.Text(), nullable=True))

    with op.batch_alter_table("profiles", schema=None) as batch_op:
        batch_op.add_column(sa.Column("internal_company_id_record_key", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("name_record_key", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("nick_names_record_key", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("gender_record_key", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("birth_record_key", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("marital_status_record_key", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("language_record_key", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("customer_group_record_key", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("store_id_record_key", sa.Text(), nullable=True))
        batch_op.add_column(sa.Column("source_record_key", sa.Text(), nullable=True))
