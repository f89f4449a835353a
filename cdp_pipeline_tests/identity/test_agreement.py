from datetime import date

import polars as pl
import pytest

from cdp_pipeline.identity.agreement import births_contradict, names_agree


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
        (date(1988, 6, 15), date(1988, 6, 16), False),  # one slip of the keyboard
        (date(1988, 6, 15), date(1988, 5, 16), True),
        (date(1988, 6, 15), None, False),
    ],
)
def test_birth_dates_contradict_when_two_parts_differ(a: date, b: date | None, contradict: bool) -> None:
    frame = pl.DataFrame({"a": [a], "b": [b]}, schema={"a": pl.Date, "b": pl.Date})
    assert frame.select(births_contradict("a", "b")).item() is contradict
