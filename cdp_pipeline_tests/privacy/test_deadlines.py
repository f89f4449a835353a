"""Due dates: a few dated examples over Tet, and what holds of all dates."""

from datetime import date, timedelta

import pytest
from hypothesis import given, strategies as st

from cdp_pipeline.privacy.deadlines import Period, WorkingDays, due_on
from cdp_pipeline.privacy.policy import read_policy

VN = read_policy(None).working_days
TWO_WORKING_DAYS = Period(2, "working days")


@pytest.mark.parametrize(
    ("received", "period", "due"),
    [
        # A Wednesday: Thursday is the first day, Friday the second.
        (date(2026, 11, 18), TWO_WORKING_DAYS, date(2026, 11, 20)),
        # A Friday, and the Saturday after it: Monday and Tuesday.
        (date(2026, 11, 20), TWO_WORKING_DAYS, date(2026, 11, 24)),
        (date(2026, 11, 21), TWO_WORKING_DAYS, date(2026, 11, 24)),
        # The last working day before Tet 2026, off from the 14th to the 22nd: the Monday and Tuesday after it.
        (date(2026, 2, 13), TWO_WORKING_DAYS, date(2026, 2, 24)),
        # The Thursday before: the Friday, and the Monday after Tet.
        (date(2026, 2, 12), TWO_WORKING_DAYS, date(2026, 2, 23)),
        # The tenth day is the 16th, in Tet: the first working day after it.
        (date(2026, 2, 6), Period(10, "days"), date(2026, 2, 23)),
        # Fifteen and twenty days that end outside it are only counted.
        (date(2026, 2, 9), Period(15, "days"), date(2026, 2, 24)),
        (date(2026, 2, 13), Period(20, "days"), date(2026, 3, 5)),
        # Tet 2027 begins on a Saturday and ends, with the days in its place, on the 10th at the earliest.
        (date(2027, 1, 26), Period(10, "days"), date(2027, 2, 11)),
        # The Hung Kings' day of 2026 is a Sunday, so Monday the 27th is off.
        (date(2026, 4, 24), Period(1, "working days"), date(2026, 4, 28)),
        # The 30th of April, the 1st of May and a weekend.
        (date(2026, 4, 15), Period(15, "days"), date(2026, 5, 4)),
        # A month ends on its last day where it has no day of that number; that is a Saturday, and Monday is due.
        (date(2026, 1, 31), Period(1, "months"), date(2026, 3, 2)),
        (date(2027, 12, 15), Period(1, "months"), date(2028, 1, 17)),
    ],
)
def test_dated_examples(received: date, period: Period, due: date) -> None:
    assert due_on(received, period, VN) == due


dates = st.dates(date(2026, 1, 1), date(2027, 12, 31))
periods = st.builds(Period, st.integers(1, 40), st.sampled_from(["days", "working days"])) | st.builds(
    Period, st.integers(1, 6), st.just("months")
)
calendars = st.builds(
    WorkingDays,
    st.frozensets(st.integers(0, 6), max_size=3),
    st.frozensets(dates, max_size=20),
)


@given(dates, periods, calendars)
def test_a_due_date_is_a_working_day_after_the_receipt(received: date, period: Period, calendar: WorkingDays) -> None:
    due = due_on(received, period, calendar)
    assert due > received
    assert calendar.includes(due)


@given(dates, periods, calendars)
def test_whoever_comes_later_is_never_due_earlier(received: date, period: Period, calendar: WorkingDays) -> None:
    assert due_on(received, period, calendar) <= due_on(received + timedelta(days=1), period, calendar)


@given(dates, periods, calendars, dates)
def test_a_further_holiday_never_makes_a_date_due_earlier(
    received: date, period: Period, calendar: WorkingDays, holiday: date
) -> None:
    more = WorkingDays(calendar.weekend, calendar.holidays | {holiday})
    assert due_on(received, period, calendar) <= due_on(received, period, more)


@given(dates, st.integers(1, 40), calendars)
def test_working_days_are_those_that_lie_between(received: date, count: int, calendar: WorkingDays) -> None:
    due = due_on(received, Period(count, "working days"), calendar)
    between = [received + timedelta(days=n) for n in range(1, (due - received).days + 1)]
    assert sum(map(calendar.includes, between)) == count


@given(dates, st.integers(1, 40))
def test_days_without_weekend_and_holidays_are_only_counted(received: date, count: int) -> None:
    always = WorkingDays(frozenset(), frozenset())
    assert due_on(received, Period(count, "days"), always) == received + timedelta(days=count)
