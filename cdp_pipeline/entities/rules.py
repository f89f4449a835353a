"""The conditional rules that several entities share, as expressions over a model's columns.

Each holds where the row keeps the rule; the entity's model gives it its name in a `dataframe_check`.
Rules of one column stand at the column; what is done to rows that break a rule stands in `validation/`.
"""

from typing import Final

import polars as pl

from cdp_pipeline.entities.model import present

# fmt: off
NO_COUNTRY: Final = frozenset({
    "na", "no", "none", "nil", "null", "nan", "nd", "undefined", "unknown", "other", "others",
    "notavailable", "notapplicable", "notset", "notspecified",
    "co", "khong", "khongco", "khongro", "khongbiet", "khongxacdinh", "khac",
    "chuaco", "chuaro", "chuabiet", "chuacapnhat", "chuaxacdinh",
})
# fmt: on
"""What stands in the place of a country and is none: letters only, lower case, without accents. N/A is not Namibia,
no not Norway and có (yes) not Colombia; their codes are those only in two upper-case letters."""

_COUNTRY_CODE: Final = r"^\s*[A-Z]{2}\s*$"


def any_present(*names: str) -> pl.Expr:
    """Whether at least one of these text columns holds something."""
    return pl.any_horizontal(present(name) for name in names)


def all_present(*names: str) -> pl.Expr:
    """Whether each of these text columns holds something."""
    return pl.all_horizontal(present(name) for name in names)


def has_name() -> pl.Expr:
    """Whether there is a whole name, or both a first and a last name."""
    return present("full_name") | all_present("first_name", "last_name")


def has_minimal_address(*countries: str) -> pl.Expr:
    """Whether there are city, street and one of district and ward; neither of the two is needed outside Vietnam.

    Vietnam has no districts since 1 July 2025: province, ward and street are a whole address.

    Args:
        countries: The columns that say the country, by name or code. An address is outside Vietnam when one of them
            holds something and none of them says Vietnam; with all of them blank it counts as Vietnamese, and so it
            does where they only say that no country is known.
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
