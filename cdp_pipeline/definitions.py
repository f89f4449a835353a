"""The code location: assembles what `defs/` declares."""

import os

import dagster as dg

from cdp_pipeline.defs.alerts import failed_run_alert
from cdp_pipeline.defs.current import current_assets
from cdp_pipeline.defs.executors import EXECUTOR
from cdp_pipeline.defs.identity import identity_assets
from cdp_pipeline.defs.jobs import daily_profiles, retention_job
from cdp_pipeline.defs.loggers import terminal_logger
from cdp_pipeline.defs.privacy import due_requests_alert, privacy_assets
from cdp_pipeline.defs.profiles import profile_assets
from cdp_pipeline.defs.quality import page_of_stopped_run, quality_assets
from cdp_pipeline.defs.raw import raw_assets
from cdp_pipeline.defs.resources import WORKPLACE
from cdp_pipeline.defs.schedules import daily_profiles_schedule, new_files_sensor
from cdp_pipeline.defs.serving import serving_assets
from cdp_pipeline.defs.staging import staging_assets

# Every process of Dagster that takes a step or keeps a run imports this first; what it writes is its owner's alone.
os.umask(0o077)

# On the steps and not on the job, as a step can be launched without it: from its asset's page or the lineage.
steps = [
    step.with_hooks({page_of_stopped_run})
    for step in (
        *staging_assets,
        *current_assets,
        *identity_assets,
        *profile_assets,
        *serving_assets,
        *quality_assets,
        *privacy_assets,
    )
]

defs = dg.Definitions(
    assets=[*raw_assets, *steps],
    jobs=[daily_profiles, retention_job],
    schedules=[daily_profiles_schedule],
    sensors=[new_files_sensor, failed_run_alert, due_requests_alert],
    resources={"workplace": WORKPLACE},
    loggers={"console": dg.colored_console_logger, "terminal": terminal_logger},
    executor=EXECUTOR,
)
