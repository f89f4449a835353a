"""What checks measure on the latest versions of an entity's records: their keys and their freshness."""

from datetime import date

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.quality.verdict import Measured
from cdp_pipeline.values.display_text import count_of


def keys_of_records(records: int, keys: int) -> Measured:
    """Records that share a key."""
    return Measured(keys == records, {"records": records, "keys": keys})


def days_behind(entity: Entity, newest: date | None, newest_of_all: date | None) -> Measured:
    """Days that the entity's newest delivery is older than the newest of all.

    Not against the clock: a backfill of an old month would never be fresh. That all senders fall silent shows in
    `as_many_rows_as_usual` of the day that a scheduled run asks for.
    """
    if newest is None or newest_of_all is None:
        return Measured(passed=True, words={"state": "never read; the entity is not connected yet"})
    behind = (newest_of_all - newest).days
    words = {"state": f"of {newest}", "days": count_of(behind, "day")}
    return Measured(behind <= entity.thresholds.fresh_days, {"days_behind": behind}, words=words)
