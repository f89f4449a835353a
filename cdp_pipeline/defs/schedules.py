"""The daily schedule, and the sensor for files that come late or are replaced; both stopped until started in the UI."""

from datetime import UTC, datetime, timedelta

import dagster as dg

from cdp_pipeline.defs.jobs import daily_profiles
from cdp_pipeline.defs.partitions import DROP_DATES
from cdp_pipeline.defs.resources import Workplace
from cdp_pipeline.deliveries import Memory, dates_to_run, landing_of
from cdp_pipeline.entities.registry import ENTITIES
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


TRIED_AGAIN_AFTER = timedelta(days=1)
"""A run that failed by its own error fails again at once; by the next day the cause may be repaired."""


@dg.sensor(
    name="new_files_sensor",
    job=daily_profiles,
    minimum_interval_seconds=60,
    description="A new or changed file in any drop folder requests its drop date, once per content.",
)
def new_files_sensor(context: dg.SensorEvaluationContext, workplace: Workplace) -> dg.SensorResult:
    """Request every drop date that has files which no finished run has read as they are now."""
    settings = workplace.settings
    landing = landing_of(settings, ENTITIES)
    partitions = DROP_DATES.get_partition_keys()
    keys, memory = dates_to_run(
        workplace.lake,
        landing,
        ENTITIES,
        settings,
        partitions,
        Memory.read(context.cursor),
        gave_up=lambda key: _failed_long_ago(context.instance, key),
    )
    return dg.SensorResult(
        run_requests=[dg.RunRequest(run_key=key, partition_key=day) for day, key in sorted(keys.items())],
        skip_reason=None if keys else "No new or changed files.",
        cursor=memory.written(),
    )


def _failed_long_ago(instance: dg.DagsterInstance, run_key: str) -> bool:
    """Whether the newest run of this key failed, a day ago or more."""
    for record in instance.get_run_records(dg.RunsFilter(tags={"dagster/run_key": run_key}), limit=1):
        ended = record.end_time or record.update_timestamp.timestamp()
        is_old = datetime.now(UTC) - datetime.fromtimestamp(ended, UTC) >= TRIED_AGAIN_AFTER
        return is_old and record.dagster_run.status is dg.DagsterRunStatus.FAILURE
    return False
