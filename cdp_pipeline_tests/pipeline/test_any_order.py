"""Days in any order, dropped again, and runs that are killed: the state is always that of one undisturbed run.

Every published table is compared, and the lake's layers before it. Left out are the columns and the table that tell
when and in what order runs were made, which is what differs here: `published_state` in `whole_run.py` names them.
The default suite does it with three days and two kills, `make thorough` with thirty days and ten kills.
"""

import random
import shutil
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.context import BaseContext
from pathlib import Path
from types import ModuleType

import pytest

from cdp_pipeline.generator.drop import generate
from cdp_pipeline.lake import Lake
from cdp_pipeline.pipeline.publication import read_published
from cdp_pipeline.settings import Settings

NOW = datetime(2026, 11, 18, tzinfo=UTC)
SEED = 20261118

IN_A_PROCESS = """
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location("whole_run", path)
whole_run = module_from_spec(spec)
spec.loader.exec_module(whole_run)
begun.send(True)
whole_run.run_days(settings, days, "killed", now)
"""


@dataclass(frozen=True)
class Drop:
    """A generated drop, and what a run over all of it makes."""

    raw: Path
    days: list[str]
    kills: int
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
        pytest.param((6, 3, 2), id="small"),
        pytest.param((24, 30, 10), id="thirty days", marks=pytest.mark.thorough),
    ],
)
def drop(request: pytest.FixtureRequest, whole_run: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Drop:
    people, days, kills = request.param
    made = generate(tmp_path_factory.mktemp("any_order") / "raw", people, days, seed=7)
    drop = Drop(made.directory, [day.isoformat() for day in made.days], kills, whole_run)
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


@dataclass(frozen=True)
class Killer:
    """Runs the last two days in processes of their own, from a state in which the days before are published."""

    drop: Drop
    processes: BaseContext
    seconds: float

    def fresh(self, name: str) -> Settings:
        """A copy of the old state."""
        shutil.copytree(self.drop.raw.parent / "old", self.drop.raw.parent / name, symlinks=True)
        return self.drop.settings(name)

    def kill(self, settings: Settings, seconds: float) -> bool:
        """Run all days and kill the run after some seconds; false when it had ended by then."""
        here, there = self.processes.Pipe()
        named = {
            "path": str(Path(__file__).parent / "whole_run.py"),
            "settings": settings,
            "days": self.drop.days,
            "now": NOW + timedelta(days=1),
            "begun": there,
        }
        process = self.processes.Process(target=exec, args=(IN_A_PROCESS, named))
        process.start()
        assert here.recv()
        process.join(seconds)
        process.kill()
        process.join()
        return process.exitcode == -signal.SIGKILL


@pytest.fixture
def killer(drop: Drop, processes: BaseContext) -> Iterator[Killer]:
    old, last = drop.settings("old"), len(drop.days) - 3
    if last:
        drop.whole_run.run_days(old, drop.days[:last], "old", NOW)
    began = time.monotonic()
    drop.run_one_by_one(old, [drop.days[last]])
    yield Killer(drop, processes, seconds=time.monotonic() - began)
    for folder in drop.raw.parent.glob("killed-*"):
        shutil.rmtree(folder)


def test_a_run_killed_at_any_moment_leaves_the_old_or_the_new_state_and_the_next_run_completes_it(
    drop: Drop, killer: Killer
) -> None:
    state_of, copied = drop.whole_run.published_state, drop.whole_run.copied_rows
    both = [drop.settings("old"), drop.settings("at once")]
    states, copies = [state_of(s) for s in both], [without_history(copied(s)) for s in both]
    dice, horizon, kills = random.Random(SEED), killer.seconds, 0
    while kills < drop.kills:
        settings, moment = killer.fresh(f"killed-{horizon}-{kills}"), dice.uniform(0, horizon)
        if not killer.kill(settings, moment):
            horizon *= 0.8
            continue
        kills += 1
        told = f"seed {SEED}, kill {kills} after {moment:.2f} s"
        assert state_of(settings) in states, told
        assert without_history(copied(settings)) in copies, told
        drop.whole_run.run_days(settings, drop.days, "next", NOW + timedelta(days=2))
        drop.assert_is_that_of_one_run(settings)


def without_history(rows: dict[str, int]) -> dict[str, int]:
    """The tables whose number of rows does not depend on how many runs led to the state."""
    return {table: count for table, count in rows.items() if table not in ("person_id_history", "run_ledger")}
