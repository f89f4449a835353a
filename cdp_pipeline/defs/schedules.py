"""The daily schedule; stopped until it is started in the UI."""

import dagster as dg

from cdp_pipeline.defs.jobs import daily_profiles
from cdp_pipeline.settings import read_settings


@dg.schedule(
    name="daily_profiles_schedule",
    job=daily_profiles,
    cron_schedule="0 2 * * *",
    execution_timezone=read_settings().partition_timezone,
    description="Every night at 02:00 in the default timezone: the files delivered the day before.",
)
def daily_profiles_schedule(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """Request yesterday's drop date."""
    day = context.scheduled_execution_time.date().toordinal() - 1
    key = context.scheduled_execution_time.date().fromordinal(day).isoformat()
    return dg.RunRequest(run_key=key, partition_key=key)
