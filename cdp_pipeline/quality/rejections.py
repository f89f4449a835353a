"""An entity's days -> what is to be said of the rows that did not go through: rejected ones and duplicates."""

from cdp_pipeline.entities.thresholds import Thresholds
from cdp_pipeline.quality import checks
from cdp_pipeline.quality.days import FEW_ROWS, FEWEST_ROWS, Day, EntityDays
from cdp_pipeline.quality.verdict import Verdict, listed


def judge_rejected(days: EntityDays) -> list[Verdict]:
    """The verdicts on the rows of an entity that did not go through, in the order of `rejected_checks`."""
    return [judge_share(days), judge_limit(days), judge_duplicates(days)]


def judge_share(days: EntityDays) -> Verdict:
    """Whether few rows of each asked day are rejected, against what is usual of its weekday."""
    bad, is_red = [], False
    for day in days.chosen:
        # Of a held delivery another check tells more.
        if is_more_rejected(days, day) and not day.is_held:
            band = days.usual_rejected(day)
            bad.append(f"{day.name}: {day.rejected:,} of {day.read:,}, expected at most {band.high:.1%}")
            is_red |= band.stops(day.rejected_share)
    lost = days.misplaced.rejected
    if lost:
        bad.append(f"{lost:,} entries for files that lie in no day's folder")
    read, rejected = (
        sum(getattr(day, name) for day in [*days.chosen, days.misplaced]) for name in ("read", "rejected")
    )
    return Verdict(
        checks.REJECTED_LOW,
        passed=not bad,
        says=f"More rows than usual are rejected: {listed(bad)}. `cdp rejected --entity {days.entity.object_type}` "
        "lists "
        "them with what is wrong; `--csv FILE` exports them for repair."
        if bad
        else f"{rejected:,} of {read:,} rows are rejected.",
        numbers={"rows_read": read, "rows_rejected": rejected, "rejected_share": rejected / read if read else 0.0},
        is_red=is_red,
    )


def is_more_rejected(days: EntityDays, day: Day) -> bool:
    """Whether more rows of a day are rejected than is usual, and more than a few."""
    return day.rejected > FEW_ROWS and days.usual_rejected(day).warns(day.rejected_share)


def judge_limit(days: EntityDays) -> Verdict:
    """Whether no delivery of the entity is held, of whatever day: it stays red until the last one is released."""
    limit = days.entity.thresholds.rejected_limit
    held = [day for day in days.known if day.is_held]
    found = [f"{day.name}: {day.rejected:,} of {day.read:,} rows rejected" for day in held]
    kind = days.entity.object_type
    first = held[0].name if held else ""
    return Verdict(
        checks.REJECTED_BEARABLE,
        passed=not held,
        says=f"{listed(found)}; expected accepted rows, and at most {limit:.0%} rejected. Such a delivery is held: "
        "none of its rows are used, rows of the day that were used before stay, and all else is published. "
        f"`cdp rejected --entity {kind} --date {first}` says what is wrong. Drop the repaired file under its own name "
        f"into {kind}/{first}/ and run again, or accept the delivery as it is with "
        f"`cdp run --date {first} --accept-rejected` (in Dagster: `accept_rejected: true` on read_{days.entity.name}), "
        "or remove the file."
        if held
        else "No delivery is held.",
        numbers={"deliveries_held": len(held), "deliveries_accepted": sum(day.is_accepted for day in days.known)},
    )


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


def judge_duplicates(days: EntityDays) -> Verdict:
    """Whether few rows of each asked day are exact re-sends."""
    most = days.entity.thresholds.duplicates
    bad = [
        f"{day.name}: {day.duplicates:,} of {day.read:,} rows"
        for day in days.chosen
        if day.duplicates > FEW_ROWS and day.duplicates > most * day.read
    ]
    found = sum(day.duplicates for day in days.chosen)
    return Verdict(
        checks.DUPLICATES,
        passed=not bad,
        says=f"Exact re-sends on {listed(bad)}; expected at most {most:.0%}. They count once and harm nothing, but "
        "ask the "
        "sender whether a file was sent twice or exports overlap."
        if bad
        else f"{found:,} rows are exact re-sends.",
        numbers={"rows_duplicated": found},
    )
