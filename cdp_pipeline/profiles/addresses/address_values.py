"""Country of an address, completed from its name and codes; and its period, with its state on a day.

`values/country.py` maps texts to countries and holds the ISO codes. Periods are half-open: an address is valid from
`valid_from` on, and no longer at `valid_to`.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final

import polars as pl

from cdp_pipeline.entities.kinds import TIMESTAMP
from cdp_pipeline.entities.table import column
from cdp_pipeline.values.country import alpha_3_codes, country_codes, country_names

COUNTRY_CODES: Final = ("country_alpha_code_2", "country_alpha_code_3")

COUNTRY_PROBLEM = column(
    "contradiction if the country's name and codes denote different countries, unknown if one of them is "
    "not a country; such values stay as sent."
)

_GIVEN: Final = ("country", *COUNTRY_CODES)


def complete_countries(addresses: pl.LazyFrame) -> pl.LazyFrame:
    """Complete `country`, `country_alpha_code_2` and `_3`, and add `country_problem`.

    A missing code comes from the other code or from the name, a missing name (ISO's English short name) from a code. A
    present name stays as sent; a recognised code is written in ISO form (vn: VN). If the values contradict each other,
    none is changed or completed. A value that is not a country stays as sent beside a recognised one. If all three are
    null, nothing is assumed.
    """
    recognised = addresses.with_columns(
        pl.col(name).map_batches(country_codes, return_dtype=pl.String(), is_elementwise=True).alias(f"_{name}")
        for name in _GIVEN
    )
    codes = [f"_{name}" for name in _GIVEN]
    contradicts = (pl.min_horizontal(codes) != pl.max_horizontal(codes)).fill_null(value=False)
    unknown = pl.any_horizontal(pl.col(name).is_not_null() & pl.col(f"_{name}").is_null() for name in _GIVEN)
    agreed = recognised.with_columns(
        pl.when(~contradicts).then(pl.coalesce(codes)).alias("_agreed"),
        pl.when(contradicts)
        .then(pl.lit("contradiction"))
        .when(unknown)
        .then(pl.lit("unknown"))
        .alias("country_problem"),
    )
    return agreed.with_columns(
        pl.coalesce("country", country_names(pl.col("_agreed"))).alias("country"),
        _completed("country_alpha_code_2", pl.col("_agreed")),
        _completed("country_alpha_code_3", alpha_3_codes(pl.col("_agreed"))),
    ).drop(*codes, "_agreed")


def _completed(name: str, code: pl.Expr) -> pl.Expr:
    """The agreed code if the column is null or holds a recognised code; else the value as sent."""
    is_free = pl.col(name).is_null() | (pl.col(f"_{name}").is_not_null() & pl.col("_agreed").is_not_null())
    return pl.when(is_free).then(code).otherwise(name).alias(name)


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
