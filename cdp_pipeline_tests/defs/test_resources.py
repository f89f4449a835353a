from pathlib import Path

import dagster as dg
import pytest

from cdp_pipeline.defs.resources import Workplace
from cdp_pipeline.identity.rules import RulesError
from cdp_pipeline.profiles.survivorship_file import SurvivorshipError


@pytest.mark.parametrize(
    ("variable", "text", "error"),
    [
        ("CDP_SURVIVORSHIP", '[gender]\nstrategy = "newest"\n', SurvivorshipError),
        ("CDP_IDENTITY_RULES", "[limits]\nphone = 0\n", RulesError),
    ],
)
def test_a_wrong_line_of_a_users_file_stops_a_run_before_its_first_step(
    raw: Path, monkeypatch: pytest.MonkeyPatch, variable: str, text: str, error: type[Exception]
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
    assert isinstance(failure.value.__cause__, error)
    assert started == []
