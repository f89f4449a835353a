"""The tables that validation produces: accepted rows of an entity, and rejected rows of all entities."""

from dataclasses import replace
from datetime import date

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.kinds import TextList
from cdp_pipeline.entities.table import Table, TableColumn, TableModel, column, columns_of, like, table_of
from cdp_pipeline.ingest import PLACE, REJECTED_IN_BATCH, RejectedInBatch


class RejectedRecords(
    RejectedInBatch,
    key=("object_type", *REJECTED_IN_BATCH.key),
    indexes=(("object_type", "drop_date"),),
):
    """One row per rejected input row, with every rule that it broke."""

    object_type: str = column("The entity, by its landing folder.", nullable=False)
    drop_date: date = column("Date of the landing folder; null for a misplaced file.")


REJECTED_RECORDS = table_of(RejectedRecords)
"""The rejected rows of days, in the database."""

_FIELDS = column("The cells of the row by column, as JSON texts; null for an unreadable row.", personal=True)


class RejectedWithFields(RejectedInBatch, key=REJECTED_IN_BATCH.key):
    """One row per rejected row of a batch, with its cells as read."""

    fields: str = _FIELDS


REJECTED_WITH_FIELDS = table_of(RejectedWithFields)


class RejectedRows(RejectedRecords, key=("object_type", *REJECTED_IN_BATCH.key)):
    """One row per rejected input row of a day, with its cells and record key for a repair."""

    fields: str = _FIELDS
    record_key: str = column("The record it is a version of; null where what makes the key is missing or wrong.")


REJECTED = table_of(RejectedRows)
"""The rejected rows of days, in the lake."""


class AcceptedRows(TableModel, key=REJECTED_IN_BATCH.key):
    """Accepted rows of a batch: the columns of the entity, typed as its kinds cast them, before these."""

    custom_fields: str = column("Custom fields by container and key, as JSON.", personal=True)
    extra: str = column("Keys the source does not document, as JSON.", personal=True)
    ids_as_sent: str = column("Ids that cleaning changed, by field, as JSON.", personal=True)
    envelope_source: str = column("System named by the request the row came in.")
    ignored_update_cfs: TextList = column("Custom fields the row may not change.", json=True)
    source_file: str = like(PLACE[0])
    source_row: int = like(PLACE[1])
    entry_number: int = like(PLACE[2])
    is_deleted: bool = column("Whether the row is a tombstone.", nullable=False)


def accepted_table(entity: Entity) -> Table[AcceptedRows]:
    """The schema of the accepted rows of a batch of an entity: typed columns, otherwise as sent."""
    own = tuple(
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
    return replace(
        table_of(AcceptedRows),
        name=entity.name,
        description=f"Accepted rows of a batch. {entity.description}",
        columns=(*own, *columns_of(AcceptedRows)),
    )
