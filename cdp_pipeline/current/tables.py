"""Tables of the current state: the latest version of each record by entity, and custom fields of all entities."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import cache

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.kinds import Timestamp
from cdp_pipeline.entities.table import Table, TableModel, column, columns_of, like, table_of
from cdp_pipeline.staging import StagedRows, staging_table

VERSION_COLUMNS = frozenset(
    {
        "drop_date",
        "source_file",
        "source_row",
        "entry_number",
        "payload_hash",
        "custom_fields",
        "ignored_update_cfs",
    }
)
"""Staged columns that describe only one version; custom fields have a table of their own."""


class Seen(TableModel):
    """When a record was seen: columns that any version may change, even one without new values."""

    first_seen_at: Timestamp = column("Earliest business time; without any, the first drop date.", nullable=False)
    last_seen_at: Timestamp = column("Latest business time; without any, the last drop date.", nullable=False)
    first_drop_date: date = column("The first drop date that contained it.", nullable=False)
    last_drop_date: date = column("The last drop date that contained it.", nullable=False)
    version_count: int = column("Accepted rows it is made of.", nullable=False)


SEEN = columns_of(Seen)

CHANGED_BY_REDELIVERY = (Seen.last_drop_date, Seen.version_count)
"""Columns that change whenever a record is delivered again, even without new values."""

_STAGED = {staged.name: staged for staged in columns_of(StagedRows)}


class CurrentRecords(Seen, key=("record_key",)):
    """Latest version of each record: every attribute with its newest value that is not null.

    Deleted records stay, flagged. The columns of the entity, as they are staged, follow `source_id`.
    """

    record_key: str = like(_STAGED["record_key"])
    source_id: str = like(_STAGED["source_id"])
    company_id: str = like(_STAGED["company_id"])
    system_name: str = like(_STAGED["system_name"])
    extra: str = like(_STAGED["extra"])
    ids_as_sent: str = like(_STAGED["ids_as_sent"])
    business_at: Timestamp = like(_STAGED["business_at"])
    is_deleted: bool = like(_STAGED["is_deleted"])
    object_type: str = like(_STAGED["object_type"])
    fingerprint: pl.UInt64 = column(
        "Equal for two states of a record with equal values; last_drop_date and version_count do not count.",
        nullable=False,
    )


FINGERPRINT = next(declared for declared in columns_of(CurrentRecords) if declared.name == CurrentRecords.fingerprint)

Records = Mapping[str, LazyFrame[CurrentRecords]]
"""The current records of entities, by entity name."""


@cache
def current_table(entity: Entity) -> Table[CurrentRecords]:
    """The current table of an entity: its staged columns without those of a version, then `Seen` and a fingerprint."""
    kept = (staged for staged in staging_table(entity).columns if staged.name not in VERSION_COLUMNS)
    return replace(
        table_of(CurrentRecords),
        name=entity.name,
        description=(
            "Latest version of each record: every attribute with its newest value that is not null. Deleted records "
            f"stay, flagged. {entity.description}"
        ),
        columns=(*kept, *SEEN, FINGERPRINT),
    )


class CustomFields(TableModel, key=("record_key", "container", "key")):
    """One row per record, container and key of a custom field: its newest value that is not empty.

    A value that the sender protected from updates stays.
    """

    object_type: str = column("The entity of the record.", nullable=False)
    record_key: str = column("The record.", nullable=False)
    container: str = column("The source's name of the map that holds the field.", nullable=False)
    key: str = column("The field's name in its container.", nullable=False)
    kind: str = column("text, number, moment, flag, list, money, time, relation or json.", nullable=False)
    text_value: str = column(
        "Texts; the exact digits of numbers and amounts; times as HH:MM:SS; the id of a related record; JSON.",
        personal=True,
        free_text=True,
    )
    number_value: float = column("Numbers and amounts.", personal=True)
    moment_value: Timestamp = column("Timestamps.", personal=True)
    flag_value: bool = column("Flags.", personal=True)
    list_value: str = column("Lists of texts, as JSON.", personal=True, json=True)
    currency: str = column("Currency of an amount, by its ISO code.")
    related_entity: str = column("Entity of a related record, in the source's words.")
    is_castable: bool = column("False where the value is not of its container's kind.", nullable=False)
    drop_date: date = column("Drop date of the value.", nullable=False)


CUSTOM_FIELDS = table_of(CustomFields)
