import threading
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import polars as pl
import pytest

from cdp_pipeline.configuration import ConfigurationError
from cdp_pipeline.definitions import defs
from cdp_pipeline.defs.resources import USER_ERRORS, Workplace, reasons_first
from cdp_pipeline.store.lake import Lake
from cdp_pipeline.store.lock import held


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("CDP_SURVIVORSHIP", '[gender]\nstrategy = "newest"\n'),
        ("CDP_IDENTITY_RULES", "[limits]\nphone = 0\n"),
    ],
)
def test_a_wrong_line_of_a_users_file_stops_a_run_before_its_first_step(
    raw: Path, monkeypatch: pytest.MonkeyPatch, variable: str, text: str
) -> None:
    file = raw.parent / "own.toml"
    file.write_text(text)
    monkeypatch.setenv(variable, str(file))
    started = []

    @dg.asset
    def first_step(workplace: Workplace) -> None:
        started.append(workplace)

    with pytest.raises(dg.DagsterResourceFunctionError) as failure:
        dg.materialize([first_step], resources={"workplace": Workplace()})
    assert isinstance(failure.value.__cause__, ConfigurationError)
    assert started == []


@dg.asset
def writes_the_lake(workplace: Workplace) -> None:
    """An asset as any other: it asks for the workplace."""
    workplace.lake.write("current", "leads", pl.DataFrame({"lead_id": ["L1"]}))


def test_a_run_of_a_single_asset_waits_while_another_run_writes_the_lake(raw: Path) -> None:
    lake = Lake(raw.parent / "lake")
    order: list[str] = []

    def other_run() -> None:
        with held(lake, "cdp run"):
            begun.set()
            time.sleep(1.0)
            order.append("existed" if lake.exists("current", "leads") else "other run ended")

    begun = threading.Event()
    thread = threading.Thread(target=other_run)
    thread.start()
    begun.wait()
    result = dg.materialize([writes_the_lake], resources={"workplace": Workplace()})
    thread.join()
    assert result.success
    assert order == ["other run ended"]
    assert lake.exists("current", "leads")


def test_after_a_run_nobody_holds_the_lake_also_when_it_failed(raw: Path) -> None:
    @dg.asset
    def fails(workplace: Workplace) -> None:
        raise RuntimeError(workplace.lake.root)

    assert not dg.materialize([fails], resources={"workplace": Workplace()}, raise_on_error=False).success
    with held(Lake(raw.parent / "lake"), "next", wait_seconds=0):
        pass


@pytest.mark.parametrize("error", USER_ERRORS)
def test_a_step_fails_by_the_sentence_that_says_what_to_do(raw: Path, error: type[Exception]) -> None:
    raised = error("The database is away. Start it and run again.")

    @dg.asset
    def publish(workplace: Workplace) -> Iterator[dg.MaterializeResult]:
        with reasons_first():
            yield dg.MaterializeResult(metadata={"lake": str(workplace.lake.root)})
            raise raised

    result = dg.materialize([publish], resources={"workplace": Workplace()}, raise_on_error=False)
    failed = next(event.step_failure_data for event in result.all_events if event.is_step_failure)
    assert failed.user_failure_data.description == str(raised)
    assert failed.error.message.splitlines()[0].endswith(f"Failure: {raised}")


def test_every_step_that_writes_asks_for_the_workplace_and_so_holds_the_lake() -> None:
    assets = [asset for asset in defs.assets if isinstance(asset, dg.AssetsDefinition)]
    steps = {asset.op.name: asset.required_resource_keys for asset in assets}
    assert {"read_customer_identity", "fold_current", "resolve_persons", "build_profiles", "publish"} < steps.keys()
    assert {name for name, needed in steps.items() if "workplace" not in needed} == set()
