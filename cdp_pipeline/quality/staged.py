"""What checks measure on the staged rows of an entity's asked days: rows, fields, contacts, lists of values.

Each day is evaluated by itself, as the sum over a month would hide a bad day.
"""

from collections.abc import Iterable

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.model import Column
from cdp_pipeline.quality.days import FEW_ROWS, Day, EntityDays
from cdp_pipeline.quality.verdict import Measured
from cdp_pipeline.values.display_text import count_of, visible

FORMER_DAYS = 10
"""The number of former days that show which fields are filled."""

EXPECTED_CELLS = 10
"""A field is missing when former days predict so many filled cells: none by chance is one case in twenty thousand."""


def contact_columns(entity: Entity) -> list[Column]:
    """The columns that hold a phone or an e-mail."""
    return [column for column in entity.columns if column.kind in (kinds.PHONE, kinds.EMAIL)]


def listed_columns(entity: Entity) -> list[Column]:
    """The columns with a list of values that others are held against."""
    return [column for column in entity.columns if column.allowed and column.unknown != "keep"]


def unaccounted_rows(days: EntityDays) -> Measured:
    """Rows read that are neither accepted, rejected, duplicates nor suppressed."""
    lost = [
        f"{day.name}: {day.read:,} read, {day.accounted_for:,} accounted for"
        for day in days.every
        if day.read != day.accounted_for
    ]
    read = sum(day.read for day in days.every)
    numbers = {"rows_read": read, "rows_accounted_for": sum(day.accounted_for for day in days.every)}
    return Measured(not lost, numbers, lost, {"rows": count_of(read, "row")})


def rows_against_usual(days: EntityDays) -> Measured:
    """The rows of each day against those that its weekday usually brings; a day of too short a history is as usual."""
    missing: list[str] = []
    short: list[str] = []
    is_red = False
    for day in days.chosen:
        band = days.usual_rows(day)
        if not day.read:
            if days.entity.thresholds.comes_daily and days.is_expected(day):
                (short if day.files else missing).append(f"{day.name}: files without a row" if day.files else day.name)
                # Other weekdays give the size of a day, not whether this weekday has one.
                is_red |= band is not None and band.by_weekday and band.stops(0)
        elif band and band.warns(day.read):
            short.append(
                f"{day.name}: {count_of(day.read, 'row')}, usually {band.usual:,.0f}, expected at least {band.low:,.0f}"
            )
            is_red |= band.stops(day.read)
    found = [f"No file on {', '.join(missing)}", *short] if missing else short
    return Measured(not found, {"rows_read": sum(day.read for day in days.chosen)}, found, is_red=is_red)


def changed_fields(days: EntityDays) -> Measured:
    """Fields that no former day had, and those that former days had filled and all rows leave empty."""
    changed = [found for day in days.chosen if day.staged for found in _changed_fields(days, day)]
    unknown = len({rule for day in days.chosen for rule in day.findings if rule.startswith("drift:")})
    numbers = {"fields_changed": len(changed), "fields_unknown": unknown}
    return Measured(not changed, numbers, changed, {"unknown": count_of(unknown, "field")})


def _changed_fields(days: EntityDays, day: Day) -> Iterable[str]:
    former = days.former(day)
    if not former:
        return
    before = {rule for other in former for rule in other.findings}
    for rule in sorted(rule for rule in day.findings if rule.startswith("drift:") and rule not in before):
        yield f"{day.name}: new field {visible(rule.removeprefix('drift:'))} in {count_of(day.findings[rule], 'row')}"
    with_cells = [other for other in former[:FORMER_DAYS] if other.filled]
    rows = sum(other.staged for other in with_cells)
    for column in days.entity.columns if rows and day.filled else ():
        usual = sum(other.filled.get(column.name, 0) for other in with_cells) / rows
        if not day.filled.get(column.name) and usual * day.staged >= EXPECTED_CELLS:
            yield f"{day.name}: {column.source} is empty in all rows, usually filled in {usual:.0%}"


def unusable_contacts(days: EntityDays) -> Measured:
    """Phones and e-mails that cannot be normalised, by column; of rows refused for them too."""
    most = 1 - days.entity.thresholds.usable_contacts
    bad, sent, unusable = [], 0, 0
    for day in days.chosen:
        for column in contact_columns(days.entity):
            rule = f"format:{column.source}"
            refused = day.rules.get(rule, 0)
            cells, wrong = day.filled.get(column.name, 0) + refused, day.findings.get(rule, 0) + refused
            sent, unusable = sent + cells, unusable + wrong
            if wrong > FEW_ROWS and wrong > most * cells:
                bad.append(f"{day.name}: {wrong:,} of {cells:,} cells of {column.source}")
    numbers = {"contacts_filled": sent, "contacts_unusable": unusable}
    return Measured(not bad, numbers, bad, {"usable": sent - unusable})


def values_outside_lists(days: EntityDays) -> Measured:
    """Rows with a value outside the list that the entity declares, by column; rejected and accepted ones."""
    bad, outside = [], 0
    for day in days.chosen:
        for field in sorted(column.source for column in listed_columns(days.entity)):
            rows = day.rules.get(f"value:{field}", 0) + day.findings.get(f"value:{field}", 0)
            outside += rows
            if rows > FEW_ROWS and rows > days.entity.thresholds.outside_lists * day.read:
                bad.append(f"{day.name}: {rows:,} of {day.read:,} rows in {field}")
    return Measured(not bad, {"values_outside_lists": outside}, bad, {"values": count_of(outside, "value")})
