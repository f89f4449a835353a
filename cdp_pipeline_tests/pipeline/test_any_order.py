"""Days in any order, and dropped again: the state is always that of one run over all of them.

Every published table is compared, and the lake's layers before it. Left out are the columns and the table that tell
when and in what order runs were made, which is what differs here: `published_state` in `whole_run.py` names them.
The default suite does it with three days, `make thorough` with thirty. Runs that are killed: `test_killed_runs.py`.
"""

import random
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType

import pytest

from cdp_pipeline.generator import generate
from cdp_pipeline.pipeline.publication import read_published
from cdp_pipeline.settings import Settings
from cdp_pipeline.store.lake import Lake

NOW = datetime(2026, 11, 18, tzinfo=UTC)
SEED = 20261118


@dataclass(frozen=True)
class Drop:
    """A generated drop, and what a run over all of it makes."""

    raw: Path
    days: list[str]
    whole_run: ModuleType

    def settings(self, name: str, raw: Path | None = None) -> Settings:
        """Those of a lake and a database of their own, in one folder."""
        folder = self.raw.parent / name
        return Settings(
            _env_file=None,
            raw_dir=raw or self.raw,
            lake_dir=folder / "lake",
            database_url=f"sqlite:///{folder}/cdp.db",
        )

    def run_one_by_one(self, settings: Settings, days: list[str]) -> None:
        for number, day in enumerate(days):
            self.whole_run.run_days(settings, [day], f"run-{number}", NOW + timedelta(hours=number))

    def assert_is_that_of_one_run(self, settings: Settings) -> None:
        """The state, table by table; what lies beside it is whole and of the same state."""
        once = self.settings("at once")
        for state_of in (self.whole_run.published_state, self.whole_run.lake_state):
            expected, found = state_of(once), state_of(settings)
            for table in expected:
                assert found[table] == expected[table], table
        assert self.whole_run.copied_rows(settings) == self.whole_run.database_rows(settings)
        files = [path for path in settings.lake_dir.parent.rglob("*") if not path.is_dir()]
        assert [p for p in files if p.name.endswith((".part", ".new")) or "incoming" in p.parts] == []


@pytest.fixture(
    scope="module",
    params=[
        pytest.param((6, 3), id="small"),
        pytest.param((24, 30), id="thirty days", marks=pytest.mark.thorough),
    ],
)
def drop(request: pytest.FixtureRequest, whole_run: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Drop:
    people, days = request.param
    made = generate(tmp_path_factory.mktemp("any_order") / "raw", people, days, seed=7)
    drop = Drop(made.directory, [day.isoformat() for day in made.days], whole_run)
    whole_run.run_days(drop.settings("at once"), drop.days, "at once", NOW)
    return drop


@pytest.mark.thorough
def test_single_days_one_after_the_other_equal_one_backfill(drop: Drop) -> None:
    settings = drop.settings("one by one")
    drop.run_one_by_one(settings, drop.days)
    drop.assert_is_that_of_one_run(settings)


def test_shuffled_days_with_late_and_wrong_files_that_are_dropped_again_equal_one_backfill(drop: Drop) -> None:
    dice = random.Random(SEED)
    raw = drop.raw.parent / "late"
    shutil.copytree(drop.raw, raw)
    settings = drop.settings("shuffled", raw)
    spoiled = [day for day in dice.sample(drop.days, len(drop.days)) if spoil(raw, drop, day, dice)]
    again = spoiled[: max(1, len(drop.days) // 6)]
    for day in spoiled[len(again) :]:
        mend(raw, drop, day)
    drop.run_one_by_one(settings, dice.sample(drop.days, len(drop.days)))
    for day in again:
        mend(raw, drop, day)
    drop.run_one_by_one(settings, again)
    drop.assert_is_that_of_one_run(settings)


@pytest.mark.thorough
def test_a_date_run_twice_changes_nothing(drop: Drop) -> None:
    settings = drop.settings("at once")
    before = drop.whole_run.published_state(settings)
    drop.whole_run.run_days(settings, drop.days[:1], "twice", NOW + timedelta(days=1), reprocess=True)
    assert drop.whole_run.published_state(settings) == before
    changes = read_published(Lake(settings.lake_dir)).changes.items()
    written = {table for table, c in changes if c.inserted or c.updated or c.deleted}
    assert written <= {"run_ledger", "quality_findings"}


def spoil(raw: Path, drop: Drop, day: str, dice: random.Random) -> bool:
    """Take a file of the day away and let another hold what belongs to another day; false where there are not two.

    A third holds nothing that can be read, so that its delivery is held.
    """
    files = sorted(path for path in raw.glob(f"*/{day}/*"))
    if len(files) < 2:
        return False
    missing, wrong, *broken = dice.sample(files, min(3, len(files)))
    others = [p for p in sorted(drop.raw.glob(f"{wrong.parts[-3]}/*/*")) if p.suffixes[-1:] == wrong.suffixes[-1:]]
    shutil.copy(dice.choice(others), wrong)
    for path in broken:
        path.write_bytes(b"no entry\n" * 30)
    missing.unlink()
    return True


def mend(raw: Path, drop: Drop, day: str) -> None:
    """Drop the right files of a day."""
    for path in drop.raw.glob(f"*/{day}/*"):
        shutil.copy(path, raw / path.relative_to(drop.raw))
