"""What checks measure on rejected rows and duplicates of an entity's asked days, and when a delivery is broken."""

from cdp_pipeline.entities.entity import Thresholds
from cdp_pipeline.quality.days import FEW_ROWS, Day, EntityDays
from cdp_pipeline.quality.verdict import Measured
from cdp_pipeline.values.display_text import count_of

FEWEST_ROWS = 20
"""A share of fewer rows is chance, and holds no delivery."""


def open_rejections(days: EntityDays) -> Measured:
    """Rejected rows that nothing has settled, against the share that the day's weekday usually rejects."""
    bad, is_red = [], False
    for day in days.chosen:
        # A held delivery has a check of its own.
        if is_more_rejected(days, day, day.rejected_open) and not day.is_held:
            band = days.usual_rejected(day)
            settled = f" ({day.settled:,} more are settled)" if day.settled else ""
            bad.append(f"{day.name}: {day.rejected_open:,} of {day.read:,}{settled}, expected at most {band.high:.1%}")
            is_red |= band.stops(day.rejected_open / day.read)
    if days.misplaced.rejected:
        bad.append(f"{count_of(days.misplaced.rejected, 'entry')} for files that lie in no day's folder")
    read, rejected = sum(day.read for day in days.every), sum(day.rejected for day in days.every)
    numbers = {
        "rows_read": read,
        "rows_rejected": rejected,
        "rows_rejected_open": sum(day.rejected_open for day in days.every),
        "rejected_share": rejected / read if read else 0.0,
    }
    return Measured(not bad, numbers, bad, {"rows": count_of(read, "row")}, is_red)


def held_deliveries(days: EntityDays) -> Measured:
    """Deliveries that are held, of whatever day: the check stays red until the last one is released."""
    held = [day for day in days.known if day.is_held]
    found = [f"{day.name}: {day.rejected:,} of {day.read:,} rows rejected" for day in held]
    numbers = {"deliveries_held": len(held), "deliveries_accepted": sum(day.is_accepted for day in days.known)}
    return Measured(not held, numbers, found, {"first": held[0].name if held else ""})


def exact_resends(days: EntityDays) -> Measured:
    """Rows that are exact re-sends."""
    bad = [
        f"{day.name}: {day.duplicates:,} of {day.read:,} rows"
        for day in days.chosen
        if day.duplicates > FEW_ROWS and day.duplicates > days.entity.thresholds.duplicates * day.read
    ]
    resent = sum(day.duplicates for day in days.chosen)
    return Measured(not bad, {"rows_duplicated": resent}, bad, {"rows": count_of(resent, "row")})


def is_more_rejected(days: EntityDays, day: Day, rows: int) -> bool:
    """Whether so many rejected rows of a day, all or those that are open, are more than is usual, and than a few."""
    return rows > FEW_ROWS and days.usual_rejected(day).warns(rows / day.read)


def is_broken(thresholds: Thresholds, read: int, accepted: int, rejected: int) -> bool:
    """Whether so much of a day is rejected that nothing should be made of it: all of it, or more than the limit.

    Args:
        thresholds: Those of the entity.
        read: Rows read.
        accepted: Rows accepted, without exact re-sends.
        rejected: Rows rejected.
    """
    if rejected and not accepted:
        return read > thresholds.spared_rows
    return read >= FEWEST_ROWS and rejected > thresholds.rejected_limit * read
