from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner

from cdp_pipeline.defs.tidying import delete_old_runs, main


@dg.asset
def profiles() -> None:
    """One row per person."""


@pytest.fixture
def instance(tmp_path: Path) -> dg.DagsterInstance:
    with dg.instance_for_test(temp_dir=str(tmp_path)) as made:
        yield made


def run_once(instance: dg.DagsterInstance) -> str:
    return dg.materialize([profiles], instance=instance).run_id


def test_old_runs_are_deleted_with_all_their_files_and_newer_ones_stay(
    instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    old = [run_once(instance), run_once(instance)]
    between = datetime.now(UTC)
    new = run_once(instance)
    done = delete_old_runs(instance, between)
    assert done.runs == 2
    assert done.freed > 0
    assert [run.run_id for run in instance.get_runs()] == [new]
    left = [path.as_posix() for path in tmp_path.rglob("*")]
    assert [path for path in left for run_id in old if run_id in path] == []
    latest = instance.get_latest_materialization_event(dg.AssetKey("profiles"))
    assert latest is not None
    assert latest.run_id == new


def test_the_newest_run_and_those_that_have_not_ended_stay_however_old_they_are(instance: dg.DagsterInstance) -> None:
    waiting = instance.create_run_for_job(dg.Definitions([profiles]).resolve_implicit_global_asset_job_def())
    newest = run_once(instance)
    assert delete_old_runs(instance, datetime.now(UTC) + timedelta(days=1)).runs == 0
    assert {run.run_id for run in instance.get_runs()} == {newest, waiting.run_id}


def test_the_command_says_what_it_did(instance: dg.DagsterInstance, tmp_path: Path) -> None:
    run_once(instance)
    said = CliRunner().invoke(main, ["--days", "30"], env={"DAGSTER_HOME": str(tmp_path)})
    assert said.output.startswith("Deleted 0 runs older than 30 days")
