"""The days of a data set and timestamps in and before them, in epoch milliseconds.

Days are Vietnamese calendar days: midnight is 17:00 GMT of the day before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from cdp_pipeline.generator.names import Draw

HOUR = 3_600_000
DAY = 24 * HOUR
TIMEZONE_GMT = 7
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def local_midnight(day: date) -> int:
    """The timestamp at which this day begins in Vietnam."""
    return (day.toordinal() - _EPOCH_ORDINAL) * DAY - TIMEZONE_GMT * HOUR


def as_rfc3339(timestamp: int) -> str:
    """The timestamp as MoeGo writes it."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=timestamp)).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True)
class Timeline:
    """Consecutive delivery days, numbered from 0."""

    days: tuple[date, ...]
    midnights: tuple[int, ...]

    @classmethod
    def of(cls, days: Sequence[date]) -> "Timeline":
        """The timeline of these days."""
        return cls(tuple(days), tuple(local_midnight(day) for day in days))

    @property
    def last(self) -> int:
        """The number of the last day."""
        return len(self.days) - 1

    def during(self, draw: Draw, day: int) -> int:
        """A timestamp of that day, from six in the morning to ten at night."""
        return self.midnights[day] + 6 * HOUR + int(draw() * 16 * HOUR)

    def before(self, draw: Draw, day: int, at_most_days: int, at_least_days: int = 0) -> int:
        """A timestamp some days before that day; near ones are likelier than far ones."""
        reach = draw() ** 2 * (at_most_days - at_least_days) + at_least_days
        return self.midnights[day] - int(reach * DAY) - 2 * HOUR
