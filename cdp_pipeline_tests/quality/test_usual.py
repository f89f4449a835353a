"""What is usual: by weekday, of eight weeks, on one side, with two ends."""

from datetime import date, timedelta

import pytest

from cdp_pipeline.quality.usual import Measure, band_of, is_expected

MONDAY = date(2026, 11, 30)
ROWS = Measure("low", 0.5, 0.9, 3, 3, other_weekdays=0.5)
SHARE = Measure("high", 1.0, 4.0, 0.01, 0.05)


def week_of(workday: float, weekend: float, weeks: int = 8) -> dict[date, float]:
    """The weeks before the Monday."""
    days = (MONDAY - timedelta(days=n) for n in range(1, 7 * weeks + 1))
    return {day: weekend if day.weekday() >= 5 else workday for day in days}


def test_a_sunday_is_held_against_sundays_and_a_monday_against_mondays() -> None:
    known = week_of(1000, 100)
    sunday = MONDAY + timedelta(days=6)
    bands = [band_of(known, day, ROWS) for day in (MONDAY, sunday)]
    assert [(band.usual, band.by_weekday, band.warns(100)) for band in bands if band] == [
        (1000, True, True),
        (100, True, False),
    ]


def test_few_rows_are_bad_and_many_are_not() -> None:
    band = band_of(week_of(1000, 1000), MONDAY, ROWS)
    assert band is not None
    assert [band.warns(value) for value in (9000, 600, 400)] == [False, False, True]


def test_there_is_a_line_where_to_look_and_one_beyond_which_nothing_is_to_be_trusted() -> None:
    band = band_of(week_of(1000, 1000), MONDAY, ROWS)
    assert band is not None
    assert [band.stops(value) for value in (400, 99)] == [False, True]


def test_a_restless_history_widens_the_band() -> None:
    known = {MONDAY - timedelta(weeks=n): 1000.0 + 400 * (-1) ** n for n in range(1, 9)}
    band = band_of(known, MONDAY, ROWS)
    assert band is not None
    assert not band.warns(200)


@pytest.mark.parametrize(("share", "warns", "stops"), [(0.03, False, False), (0.05, True, False), (0.11, True, True)])
def test_many_rejected_rows_are_bad(share: float, warns: bool, stops: bool) -> None:
    band = band_of(week_of(0.02, 0.02), MONDAY, SHARE)
    assert band is not None
    assert (band.warns(share), band.stops(share)) == (warns, stops)


@pytest.mark.parametrize(("share", "warns", "stops"), [(0.009, False, False), (0.011, True, False), (0.06, True, True)])
def test_where_nobody_is_usually_rejected_the_line_to_look_is_nearer_than_that_of_distrust(
    share: float, warns: bool, stops: bool
) -> None:
    band = band_of(week_of(0.0, 0.0), MONDAY, SHARE)
    assert band is not None
    assert (band.warns(share), band.stops(share)) == (warns, stops)


def test_older_days_than_eight_weeks_and_later_ones_say_nothing() -> None:
    then = {MONDAY - timedelta(weeks=9, days=n): 5.0 for n in range(9)}
    later = {MONDAY + timedelta(days=n): 5.0 for n in range(9)}
    assert band_of(then | later, MONDAY, ROWS) is None


def test_as_long_as_only_other_weekdays_are_known_the_day_may_be_a_weekend() -> None:
    known = {MONDAY - timedelta(days=n): 100.0 for n in (1, 2, 3)}
    band = band_of(known, MONDAY, ROWS)
    assert band is not None
    assert (band.by_weekday, band.warns(26), band.warns(24)) == (False, False, True)


def test_a_weekday_that_never_brought_anything_is_not_missed_once_three_weeks_are_known() -> None:
    workdays = {day: rows for day, rows in week_of(10, 0).items() if rows}
    sunday = MONDAY - timedelta(days=1)
    assert not is_expected(workdays, sunday)
    assert is_expected(workdays, MONDAY)
    assert is_expected({MONDAY - timedelta(days=2): 10.0}, sunday)
    assert not is_expected({}, MONDAY)
