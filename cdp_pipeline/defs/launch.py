"""Runs the main job in this process, for the command line."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg

from cdp_pipeline.definitions import defs
from cdp_pipeline.defs.checks import warned
from cdp_pipeline.defs.jobs import JOB_NAME
from cdp_pipeline.defs.loggers import on_step
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.quality.report import Warned
from cdp_pipeline.store import DAILY_LAYERS

INSTANCE_FILE = "dagster.yaml"
_OF_REPOSITORY = {".dagster/repository": "__repository__@cdp_pipeline"}
"""By this the UI finds the runs of a job; it gives it only to runs that it launches itself."""

_RANGE_START = "dagster/asset_partition_range_start"
_RANGE_END = "dagster/asset_partition_range_end"
_OURS = re.compile(r"^cdp_pipeline\.[\w.]+: ")
_INTERRUPTED = "DagsterExecutionInterruptedError"
_CHECK_FAILED = "DagsterAssetCheckFailedError"
"""How Dagster ends a step whose check stops the run; the check has the details."""


@dataclass(frozen=True)
class RunOutcome:
    """How the runs ended: their ids, a sentence per step or check that failed, and the checks that stop nothing."""

    run_ids: tuple[str, ...]
    failures: tuple[str, ...]
    warnings: tuple[Warned, ...] = ()


def run_daily_profiles(
    days: Sequence[date],
    *,
    reprocess: bool,
    log: Callable[[str], object],
    folder: Path,
    from_nothing: bool = False,
    accept_rejected: bool = False,
    accept_fewer_people: bool = False,
) -> RunOutcome:
    """Run `daily_profiles` over the given drop dates; without dates, only what follows staging.

    Consecutive dates are one run. Before the last of several runs only staging is done, so that what follows is built
    once.

    Args:
        days: Drop dates, all of them daily partitions.
        reprocess: Read finished days again.
        log: Called with the name of each step as it starts.
        folder: Where `dagster.yaml` lies; with one the run is kept and shows in the UI, else it is not kept.
        from_nothing: Keep no rows of earlier deliveries for the dates whose delivery is held.
        accept_rejected: Use the held deliveries of the dates as they are.
        accept_fewer_people: Publish although tables of people lost a large part of their rows.
    """
    on_step(log)
    spans = _consecutive(days)
    job = defs.resolve_job_def(JOB_NAME)
    run_ids: list[str] = []
    warnings: list[Warned] = []
    reading = {"reprocess": reprocess, "from_nothing": from_nothing, "accept_rejected": accept_rejected}
    last = {"build_profiles": {"config": {"accept_fewer_people": accept_fewer_people}}}
    with _instance(folder) as instance:
        for number, span in enumerate(spans or [[]]):
            names = [day.isoformat() for day in span]
            is_last = number + 1 >= len(spans)
            steps = {f"read_{e.name}": {"config": {**reading, "only": names}} for e in ENTITIES} if span else {}
            result = job.execute_in_process(
                run_config={"loggers": {"terminal": {}}, "ops": {**steps, **(last if is_last else {})}},
                instance=instance,
                raise_on_error=False,
                tags={**_OF_REPOSITORY, **({_RANGE_START: names[0], _RANGE_END: names[-1]} if span else {})},
                asset_selection=_after_staging() if not spans else None if is_last else _staging(),
            )
            run_ids.append(result.run_id)
            warnings += _warnings(result)
            if not result.success:
                return RunOutcome(tuple(run_ids), tuple(_failures(result)), tuple(warnings))
    return RunOutcome(tuple(run_ids), (), tuple(warnings))


def _consecutive(days: Sequence[date]) -> list[list[date]]:
    spans: list[list[date]] = []
    for day in sorted(set(days)):
        if spans and day - spans[-1][-1] == timedelta(days=1):
            spans[-1].append(day)
        else:
            spans.append([day])
    return spans


def _instance(folder: Path) -> dg.DagsterInstance:
    if (folder / INSTANCE_FILE).exists():
        return dg.DagsterInstance.from_config(str(folder))
    return dg.DagsterInstance.ephemeral()


def _after_staging() -> list[dg.AssetKey]:
    return [key for key in _keys() if key.path[0] not in DAILY_LAYERS]


def _staging() -> list[dg.AssetKey]:
    return [key for key in _keys() if key.path[0] in DAILY_LAYERS]


def _keys() -> list[dg.AssetKey]:
    return sorted(defs.resolve_asset_graph().materializable_asset_keys)


def _failures(result: dg.ExecuteInProcessResult) -> list[str]:
    """A sentence per step or check that failed; at least one."""
    failures = []
    for event in result.all_events:
        if event.is_step_failure:
            error = event.step_failure_data.error
            if not error or error.cls_name != _CHECK_FAILED:
                failures.append(f"Step {event.step_key} failed: {_message(error)}")
    failures += [_sentence(check) for check in _failed_checks(result) if check.blocking]
    # What fails outside of steps, such as a resource.
    failed: Any = result.get_run_failure_event().event_specific_data
    return failures or [f"The run failed: {_message(failed.error)}"]


def _warnings(result: dg.ExecuteInProcessResult) -> list[Warned]:
    return [warned(check) for check in _failed_checks(result) if not check.blocking]


def _failed_checks(result: dg.ExecuteInProcessResult) -> list[dg.AssetCheckEvaluation]:
    checks = [
        event.asset_check_evaluation_data
        for event in result.all_events
        if event.event_type_value == "ASSET_CHECK_EVALUATION"
    ]
    return [check for check in checks if not check.passed]


def _sentence(check: dg.AssetCheckEvaluation) -> str:
    return f"{check.asset_key.to_user_string()}, {check.check_name}: {check.description}"


def _message(error: Any) -> str:
    if error and error.cls_name == _INTERRUPTED:
        return "the run was stopped from outside"
    cause = error.cause if error and error.cause else error
    if cause is None:
        return "no message"
    line = str(cause.message).strip().splitlines()[0]
    # The class of our own errors is of no use to a person; of others the name may be all there is.
    return _OURS.sub("", line)
