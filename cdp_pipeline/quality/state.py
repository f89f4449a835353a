"""The latest versions of an entity's records -> whether they are keyed and fresh."""

from datetime import date

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.quality import checks
from cdp_pipeline.quality.verdict import Verdict
from cdp_pipeline.values.counted import count_of


def evaluate_keys(records: int, keys: int) -> Verdict:
    """Whether there are as many keys as records."""
    return Verdict(
        checks.UNIQUE,
        passed=keys == records,
        message=f"{records:,} records have {keys:,} keys."
        if keys == records
        else f"{records:,} records have {keys:,} keys; expected one each. This is a fault of the pipeline: rebuild "
        "with `cdp run --all`, and report it if it stays.",
        numbers={"records": records, "keys": keys},
    )


def evaluate_freshness(entity: Entity, newest: date | None, newest_of_all: date | None) -> Verdict:
    """Whether the newest delivery of an entity is at most a few days older than the newest of all entities.

    Not against the clock: a backfill of an old month would never be fresh. That all senders fall silent shows in
    `as_many_rows_as_usual` of the day that a scheduled run asks for.

    Args:
        entity: The entity.
        newest: Its newest drop date with accepted rows; None if it never had any.
        newest_of_all: The newest such date of any entity.
    """
    most = entity.thresholds.fresh_days
    if newest is None or newest_of_all is None:
        return Verdict(checks.FRESH, passed=True, message="No delivery was ever read; the entity is not connected yet.")
    behind = (newest_of_all - newest).days
    return Verdict(
        checks.FRESH,
        passed=behind <= most,
        message=f"The newest delivery is of {newest}."
        if behind <= most
        else f"The newest delivery is of {newest}, {count_of(behind, 'day')} behind {newest_of_all}, the newest of all "
        f"entities; expected at most {most}. Ask the sender of {entity.object_type} whether its export still runs.",
        numbers={"days_behind": behind},
    )
