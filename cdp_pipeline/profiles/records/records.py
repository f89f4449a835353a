"""profile_records: the source records of each person; and the records of one entity with their persons.

current records + record_persons -> profile_records
"""

from collections.abc import Iterable, Sequence

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.current import Records
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.kinds import Timestamp
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.table import TableModel, column, table_of
from cdp_pipeline.identity import RecordPersons
from cdp_pipeline.profiles.shared_columns import (
    FIRST_SEEN_AT,
    INTERNAL_COMPANY_ID,
    LAST_SEEN_AT,
    OBJECT_TYPE,
    OF_PROFILE,
    PERSON_ID,
    RECORD_KEY,
    SOURCE_ID,
    SYSTEM_NAME,
    WHOLE,
)


class ProfileRecords(
    TableModel, key=("record_key",), foreign_keys=OF_PROFILE, indexes=(("person_id",), ("source_id",))
):
    """One row per source record that belongs to a person, of all entities.

    Every other accepted record is in unlinked_records.
    """

    record_key: str = RECORD_KEY
    person_id: str = PERSON_ID
    object_type: str = OBJECT_TYPE
    system_name: str = SYSTEM_NAME
    internal_company_id: str = INTERNAL_COMPANY_ID
    source_id: str = SOURCE_ID
    first_seen_at: Timestamp = FIRST_SEEN_AT
    last_seen_at: Timestamp = LAST_SEEN_AT


PROFILE_RECORDS = table_of(ProfileRecords)


MOST_RECORD_KEYS = 100
"""Most record keys that are listed for one value."""

# Columns of rows that stand for several records, beside the smallest key and the times when they were seen.
RECORD_COUNT = column("Records that the row stands for.", nullable=False)
FURTHER_RECORD_KEYS = column("The other records, sorted, as far as they are named; null for a single one.")


def build_profile_records(
    current: Records, record_persons: LazyFrame[RecordPersons], entities: Iterable[Entity] = ENTITIES
) -> LazyFrame[ProfileRecords]:
    """One row per row of `record_persons`, with the columns that identify the record at its source.

    Args:
        current: The current records by entity name.
        record_persons: One row per live record with a person: `record_key`, `object_type`, `person_id`.
        entities: The entities to read.
    """
    parts = (
        records_of(entity, current, record_persons).with_columns(object_type=pl.lit(entity.object_type))
        for entity in entities
    )
    return PROFILE_RECORDS.named(pl.concat(PROFILE_RECORDS.conform(part) for part in parts))


def records_of(entity: Entity, current: Records, record_persons: LazyFrame[RecordPersons]) -> pl.LazyFrame:
    """One row per live record of the entity that has a person: its current columns and `person_id`.

    `internal_company_id` is the resolved company. Deleted and unlinked records are left out, as `record_persons` lacks
    them.
    """
    persons = record_persons.filter(pl.col("object_type") == entity.object_type).select("record_key", "person_id")
    records = current[entity.name].with_columns(pl.col("company_id").alias("internal_company_id"))
    return records.join(persons, on="record_key", how="inner")


def group_records(records: pl.LazyFrame, by: Sequence[str], *further: pl.Expr) -> pl.LazyFrame:
    """One row per group of records with equal values.

    Columns: `by`, `further`, record_key, record_count, further_record_keys, first_seen_at, last_seen_at. record_key is
    the smallest key, further_record_keys are the next ones, MOST_RECORD_KEYS in all.

    Args:
        records: `record_key`, `first_seen_at`, `last_seen_at`, and the columns of `by` and `further`.
        by: The compared columns; null is a value like others.
        further: Further aggregates.
    """
    return (
        records.group_by(by)
        .agg(
            pl.col("record_key").min(),
            # Sorted and cut afterwards: a sort within the groups takes twice as long.
            pl.col("record_key").implode().alias("further_record_keys"),
            pl.col("first_seen_at").min(),
            pl.col("last_seen_at").max(),
            pl.len().cast(WHOLE).alias("record_count"),
            *further,
        )
        .with_columns(
            pl.when(pl.col("record_count") > 1).then(
                pl.col("further_record_keys").list.sort().list.slice(1, MOST_RECORD_KEYS - 1)
            )
        )
    )


def named_keys() -> pl.Expr:
    """The keys that rows of `group_records` list, as an aggregate over several of them."""
    further = pl.col("further_record_keys").list.explode(keep_nulls=False, empty_as_null=False).implode()
    return pl.concat_list(pl.col("record_key").implode(), further)
