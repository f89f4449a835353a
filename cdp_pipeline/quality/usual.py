"""The usual range of a number by day: the one definition for checks and for the bands on the page.

1. A day is held against the same weekday of the eight weeks before it; where few of these are known, against all days
   of these weeks; where those are few too, nothing is usual yet.
2. The usual value is their median, and the spread their median distance from it, as that of a normal distribution.
3. The band ends so many spreads away, but never nearer than a part of the usual value and an amount that always matters
   too little. It ends twice: where a person should check (warn), and where the day cannot be trusted (stop). Each end
   has its own part and amount, so that the two differ also where nothing is usual (a sender without a bad row).
4. Only the side of the measure's direction counts: few rows are a loss, many rejected ones are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from typing import Literal

WEEKS = 8
"""The history that is compared with: long enough for a weekday, and volumes of long ago were another business."""

FEWEST_DAYS = 3
"""The fewest days that define a usual value; one or two would make chance the norm."""

WARN_SPREADS, STOP_SPREADS = 3.0, 6.0
"""Chance leaves three spreads on one day in some hundreds, and six never."""

# The spread of a normal distribution is so many times its median distance from the median.
_NORMAL = 1.4826


@dataclass(frozen=True)
class Measure:
    """How a number of a day is evaluated.

    Attributes:
        direction: The side on which a value is bad.
        warn: The least part of the usual value by which it must differ to warn.
        stop: The same for a day that is not to be trusted.
        least: The least difference that warns, whatever its part.
        least_stop: The same for a day that is not to be trusted.
        other_weekdays: How much of the usual value may be missing by the weekday, where only other weekdays are known.
    """

    direction: Literal["low", "high"]
    warn: float
    stop: float
    least: float
    least_stop: float
    other_weekdays: float = 0.0


@dataclass(frozen=True)
class Band:
    """What is usual of a number on a day.

    Attributes:
        usual: The value that is expected.
        low: Down to here it is usual.
        high: Up to here it is usual.
        stop: Beyond this a day is not to be trusted; on the side of the measure's direction.
        direction: The side on which a value is bad.
        by_weekday: Whether it was learned from the same weekday.
        is_learned: Whether it was learned at all, or is what was declared.
    """

    usual: float
    low: float
    high: float
    stop: float
    direction: Literal["low", "high"]
    by_weekday: bool
    is_learned: bool = True

    def warns(self, value: float) -> bool:
        """Whether the value lies beyond the band on the bad side."""
        return value < self.low if self.direction == "low" else value > self.high

    def stops(self, value: float) -> bool:
        """Whether the value lies so far beyond it that the day is not to be trusted."""
        return value < self.stop if self.direction == "low" else value > self.stop


def band_of(history: Mapping[date, float], day: date, measure: Measure) -> Band | None:
    """The usual range of a number on a day; None while too few days are known.

    Args:
        history: The number by day; only the eight weeks before the day are used.
        day: The day to evaluate.
        measure: How it is evaluated.
    """
    weeks = [history[then] for n in range(1, WEEKS + 1) if (then := day - timedelta(weeks=n)) in history]
    by_weekday = len(weeks) >= FEWEST_DAYS
    known = weeks if by_weekday else _all_of(history, day)
    if len(known) < FEWEST_DAYS:
        return None
    usual = median(known)
    spread = _NORMAL * median(abs(value - usual) for value in known)
    lacking = 0.0 if by_weekday else measure.other_weekdays * usual
    warn = lacking + max(WARN_SPREADS * spread, (usual - lacking) * measure.warn, measure.least)
    stop = lacking + max(STOP_SPREADS * spread, (usual - lacking) * measure.stop, measure.least_stop)
    beyond = max(usual - stop, 0.0) if measure.direction == "low" else usual + stop
    return Band(usual, max(usual - warn, 0.0), usual + warn, beyond, measure.direction, by_weekday)


def is_expected(history: Mapping[date, float], day: date) -> bool:
    """Whether rows are expected on a day: earlier days had some, and so had its weekday at least once.

    Args:
        history: The rows by day, without days of none.
        day: The day to evaluate.
    """
    recent = [then for then in history if timedelta(0) < day - then <= timedelta(weeks=WEEKS)]
    if not recent:
        return any(then < day for then in history)
    weeks_known = (day - min(recent)).days // 7
    return weeks_known < FEWEST_DAYS or any(then.weekday() == day.weekday() for then in recent)


def _all_of(history: Mapping[date, float], day: date) -> list[float]:
    return [value for then, value in history.items() if timedelta(0) < day - then <= timedelta(weeks=WEEKS)]
