"""profile_lead_status_history: how leads moved from status to status.

    lead-status-history records + snapshots of MoeGo leads + record_persons -> profile_lead_status_history

MoeGo sends no history: its changes are read off consecutive versions of the lead. A lead's first status is no change,
in either source (readings Q-12 and 4.10).
"""

from collections.abc import Mapping

import polars as pl

from cdp_pipeline.entities.lead_status_history import LEAD_STATUS_HISTORY
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.table import TableColumn
from cdp_pipeline.profiles.columns import OBJECT_TYPE, WHOLE, record_table
from cdp_pipeline.profiles.records import records_of

PROFILE_LEAD_STATUS_HISTORY = record_table(
    name="profile_lead_status_history",
    description=(
        "One row per change of a lead's status: as sent, or derived from two snapshots of a MoeGo lead "
        "(reason derived:snapshot)."
    ),
    entity=LEAD_STATUS_HISTORY,
    adds=(
        OBJECT_TYPE,
        TableColumn("change_number", WHOLE, "1, or for derived changes the lead's n-th one.", nullable=False),
    ),
    key=("record_key", "change_number"),
)

DERIVED = "derived:snapshot"
"""The reason of a change that no source stated."""

_ARRIVAL = ("drop_date", "source_file", "source_row", "entry_number")


def build_profile_lead_status_history(
    current: Mapping[str, pl.LazyFrame], record_persons: pl.LazyFrame, derived_changes: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per stated change with a person, and one per derived change of a live MoeGo lead with a person.

    Args:
        current: The current records by entity name.
        record_persons: The person of each record.
        derived_changes: What `derived_status_changes` gives.
    """
    stated = records_of(LEAD_STATUS_HISTORY, current, record_persons).with_columns(
        pl.lit(LEAD_STATUS_HISTORY.object_type).alias("object_type"), pl.lit(1).alias("change_number")
    )
    leads = records_of(MOEGO_LEAD, current, record_persons).select(
        "record_key",
        "person_id",
        "source_id",
        "internal_company_id",
        "system_name",
        pl.col("id").alias("lead_id"),
        pl.lit(0).alias("timezone_gmt"),
        pl.lit("Active").alias("record_status"),
        pl.lit(MOEGO_LEAD.object_type).alias("object_type"),
    )
    derived = derived_changes.join(leads, on="record_key", how="inner").with_columns(
        pl.col("changed_at").alias("first_seen_at"), pl.col("changed_at").alias("last_seen_at")
    )
    return pl.concat(PROFILE_LEAD_STATUS_HISTORY.conform(changes) for changes in (stated, derived))


def derived_status_changes(versions: pl.LazyFrame) -> pl.LazyFrame:
    """One row per change of the life cycle between consecutive versions of a MoeGo lead, numbered from 1 for each lead.

    Columns: record_key, change_number, old_status, new_status, changed_at, reason. `changed_at` is the last update of
    the newer version, or else its drop date. Versions follow each other by business time, then arrival; one without a
    time takes effect when it arrives. Versions that name no life cycle say nothing about it.

    Args:
        versions: All staged versions of all days: record_key, life_cycle_name, business_at, is_deleted and where each
        came
            from (drop_date, source_file, source_row, entry_number).
    """
    newest_of_day = pl.col("business_at").max().over("record_key", "drop_date")
    newest_so_far = pl.col("newest_of_day").cum_max().forward_fill().over("record_key")
    received_at = pl.col("drop_date").cast(pl.Datetime("ms")).dt.replace_time_zone("UTC")
    said = versions.filter(pl.col("life_cycle_name").is_not_null() & ~pl.col("is_deleted")).select(
        "record_key", "life_cycle_name", "business_at", *_ARRIVAL
    )
    in_order = (
        said.sort("record_key", *_ARRIVAL)
        .with_columns(newest_of_day.alias("newest_of_day"))
        .with_columns(pl.coalesce("business_at", newest_so_far).alias("effective_at"))
        .sort("record_key", "effective_at", "drop_date", pl.col("business_at").is_null(), *_ARRIVAL[1:])
    )
    old_status = pl.col("life_cycle_name").shift(1).over("record_key")
    return (
        in_order.with_columns(old_status.alias("old_status"))
        .filter(pl.col("old_status") != pl.col("life_cycle_name"))
        .select(
            "record_key",
            (pl.int_range(pl.len(), dtype=WHOLE).over("record_key") + 1).alias("change_number"),
            "old_status",
            pl.col("life_cycle_name").alias("new_status"),
            pl.coalesce("business_at", "effective_at", received_at).alias("changed_at"),
            pl.lit(DERIVED).alias("reason"),
        )
    )
