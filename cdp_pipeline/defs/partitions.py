"""Daily partitions by drop date, from the first drop date to today."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import dagster as dg

from cdp_pipeline.settings import read_settings


class DropDates(dg.DailyPartitionsDefinition):
    """Daily partitions whose keys are listed once per last day.

    Dagster asks for all keys at every step downstream of a partitioned asset, some fifty times a run, and lists them
    by walking from day to day: a second in all, and more with every year.
    """

    def get_partition_keys(
        self, current_time: datetime | None = None, dynamic_partitions_store: Any = None
    ) -> Sequence[str]:
        """All keys, from the first drop date to the last day there is now."""
        with dg.partition_loading_context(current_time, dynamic_partitions_store):
            first, last = self.get_first_partition_window(), self.get_last_partition_window()
            if first is None or last is None:
                return []
            # Dagster remembers the keys of a window.
            return list(self.get_partition_keys_in_time_window(dg.TimeWindow(first.start, last.end)))


DROP_DATES = DropDates(
    # A file of any later day asks for its day, at whatever time it comes; so the files that lie there do not decide.
    start_date=read_settings().first_drop_date.isoformat(),
    timezone=read_settings().partition_timezone,
    # Files of a day lie there on that day, not only when it is over.
    end_offset=1,
)


def asked_dates(tags: Mapping[str, str]) -> str:
    """The drop dates that a run was asked for, by its tags, in a few words; empty for one of no date."""
    if day := tags.get("dagster/partition"):
        return day
    first, last = (tags.get(f"dagster/asset_partition_range_{end}", "") for end in ("start", "end"))
    return first if first == last else f"{first} to {last}"
