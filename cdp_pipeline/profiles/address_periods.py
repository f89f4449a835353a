"""The period in which an address holds, and whether it does on a given day.

    address records with their persons -> the same, with valid_from and valid_to

Periods are half-open: an address holds from `valid_from` on, and no more at `valid_to`.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import polars as pl

from cdp_pipeline.entities.kinds import TIMESTAMP
from cdp_pipeline.entities.table import column

VALID_FROM = column("From when the address holds: its start; null where that is not known.")
VALID_TO = column(
    "Until when: its end, else the start of the person's next address of the type in the source system; null "
    "where it still holds."
)

HOLDS, BEGINS_LATER, ENDED = 0, 1, 2

_SERIES: Final = ("person_id", "address_type", "system_name")


def add_periods(addresses: pl.LazyFrame) -> pl.LazyFrame:
    """The same rows with `valid_from` and `valid_to`.

    An end that is given counts, even beyond the start of a later address. Without one the address ends where the next
    address of the same person, type and source system begins: the smallest start after its own, and any start after an
    address without one, which is taken to be the oldest. Addresses that begin at the same moment do not end each
    other. An end before the start counts as at the start, so no period is negative; the row is a finding of its own.
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
    """HOLDS, BEGINS_LATER or ENDED of each period at the end of the day `as_of` (UTC); holding is the smallest."""
    midnight = pl.lit(datetime.combine(as_of + timedelta(days=1), time(), UTC)).cast(TIMESTAMP)
    return (
        pl.when(pl.col("valid_to") < midnight)
        .then(ENDED)
        .when(pl.col("valid_from") >= midnight)
        .then(BEGINS_LATER)
        .otherwise(HOLDS)
        .cast(pl.Int8)
    )
