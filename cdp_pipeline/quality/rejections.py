"""An entity's days -> verdicts on rejected rows and duplicates."""

from cdp_pipeline.entities.thresholds import Thresholds
from cdp_pipeline.quality import checks
from cdp_pipeline.quality.days import FEW_ROWS, FEWEST_ROWS, Day, EntityDays
from cdp_pipeline.quality.verdict import Verdict, listed
from cdp_pipeline.values.counted import count_of


def evaluate_rejected(days: EntityDays) -> list[Verdict]:
    """The verdicts on rejected rows and duplicates of an entity, in the order of `rejected_checks`."""
    return [evaluate_share(days), evaluate_limit(days), evaluate_duplicates(days)]


def evaluate_share(days: EntityDays) -> Verdict:
    """Whether few rejected rows of each asked day are open, against the share that its weekday usually rejects."""
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
    every = [*days.chosen, days.misplaced]
    read, rejected, still_open = (
        sum(getattr(day, name) for day in every) for name in ("read", "rejected", "rejected_open")
    )
    one = f"--entity {days.entity.object_type}"
    return Verdict(
        checks.REJECTED_LOW,
        passed=not bad,
        message=f"More rejected rows than usual are open: {listed(bad)}. `cdp rejected {one}` lists them with what is "
        f"wrong; `cdp rejected {one} --csv FILE` exports them for repair."
        if bad
        else f"Rejected: {rejected:,} of {count_of(read, 'row')}; open: {still_open:,}.",
        numbers={
            "rows_read": read,
            "rows_rejected": rejected,
            "rows_rejected_open": still_open,
            "rejected_share": rejected / read if read else 0.0,
        },
        is_red=is_red,
    )


def is_more_rejected(days: EntityDays, day: Day, rows: int) -> bool:
    """Whether so many rejected rows of a day, all or those that are open, are more than is usual, and than a few."""
    return rows > FEW_ROWS and days.usual_rejected(day).warns(rows / day.read)


def evaluate_limit(days: EntityDays) -> Verdict:
    """Whether no delivery of the entity is held, of whatever day: it stays red until the last one is released."""
    limit = days.entity.thresholds.rejected_limit
    held = [day for day in days.known if day.is_held]
    found = [f"{day.name}: {day.rejected:,} of {day.read:,} rows rejected" for day in held]
    kind = days.entity.object_type
    first = held[0].name if held else ""
    return Verdict(
        checks.REJECTED_BEARABLE,
        passed=not held,
        message=f"{listed(found)}; expected accepted rows, and at most {limit:.0%} rejected. Such a delivery is held: "
        "none of its rows are used, rows of the day that were used before stay, and all else is published. "
        f"`cdp rejected --entity {kind} --date {first}` shows what is wrong. Repair its rows (the same command with "
        f"`--csv FILE` exports them for `cdp repair FILE`), or deliver the corrected file under its own name into "
        f"{kind}/{first}/, or remove it, and run again; or accept the delivery as it is with "
        f"`cdp run --date {first} --accept-rejected` (in Dagster: `accept_rejected: true` on read_{days.entity.name})."
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


def evaluate_duplicates(days: EntityDays) -> Verdict:
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
        message=f"Exact re-sends on {listed(bad)}; expected at most {most:.0%}. They count once and harm nothing, but "
        "ask the sender whether a file was sent twice or exports overlap."
        if bad
        else f"Exact re-sends: {count_of(found, 'row')}.",
        numbers={"rows_duplicated": found},
    )
