"""An entity's days -> verdicts on the requested days: rows, fields, contacts, lists of values.

Each day is evaluated by itself, as the sum over a month would hide a bad day.
"""

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.quality import checks
from cdp_pipeline.quality.usual import FEWEST_DAYS, Band, Measure, band_of, is_expected
from cdp_pipeline.quality.verdict import Verdict, listed
from cdp_pipeline.values.counted import count_of
from cdp_pipeline.values.foreign_text import visible

FEW_ROWS = 3
"""Up to so many rows of a day never warn, whatever their share of it."""

FEWEST_ROWS = 20
"""A share of fewer rows is chance, and holds no delivery."""

NEAREST_DAYS = 30
"""A field is new when no day of so many before had it."""

FORMER_DAYS = 10
"""The number of former days that show which fields are filled."""

LEAST_RISE = 0.01
"""A rise of less than one row in a hundred is none, even where it is a multiple."""

EXPECTED_CELLS = 10
"""A field is missing when former days predict so many filled cells: none by chance is one case in twenty thousand."""


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
        rules: Rejected rows by rule.
        findings: Accepted rows by finding, such as `drift:nickname` or `format:phone`.
        filled: Filled cells of the staged rows by column; empty where they were not counted.
        settled: How many of the rejected rows were repaired, or accepted from a later day; none of a held day.
        is_held: Whether it is held, so that none of its rows are used.
        is_accepted: Whether an operator accepted it with all that is rejected.
    """

    name: str
    files: int = 1
    read: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicates: int = 0
    rules: Mapping[str, int] = field(default_factory=dict)
    findings: Mapping[str, int] = field(default_factory=dict)
    filled: Mapping[str, int] = field(default_factory=dict)
    settled: int = 0
    is_held: bool = False
    is_accepted: bool = False

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
        """Rejected rows that nothing has settled."""
        return self.rejected - self.settled


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


def evaluate_staging(days: EntityDays) -> list[Verdict]:
    """The verdicts on an entity's staged rows, in the order of `staging_checks`."""
    evaluations = {
        checks.ACCOUNTED_FOR: evaluate_accounts,
        checks.AS_MANY_ROWS: evaluate_rows,
        checks.FIELDS: evaluate_fields,
        checks.CONTACTS: evaluate_contacts,
        checks.VALUES: evaluate_values,
    }
    return [evaluations[check](days) for check in checks.staging_checks(days.entity)]


def evaluate_accounts(days: EntityDays) -> Verdict:
    """Whether what was read equals what was accepted, rejected and counted as duplicate, on each day."""
    every = [*days.chosen, days.misplaced]
    off = [
        f"{day.name}: {day.read:,} read, {day.accepted + day.rejected + day.duplicates:,} accounted for"
        for day in every
        if day.read != day.accepted + day.rejected + day.duplicates
    ]
    numbers = {
        "rows_read": sum(day.read for day in every),
        "rows_accounted_for": sum(day.accepted + day.rejected + day.duplicates for day in every),
    }
    return Verdict(
        checks.ACCOUNTED_FOR,
        passed=not off,
        message=f"Rows are unaccounted for on {listed(off)}; each must be accepted, rejected or a duplicate. This is "
        "a fault of the pipeline: read the day again with `cdp run --date`, and report it if it stays."
        if off
        else f"Every one of {count_of(numbers['rows_read'], 'row')} is accounted for.",
        numbers=numbers,
    )


def evaluate_rows(days: EntityDays) -> Verdict:
    """Whether each asked day brought rows, and about as many as its weekday usually brings."""
    missing: list[str] = []
    short: list[str] = []
    too_new: list[str] = []
    is_red = False
    for day in days.chosen:
        band = days.usual_rows(day)
        if not day.read:
            if days.entity.thresholds.comes_daily and days.is_expected(day):
                (short if day.files else missing).append(f"{day.name}: files without a row" if day.files else day.name)
                # Other weekdays give the size of a day, not whether this weekday has one.
                is_red |= band is not None and band.by_weekday and band.stops(0)
        elif band is None:
            too_new.append(day.name)
        elif band.warns(day.read):
            short.append(
                f"{day.name}: {count_of(day.read, 'row')}, usually {band.usual:,.0f}, expected at least {band.low:,.0f}"
            )
            is_red |= band.stops(day.read)
    if missing or short:
        problems = [f"No file on {listed(missing)}. Expected one a day; ask the sender."] if missing else []
        if short:
            problems.append(
                f"{listed(short)}. Ask the sender whether the file is whole; a file delivered again to the same folder "
                "replaces what was read."
            )
        message = " ".join(problems)
    elif too_new:
        message = f"Fewer than {FEWEST_DAYS} days before are known, too few to know what is usual."
    else:
        message = "Each day has about as many rows as usual."
    numbers = {"rows_read": sum(day.read for day in days.chosen)}
    return Verdict(checks.AS_MANY_ROWS, not (missing or short), message, numbers, is_red=is_red)


def evaluate_fields(days: EntityDays) -> Verdict:
    """Whether each asked day has the fields of the days before: no unknown one more, no filled one less."""
    changed = [found for day in days.chosen if day.accepted for found in _changed_fields(days, day)]
    unknown = {rule for day in days.chosen for rule in day.findings if rule.startswith("drift:")}
    return Verdict(
        checks.FIELDS,
        passed=not changed,
        message=f"{listed(changed)}. Expected the fields of the days before. Ask the sender what changed; declare a "
        f"new field, or the new name of one, in cdp_pipeline/entities/{days.entity.name}.py and read the day again."
        if changed
        else f"No field came or went; kept in column extra: {count_of(len(unknown), 'field')} that are not declared.",
        numbers={"fields_changed": len(changed), "fields_unknown": len(unknown)},
    )


def _changed_fields(days: EntityDays, day: Day) -> list[str]:
    former = days.former(day)
    if not former:
        return []
    before = {rule for other in former for rule in other.findings}
    new = [rule for rule in day.findings if rule.startswith("drift:") and rule not in before]
    changed = [
        f"{day.name}: new field {visible(rule.removeprefix('drift:'))} in {count_of(day.findings[rule], 'row')}"
        for rule in sorted(new)
    ]
    looked_at = [other for other in former[:FORMER_DAYS] if other.filled]
    rows = sum(other.accepted for other in looked_at)
    for column in days.entity.columns:
        usual = sum(other.filled.get(column.name, 0) for other in looked_at) / rows if rows else 0.0
        expected = usual * day.accepted
        if day.filled and not day.filled.get(column.name) and expected >= EXPECTED_CELLS:
            changed.append(f"{day.name}: {column.source} is empty in all rows, usually filled in {usual:.0%}")
    return changed


def evaluate_contacts(days: EntityDays) -> Verdict:
    """Whether the phones and e-mails of each asked day can be normalised, column by column."""
    least = days.entity.thresholds.usable_contacts
    columns = [c for c in days.entity.columns if c.kind in (kinds.PHONE, kinds.EMAIL)]
    bad, sent, unusable = [], 0, 0
    for day in days.chosen:
        for column in columns:
            rule = f"format:{column.source}"
            refused = day.rules.get(rule, 0)
            cells, wrong = day.filled.get(column.name, 0) + refused, day.findings.get(rule, 0) + refused
            sent, unusable = sent + cells, unusable + wrong
            if wrong > FEW_ROWS and wrong > (1 - least) * cells:
                bad.append(f"{day.name}: {wrong:,} of {cells:,} cells of {column.source}")
    return Verdict(
        checks.CONTACTS,
        passed=not bad,
        message=f"Unusable phones or e-mails on {listed(bad)}; expected at least {least:.0%} usable. People without a "
        "contact are rarely found again: ask the sender what fills the field, and check CDP_DEFAULT_REGION for "
        "phones without a country code."
        if bad
        else f"{sent - unusable:,} of {sent:,} filled phones and e-mails are usable.",
        numbers={"contacts_filled": sent, "contacts_unusable": unusable},
    )


def evaluate_values(days: EntityDays) -> Verdict:
    """Whether the rows of each asked day keep to the lists of values that the entity declares."""
    most = days.entity.thresholds.outside_lists
    rules = {f"value:{c.source}" for c in days.entity.columns if c.allowed and c.unknown != "keep"}
    bad, outside = [], 0
    for day in days.chosen:
        found = {rule: day.rules.get(rule, 0) + day.findings.get(rule, 0) for rule in sorted(rules)}
        outside += sum(found.values())
        bad += [
            f"{day.name}: {rows:,} of {day.read:,} rows in {rule.removeprefix('value:')}"
            for rule, rows in found.items()
            if rows > FEW_ROWS and rows > most * day.read
        ]
    return Verdict(
        checks.VALUES,
        passed=not bad,
        message=f"Values outside their lists on {listed(bad)}; expected at most {most:.0%}. Add a correct value to "
        f"the list in cdp_pipeline/entities/{days.entity.name}.py; ask the sender to correct a wrong one."
        if bad
        else f"Outside their lists: {count_of(outside, 'value')}.",
        numbers={"values_outside_lists": outside},
    )
