"""Country of an address: its name and ISO codes, completed from each other and checked against each other.

`values/country.py` maps texts to countries and holds the ISO codes.
"""

from typing import Final

import polars as pl

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
