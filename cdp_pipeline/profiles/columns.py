"""Columns that several published tables share: the head of every child table, and the columns of an entity.

Columns of one table stand in that table's module. An entity's columns come from its declaration, with the normalised
columns that staging adds.
"""

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from cdp_pipeline.current.tables import current_table
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.kinds import MOMENT
from cdp_pipeline.entities.table import ForeignKey, Table, TableColumn

TEXT = pl.String()
WHOLE = pl.Int64()
FLAG = pl.Boolean()
TEXTS = pl.List(pl.String())

OF_PROFILE = (ForeignKey(("person_id",), "profiles", ("person_id",)),)
"""The foreign key of every table with a `person_id`."""

PERSON_ID = TableColumn("person_id", TEXT, "The person, see profiles.", nullable=False)
RECORD_KEY = TableColumn("record_key", TEXT, "The source record.", nullable=False)
OBJECT_TYPE = TableColumn("object_type", TEXT, "The entity of the source record.", nullable=False)
SYSTEM_NAME = TableColumn("system_name", TEXT, "Source system of the record.")
INTERNAL_COMPANY_ID = TableColumn("internal_company_id", TEXT, "Internal company of the record, aliases resolved.")
FIRST_SEEN_AT = TableColumn("first_seen_at", MOMENT, "Earliest evidence: business time, or else the drop date.")
LAST_SEEN_AT = TableColumn("last_seen_at", MOMENT, "Latest evidence: business time, or else the drop date.")

# What the pipeline keeps for itself: how a version was made and ordered, and forms that only matching reads.
_WORKING_COLUMNS = {
    "business_at", "company_id", "custom_fields", "drop_date", "entry_number", "envelope_source", "fingerprint",
    "first_drop_date", "ignored_update_cfs", "is_deleted", "last_drop_date", "name_match", "payload_hash",
    "source_file", "source_row", "version_count",
}  # fmt: skip


def source_id(entity: Entity | None = None) -> TableColumn:
    """The column of the record's id at its source."""
    personal = entity is None or entity.by_name[entity.source_id].personal
    return TableColumn("source_id", TEXT, "The record's id at its source.", personal=personal)


def record_columns(entity: Entity) -> tuple[TableColumn, ...]:
    """The columns of a child table with a row per record of an entity: key, person and source first, then the entity's.

    Entity columns may be null whatever the source requires: a record that came back from deletion may hold its key
    only.
    """
    head = (RECORD_KEY, PERSON_ID, source_id(entity), INTERNAL_COMPANY_ID, SYSTEM_NAME)
    taken = {column.name for column in head} | _WORKING_COLUMNS | {"object_type"}
    return (*head, *(replace(c, nullable=True) for c in current_table(entity).columns if c.name not in taken))


def entity_columns(entity: Entity, names: Iterable[str]) -> tuple[TableColumn, ...]:
    """Some columns of an entity as they stand in its current table."""
    declared = {column.name: column for column in current_table(entity).columns}
    return tuple(replace(declared[name], nullable=True) for name in names)


def record_table(
    name: str,
    description: str,
    entity: Entity,
    *,
    adds: tuple[TableColumn, ...] = (),
    key: tuple[str, ...] = ("record_key",),
    foreign_keys: tuple[ForeignKey, ...] = (),
    indexes: tuple[tuple[str, ...], ...] = (),
) -> Table:
    """A child table with the columns of an entity, `adds` after them, found by person and by source id."""
    return Table(
        name=name,
        description=description,
        columns=(*record_columns(entity), *adds),
        key=key,
        foreign_keys=(*OF_PROFILE, *foreign_keys),
        indexes=(("person_id",), ("source_id",), *indexes),
    )
