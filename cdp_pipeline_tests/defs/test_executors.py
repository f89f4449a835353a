import logging
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import dagster as dg
import pytest
from dagster._core.execution.retries import RetryMode

from cdp_pipeline.defs.executors import HoldingExecutor, executor_of
from cdp_pipeline.lake import Lake
from cdp_pipeline.lake_lock import LakeBusyError, held
from cdp_pipeline.settings import Settings


def test_all_steps_run_in_one_process_by_default() -> None:
    assert executor_of(Settings(_env_file=None)) is dg.in_process_executor


@pytest.mark.parametrize("processes", [0, 4])
def test_steps_may_run_in_processes_of_their_own(processes: int) -> None:
    executor = executor_of(Settings(_env_file=None, executor="multiprocess", executor_processes=processes))
    assert executor.name == "multiprocess"


@dataclass
class Steps(dg.Executor):
    """Runs its steps as processes of their own would: each for itself, naming the run."""

    lake: Lake
    told: list[str] = field(default_factory=list)
    retries = RetryMode.DISABLED

    def execute(self, plan_context, execution_plan):
        for step in execution_plan:
            self._alone(plan_context.dagster_run.run_id, step)
            yield step
            self._alone("another run", step)

    def _alone(self, run: str, step: str) -> None:
        def begin() -> None:
            try:
                with held(self.lake, run, wait_seconds=0):
                    self.told.append(f"{step} of {run}")
            except LakeBusyError:
                self.told.append(f"{run} refused")

        thread = threading.Thread(target=begin)
        thread.start()
        thread.join()


def test_the_run_holds_the_lake_for_its_steps_and_between_them(raw: Path) -> None:
    steps = Steps(Lake(raw.parent / "lake"))
    context = SimpleNamespace(dagster_run=SimpleNamespace(run_id="run-1"), log=logging.getLogger("run-1"))
    assert list(HoldingExecutor(steps).execute(context, ["read", "publish"])) == ["read", "publish"]
    assert steps.told == ["read of run-1", "another run refused", "publish of run-1", "another run refused"]
    with held(steps.lake, "next", wait_seconds=0):
        pass
