"""Comparison of document numbers for contradictions: one person may have had several numbers.

A CMND (nine digits) was replaced by a CCCD (twelve digits), a new passport has a new series, a spreadsheet loses
leading zeros, and a clerk mistypes one digit. Any other two valid numbers of one kind belong to two people.
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
    """Whether the two numbers of each pair belong to two people; never null, false if one is missing.

    A CMND and a CCCD do not contradict each other, nor do two passports of different series if the birth dates are
    equal. A single typo contradicts only if the names differ: numbers of twins may differ in one digit.

    Args:
        pairs: The number and `birth_date`, and the same with `suffix`.
        kind: Which number.
        suffix: The suffix of the other side's columns.
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
    is_typo = (damerau_levenshtein(unequal["a"], unequal["b"]) <= 1) & unequal["same_name"]
    is_successor = _other_generation() if kind == "identity_no" else _other_series() & pl.col("same_birth")
    contradict = unequal.select((pl.col("a") != pl.col("b")) & ~is_successor & ~is_typo).to_series()
    return none.scatter(places, contradict)


def is_whole_number(column: str) -> pl.Expr:
    """Whether a number has the form of a CMND or CCCD, with or without leading zeros, or of a passport; never null."""
    return pl.col(column).str.contains(_WHOLE).fill_null(value=False)


def _other_generation() -> pl.Expr:
    lengths = [pl.col(number).str.len_chars() for number in ("a", "b")]
    is_old = [length <= _LONGEST_CMND for length in lengths]
    return is_old[0] != is_old[1]


def _other_series() -> pl.Expr:
    series, other = (pl.col(number).str.extract(_SERIES, 0) for number in ("a", "b"))
    return (series != other) | (pl.col("a").str.len_chars() != pl.col("b").str.len_chars())
