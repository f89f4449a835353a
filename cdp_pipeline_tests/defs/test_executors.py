import dagster as dg
import pytest

from cdp_pipeline.defs.executors import executor_of
from cdp_pipeline.settings import Settings


def test_all_steps_run_in_one_process_by_default() -> None:
    assert executor_of(Settings(_env_file=None)) is dg.in_process_executor


@pytest.mark.parametrize("processes", [0, 4])
def test_steps_may_run_in_processes_of_their_own(processes: int) -> None:
    executor = executor_of(Settings(_env_file=None, executor="multiprocess", executor_processes=processes))
    assert executor.name == "multiprocess"
