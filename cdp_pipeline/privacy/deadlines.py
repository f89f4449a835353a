"""Received date and period -> due date, over weekends and holidays.

The day of receipt is not counted, and a due date that falls on a weekend or holiday moves to the next working day:
articles 147 and 148 of Vietnam's Civil Code 91/2015/QH13, and article 3 of Regulation (EEC, Euratom) 1182/71. Which
periods and days hold is in `policy.py`.
"""

import calendar
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count, islice
from typing import Literal

Unit = Literal["days", "working days", "months"]

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Period:
    """So many days, working days or months."""

    count: int
    unit: Unit


@dataclass(frozen=True)
class WorkingDays:
    """Which days are worked.

    Attributes:
        weekend: Days of the week that are not, Monday being 0.
        holidays: Dates that are not.
    """

    weekend: AbstractSet[int]
    holidays: AbstractSet[date]

    def includes(self, day: date) -> bool:
        """Whether a day is worked."""
        return day.weekday() not in self.weekend and day not in self.holidays

    def first_from(self, day: date) -> date:
        """The day itself if it is worked, else the next one that is."""
        return next(found for found in _days_from(day) if self.includes(found))

    def after(self, day: date, number: int) -> date:
        """The last of so many working days after a day, which itself does not count."""
        worked = (found for found in _days_from(day + _DAY) if self.includes(found))
        return next(islice(worked, number - 1, None))


def due_on(received_on: date, period: Period, working_days: WorkingDays) -> date:
    """The last day of a period that begins the day after the receipt, always a working day.

    A period in months ends on the day of the month on which it was received, or on the month's last day if there is
    none of that number.
    """
    match period.unit:
        case "working days":
            return working_days.after(received_on, period.count)
        case "days":
            return working_days.first_from(received_on + timedelta(days=period.count))
        case "months":
            return working_days.first_from(months_after(received_on, period.count))


def months_after(day: date, months: int) -> date:
    """The same day of the month so many months later, or earlier, or the month's last day if there is none."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def _days_from(day: date) -> "map[date]":
    return map(day.__add__, map(timedelta, count()))
