"""Phones: any spelling -> E.164, by the rules of the phonenumbers library.

An expression decides those spellings of Vietnamese numbers that it can decide exactly, as the library takes thirty
times as long. `phone_text.py` parses every other distinct cell and splits it into numbers and remarks. Both apply
Vietnam's changes of 2017 and 2018 (`vietnamese_phone.py`), so an old and a new spelling of one number are equal.
`entities/` declares which columns are phones, `country.py` recognises the country of a row.
"""

from functools import cache
from typing import Final, NamedTuple

import phonenumbers
import polars as pl

from cdp_pipeline.values.phone_text import Regions, read_cell
from cdp_pipeline.values.vietnamese_phone import (
    AREA_CODES_BEFORE_2017,
    MOBILE_PREFIXES_SINCE_2018,
    VIETNAM,
    VIETNAM_CODE,
)

_PUNCTUATED: Final = r"^[ (]*\+?[0-9][0-9 .()-]{6,24}$"
_PUNCTUATION: Final = r"[ .()-]"
_OLD_MOBILE: Final = r"^1[0-9]{9}$"
_CELL: Final = ("number", "region")
_NUMBERS: Final = pl.List(pl.String())


class Phones(NamedTuple):
    """The numbers of a column's cells in E.164 form.

    Attributes:
        first: The first usable number of each cell, or null.
        further: The other usable numbers of each cell; null if there are none, which is usual.
    """

    first: pl.Series
    further: pl.Series


def read_phones(numbers: pl.Series, regions: pl.Series | None, default_region: str) -> Phones:
    """The usable numbers of each cell; null for null cells and for cells without one.

    Args:
        numbers: Phones as sent.
        regions: The ISO alpha-2 country of each row, for numbers without a country code; null if it is not known.
        default_region: The country where `regions` is null.
    """
    region = pl.lit(default_region) if regions is None else regions.fill_null(default_region)
    # Step by step, as an eager frame evaluates an expression once per use.
    cells = numbers.alias("number").to_frame()
    cells = cells.with_columns(region=region, national=pl.col("number").str.extract(_vietnamese_pattern()))
    first, further = cells.select(first=_e164())["first"].alias(numbers.name), None
    places = (first.is_null() & numbers.is_not_null()).arg_true()
    if not places.is_empty():
        found = _read_spelled(cells[places].select(_CELL), default_region)
        first = first.scatter(places, found["first"])
        if found["further"].null_count() < found.height:
            every = pl.DataFrame({"place": pl.int_range(numbers.len(), dtype=pl.UInt32, eager=True)})
            known = pl.DataFrame({"place": places, "further": found["further"]})
            further = every.join(known, on="place", how="left", maintain_order="left")["further"]
    if further is None:
        further = pl.Series([None], dtype=_NUMBERS).new_from_index(0, numbers.len())
    return Phones(first, further.alias(numbers.name))


def normalize_phones(numbers: pl.Series, regions: pl.Series | None, default_region: str) -> pl.Series:
    """The first usable number of each cell in E.164 form, or null; the arguments are those of `read_phones`."""
    return read_phones(numbers, regions, default_region).first


def find_unassigned(numbers: pl.Series) -> pl.Series:
    """The distinct numbers that are possible in their country but in no range that the library knows as assigned.

    Number plans grow faster than libraries, so such a number is used and counted as a finding.

    Args:
        numbers: Numbers in E.164 form; null is ignored.
    """
    number = pl.col("number")
    distinct = number.filter(~number.str.contains(_vietnamese_pattern())).unique()
    unmatched = numbers.alias("number").to_frame().select(distinct)["number"]
    is_assigned = [phonenumbers.is_valid_number(phonenumbers.parse(number)) for number in unmatched]
    return unmatched.filter(~pl.Series(is_assigned, dtype=pl.Boolean)) if is_assigned else unmatched


def _read_spelled(cells: pl.DataFrame, default_region: str) -> pl.DataFrame:
    """One row per cell, `first` and `further`, for cells that are not only the digits of a Vietnamese number."""
    number = pl.col("number")
    is_punctuated = number.str.contains(_PUNCTUATED) & ~number.str.contains(_area_code_set_apart())
    digits = pl.when(is_punctuated).then(number.str.replace_all(_PUNCTUATION, ""))
    cells = cells.with_columns(national=digits.str.extract(_vietnamese_pattern())).with_columns(decided=_e164())
    if cells["decided"].null_count() == 0:
        return cells.select(first="decided", further=pl.lit(None, _NUMBERS))
    # Python per distinct cell: the library parses one number at a time.
    distinct = cells.filter(pl.col("decided").is_null()).select(_CELL).unique()
    read = [read_cell(number, Regions(region, default_region)) for number, region in distinct.iter_rows()]
    lists = pl.Series("read", read, dtype=_NUMBERS)
    return cells.join(distinct.hstack([lists]), on=_CELL, how="left", maintain_order="left").select(
        first=pl.coalesce("decided", pl.col("read").list.first()),
        further=pl.when(pl.col("read").list.len() > 1).then(pl.col("read").list.slice(1)),
    )


def _e164() -> pl.Expr:
    """The E.164 form of `national`, a Vietnamese number, if dialled from Vietnam or given with a country code."""
    national = pl.col("national")
    from_vietnam = (pl.col("region") == VIETNAM) | pl.col("number").str.contains(r"^[ (]*\+")
    since_2018 = national.str.slice(0, 3).replace_strict(
        MOBILE_PREFIXES_SINCE_2018, default=None, return_dtype=pl.String
    )
    current = pl.when(national.str.contains(_OLD_MOBILE)).then(since_2018 + national.str.slice(3)).otherwise(national)
    return pl.when(from_vietnam).then(f"+{VIETNAM_CODE}" + current)


@cache
def _vietnamese_pattern() -> str:
    """A pattern that captures the national number of an assigned Vietnamese phone, with or without the country code.

    Built from the library's own tables on first use, so that both ways of reading a number agree.
    """
    plan = phonenumbers.PhoneMetadata.metadata_for_region(VIETNAM)
    kinds = (plan.mobile, plan.fixed_line) if plan is not None else ()
    current = (kind.national_number_pattern for kind in kinds if kind is not None)
    old = f"(?:{'|'.join(MOBILE_PREFIXES_SINCE_2018)})[0-9]{{7}}"
    valid = "|".join(f"(?:{pattern})" for pattern in (*current, old)).replace(r"\d", "[0-9]")
    return rf"^(?:\+84|0084|84)?0?({valid})$"


@cache
def _area_code_set_apart() -> str:
    """A pattern of spellings with a separate area code from before 2017, which may also begin a mobile number."""
    codes = "|".join(code for code in AREA_CODES_BEFORE_2017 if len(code) < 3)
    return rf"^[ (]*(?:(?:\+84|0084|84)[ .()-]*)?0?[ .()-]*(?:{codes})[ .()-]"
