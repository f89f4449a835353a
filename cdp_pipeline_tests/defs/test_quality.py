"""The page in Dagster: a step that fails writes it too, whatever launched it."""

from pathlib import Path

import dagster as dg
import pytest

from cdp_pipeline.definitions import defs
from cdp_pipeline.defs.quality import page_of_stopped_run
from cdp_pipeline.defs.resources import Workplace


@dg.asset(name="profiles", hooks={page_of_stopped_run})
def build_of_lan(workplace: Workplace) -> None:
    """A step whose error names a person."""
    raise ValueError("Nguyen Thi Lan, 0912345678")


@dg.asset(
    name="persons",
    hooks={page_of_stopped_run},
    check_specs=[dg.AssetCheckSpec("whole", asset="persons", blocking=True)],
)
def resolve(workplace: Workplace) -> dg.MaterializeResult:
    """A step that goes through, and a check that stops the run."""
    return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=False)])


@pytest.mark.parametrize("asset", [build_of_lan, resolve], ids=["error", "check"])
def test_a_step_launched_alone_that_fails_writes_the_page_which_names_it_and_no_person(
    raw: Path, asset: dg.AssetsDefinition
) -> None:
    assert not dg.materialize([asset], resources={"workplace": Workplace()}, raise_on_error=False).success
    page = Workplace().settings.quality_page.read_text(encoding="utf-8")
    assert "<strong>No</strong>" in page
    assert f"stopped at {asset.op.name}. Nothing is published yet." in page
    assert "0912345678" not in page


def test_every_step_does_so_once() -> None:
    hooks = {asset.op.name: asset.hook_defs for asset in defs.assets if isinstance(asset, dg.AssetsDefinition)}
    assert {"read_customer_identity", "fold_current", "resolve_persons", "build_profiles", "publish"} < hooks.keys()
    assert {name for name, found in hooks.items() if found != {page_of_stopped_run}} == set()
    assert not defs.resolve_job_def("daily_profiles").hook_defs
