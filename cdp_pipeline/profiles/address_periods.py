"""Period in which an address is valid, and its state on a given day.

    address records with their persons -> the same rows with valid_from and valid_to

Periods are half-open: an address is valid from `valid_from` on, and no longer at `valid_to`.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import polars as pl

from cdp_pipeline.entities.kinds import TIMESTAMP
from cdp_pipeline.entities.table import column

VALID_FROM = column("Start of the address's validity; null if unknown.")
VALID_TO = column(
    "End of the address's validity: its own end, else the start of the person's next address of the type "
    "in the source system; null if neither is known."
)

VALID, BEGINS_LATER, ENDED = 0, 1, 2

_SERIES: Final = ("person_id", "address_type", "system_name")


def add_periods(addresses: pl.LazyFrame) -> pl.LazyFrame:
    """Add `valid_from` and `valid_to`.

    A given end applies even if a later address starts before it. Without an end, an address ends at the next start
    among the person's addresses of the same type and source system. An address without a start counts as the oldest and
    ends at the earliest start. Addresses with equal starts do not end each other. An end before the start is replaced
    by the start, so no period is negative; the entity declares a finding for such rows.
    """
    starts = (
        addresses.select(*_SERIES, "start_time")
        .unique()
        .sort(*_SERIES, "start_time", nulls_last=False)
        .with_columns(
            pl.when(pl.all_horizontal(pl.col(name).eq_missing(pl.col(name).shift(-1)) for name in _SERIES))
            .then(pl.col("start_time").shift(-1))
            .alias("next_start")
        )
    )
    given_end = pl.when(pl.col("end_time").is_not_null()).then(pl.max_horizontal("start_time", "end_time"))
    return (
        addresses.join(starts, on=[*_SERIES, "start_time"], how="left", nulls_equal=True)
        .with_columns(
            pl.col("start_time").alias("valid_from"),
            pl.coalesce(given_end, "next_start").alias("valid_to"),
        )
        .drop("next_start")
    )


def period_state(as_of: date) -> pl.Expr:
    """VALID, BEGINS_LATER or ENDED for each period at the end of the day `as_of` (UTC); VALID is the smallest."""
    midnight = pl.lit(datetime.combine(as_of + timedelta(days=1), time(), UTC)).cast(TIMESTAMP)
    return (
        pl.when(pl.col("valid_to") < midnight)
        .then(ENDED)
        .when(pl.col("valid_from") >= midnight)
        .then(BEGINS_LATER)
        .otherwise(VALID)
        .cast(pl.Int8)
    )
