"""An entity's days -> what is to be said of the rows that did not go through: rejected ones and duplicates."""

from statistics import median

from cdp_pipeline.quality import checks
from cdp_pipeline.quality.days import FEW_ROWS, FEWEST_DAYS, FEWEST_ROWS, Day, EntityDays
from cdp_pipeline.quality.verdict import Verdict, listed

LEAST_RISE = 0.01
"""A rise of less than one row in a hundred is none, even where it is a multiple."""


def judge_rejected(days: EntityDays) -> list[Verdict]:
    """The verdicts on the rows of an entity that did not go through, in the order of `rejected_checks`."""
    return [judge_share(days), judge_limit(days), judge_duplicates(days)]


def judge_share(days: EntityDays) -> Verdict:
    """Whether few rows of each asked day are rejected, against the entity's threshold and its own history."""
    wanted = days.entity.thresholds
    bad = []
    for day in days.chosen:
        if day.rejected <= FEW_ROWS:
            continue
        shares = [other.rejected_share for other in days.others(day)]
        usual = median(shares) if len(shares) >= FEWEST_DAYS else wanted.rejected
        most = min(wanted.rejected, max(wanted.rejected_factor * usual, usual + LEAST_RISE))
        if day.rejected_share > most:
            bad.append(f"{day.name}: {day.rejected:,} of {day.read:,}, expected at most {most:.1%}")
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
    )


def judge_limit(days: EntityDays) -> Verdict:
    """Whether no day of the entity, asked for or not, is rejected beyond the limit.

    All days, so that a broken one is not published by the next day's run: it stops every run until it is dropped again
    or taken as it is.
    """
    wanted = days.entity.thresholds
    broken = [day for day in days.known if not day.is_taken and is_broken(days, day)]
    told = [f"{day.name}: {day.rejected:,} of {day.read:,} rows rejected" for day in broken]
    kind = days.entity.object_type
    first = broken[0].name if broken else ""
    return Verdict(
        checks.REJECTED_BEARABLE,
        passed=not broken,
        says=f"{listed(told)}; expected accepted rows, and at most {wanted.rejected_limit:.0%} rejected. Nothing is "
        f"published until the file is right: `cdp rejected --entity {kind} --date {first}` says what is wrong. Drop "
        "the "
        f"repaired file into {kind}/{first}/ and run again, or take the day as it is with "
        f"`cdp run --date {first} --accept-rejected` (in Dagster: `accept_rejected: true` on read_{days.entity.name})."
        if broken
        else "No day is rejected as a whole or for the greater part.",
        numbers={"days_broken": len(broken), "days_taken": sum(day.is_taken for day in days.known)},
    )


def is_broken(days: EntityDays, day: Day) -> bool:
    """Whether so much of a day is rejected that nothing should be made of it: all of it, or more than the limit."""
    wanted = days.entity.thresholds
    if day.rejected and not day.accepted:
        return day.read > wanted.spared_rows
    return day.read >= FEWEST_ROWS and day.rejected_share > wanted.rejected_limit


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
