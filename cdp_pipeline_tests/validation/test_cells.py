import re
from datetime import date
from decimal import Decimal, InvalidOperation

import polars as pl
import pytest
from hypothesis import given, strategies as st

from cdp_pipeline.validation import cells


def read(cast: cells.Cast, text: str | None) -> object:
    return cast(pl.Series("cell", [text], dtype=pl.String)).to_list()[0]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("7.0", 7),
        ("-7", -7),
        ("1e3", 1000),
        ("1.584507164E+12", 1584507164000),
        ("9223372036854775807", 9223372036854775807),
        ("1234567890123456789.0", 1234567890123456789),
        ("9.223372036854775807e18", 9223372036854775807),
    ],
)
def test_a_whole_number_keeps_every_digit_however_it_is_written(text: str, number: int) -> None:
    assert read(cells.whole_numbers, text) == number


@pytest.mark.parametrize(
    "text", ["abc", "3.7", "1.55e1", "12345678901234567890", "9223372036854775808", "1e999999999", "1_000", "٧", "--7"]
)
def test_what_is_no_int64_is_no_whole_number(text: str) -> None:
    assert read(cells.whole_numbers, text) is None


@given(st.from_regex(r"[+-]?[0-9]{1,21}(\.[0-9]{0,4})?(e[+-]?[0-9]{1,2})?", fullmatch=True))
def test_whole_numbers_agree_with_exact_arithmetic(text: str) -> None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    is_grouped = re.fullmatch(r"[+-]?\d+\.000", text)
    whole = not is_grouped and number.is_finite() and number == int(number) and -(2**63) <= number < 2**63
    assert read(cells.whole_numbers, text) == (int(number) if whole else None)


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("1584507164000", 1584507164000),
        ("-5000", -5000),
        ("1584507164000.0", 1584507164000),
        ("2024-02-15T10:00:00Z", 1707991200000),
        ("2024-02-15t17:00:00.000+07:00", 1707991200000),
        (" 2024-02-15T10:00:00.123456789Z ", 1707991200123),
        ("2024-02-15 17:00:00", 1707991200000),
        ("2024-02-15T17:00", 1707991200000),
        (" 2024-02-15T17:00:00.250 ", 1707991200250),
        ("2024-02-15", 1707930000000),
        ("2024-02-15 24:00:00", None),
        ("2024-02-30", None),
        ("2024-02-30T10:00:00Z", None),
        ("15/02/2024", None),
        ("yesterday", None),
    ],
)
def test_a_moment_is_epoch_milliseconds_or_text_and_without_offset_local(text: str, milliseconds: int | None) -> None:
    assert cells.timestamps(pl.Series([text]), pl.Series([7])).item() == milliseconds


def test_a_local_time_is_read_by_the_hours_of_its_row() -> None:
    texts, hours = pl.Series(["2024-02-15 10:00:00"] * 3 + [None]), pl.Series([0, 7, -5, 0])
    assert cells.timestamps(texts, hours).to_list() == [1707991200000, 1707966000000, 1708009200000, None]


def test_no_thousands_begin_with_zero() -> None:
    assert read(cells.numbers, "0.125") == 0.125


@pytest.mark.parametrize("text", ["5.000", "-12.500", " 150.000 "])
def test_a_point_that_may_stand_between_thousands_makes_no_number(text: str) -> None:
    assert (read(cells.numbers, text), read(cells.whole_numbers, text)) == (None, None)


@pytest.mark.parametrize("text", ["2001-10-31", "2001-10-31 00:00:00", "2001-10-31T00:00:00.000", " 2001-10-31 "])
def test_a_date_may_carry_the_midnight_of_a_spreadsheet(text: str) -> None:
    assert read(cells.days, text) == date(2001, 10, 31)


@pytest.mark.parametrize("text", ["31/10/2001", "2001-10-31 08:00:00", "2001-02-30", "2001-1-5", "20011031"])
def test_any_other_spelling_is_no_date(text: str) -> None:
    assert read(cells.days, text) is None


@pytest.mark.parametrize(("text", "number"), [("1.5", 1.5), (" 1.5", 1.5), ("1e3", 1000.0), ("23520000", 23520000.0)])
def test_a_number_may_have_a_fraction_or_an_exponent(text: str, number: float) -> None:
    assert read(cells.numbers, text) == number


@pytest.mark.parametrize("text", ["NaN", "inf", "-Infinity", "1e400", "1,5", "12 USD"])
def test_infinities_and_nan_are_no_numbers(text: str) -> None:
    assert read(cells.numbers, text) is None


@pytest.mark.parametrize(
    ("text", "flag"),
    [("true", True), ("TRUE", True), ("1", True), ("Yes", True), ("false", False), ("0", False), (" no ", False)],
)
def test_a_flag_is_read_in_any_case(text: str, flag: bool) -> None:
    assert read(cells.flags, text) is flag


def test_any_other_text_is_no_flag() -> None:
    assert read(cells.flags, "maybe") is None


@pytest.mark.parametrize(
    ("text", "elements"),
    [
        ('["Dee Nguyen", "dee"]', ["Dee Nguyen", "dee"]),
        ('["a, b", "say \\"c\\"", null, ""]', ["a, b", 'say "c"']),
        ("[1, 2.50, 12345678901234567890, true]", ["1", "2.50", "12345678901234567890", "true"]),
        ("VIP; khách quen |new;", ["VIP", "khách quen", "new"]),
        ("VIP", ["VIP"]),
        ("[]", []),
        (" ; ", []),
    ],
)
def test_a_list_is_a_json_array_or_separated_values_or_one_value(text: str, elements: list[str]) -> None:
    assert read(cells.lists, text) == elements


@pytest.mark.parametrize(
    "text", ['{"a": 1}', '[["a"]]', '[{"a": 1}]', "[VIP]", '["a\nb"]', '["\\ud800"]', "[" * 5000 + "]" * 5000]
)
def test_objects_nested_arrays_and_broken_json_are_no_lists(text: str) -> None:
    assert read(cells.lists, text) is None


def test_a_bad_list_does_not_spoil_the_good_ones_beside_it() -> None:
    column = pl.Series("tags", ['["a"]', '["a\\u00e9"]', '["a",', '{"a": 1}', None, "b"])
    assert cells.lists(column).to_list() == [["a"], ["aé"], ['["a",'], None, None, ["b"]]


@pytest.mark.parametrize(("text", "valid"), [('{"a": 1}', True), ('[{"a": 1}]', True), ("5", False), ("{a}", False)])
def test_a_structure_is_a_json_object_or_list(text: str, valid: bool) -> None:
    assert (read(cells.structures, text) == text) is valid


def test_choices_are_found_whatever_their_case_and_margins() -> None:
    column = pl.Series("gender", [" MALE", "female", "unknown", None])
    found = cells.choices(column, {"male": "male", "female": "female"}, pl.String())
    assert found.to_list() == ["male", "female", None, None]
