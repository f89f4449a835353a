"""The tables of the current state: the latest version of each record per entity, and custom fields of all entities."""

from functools import cache

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.kinds import MOMENT
from cdp_pipeline.entities.table import Table, TableColumn
from cdp_pipeline.staging.tables import staging_table

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
"""Staged columns that say something of one version only; custom fields have a table of their own."""

SEEN = (
    TableColumn("first_seen_at", MOMENT, "Earliest business time; without any, the first drop.", nullable=False),
    TableColumn("last_seen_at", MOMENT, "Latest business time; without any, the last drop.", nullable=False),
    TableColumn("first_drop_date", pl.Date(), "Day of the first drop that held it.", nullable=False),
    TableColumn("last_drop_date", pl.Date(), "Day of the last drop that held it.", nullable=False),
    TableColumn("version_count", pl.Int64(), "Accepted rows it is made of.", nullable=False),
)
"""When a record was seen: what any version changes, also one that says nothing new."""

SENT_AGAIN = ("last_drop_date", "version_count")
"""What moves in a row whenever its record is delivered again, even if nothing is said that was not known."""

FINGERPRINT = TableColumn(
    "fingerprint",
    pl.UInt64(),
    "Equal for two states of a record that say the same; its last drop and its number of versions do not count.",
    nullable=False,
)


@cache
def current_table(entity: Entity) -> Table:
    """The current table of an entity: its staged columns but those of a version, when it was seen, a fingerprint."""
    kept = (column for column in staging_table(entity).columns if column.name not in VERSION_COLUMNS)
    return Table(
        name=entity.name,
        description=(
            "Latest version of each record: every attribute with its newest value that is not null. Deleted records "
            f"stay, flagged. {entity.description}"
        ),
        columns=(*kept, *SEEN, FINGERPRINT),
        key=("record_key",),
    )


CUSTOM_FIELDS = Table(
    name="custom_fields",
    description=(
        "One row per record, container and key of a custom field: its newest value that is not empty, unless the "
        "sender protected it from updates."
    ),
    columns=(
        TableColumn("object_type", pl.String(), "The entity of the record.", nullable=False),
        TableColumn("record_key", pl.String(), "The record.", nullable=False),
        TableColumn("container", pl.String(), "The source's name of the map that holds the field.", nullable=False),
        TableColumn("key", pl.String(), "The field's name in its container.", nullable=False),
        TableColumn(
            "kind", pl.String(), "text, number, moment, flag, list, money, time, relation or json.", nullable=False
        ),
        TableColumn(
            "text_value",
            pl.String(),
            "Texts; the exact digits of numbers and amounts; times as HH:MM:SS; the id of a related record; JSON.",
            personal=True,
        ),
        TableColumn("number_value", pl.Float64(), "Numbers and amounts.", personal=True),
        TableColumn("moment_value", MOMENT, "Moments.", personal=True),
        TableColumn("flag_value", pl.Boolean(), "Flags.", personal=True),
        TableColumn("list_value", pl.String(), "Lists of texts, as JSON.", personal=True, json=True),
        TableColumn("currency", pl.String(), "Currency of an amount, by its ISO code."),
        TableColumn("related_entity", pl.String(), "Entity of a related record, in the source's words."),
        TableColumn(
            "is_castable", pl.Boolean(), "False where the value is not of its container's kind.", nullable=False
        ),
        TableColumn("drop_date", pl.Date(), "Day of the drop that brought the value.", nullable=False),
    ),
    key=("record_key", "container", "key"),
)
