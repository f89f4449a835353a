"""The sensor for files that come late or are dropped again; stopped until somebody starts it in the UI."""

import hashlib

import dagster as dg

from cdp_pipeline.defs.jobs import daily_profiles
from cdp_pipeline.defs.partitions import DROP_DATES
from cdp_pipeline.defs.resources import Workplace
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.ingest.files import discover_files
from cdp_pipeline.lake import UNDATED
from cdp_pipeline.steps.days import pending


@dg.sensor(
    name="new_files_sensor",
    job=daily_profiles,
    minimum_interval_seconds=60,
    description="A new or changed file in any drop folder requests its drop date, once per content.",
)
def new_files_sensor(context: dg.SensorEvaluationContext, workplace: Workplace) -> dg.SensorResult:
    """Request every drop date that has files which no finished run has read as they are now."""
    settings = workplace.settings
    landing = discover_files(settings.raw_dir, [entity.object_type for entity in ENTITIES])
    states: dict[str, list[str]] = {}
    for work in pending(workplace.lake, landing, ENTITIES, settings):
        states.setdefault(work.day, []).extend(f"{f.source_file}|{f.size}|{f.modified_ns}" for f in work.files)
    known = set(DROP_DATES.get_partition_keys())
    days = sorted(day for day in states if day in known)
    if UNDATED in states and known and not days:
        # Misplaced files belong to no date; they are reported with the newest one.
        days, states[max(known)] = [max(known)], states[UNDATED]
    requests = [
        dg.RunRequest(
            # The date alone would suppress a second re-drop of the same day.
            run_key=f"{day}:{_digest(states[day])}",
            partition_key=day,
        )
        for day in days
    ]
    reason = None if requests else "No new or changed files."
    return dg.SensorResult(run_requests=requests, skip_reason=reason)


def _digest(states: list[str]) -> str:
    return hashlib.blake2b("\n".join(sorted(states)).encode(), digest_size=12).hexdigest()
