from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
import yaml

from cdp_pipeline.defs.run_history import RunHistory
from cdp_pipeline.defs.tidying import delete_old_runs

PLACE = {"base_dir": "data/dagster"}
OURS = {"custom": {"module": RunHistory.__module__, "class": RunHistory.__name__, "config": PLACE}}
DAGSTERS = {"sqlite": PLACE}
ROOT = Path(__file__).parents[2]


@dg.asset(check_specs=[dg.AssetCheckSpec("is_small", asset="profiles")])
def profiles() -> dg.MaterializeResult:
    """One row per person."""
    return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True)])


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict], dg.DagsterInstance]:
    """The instance of one folder, as its `dagster.yaml` names the storage."""

    monkeypatch.chdir(tmp_path)

    def open_as(storage: dict) -> dg.DagsterInstance:
        (tmp_path / "dagster.yaml").write_text(yaml.safe_dump({"storage": storage}), encoding="utf-8")
        return dg.DagsterInstance.from_config(str(tmp_path))

    return open_as


def run_once(instance: dg.DagsterInstance) -> str:
    return dg.materialize([profiles], instance=instance).run_id


def kinds(instance: dg.DagsterInstance, run_id: str) -> list[str]:
    return [entry.get_dagster_event().event_type_value for entry in instance.all_logs(run_id) if entry.is_dagster_event]


def test_runs_and_events_are_those_that_dagsters_own_storage_keeps(opened: Callable) -> None:
    with opened(OURS) as ours:
        first, second = run_once(ours), run_once(ours)
        told = {run: kinds(ours, run) for run in (first, second)}
    with opened(DAGSTERS) as dagsters:
        assert {run.run_id for run in dagsters.get_runs()} == {first, second}
        assert {run: kinds(dagsters, run) for run in (first, second)} == told
        third = run_once(dagsters)
        assert kinds(dagsters, third) == told[first]
    with opened(OURS) as ours:
        latest = ours.get_latest_materialization_event(dg.AssetKey("profiles"))
        assert latest is not None
        assert latest.run_id == third


def test_threads_that_ask_for_several_runs_at_once_are_all_answered(opened: Callable) -> None:
    with opened(OURS) as instance:
        runs = [run_once(instance) for _ in range(3)]
        told = kinds(instance, runs[0])
        with ThreadPoolExecutor(6) as threads:
            assert list(threads.map(lambda run: kinds(instance, run), runs * 8)) == [told] * 24


def test_forgotten_runs_are_gone_while_the_files_are_open(opened: Callable) -> None:
    with opened(OURS) as instance:
        old, new = run_once(instance), run_once(instance)
        assert delete_old_runs(instance, datetime.now(UTC) + timedelta(days=1)).runs == 1
        assert kinds(instance, old) == []
        assert "ASSET_MATERIALIZATION" in kinds(instance, new)
        instance.wipe()
        assert [*instance.get_runs(), *kinds(instance, new)] == []


def test_the_checkout_keeps_its_history_so() -> None:
    assert yaml.safe_load((ROOT / "dagster.yaml").read_text(encoding="utf-8"))["storage"] == OURS
