"""The tables that validation makes: accepted rows of an entity, and rejected rows of any."""

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.table import Table, TableColumn

_PLACE = (
    TableColumn("source_file", pl.String(), "Path below the raw folder.", nullable=False),
    TableColumn("source_row", pl.Int64(), "Line, sheet row or entry of the file, from 1.", nullable=False),
    TableColumn("entry_number", pl.Int64(), "Entry within the line, from 1.", nullable=False),
)

REJECTED = Table(
    name="rejected_records",
    description=(
        "One row per entry that was refused. Holds every rule it broke and the entry as sent, so that it can be "
        "repaired and dropped again; who may read the table may see personal data."
    ),
    columns=(
        TableColumn("object_type", pl.String(), "The entity's landing folder.", nullable=False),
        TableColumn("drop_date", pl.Date(), "Day of the drop; null for a misplaced file."),
        *_PLACE,
        TableColumn("rules", pl.List(pl.String()), "Names of the broken rules, sorted.", nullable=False, json=True),
        TableColumn("message", pl.String(), "What was found, what was expected, what to do; masked.", nullable=False),
        TableColumn("raw", pl.String(), "The entry as sent.", personal=True),
    ),
    key=("source_file", "source_row", "entry_number"),
    indexes=(("object_type", "drop_date"),),
)

REJECTED_IN_BATCH = Table(
    name="rejected_in_batch",
    description="One row per refused entry of a batch: `rejected_records` without what all rows of a day share.",
    columns=REJECTED.columns[2:],
    key=("source_file", "source_row", "entry_number"),
)


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
        *_PLACE,
        TableColumn("is_deleted", pl.Boolean(), "Whether the row is a tombstone.", nullable=False),
    )
    return Table(
        name=entity.name,
        description=f"Accepted rows of a batch. {entity.description}",
        columns=columns + beside,
        key=("source_file", "source_row", "entry_number"),
    )
