"""The day that summaries and periods are judged by: the newest drop date, never the wall clock.

current records -> a date

So a run over the same files gives the same profiles whenever it happens.
"""

from collections.abc import Mapping
from datetime import date

import polars as pl


def newest_drop_date(current: Mapping[str, pl.LazyFrame]) -> date | None:
    """The newest date on which any entity's record was dropped; None where there is no record at all.

    Reads one column of each current table.

    Args:
        current: The current records by entity name; `last_drop_date` of deleted ones counts like any other.
    """
    newest = [records.select(pl.col("last_drop_date").max()) for records in current.values()]
    found = [frame.item() for frame in pl.collect_all(newest, engine="streaming")]
    return max((day for day in found if day is not None), default=None)
