"""Daily partitions by drop date, from the first drop date to today."""

import dagster as dg

from cdp_pipeline.settings import read_settings

DROP_DATES = dg.DailyPartitionsDefinition(
    start_date=read_settings().first_drop_date.isoformat(),
    timezone=read_settings().partition_timezone,
    # Files of a day lie there on that day, not only when it is over.
    end_offset=1,
)
