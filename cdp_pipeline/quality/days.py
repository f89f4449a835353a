"""The days of an entity: what is known of each, and what is usual of it."""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.quality.usual import Band, Measure, band_of, is_expected

FEW_ROWS = 3
"""Up to so many rows of a day never warn, whatever their share of it."""

NEAREST_DAYS = 30
"""A field is new when no day of so many before had it."""

LEAST_RISE = 0.01
"""A rise of less than one row in a hundred is none, even where it is a multiple."""


@dataclass(frozen=True)
class Day:
    """What is known of an entity's day.

    Attributes:
        name: The drop date as ISO text; rows of misplaced files have no day and are evaluated apart.
        files: Files read.
        read: Rows read.
        accepted: Rows that keep all rules.
        rejected: Rows refused.
        duplicates: Exact re-sends.
        suppressed: Rows of erased persons.
        rules: Rejected rows by rule.
        findings: Accepted rows by finding, such as `drift:nickname` or `format:phone`.
        filled: Filled cells of the staged rows by column; empty where they were not counted.
        settled: How many of the rejected rows were repaired, or accepted from a later day; none of a held day.
        is_held: Whether it is held, so that none of its rows are used.
        is_accepted: Whether an operator accepted it with all that is rejected.
        expired: Accepted rows that are staged no more, as their retention ended.
        rejected_expired: The same of rejected rows.
    """

    name: str
    files: int = 1
    read: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicates: int = 0
    suppressed: int = 0
    rules: Mapping[str, int] = field(default_factory=dict)
    findings: Mapping[str, int] = field(default_factory=dict)
    filled: Mapping[str, int] = field(default_factory=dict)
    settled: int = 0
    is_held: bool = False
    is_accepted: bool = False
    expired: int = 0
    rejected_expired: int = 0

    @property
    def date(self) -> date:
        """The drop date."""
        return date.fromisoformat(self.name)

    @property
    def rejected_share(self) -> float:
        """Rejected of read; 0 where nothing was read."""
        return self.rejected / self.read if self.read else 0.0

    @property
    def rejected_open(self) -> int:
        """Rejected rows that are kept and that nothing has settled."""
        return self.rejected - self.rejected_expired - self.settled

    @property
    def staged(self) -> int:
        """Accepted rows that are kept."""
        return self.accepted - self.expired

    @property
    def accounted_for(self) -> int:
        """Rows that are accepted, rejected, duplicates or suppressed."""
        return self.accepted + self.rejected + self.duplicates + self.suppressed


@dataclass(frozen=True)
class EntityDays:
    """The days of an entity that a run was asked for, among all that are known.

    Attributes:
        entity: The entity.
        asked: The drop dates asked for, oldest first.
        known: Every day that was ever read, oldest first.
        misplaced: What lies in misplaced files.
    """

    entity: Entity
    asked: tuple[str, ...]
    known: tuple[Day, ...]
    misplaced: Day = Day("undated", files=0)

    @property
    def every(self) -> list[Day]:
        """The asked days, and what lies in misplaced files."""
        return [*self.chosen, self.misplaced]

    @cached_property
    def chosen(self) -> list[Day]:
        """The asked days; one that was never read has no files."""
        by_name = {day.name: day for day in self.known}
        return [by_name.get(name, Day(name, files=0)) for name in self.asked]

    def usual_rows(self, day: Day) -> Band | None:
        """What is usual of the rows of a day; None as long as too few days are known."""
        wanted = self.entity.thresholds
        measure = Measure(
            "low", 1 - wanted.fewest_rows, 1 - wanted.fewest_rows_stop, FEW_ROWS, FEW_ROWS, other_weekdays=0.5
        )
        return band_of(self._rows, day.date, measure)

    def usual_rejected(self, day: Day) -> Band:
        """What is usual of the rejected share of a day: never more than the entity's thresholds allow."""
        wanted = self.entity.thresholds
        # Of a sender without bad rows every share is a multiple: red is not drawn nearer than what warns of any sender.
        least_stop = max(LEAST_RISE, wanted.rejected)
        measure = Measure("high", wanted.rejected_factor - 1, wanted.rejected_factor_stop - 1, LEAST_RISE, least_stop)
        unknown = Band(0.0, 0.0, 1.0, 1.0, "high", by_weekday=False, is_learned=False)
        band = band_of(self._shares, day.date, measure) or unknown
        return replace(band, high=min(wanted.rejected, band.high), stop=min(wanted.rejected_limit, band.stop))

    def is_expected(self, day: Day) -> bool:
        """Whether the day should bring rows, as the weeks before did."""
        return is_expected(self._rows, day.date)

    def former(self, day: Day) -> list[Day]:
        """The days with rows before a day, newest first."""
        here = bisect_left(self._names, day.name)
        return self._with_rows[max(0, here - NEAREST_DAYS) : here][::-1]

    @cached_property
    def _rows(self) -> Mapping[date, float]:
        return {day.date: float(day.read) for day in self._with_rows}

    @cached_property
    def _shares(self) -> Mapping[date, float]:
        return {day.date: day.rejected_share for day in self._with_rows if not day.is_held}

    @cached_property
    def _with_rows(self) -> list[Day]:
        return [day for day in self.known if day.read]

    @cached_property
    def _names(self) -> list[str]:
        return [day.name for day in self._with_rows]
