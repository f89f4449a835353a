"""The tables that validation makes: accepted rows of an entity, and rejected rows of any."""

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.table import Table, TableColumn
from cdp_pipeline.ingest.batch import PLACE, REJECTED_IN_BATCH

REJECTED = Table(
    name="rejected_records",
    description="One row per rejected input row, with every rule that it broke.",
    columns=(
        TableColumn("object_type", pl.String(), "The entity, by its landing folder.", nullable=False),
        TableColumn("drop_date", pl.Date(), "Date of the landing folder; null for a misplaced file."),
        *REJECTED_IN_BATCH.columns,
    ),
    key=("object_type", *REJECTED_IN_BATCH.key),
    indexes=(("object_type", "drop_date"),),
)
"""The rejected rows of days, in the lake as in the database."""


def accepted_table(entity: Entity) -> Table:
    """The accepted rows of a batch of an entity: typed as its kinds cast them, otherwise as sent."""
    columns = tuple(
        TableColumn(
            column.name,
            column.kind.dtype,
            column.description,
            personal=column.personal,
            nullable=not column.required,
            json=isinstance(column.kind.dtype, pl.List),
        )
        for column in entity.columns
    )
    beside = (
        TableColumn("custom_fields", pl.String(), "Custom fields by container and key, as JSON.", personal=True),
        TableColumn("extra", pl.String(), "Keys the source does not document, as JSON.", personal=True),
        TableColumn("ids_as_sent", pl.String(), "Ids that cleaning changed, by field, as JSON.", personal=True),
        TableColumn("envelope_source", pl.String(), "System named by the request the row came in."),
        TableColumn("ignored_update_cfs", pl.List(pl.String()), "Custom fields the row may not change.", json=True),
        *PLACE,
        TableColumn("is_deleted", pl.Boolean(), "Whether the row is a tombstone.", nullable=False),
    )
    return Table(
        name=entity.name,
        description=f"Accepted rows of a batch. {entity.description}",
        columns=columns + beside,
        key=REJECTED_IN_BATCH.key,
    )
