"""Files are their owner's: after whole runs begun under the usual umask, others may read nothing that was written."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
COMMAND = "from cdp_pipeline.cli import main; main()"
IN_DAGSTER = """
from datetime import date
from pathlib import Path
from cdp_pipeline.defs.launch import run_daily_profiles
outcome = run_daily_profiles([date(2026, 11, 16)], reprocess=False, log=print, folder=Path.cwd())
assert not outcome.failures, outcome
"""


@pytest.fixture
def start(tmp_path: Path):
    """Starts Python in an empty checkout, where everybody may read what a process makes unless it says otherwise."""
    shutil.copy(ROOT / "dagster.yaml", tmp_path)
    sample = ROOT / "data" / "raw" / "customer-identity"
    shutil.copytree(sample, tmp_path / "data" / "raw" / "customer-identity")
    others = {name: value for name, value in os.environ.items() if not name.startswith(("CDP_", "DAGSTER_"))}
    folders = {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path / "temporary")}
    (tmp_path / "temporary").mkdir()

    def run(program: str, *arguments: str) -> None:
        command = [sys.executable, "-c", program, *arguments]
        subprocess.run(command, cwd=tmp_path, env=others | folders, umask=0o022, check=True, capture_output=True)

    return run


def readable_by_others(folder: Path) -> list[str]:
    """What was made below a folder and others than its owner may read, write or enter."""
    given = {folder / "data", folder / "data" / "raw", folder / "temporary", folder / "dagster.yaml"}
    made = [path for path in folder.rglob("*") if path not in given and folder / "data" / "raw" not in path.parents]
    return [str(p.relative_to(folder)) for p in made if not p.is_symlink() and p.stat().st_mode & 0o077]


def test_all_that_commands_write_is_their_owners(start, tmp_path: Path) -> None:
    start(COMMAND, "run")
    start(COMMAND, "rejected", "--csv", "rejected.csv")
    start(COMMAND, "generate", "drop", "--people", "20", "--days", "1")
    for made in ("data/lake/.run.lock", "data/serving/cdp.db", "data/serving/parquet", "data/dagster", "drop"):
        assert (tmp_path / made).exists(), made
    assert readable_by_others(tmp_path) == []


def test_all_that_a_run_of_dagster_writes_is_its_owners(start, tmp_path: Path) -> None:
    start(IN_DAGSTER)
    assert (tmp_path / "data/serving/data_quality.html").exists()
    assert (tmp_path / "data/dagster").exists()
    assert readable_by_others(tmp_path) == []


def test_whoever_starts_dagster_starts_it_for_its_owner() -> None:
    assert "umask 077; mkdir -p data/dagster;" in (ROOT / "Makefile").read_text(encoding="utf-8")
    for unit in (ROOT / ".deploy").glob("*.service"):
        assert "\nUMask=0077\n" in unit.read_text(encoding="utf-8"), unit
