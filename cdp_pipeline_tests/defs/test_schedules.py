from datetime import datetime
from zoneinfo import ZoneInfo

import dagster as dg

from cdp_pipeline.defs.schedules import daily_profiles_schedule


def test_the_schedule_asks_for_the_day_before_once() -> None:
    tick = datetime(2026, 11, 17, 2, tzinfo=ZoneInfo("Etc/GMT-7"))
    request = daily_profiles_schedule(dg.build_schedule_context(scheduled_execution_time=tick))
    assert (request.partition_key, request.run_key) == ("2026-11-16", "2026-11-16")


def test_the_schedule_waits_to_be_switched_on() -> None:
    assert daily_profiles_schedule.default_status is dg.DefaultScheduleStatus.STOPPED
