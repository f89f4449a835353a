"""Columns that several published tables share: the leading columns of child tables and the columns of an entity.

The columns of one table are declared in its module. The columns of an entity come from its declaration, with the
normalised columns that staging adds.
"""

from dataclasses import replace
from typing import Any

import polars as pl

from cdp_pipeline.current import current_table
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.table import (
    ForeignKey,
    M_co,
    Table,
    TableColumn,
    TableModel,
    column,
    columns_of,
    like,
    table_of,
)

TEXT = pl.String()
WHOLE = pl.Int64()

OF_PROFILE = (ForeignKey(("person_id",), "profiles", ("person_id",)),)
"""The foreign key of every table with a `person_id`."""

PERSON_ID = column("The person, see profiles.", nullable=False)
RECORD_KEY = column("The source record.", nullable=False)
OBJECT_TYPE = column("The entity of the source record.", nullable=False)
SOURCE_ID = column("The record's id at its source.", personal=True)
SYSTEM_NAME = column("Source system of the record.")
INTERNAL_COMPANY_ID = column("Internal company of the record, aliases resolved.")
FIRST_SEEN_AT = column("Earliest evidence: business time, or else the drop date.")
LAST_SEEN_AT = column("Latest evidence: business time, or else the drop date.")

# Not published: how a version was built and ordered, and forms that only matching reads.
_WORKING_COLUMNS = {
    "business_at", "company_id", "custom_fields", "drop_date", "entry_number", "envelope_source", "fingerprint",
    "first_drop_date", "ignored_update_cfs", "is_deleted", "last_drop_date", "name_match", "payload_hash",
    "source_file", "source_row", "version_count",
}  # fmt: skip


class RecordOfPerson(TableModel):
    """Leading columns of a table with one row per record of an entity; the entity's columns follow them."""

    record_key: str = RECORD_KEY
    person_id: str = PERSON_ID
    source_id: str = SOURCE_ID
    internal_company_id: str = INTERNAL_COMPANY_ID
    system_name: str = SYSTEM_NAME


_HEAD = columns_of(RecordOfPerson)


def record_columns(entity: Entity) -> tuple[TableColumn, ...]:
    """Columns of a child table with one row per record of an entity: the leading columns, then the entity's.

    Entity columns are nullable even if the source requires them: a record restored after deletion may hold only its
    key.
    """
    is_personal = entity.by_name[entity.source_id].personal
    head = (replace(c, personal=is_personal) if c.name == RecordOfPerson.source_id else c for c in _HEAD)
    excluded = {declared.name for declared in _HEAD} | _WORKING_COLUMNS | {"object_type"}
    return (*head, *(replace(c, nullable=True) for c in current_table(entity).columns if c.name not in excluded))


def entity_column(entity: Entity, name: str) -> Any:  # Any: as of `column`.
    """A column of a table model, declared as in the entity's current table, but nullable."""
    declared = next(c for c in current_table(entity).columns if c.name == name)
    return like(replace(declared, nullable=True))


def record_table(model: type[M_co], entity: Entity) -> Table[M_co]:
    """Table of a model that extends `RecordOfPerson`: leading columns, the entity's columns, the model's others."""
    head = {declared.name for declared in _HEAD}
    adds = (declared for declared in columns_of(model) if declared.name not in head)
    return replace(table_of(model), columns=(*record_columns(entity), *adds))
