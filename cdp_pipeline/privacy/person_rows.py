"""Which rows are a person's, in the database and in the lake, by what the tables declare: no table is named here.

    published tables + current records + deliveries -> the rows of one person, without what concerns others

1. A table with `person_id` holds the rows of that person. Of their household, and of pairs of records or people, they
   are those that name the person on every side, or on one.
2. The current records of the lake are found by the person's record keys, their deliveries too; keys of deleted
   identities and leads come from the memory of ids.
3. Cells that name other people are emptied: ids of people, keys of their records.
4. A record that describes another person, such as a relative, is reduced to what describes the record itself.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import phonenumbers
import polars as pl
import sqlalchemy as sa

from cdp_pipeline.current import current_table
from cdp_pipeline.deliveries import scan_rejected
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.table import Table
from cdp_pipeline.profiles.golden import CORRECTION
from cdp_pipeline.serving import Row, database_tables
from cdp_pipeline.staging import staging_table
from cdp_pipeline.store import Lake
from cdp_pipeline.values.mask import mask_contacts

PERSON, RECORD, HOUSEHOLD = "person_id", "record_key", "household_id"
"""The columns by which rows are a person's; columns of other people and records have these words in their names."""

_SIDES: Final = ("_a", "_b")
_FEWEST_CHARACTERS: Final = 6
"""A shorter id stands in rows of other people by chance."""

_LINEAGE: Final = ("object_type", "drop_date", "source_file", "source_row")


@dataclass(frozen=True)
class PersonRows:
    """All rows of a person.

    Attributes:
        person_id: The person.
        tables: By published table, its rows without what concerns others; tables without a row are missing.
        records: By object type, the current records with all their columns, without what concerns others.
        deliveries: The delivered rows that the records are made of, with their lineage; contacts in names of files are
            masked, as they may be another person's.
        rejected: By object type, the number of rejected rows that hold one of the person's identifiers.
    """

    person_id: str
    tables: dict[str, list[Row]] = field(default_factory=dict)
    records: dict[str, list[Row]] = field(default_factory=dict)
    deliveries: list[Row] = field(default_factory=list)
    rejected: dict[str, int] = field(default_factory=dict)


def find_person_rows(
    connection: sa.Connection, tables: Sequence[Table], lake: Lake, entities: Sequence[Entity], person_id: str
) -> PersonRows:
    """All rows of a person.

    Args:
        connection: A connection to the database.
        tables: The tables of the database.
        lake: The lake.
        entities: The entities of the lake.
        person_id: The person.
    """
    found = _Person(connection, tables, entities, person_id)
    own = {table.name: rows for table in tables if (rows := found.rows(table))}
    keys = sorted({*found.object_types, *_remembered(lake, person_id)})
    return PersonRows(
        person_id,
        own,
        {entity.object_type: rows for entity in entities if (rows := found.records(lake, entity, keys))},
        [row for entity in entities for row in _deliveries(lake, entity, keys)],
        _count_rejected(lake, tuple(entities), found.identifiers),
    )


@dataclass(frozen=True)
class _Person:
    connection: sa.Connection
    tables: Sequence[Table]
    entities: Sequence[Entity]
    person_id: str

    def rows(self, table: Table) -> list[Row]:
        """The person's rows of a table, without what concerns others."""
        if any(column.name == PERSON for column in table.columns):
            return [self._own(row, table) for row in self._keyed[table.name]]
        names = {column.name for column in table.columns}
        sides = [name for side in _SIDES if (name := PERSON + side) in names]
        if sides:
            found = self._where(table, lambda columns: sa.or_(*(columns[side] == self.person_id for side in sides)))
            return [self._own(row, table) for row in found]
        if {RECORD + side for side in _SIDES} <= names:
            keys = list(self.object_types)
            found = self._where(table, lambda columns: sa.and_(*(columns[RECORD + s].in_(keys) for s in _SIDES)))
            return [self._own(row, table) for row in found]
        if HOUSEHOLD in names:
            found = self._where(table, lambda columns: columns[HOUSEHOLD].in_(self._households))
            return [own for row in found if (own := self._of_household(row, table)) is not None]
        return []

    def records(self, lake: Lake, entity: Entity, keys: Sequence[str]) -> list[Row]:
        """The current records of an entity with these keys, without what concerns others."""
        if not keys or not lake.exists("current", entity.name):
            return []
        found = lake.scan("current", entity.name).filter(pl.col(RECORD).is_in(keys)).sort(RECORD).collect()
        return [self._of_record(row) for row in found.iter_rows(named=True)]

    @cached_property
    def object_types(self) -> dict[str, str]:
        """By record key, the object type of each of the person's records."""
        return {
            row[RECORD]: row["object_type"]
            for table in self.tables
            if table.key == (RECORD,)
            for row in self._keyed.get(table.name, ())
            if "object_type" in row
        }

    @cached_property
    def identifiers(self) -> list[str]:
        """Ids of the person's records and contacts that no other person has, as they may stand in a row as sent."""
        rows = [row for rows in self._keyed.values() for row in rows]
        ids = {row["source_id"] for row in rows if row.get("source_id")}
        own = [row for row in rows if row.get("is_shared") is False and not row.get("is_placeholder")]
        contacts = {row["value"]: row["kind"] for row in own}
        # Without its country code: as sent it may have a zero instead.
        phones = {_national(value) for value, kind in contacts.items() if kind == "phone"}
        emails = {value for value, kind in contacts.items() if kind != "phone"}
        return sorted(value for value in map(str, ids | phones | emails) if len(value) >= _FEWEST_CHARACTERS)

    @cached_property
    def _keyed(self) -> dict[str, list[Row]]:
        """The rows of all tables with `person_id`, as they are."""
        return {
            table.name: self._where(table, lambda columns: columns[PERSON] == self.person_id)
            for table in self.tables
            if any(column.name == PERSON for column in table.columns)
        }

    @cached_property
    def _households(self) -> list[str]:
        return sorted({row[HOUSEHOLD] for rows in self._keyed.values() for row in rows if row.get(HOUSEHOLD)})

    @cached_property
    def _entities(self) -> dict[str, Entity]:
        return {entity.object_type: entity for entity in self.entities}

    def _where(self, table: Table, condition: Any) -> list[Row]:  # Any: SQLAlchemy's generic column collections.
        found = database_tables(tuple(self.tables)).tables[table.name]
        query = sa.select(found).where(condition(found.c)).order_by(*(found.c[name] for name in found.info["key"]))
        return [dict(row) for row in self.connection.execute(query).mappings()]

    def _own(self, row: Row, table: Table) -> Row:
        # In a table of another key, it only names the record that a value comes from.
        return self._of_record(row) if RECORD in table.key else self._emptied(row)

    def _of_record(self, row: Row) -> Row:
        entity = self._entities.get(row.get("object_type") or self.object_types.get(row[RECORD], ""))
        if entity is None or not entity.names_another_person:
            return self._emptied(row)
        kept = own_columns(entity) | {PERSON}
        return self._emptied({name: value for name, value in row.items() if name in kept})

    def _of_household(self, row: Row, table: Table) -> Row | None:
        """The row, if it names the person; one that names no person at all without what is personal in it."""
        people = [value for name, value in row.items() if PERSON in name and isinstance(value, list)]
        if not people:
            personal = {column.name for column in table.columns if column.personal}
            return self._emptied({name: value for name, value in row.items() if name not in personal})
        return self._emptied(row) if any(self.person_id in ids for ids in people) else None

    def _emptied(self, row: Row) -> Row:
        """The row without the ids of other people and the keys of their records."""
        return {name: self._own_value(name, value) for name, value in row.items()}

    def _own_value(self, name: str, value: Any) -> Any:
        own: Iterable[str] | None = (
            (self.person_id,) if PERSON in name else self.object_types if RECORD in name and name != RECORD else None
        )
        if own is None or value is None:
            return value
        if isinstance(value, list):
            return [item for item in value if item in own]
        # A value that was corrected comes from a request of the person instead of a record.
        return value if value in own or value.startswith(CORRECTION) else None


def own_columns(entity: Entity) -> frozenset[str]:
    """Of an entity whose records describe another person, the columns that concern the person to whom they belong.

    Those that are not personal, the ids and contacts by which the record is found, and closed lists of values that do
    not describe the other person. A new column is left out if it is personal.
    """
    described = {name for name in vars(entity.person).values() if name}
    found_by = {
        *entity.natural_key,
        *(reference.column for reference in entity.references),
        *(name for i in entity.identifiers for name in (i.column, i.further_column) if name),
        *(column.name for column in entity.columns if column.allowed and column.name not in described),
        RECORD,
        "source_id",
    }
    of_contacts = {c.name for c in entity.columns if any(name.startswith(f"{c.name}_") for name in found_by)}
    current = current_table(entity).columns
    return frozenset(c.name for c in current if not c.personal or c.name in found_by | of_contacts)


def _remembered(lake: Lake, person_id: str) -> list[str]:
    """The keys of records that the memory of ids gives to the person: deleted ones too, which are not published."""
    if not lake.exists("identity", "person_ids"):
        return []
    known = lake.scan("identity", "person_ids").filter(pl.col(PERSON) == person_id)
    return known.select(RECORD).drop_nulls().collect().to_series().to_list()


def _national(phone: str) -> str:
    """The number without its country code."""
    return str(phonenumbers.parse(phone).national_number)


def _deliveries(lake: Lake, entity: Entity, keys: Sequence[str]) -> list[Row]:
    rows = lake.scan_days("staging", entity.name, staging_table(entity).schema)
    found = rows.filter(pl.col(RECORD).is_in(keys)).select(*_LINEAGE, RECORD).sort(pl.all()).collect()
    return [row | {"source_file": mask_contacts(row["source_file"])} for row in found.iter_rows(named=True)]


def _count_rejected(lake: Lake, entities: tuple[Entity, ...], identifiers: Sequence[str]) -> dict[str, int]:
    if not identifiers:
        return {}
    # As people write phones.
    text = pl.col("raw").str.to_lowercase().str.replace_all(r"[ .()-]", "")
    asked = [pl.lit(value).str.to_lowercase().str.replace_all(r"[ .()-]", "") for value in identifiers]
    holding = scan_rejected(lake, entities).filter(pl.any_horizontal(text.str.contains(v, literal=True) for v in asked))
    return dict(holding.group_by("object_type").len().sort("object_type").collect().iter_rows())
