"""Parse a column of text into a column of values, one function per kind of value.

text Series -> Series of the kind's type; null if the text holds no such value. `casts.py` distinguishes blank cells
from cells that did not cast.
"""

import json
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation

import polars as pl

from cdp_pipeline.entities.kinds import TIMESTAMP

Cast = Callable[[pl.Series], pl.Series]
"""Converts text cells without blanks to values: the name is kept, null stays null, an invalid cell becomes null."""

_SCIENTIFIC = r"^[+-]?[0-9]+(\.[0-9]*)?[eE][+-]?[0-9]+$"
_LOCAL = r"^([0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?)$"
_GROUPED = r"^\s*[+-]?[1-9][0-9]{0,2}\.[0-9]{3}\s*$"
_HOUR = 60 * 60 * 1000
_DAY = r"^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]00:00:00(?:\.0+)?)?$"
_SEPARATOR = r"\s*[;|]\s*"
_PLAIN_ARRAY = r"""^\[\s*"[^"\\\x00-\x1f]*"(?:\s*,\s*"[^"\\\x00-\x1f]*")*\s*\]$"""
_SPELLED = {True: "true", False: "false"}
_FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def _or_else(values: pl.Series, text: pl.Series, cast: Cast) -> pl.Series:
    """Fill missing values with the result of another cast of the trimmed text."""
    left = text.is_not_null() & values.is_null()
    if not left.any():
        return values
    trimmed = text.filter(left).str.strip_chars()
    return values.scatter(left.arg_true(), cast(trimmed))


def _whole_number(text: str) -> int | None:
    """The integer value of a number in scientific notation; None if it has a fraction or does not fit into 64 bits."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    # The size is checked first: the integer of 1e999999 would fill the memory.
    if number.is_zero():
        return 0
    if not number.is_finite() or number.adjusted() > 18 or number != number.to_integral_value():
        return None
    return int(number) if -(2**63) <= number < 2**63 else None


def _scientific(text: pl.Series) -> pl.Series:
    """1e3 as 1000, exactly. Parses each distinct cell in Python, because a float would lose digits."""
    distinct = text.filter(text.str.contains(_SCIENTIFIC)).unique()
    numbers = pl.Series([_whole_number(cell) for cell in distinct], dtype=pl.Int64)
    return text.replace_strict(distinct, numbers, default=None, return_dtype=pl.Int64)


def whole_numbers(text: pl.Series) -> pl.Series:
    """7, 7.0, 7.00 and 1e3 as Int64; never through a float, which is inexact for integers of more than 15 digits.

    7.000 is rejected: in half of the world its point separates thousands, and the cell does not show which is meant.
    """
    values = text.cast(pl.Int64, strict=False)
    values = _or_else(
        values, text, lambda cells: cells.str.replace(r"\.(?:0{0,2}|0{4,})$", "").cast(pl.Int64, strict=False)
    )
    return _or_else(values, text, _scientific)


def timestamps(text: pl.Series, hours: pl.Series) -> pl.Series:
    """Epoch milliseconds as Int64, from an integer, from RFC 3339 text, or from a local date or date-time.

    A date-time without offset is local time of the sender; a date is its midnight.

    Args:
        text: The cells.
        hours: The sender's hours from GMT in each row, never null.
    """
    values = text.cast(pl.Int64, strict=False)
    values = _or_else(values, text, _rfc_3339)
    left = (text.is_not_null() & values.is_null()).arg_true()
    if left.len():
        values = values.scatter(left, _local(text.gather(left).str.strip_chars()) - hours.gather(left) * _HOUR)
    return _or_else(values, text, whole_numbers)


def _rfc_3339(text: pl.Series) -> pl.Series:
    return text.str.to_datetime("%+", time_unit="ms", time_zone="UTC", strict=False).cast(TIMESTAMP).to_physical()


def _local(text: pl.Series) -> pl.Series:
    """The milliseconds of a calendar date, with or without a time of day, as if it were UTC."""
    iso = text.str.extract(_LOCAL).str.replace("T", " ", literal=True)
    forms = ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M")
    found = [iso.str.to_datetime(form, time_unit="ms", strict=False) for form in forms]
    found.append(iso.str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("ms")))
    return pl.select(pl.coalesce(found)).to_series().to_physical()


def usual_numbers(cell: pl.Expr) -> pl.Expr:
    """Float64 for a finite number whose point cannot separate thousands; else null."""
    value = cell.cast(pl.Float64, strict=False)
    return pl.when(value.is_finite() & ~cell.str.contains(_GROUPED)).then(value)


def numbers(text: pl.Series) -> pl.Series:
    """Float64; null for NaN, infinities and numbers such as 5.000, which may be five or five thousand."""
    return text.to_frame("cell").select(usual_numbers(pl.col("cell").str.strip_chars())).to_series()


def days(text: pl.Series) -> pl.Series:
    """Dates written yyyy-MM-dd, also with the midnight that spreadsheets append to a date."""
    return text.str.strip_chars().str.extract(_DAY).str.to_date("%Y-%m-%d", strict=False)


def choices(text: pl.Series, meanings: Mapping[str, object], dtype: pl.DataType) -> pl.Series:
    """Map each cell's trimmed text by the meanings, keyed in lower case; null for any other text."""
    distinct = text.drop_nulls().unique()
    found = distinct.str.strip_chars().str.to_lowercase().replace_strict(meanings, default=None, return_dtype=dtype)
    return text.replace_strict(distinct, found, default=None, return_dtype=dtype)


def flags(text: pl.Series) -> pl.Series:
    """true, 1, yes and false, 0, no in any case as Boolean."""
    return choices(text, _FLAGS, pl.Boolean())


def lists(text: pl.Series) -> pl.Series:
    """Lists of texts, from a JSON array of scalars, from values separated by ; or |, or from one value.

    Blank and null elements are removed. An array of objects or arrays, an object, and bracketed text that is not JSON
    become null.
    """
    trimmed = text.str.strip_chars()
    is_json = trimmed.str.contains(r"(?s)^(\[.*\]|\{.*\})$")
    separated = trimmed.set(is_json, None).str.replace_all(_SEPARATOR, "\x1f").str.split("\x1f")
    parsed = _parsed(trimmed.set(~is_json, None)) if is_json.any() else separated
    return _without_blanks(separated.zip_with(separated.is_not_null(), parsed).alias(text.name))


def _parsed(arrays: pl.Series) -> pl.Series:
    """JSON arrays as lists; null for other text.

    Arrays of plain strings are decoded together, because they are always valid; one invalid text would fail all of
    them. Each distinct text of the others is parsed in Python.
    """
    is_plain = arrays.str.contains(_PLAIN_ARRAY)
    plain = arrays.set(~is_plain, None).str.json_decode(pl.List(pl.String))
    if is_plain.fill_null(value=True).all():
        return plain
    distinct = arrays.filter(~is_plain).unique()
    others = pl.Series([_array(cell) for cell in distinct], dtype=pl.List(pl.String))
    index = arrays.replace_strict(distinct, pl.int_range(distinct.len(), eager=True), default=None)
    return plain.zip_with(plain.is_not_null(), others.gather(index))


def _without_blanks(values: pl.Series) -> pl.Series:
    element = pl.element()
    return values.list.eval(element.filter(element.is_not_null() & (element.str.strip_chars() != "")))


def _array(text: str) -> list[str | None] | None:
    """The elements of a JSON array of scalars as text, numbers with the digits as sent; None for anything else."""
    try:
        found = json.loads(text, parse_int=str, parse_float=str)
        if not isinstance(found, list) or any(isinstance(element, list | dict) for element in found):
            return None
        elements = [None if element is None else _SPELLED.get(element, str(element)) for element in found]
        # Half of a surrogate pair is valid JSON and cannot be encoded as text.
        "".join(element for element in elements if element).encode()
    except (ValueError, RecursionError):
        return None
    return elements


def structures(text: pl.Series) -> pl.Series:
    """The JSON text of an object or list; null for a scalar and for text that is not JSON."""
    is_structure = text.str.contains(r"^\s*[\[{]") & text.str.json_path_match("$").is_not_null()
    return text.set(~is_structure, None)
