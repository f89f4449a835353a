"""The country of an address: its name and ISO codes completed from each other, and checked against each other.

Which texts mean a country, and ISO's codes themselves, stand in `values/country.py`.
"""

from typing import Final

import polars as pl

from cdp_pipeline.entities.table import column
from cdp_pipeline.values.country import alpha_3_codes, country_codes, country_names

COUNTRY_CODES: Final = ("country_alpha_code_2", "country_alpha_code_3")

COUNTRY_PROBLEM = column(
    "contradiction where the country's name and codes are of different countries, unknown where one of them "
    "is no country; then they stand as sent."
)

_GIVEN: Final = ("country", *COUNTRY_CODES)


def complete_countries(addresses: pl.LazyFrame) -> pl.LazyFrame:
    """The same rows with `country`, `country_alpha_code_2` and `_3` completed, and `country_problem`.

    What is missing comes from what is there: codes from each other or from the name, the name (ISO's English short
    one) from a code. A name that is there stays as sent; a recognised code is written as ISO does (vn: VN). Where what
    was sent contradicts itself nothing is changed or completed; what is no country stays as sent beside what is one.
    Without any of the three nothing is assumed.
    """
    said = addresses.with_columns(
        pl.col(name).map_batches(country_codes, return_dtype=pl.String(), is_elementwise=True).alias(f"_{name}")
        for name in _GIVEN
    )
    codes = [f"_{name}" for name in _GIVEN]
    contradicts = (pl.min_horizontal(codes) != pl.max_horizontal(codes)).fill_null(value=False)
    unknown = pl.any_horizontal(pl.col(name).is_not_null() & pl.col(f"_{name}").is_null() for name in _GIVEN)
    agreed = said.with_columns(
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
    """The code where it was missing or is what was meant; else what was sent."""
    is_free = pl.col(name).is_null() | (pl.col(f"_{name}").is_not_null() & pl.col("_agreed").is_not_null())
    return pl.when(is_free).then(code).otherwise(name).alias(name)
