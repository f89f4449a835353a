"""One table of links."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """From 0004 to 0005."""
    with op.batch_alter_table("suggested_links", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_suggested_links_person_id_a"))
        batch_op.drop_index(batch_op.f("ix_suggested_links_person_id_b"))

    op.drop_table("suggested_links")
    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.add_column(sa.Column("probability", sa.Double(), nullable=True))
