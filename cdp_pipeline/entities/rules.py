"""Rules that several entities share, as expressions over columns: conditional rules, anomalies of prices.

Each is true for a valid row; a `dataframe_check` of the entity's model gives it its name. Rules of one column are
declared with the column; `validation/` rejects rows that break a rule.
"""

from typing import Final

import polars as pl

from cdp_pipeline.entities.entity import Finding
from cdp_pipeline.entities.model import present

# fmt: off
NO_COUNTRY: Final = frozenset({
    "na", "no", "none", "nil", "null", "nan", "nd", "undefined", "unknown", "other", "others",
    "notavailable", "notapplicable", "notset", "notspecified",
    "co", "khong", "khongco", "khongro", "khongbiet", "khongxacdinh", "khac",
    "chuaco", "chuaro", "chuabiet", "chuacapnhat", "chuaxacdinh",
})
# fmt: on
"""Placeholders for a country: letters only, lower case, without accents. N/A is not Namibia, no not Norway and có (yes)
not Colombia; their codes are recognised only as two upper-case letters."""

_COUNTRY_CODE: Final = r"^\s*[A-Z]{2}\s*$"


def any_present(*names: str) -> pl.Expr:
    """Whether at least one of these text columns is not blank."""
    return pl.any_horizontal(present(name) for name in names)


def all_present(*names: str) -> pl.Expr:
    """Whether none of these text columns is blank."""
    return pl.all_horizontal(present(name) for name in names)


def has_name() -> pl.Expr:
    """Whether there is a whole name, or both a first and a last name."""
    return present("full_name") | all_present("first_name", "last_name")


def has_minimal_address(*countries: str) -> pl.Expr:
    """Whether city, street and one of district and ward are present; outside Vietnam only city and street.

    Vietnam has had no districts since 1 July 2025: province, ward and street are a complete address.

    Args:
        countries: The columns with the country, by name or code. An address is outside Vietnam if one of them holds a
            country and none of them is Vietnam. Without a known country it counts as Vietnamese.
    """
    return all_present("city", "address") & (any_present("district", "ward") | _outside_vietnam(*countries))


def _outside_vietnam(*countries: str) -> pl.Expr:
    # Spelt with and without space and marks: Viet Nam, Việt Nam, Vietnam, VN, VNM, Socialist Republic of Viet Nam.
    folded = {
        name: pl.col(name).str.normalize("NFKD").str.to_lowercase().str.replace_all(r"\P{L}", "").fill_null("")
        for name in countries
    }
    given = pl.any_horizontal(
        ~word.is_in(["", *NO_COUNTRY]) | pl.col(name).str.contains(_COUNTRY_CODE).fill_null(value=False)
        for name, word in folded.items()
    )
    vietnam = pl.any_horizontal(word.is_in(["vn", "vnm"]) | word.str.contains("vietnam") for word in folded.values())
    return given & ~vietnam


def negative_prices(**columns: str) -> tuple[Finding, ...]:
    """A finding per price column, by the source's name of it; a negative price may be a refund and is kept as sent."""
    return tuple(
        Finding(f"negative:{source}", "A price is below zero; it is kept as sent.", pl.col(name) < 0)
        for name, source in columns.items()
    )
