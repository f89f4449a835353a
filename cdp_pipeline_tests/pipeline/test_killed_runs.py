"""Runs that are killed: the database is whole at once, and after the next run nothing tells that one was killed.

Compared are all rows of the database and of the lake with those of a run of the same delivery that nobody killed. The
default suite kills one run of a first and one of a later delivery, `make thorough` twenty of each.
"""

import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from multiprocessing.context import BaseContext
from pathlib import Path

import pytest

from cdp_pipeline.generator import generate
from cdp_pipeline.settings import Settings
from cdp_pipeline_tests.deliveries.conftest import copy_folder
from cdp_pipeline_tests.pipeline.killed_run import (
    RUN_ID,
    Undisturbed,
    is_killed_after,
    is_killed_before_act,
    run_undisturbed,
)
from cdp_pipeline_tests.pipeline.whole_run import copied_rows, database_rows, run_days, told_rows

BEFORE, NOW = datetime(2026, 11, 17, tzinfo=UTC), datetime(2026, 11, 18, tzinfo=UTC)
SEED = 20261118
IN_PUBLICATION = range(6)
"""The kills of a delivery before an act of publication; the others come after some seconds."""


@dataclass(frozen=True)
class Delivery:
    """What comes after some days that are published already, and what a run makes of it that nobody kills."""

    name: str
    folder: Path
    days: list[str]
    processes: BaseContext
    undisturbed: Undisturbed

    def settings(self, name: str) -> Settings:
        return settings_in(self.folder / name)

    def kill(self, name: str, dice: random.Random, *, in_publication: bool) -> str:
        """Run from the state before and be killed at a moment, which is returned in words."""
        if in_publication:
            act = dice.randint(1, self.undisturbed.acts)
            settings = self._fresh(name)
            assert is_killed_before_act(self.processes, settings, self.days, NOW, act)
            return f"before act {act} of {self.undisturbed.acts}"
        seconds = dice.uniform(0, self.undisturbed.seconds)
        # A run may take less time than another one did.
        while not is_killed_after(self.processes, self._fresh(name), self.days, NOW, seconds):
            seconds *= 0.8
        return f"after {seconds:.2f} of {self.undisturbed.seconds:.2f} s"

    def _fresh(self, name: str) -> Settings:
        shutil.rmtree(self.folder / name, ignore_errors=True)
        copy_folder(self.folder / "before", self.folder / name)
        return self.settings(name)


def settings_in(folder: Path) -> Settings:
    return Settings(
        _env_file=None,
        raw_dir=folder.parent / "raw",
        lake_dir=folder / "lake",
        database_url=f"sqlite:///{folder}/cdp.db",
    )


@pytest.fixture(scope="module", params=["first delivery", "later delivery"])
def delivery(
    request: pytest.FixtureRequest, processes: BaseContext, tmp_path_factory: pytest.TempPathFactory
) -> Delivery:
    folder = tmp_path_factory.mktemp("killed")
    days = [day.isoformat() for day in generate(folder / "raw", 6, 3, seed=7).days]
    (folder / "before").mkdir()
    if request.param == "later delivery":
        run_days(settings_in(folder / "before"), days[:2], RUN_ID, BEFORE)
    copy_folder(folder / "before", folder / "undisturbed")
    undisturbed = run_undisturbed(processes, settings_in(folder / "undisturbed"), days, NOW)
    return Delivery(request.param, folder, days, processes, undisturbed)


@pytest.fixture(params=[0, *(pytest.param(n, marks=pytest.mark.thorough) for n in range(1, 21))])
def number(request: pytest.FixtureRequest, delivery: Delivery) -> Iterator[int]:
    yield request.param
    shutil.rmtree(delivery.folder / f"killed-{request.param}")


def test_after_a_killed_run_the_database_is_whole_and_the_next_run_makes_what_one_undisturbed_makes(
    delivery: Delivery, number: int
) -> None:
    killed, dice = f"killed-{number}", random.Random(f"{SEED} {delivery.name} {number}")
    moment = delivery.kill(killed, dice, in_publication=number in IN_PUBLICATION)
    settings, undisturbed = delivery.settings(killed), delivery.settings("undisturbed")
    before = published(delivery.settings("before"))
    assert published(settings) in (before, published(undisturbed)), moment
    run_days(settings, delivery.days, RUN_ID, NOW)
    expected, found = told_rows(undisturbed), told_rows(settings)
    assert {name for name in expected | found if expected.get(name) != found.get(name)} == set(), moment
    assert copied_rows(settings) == database_rows(settings), moment
    left = [path for path in (delivery.folder / killed).rglob("*") if path.name.endswith((".part", ".new"))]
    assert left == [], moment


def published(settings: Settings) -> dict[str, list[str]]:
    """The rows of a database that SQLite calls whole; none where no publication was completed."""
    path = Path(settings.database_url.removeprefix("sqlite:///"))
    if not path.exists():
        return {}
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        if not connection.execute("SELECT name FROM sqlite_master").fetchall():
            return {}
    return {name: rows for name, rows in told_rows(settings).items() if name.startswith("database/")}
