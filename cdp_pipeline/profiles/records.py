"""profile_records: which source records a person is made of; and the records of one entity with their persons.

current records + record_persons -> profile_records
"""

from collections.abc import Iterable, Mapping

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.table import Table
from cdp_pipeline.profiles.columns import (
    FIRST_SEEN_AT,
    INTERNAL_COMPANY_ID,
    LAST_SEEN_AT,
    OBJECT_TYPE,
    OF_PROFILE,
    PERSON_ID,
    RECORD_KEY,
    SYSTEM_NAME,
    source_id,
)

PROFILE_RECORDS = Table(
    name="profile_records",
    description=(
        "One row per source record that belongs to a person, of all entities. Every other accepted record stands in "
        "unlinked_records."
    ),
    columns=(
        RECORD_KEY,
        PERSON_ID,
        OBJECT_TYPE,
        SYSTEM_NAME,
        INTERNAL_COMPANY_ID,
        source_id(),
        FIRST_SEEN_AT,
        LAST_SEEN_AT,
    ),
    key=("record_key",),
    foreign_keys=OF_PROFILE,
    indexes=(("person_id",), ("source_id",)),
)


def build_profile_records(
    current: Mapping[str, pl.LazyFrame], record_persons: pl.LazyFrame, entities: Iterable[Entity] = ENTITIES
) -> pl.LazyFrame:
    """One row per row of `record_persons`, with what names the record at its source.

    Args:
        current: The current records by entity name.
        record_persons: One row per live record with a person: `record_key`, `object_type`, `person_id`.
        entities: Whose records.
    """
    return pl.concat(
        PROFILE_RECORDS.conform(
            records_of(entity, current, record_persons).with_columns(object_type=pl.lit(entity.object_type))
        )
        for entity in entities
    )


def records_of(entity: Entity, current: Mapping[str, pl.LazyFrame], record_persons: pl.LazyFrame) -> pl.LazyFrame:
    """One row per live record of the entity that has a person: its current columns and `person_id`.

    `internal_company_id` is the resolved company. Deleted and unlinked records are not in `record_persons` and so left
    out.
    """
    persons = record_persons.filter(pl.col("object_type") == entity.object_type).select("record_key", "person_id")
    records = current[entity.name].with_columns(pl.col("company_id").alias("internal_company_id"))
    return records.join(persons, on="record_key", how="inner")
