from datetime import date

import polars as pl
import pytest

from cdp_pipeline.identity.matching.agreement import births_contradict, names_agree


@pytest.mark.parametrize(
    ("a", "b", "agree"),
    [
        ("an nguyen van", "an nguyen van", True),
        ("an nguyen van", "an nguyen", True),  # the middle name is missing
        ("an nguyen van", "an n v", True),  # initials
        ("an nguyen van", "n nguyen van", False),  # n is no initial of an, and the given name is lost
        ("an nguyen", None, True),  # one side has no name
        (None, None, True),
        ("an nguyen van", "binh nguyen van", False),  # brothers
        ("an tran", "an nguyen", False),
        ("minh nguyen van", "anh minh n", False),  # the initial fits, another name is too many
        ("a n v", "an nguyen van", False),  # initials alone say nothing
        ("& ha nam", "ha", False),  # Nam & Hà are neither
        ("& ha nam", "& ha le nam", True),
        ("& ha nam", None, True),
    ],
)
def test_names_agree_as_sets_of_words(a: str | None, b: str | None, agree: bool) -> None:
    frame = pl.DataFrame({"a": [a], "b": [b]}, schema={"a": pl.String, "b": pl.String})
    assert frame.select(names_agree("a", "b")).item() is agree
    assert frame.select(names_agree("b", "a")).item() is agree


@pytest.mark.parametrize(
    ("a", "b", "contradict"),
    [
        (date(1960, 5, 1), date(1988, 6, 15), True),  # father and son
        (date(1960, 1, 1), date(1990, 1, 1), True),  # father and son, born on New Year's Day as many who do not know
        (date(1988, 6, 15), date(1988, 6, 16), False),  # one slip of the keyboard
        (date(1988, 6, 15), date(1998, 6, 15), False),
        (date(1990, 5, 3), date(1990, 3, 5), False),  # day and month swapped
        (date(1988, 6, 15), date(1988, 5, 16), True),
        (date(1988, 6, 1), date(1988, 5, 31), False),  # an offset that was lost
        (date(1988, 1, 1), date(1987, 12, 31), False),
        (date(1988, 6, 1), date(1988, 5, 30), True),
        (date(1988, 6, 15), None, False),
        (date(1960, 5, 1), 1990, True),  # a year alone says enough when a generation lies between
        (date(1960, 5, 1), 1961, False),
    ],
)
def test_births_contradict_when_two_parts_differ_or_a_generation_lies_between(
    a: date, b: date | int | None, contradict: bool
) -> None:
    year = b if isinstance(b, int) else b.year if b else None
    day = b if isinstance(b, date) else None
    schema = {"a": pl.Date, "b": pl.Date, "year_a": pl.Int64, "year_b": pl.Int64}
    frame = pl.DataFrame({"a": [a], "b": [day], "year_a": [a.year], "year_b": [year]}, schema=schema)
    assert frame.select(births_contradict("a", "b", "year_a", "year_b")).item() is contradict
    assert frame.select(births_contradict("b", "a", "year_b", "year_a")).item() is contradict
