"""The conditional rules that several entities share, as expressions over a model's columns.

Each holds where the row keeps the rule; the entity's model gives it its name in a `dataframe_check`.
Rules of one column stand at the column; what is done to rows that break a rule stands in `validation/`.
"""

import polars as pl

from cdp_pipeline.entities.model import present


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
    """Whether there are city, district and street; the district only where the address is in Vietnam.

    Args:
        countries: The columns that say the country, by name or code. An address is outside Vietnam when one of them
            holds something and none of them says Vietnam; with all of them blank it counts as Vietnamese.
    """
    return all_present("city", "address") & (present("district") | _outside_vietnam(*countries))


def _outside_vietnam(*countries: str) -> pl.Expr:
    # Spelt with and without space and marks: Viet Nam, Việt Nam, Vietnam, VN, VNM, Socialist Republic of Viet Nam.
    folded = [
        pl.col(name).str.normalize("NFKD").str.to_lowercase().str.replace_all(r"\P{L}", "").fill_null("")
        for name in countries
    ]
    given = pl.any_horizontal(name != "" for name in folded)
    vietnam = pl.any_horizontal(name.is_in(["vn", "vnm"]) | name.str.contains("vietnam") for name in folded)
    return given & ~vietnam
