"""The staged table of each entity, derived from its declaration.

Nothing is declared by hand here but the columns that staging adds: keys, resolved namespace, lineage.
"""

from functools import cache

import polars as pl

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity, PersonColumns
from cdp_pipeline.entities.kinds import MOMENT
from cdp_pipeline.entities.model import Column
from cdp_pipeline.entities.table import Table, TableColumn

_TEXTS = pl.List(pl.String())


@cache
def staging_table(entity: Entity) -> Table:
    """The staged table of an entity: its columns, each with its normalised ones behind it, between keys and lineage."""
    source = entity.by_name[entity.source_id]
    own = [column for declared in entity.columns for column in _own_columns(declared)]
    columns = (
        TableColumn("record_key", pl.String(), "Names the record on every run and machine.", nullable=False),
        TableColumn(
            "source_id", source.kind.dtype, f"The record's id at its source: {source.source}.", personal=source.personal
        ),
        *own,
        *_person_columns(entity.person),
        *(column for column in _namespace_columns() if column.name not in entity.by_name),
        *_sidecar_columns(),
        TableColumn("business_at", MOMENT, "The moment that orders the record's versions; null when it has none."),
        TableColumn("is_deleted", pl.Boolean(), "Whether the row is a tombstone.", nullable=False),
        *_lineage_columns(),
    )
    return Table(
        name=entity.name,
        description=f"One row per accepted entry, cleaned; a record may have several a day. {entity.description}",
        columns=columns,
        key=("source_file", "source_row", "entry_number"),
    )


def has_name(person: PersonColumns) -> bool:
    """Whether an entity's rows name their person, so that they have `display_name` and `name_match`."""
    return any((person.full_name, person.first_name, person.middle_name, person.last_name))


def has_birth(person: PersonColumns) -> bool:
    """Whether an entity's rows know a birth, so that they have `birth_date` and `birth_year`."""
    return any((person.birth_moment, person.birth_date, person.birth_year))


def _own_columns(declared: Column) -> tuple[TableColumn, ...]:
    """A declared column and the ones that its kind adds."""
    dtype = declared.kind.staged_dtype or declared.kind.dtype
    is_json = isinstance(dtype, pl.List) or declared.kind == kinds.STRUCTURE
    return (
        TableColumn(declared.name, dtype, declared.description, personal=declared.personal, json=is_json),
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


def _person_columns(person: PersonColumns) -> tuple[TableColumn, ...]:
    name = (
        TableColumn("display_name", pl.String(), "The full name, or else its parts joined.", personal=True),
        TableColumn("name_match", pl.String(), "The name's words folded and in order, to be compared.", personal=True),
    )
    birth = (
        TableColumn("birth_date", pl.Date(), "The date sent, or else the local date of the moment.", personal=True),
        TableColumn("birth_year", pl.Int64(), "The year of the birth date, or else the year sent.", personal=True),
    )
    return (*(name if has_name(person) else ()), *(birth if has_birth(person) else ()))


def _namespace_columns() -> tuple[TableColumn, ...]:
    return (
        TableColumn("company_id", pl.String(), "Internal company, by its one id; null when blank."),
        TableColumn("system_name", pl.String(), "Source system of the row; null when nothing says it."),
    )


def _sidecar_columns() -> tuple[TableColumn, ...]:
    return (
        TableColumn("custom_fields", pl.String(), "Custom fields by container.", personal=True, json=True),
        TableColumn("extra", pl.String(), "Fields that the entity does not declare.", personal=True, json=True),
        TableColumn("ids_as_sent", pl.String(), "Ids that cleaning changed, by field.", personal=True, json=True),
        TableColumn("ignored_update_cfs", _TEXTS, "Custom fields that this row must not change.", json=True),
    )


def _lineage_columns() -> tuple[TableColumn, ...]:
    return (
        TableColumn("object_type", pl.String(), "The landing folder's name.", nullable=False),
        TableColumn("drop_date", pl.Date(), "The day the file was dropped.", nullable=False),
        TableColumn("source_file", pl.String(), "The file, below the raw folder.", nullable=False),
        TableColumn("source_row", pl.Int64(), "The line, sheet row or entry in the file, from 1.", nullable=False),
        TableColumn("entry_number", pl.Int64(), "The entry within its line, from 1.", nullable=False),
        TableColumn("payload_hash", pl.UInt64(), "Equal for rows of equal content, however sent.", nullable=False),
    )
