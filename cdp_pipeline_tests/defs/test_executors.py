import json
import logging
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import dagster as dg
import pytest
from dagster._core.execution.retries import RetryMode

from cdp_pipeline.defs.executors import PRELOADED, HoldingExecutor, executor_of
from cdp_pipeline.pipeline.snapshot import PUBLISHED_TABLES
from cdp_pipeline.settings import Settings
from cdp_pipeline.store.lake import Lake
from cdp_pipeline.store.lock import LakeBusyError, held

ROOT = Path(__file__).parents[2]
DAY = "2026-11-16"
OF_THE_RUN = {"ledger_key", "run_id", "finished_at", "changed_at"}
# Those that the import of Polars begins, and jemalloc's own, which a fork is prepared for, are no pool.
BEGUN = """
import os
import sys
from pathlib import Path
import polars
import pyarrow

def threads():
    names = [(task / "comm").read_text() for task in Path("/proc/self/task").iterdir()]
    return sorted(name for name in names if not name.startswith("jemalloc"))

before = threads()
import %s
assert "cdp_pipeline.defs.run_history" in sys.modules
assert threads() == before, threads()
files = [os.readlink(path) for path in Path("/proc/self/fd").iterdir() if path.exists()]
assert not [file for file in files if file.endswith((".db", ".lock"))], files
polars.LazyFrame({"a": [2, 1]}).sort("a").collect()
assert threads() != before, "a pool would not be seen"
"""


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


def test_what_steps_are_forked_from_has_no_pool_of_threads_and_no_file_open() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BEGUN % PRELOADED],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_what_the_inner_executor_is_asked_for_it_answers() -> None:
    executor = HoldingExecutor(SimpleNamespace(app_args=lambda: {"broker": "redis://broker"}))  # type: ignore[arg-type]
    assert executor.app_args() == {"broker": "redis://broker"}


@pytest.mark.thorough
def test_steps_with_processes_of_their_own_publish_what_one_process_does(
    tmp_path: Path, run_pipeline: Callable[[Path], Any]
) -> None:
    raw, home = tmp_path / "raw", tmp_path / "home"
    for entity in ("customer-identity", "lead-information"):
        shutil.copytree(ROOT / "data" / "raw" / entity / DAY, raw / entity / DAY)
    home.mkdir()
    declared = (ROOT / "dagster.yaml").read_text(encoding="utf-8")
    (home / "dagster.yaml").write_text(declared.replace("data/dagster", str(tmp_path / "dagster")), encoding="utf-8")
    url = f"sqlite:///{tmp_path}/serving/cdp.db"
    places = {"CDP_RAW_DIR": raw, "CDP_LAKE_DIR": tmp_path / "lake", "CDP_DATABASE_URL": url, "DAGSTER_HOME": home}
    chosen = {"CDP_EXECUTOR": "multiprocess", "CDP_EXECUTOR_PROCESSES": "2", "PYTHONPATH": ROOT}
    job = ["-m", "cdp_pipeline.definitions", "-j", "daily_profiles", "--tags", json.dumps({"dagster/partition": DAY})]
    done = subprocess.run(
        [sys.executable, "-m", "dagster", "job", "execute", *job],
        cwd=ROOT,
        env={**os.environ, **{name: str(value) for name, value in {**places, **chosen}.items()}},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    alone = run_pipeline(raw)
    for table in PUBLISHED_TABLES:
        ours, theirs = (
            [{name: value for name, value in row.items() if name not in OF_THE_RUN} for row in rows]
            for rows in (alone.rows(table.name, url), alone.rows(table.name))
        )
        assert sorted(map(repr, ours)) == sorted(map(repr, theirs)), table.name
