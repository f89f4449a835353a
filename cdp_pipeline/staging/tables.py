"""Staged table of each entity, derived from its declaration.

Only the columns that staging adds are declared here: keys, resolved namespace, origin.
"""

from dataclasses import replace
from datetime import date
from functools import cache

import polars as pl

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity, PersonColumns
from cdp_pipeline.entities.kinds import TextList, Timestamp
from cdp_pipeline.entities.model import Column
from cdp_pipeline.entities.table import Table, TableColumn, TableModel, column, columns_of, table_of


class StagedRows(TableModel, key=("source_file", "source_row", "entry_number")):
    """One row per accepted entry, cleaned; a record may have several a day.

    The columns of the entity, each followed by its normalised ones, follow `source_id`.
    """

    record_key: str = column("Identifies the record, the same on every run and machine.", nullable=False)
    source_id: str = column("The record's id at its source.", personal=True)
    company_id: str = column("Internal company, by its one id; null when blank.")
    system_name: str = column("Source system of the row; null if it is not known.")
    custom_fields: str = column("Custom fields by container.", personal=True, json=True)
    extra: str = column("Fields that the entity does not declare.", personal=True, json=True)
    ids_as_sent: str = column("Ids that cleaning changed, by field.", personal=True, json=True)
    ignored_update_cfs: TextList = column("Custom fields that this row must not change.", json=True)
    business_at: Timestamp = column("The timestamp that orders the record's versions; null when it has none.")
    is_deleted: bool = column("Whether the row is a tombstone.", nullable=False)
    object_type: str = column("The landing folder's name.", nullable=False)
    drop_date: date = column("Drop date of the file.", nullable=False)
    source_file: str = column("The file, below the raw folder.", nullable=False)
    source_row: int = column("The line, sheet row or entry in the file, from 1.", nullable=False)
    entry_number: int = column("The entry within its line, from 1.", nullable=False)
    payload_hash: pl.UInt64 = column("Equal for rows of equal content, however sent.", nullable=False)


class PersonName(TableModel):
    """The name of the person that a row describes, for entities that have one."""

    display_name: str = column("The full name, or else its parts joined.", personal=True)
    name_match: str = column("The name's words folded and in alphabetical order, for comparison.", personal=True)


class Birth(TableModel):
    """The birth of the person that a row describes, for entities that have one."""

    birth_date: date = column("The date sent, or else the local date of the timestamp.", personal=True)
    birth_year: int = column("The year of the birth date, or else the year sent.", personal=True)


@cache
def staging_table(entity: Entity) -> Table[StagedRows]:
    """The staged table of an entity: its columns, each followed by its normalised ones, between keys and origin."""
    source = entity.by_name[entity.source_id]
    record_key, source_id, *beside = columns_of(StagedRows)
    columns = (
        record_key,
        replace(
            source_id,
            dtype=source.kind.dtype,
            description=f"The record's id at its source: {source.source}.",
            personal=source.personal,
        ),
        *(column for declared in entity.columns for column in _own_columns(declared)),
        *(columns_of(PersonName) if has_name(entity.person) else ()),
        *(columns_of(Birth) if has_birth(entity.person) else ()),
        *(column for column in beside if column.name not in entity.by_name),
    )
    return replace(
        table_of(StagedRows),
        name=entity.name,
        description=f"One row per accepted entry, cleaned; a record may have several a day. {entity.description}",
        columns=columns,
    )


def has_name(person: PersonColumns) -> bool:
    """Whether an entity's rows name their person, and so have `display_name` and `name_match`."""
    return any((person.full_name, person.first_name, person.middle_name, person.last_name))


def has_birth(person: PersonColumns) -> bool:
    """Whether an entity's rows have a birth, and so have `birth_date` and `birth_year`."""
    return any((person.birth_timestamp, person.birth_date, person.birth_year))


def _own_columns(declared: Column) -> tuple[TableColumn, ...]:
    """A declared column and those that its kind adds."""
    dtype = declared.kind.staged_dtype or declared.kind.dtype
    is_json = isinstance(dtype, pl.List) or declared.kind == kinds.STRUCTURE
    return (
        TableColumn(
            declared.name,
            dtype,
            declared.description,
            personal=declared.personal,
            json=is_json,
            free_text=declared.kind == kinds.PERSONAL_TEXT,
        ),
        *(
            TableColumn(
                f"{declared.name}_{added.suffix}",
                added.dtype,
                f"{declared.source}, {added.description}.",
                personal=declared.personal,
                json=isinstance(added.dtype, pl.List),
            )
            for added in declared.kind.adds
        ),
    )
