"""profile_activity_counts: how often each person did or received something, in recent windows and in total.

    profile_activities + the newest drop date -> profile_activity_counts

Messages are counted here by event, in the source's words; `engagement.py` counts them by message and outcome.
"""

from datetime import date

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.entities.kinds import TIMESTAMP, Timestamp
from cdp_pipeline.entities.table import TableModel, column, table_of
from cdp_pipeline.profiles.activities import ProfileActivities
from cdp_pipeline.profiles.columns import OBJECT_TYPE, OF_PROFILE, PERSON_ID

WINDOWS = (30, 90, 365)
"""Lengths of the counted windows, in days."""

UNKNOWN_TYPE = "unknown"
"""The type of records without an action or event."""


class ProfileActivityCounts(
    TableModel,
    key=("person_id", "object_type", "activity_type"),
    foreign_keys=OF_PROFILE,
    indexes=(("activity_type",),),
):
    """One row per person, entity and activity type: counts in windows up to the newest drop date, and in total."""

    person_id: str = PERSON_ID
    object_type: str = OBJECT_TYPE
    activity_type: str = column("As in profile_activities; unknown where the record states none.", nullable=False)
    last_30_days: int = column(
        "How many in the 30 days (UTC) up to and including the newest drop date.", nullable=False
    )
    last_90_days: int = column(
        "How many in the 90 days (UTC) up to and including the newest drop date.", nullable=False
    )
    last_365_days: int = column(
        "How many in the 365 days (UTC) up to and including the newest drop date.", nullable=False
    )
    ever: int = column("How many in all, with those without a timestamp or after the newest drop date.", nullable=False)
    first_at: Timestamp = column("When the first one happened.")
    last_at: Timestamp = column("When the last one happened.")


PROFILE_ACTIVITY_COUNTS = table_of(ProfileActivityCounts)


def build_profile_activity_counts(
    activities: LazyFrame[ProfileActivities], as_of: date | None
) -> LazyFrame[ProfileActivityCounts]:
    """One row per person, object type and activity type of `profile_activities`.

    Args:
        activities: The timeline; only person, object type, activity type and timestamp are read.
        as_of: The newest drop date; if None, every window counts 0.
    """
    counted = activities.select(
        "person_id",
        "object_type",
        pl.col("activity_type").fill_null(UNKNOWN_TYPE),
        "occurred_at",
        *(_in_window(days, as_of).alias(f"last_{days}_days") for days in WINDOWS),
    )
    return PROFILE_ACTIVITY_COUNTS.conform(
        counted.group_by("person_id", "object_type", "activity_type").agg(
            *(pl.col(f"last_{days}_days").sum() for days in WINDOWS),
            pl.len().alias("ever"),
            pl.col("occurred_at").min().alias("first_at"),
            pl.col("occurred_at").max().alias("last_at"),
        )
    )


def _in_window(days: int, as_of: date | None) -> pl.Expr:
    """Whether the activity happened in the `days` UTC days that end with `as_of`."""
    # Compared with midnight, as converting every timestamp to a date costs more.
    midnight = pl.lit(as_of, pl.Date()).cast(TIMESTAMP) + pl.duration(days=1)
    occurred_at = pl.col("occurred_at")
    return (occurred_at < midnight) & (occurred_at >= midnight - pl.duration(days=days))
