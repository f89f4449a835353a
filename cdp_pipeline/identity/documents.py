"""Whether two numbers of documents are two people's: one person may have had several.

A CMND (nine digits) was replaced by a CCCD (twelve), passports are renewed with a new series, a spreadsheet loses zeros
in front, and a clerk types one digit wrong. Two other valid numbers of one kind are two people's.
"""

from typing import Literal

import polars as pl

from cdp_pipeline.values.text_distance import damerau_levenshtein

_LONGEST_CMND = 9
_SERIES = r"^[A-Z]*"
_WHOLE = r"^(?:[0-9]{8,12}|[A-Z][0-9]{7,8})$"


def documents_contradict(
    pairs: pl.DataFrame, kind: Literal["identity_no", "passport_no"], suffix: str, same_name: pl.Series
) -> pl.Series:
    """Whether the two numbers of each pair cannot be one person's; never null, false where one is missing.

    Two identity numbers of different generations say nothing; two passports of different series do not where the birth
    dates are the same. One slip contradicts where the names do: the numbers of twins differ as little.

    Args:
        pairs: The number and `birth_date`, and the same with `suffix`.
        kind: Which number.
        suffix: What the other side's columns end in.
        same_name: Whether the names of each pair can be one person's.
    """
    differ = (pl.col(kind) != pl.col(f"{kind}{suffix}")).fill_null(value=False)
    places = pairs.select(differ).to_series().arg_true()
    none = pl.repeat(value=False, n=pairs.height, eager=True)
    if places.is_empty():
        return none
    unequal = pairs.select(
        a=pl.col(kind).str.strip_chars_start("0"),
        b=pl.col(f"{kind}{suffix}").str.strip_chars_start("0"),
        same_birth=(pl.col("birth_date") == pl.col(f"birth_date{suffix}")).fill_null(value=False),
        same_name=same_name,
    )[places]
    is_slip = (damerau_levenshtein(unequal["a"], unequal["b"]) <= 1) & unequal["same_name"]
    renewed = _other_generation() if kind == "identity_no" else _other_series() & pl.col("same_birth")
    contradict = unequal.select((pl.col("a") != pl.col("b")) & ~renewed & ~is_slip).to_series()
    return none.scatter(places, contradict)


def is_whole_number(column: str) -> pl.Expr:
    """Whether a number has the form of a Vietnamese document: CMND or CCCD, be it without its zeros, or passport."""
    return pl.col(column).str.contains(_WHOLE).fill_null(value=False)


def _other_generation() -> pl.Expr:
    lengths = [pl.col(number).str.len_chars() for number in ("a", "b")]
    is_old = [length <= _LONGEST_CMND for length in lengths]
    return is_old[0] != is_old[1]


def _other_series() -> pl.Expr:
    series, other = (pl.col(number).str.extract(_SERIES, 0) for number in ("a", "b"))
    return (series != other) | (pl.col("a").str.len_chars() != pl.col("b").str.len_chars())
