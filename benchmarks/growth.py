"""What a new day of about one per cent costs, beside the full rebuild of the same state, in one run.

    python -m benchmarks.growth [PEOPLE] [FOLDER]

Generates a drop of so many people (100,000) over 160 days into FOLDER, unless it is there: after so many, a day brings
one per cent of all rows. Takes in all days but the newest, then measures the newest day, and then everything again from
the raw files as `cdp run --all` does. Ends with the ratio of their CPU seconds, with all steps and without the reading
of raw files, and with the tables in which the two states differ, which must be none.
"""

import os
import shutil
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from benchmarks.measure import Measured, Report
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.generator.drop import generate
from cdp_pipeline.ingest.files import discover_files
from cdp_pipeline.lake import Lake
from cdp_pipeline.profiles.tables import PROFILE_TABLES
from cdp_pipeline.settings import Settings
from cdp_pipeline.steps.database import publish_database
from cdp_pipeline.steps.days import is_done, process_day, work_of
from cdp_pipeline.steps.oddities import find_odd
from cdp_pipeline.steps.persons import read_choices, update_persons
from cdp_pipeline.steps.rebuilding import forget_states
from cdp_pipeline.steps.renewing import build_table
from cdp_pipeline.steps.state import gather_custom_fields, update_current
from cdp_pipeline.steps.tables import BUILDERS

PEOPLE = 100_000
DAYS = 160
SEED = 5
START = date(2026, 1, 1)
"""All days lie in the past: rows of tomorrow are rejected, and which these are depends on when they are read."""

_LEFT_OUT = {"resolved_at", "assigned_at"}


def main(people: int, folder: Path) -> None:
    """Run the benchmark and print its report."""
    drop, raw = folder / "drop", folder / "raw"
    if not drop.exists():
        generate(drop, people, DAYS, SEED, START)
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]  # pydantic-settings takes it, its types do not say so.
        raw_dir=raw,
        lake_dir=folder / "lake",
        database_url=f"sqlite:///{folder / 'cdp.db'}",
        # The model of probable matches is trained on all records whatever changed.
        probabilistic_matching="off",
    )
    lake = Lake(settings.lake_dir)
    *history, newest = sorted({day.name for day in drop.glob("*/*") if day.is_dir()})
    _land(drop, raw, history)
    report = Report()
    _run(lake, settings, report, "history", reprocess=False)
    _land(drop, raw, [newest])
    began = len(report.lines)
    _run(lake, settings, report, "new day", reprocess=False)
    day = report.lines[began:]
    # A large drop takes hours to make everything again.
    sys.stdout.write(f"Against making the history: {_compared(day, report.lines[:began])}.\n\n")
    sys.stdout.flush()
    kept = folder / "day"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(lake.root, kept, copy_function=os.link)
    began = len(report.lines)
    forget_states(lake)
    _run(lake, settings, report, "everything again", reprocess=True)
    rebuild = report.lines[began:]
    report.print()
    differing = _differing(Lake(kept), lake)
    sys.stdout.write(
        f"\n{day[0].rows:,} rows in the new day, {day[0].rows / rebuild[0].rows:.1%} of all {rebuild[0].rows:,}.\n"
        f"Against making everything again: {_compared(day, rebuild)}.\n"
        f"Without reading raw files: {_compared(day[1:], rebuild[1:])}.\n"
        f"Tables that differ: {', '.join(differing) or 'none'}.\n"
    )


def _compared(day: list[Measured], rebuild: list[Measured]) -> str:
    of_day, of_rebuild = (sum(line.cpu for line in lines) for lines in (day, rebuild))
    return f"new day {of_day:,.1f} CPU s, all {of_rebuild:,.1f} CPU s: {of_day / of_rebuild:.1%}"


def _land(drop: Path, raw: Path, days: list[str]) -> None:
    """Link the files of these days into the landing folders."""
    for folder in (f for day in days for f in drop.glob(f"*/{day}")):
        target = raw / folder.parent.name / folder.name
        target.mkdir(parents=True, exist_ok=True)
        for file in folder.iterdir():
            if not (target / file.name).exists():
                os.link(file, target / file.name)


def _run(lake: Lake, settings: Settings, report: Report, what: str, *, reprocess: bool) -> None:
    """All steps, each a line of the report."""
    landing = discover_files(settings.raw_dir, [entity.object_type for entity in ENTITIES])
    with report.measuring(f"{what}: read, check, stage") as line:
        for entity in ENTITIES:
            for work in work_of(lake, landing, entity):
                if reprocess or not is_done(lake, work, settings):
                    line.rows += process_day(lake, work, settings, what).line.read
    with report.measuring(f"{what}: current") as line:
        line.rows = sum(update_current(lake, entity).records for entity in ENTITIES)
        gather_custom_fields(lake, ENTITIES)
    with report.measuring(f"{what}: identity") as line:
        line.rows = update_persons(lake, ENTITIES, read_choices(settings), datetime.now(UTC)).records
    for name in BUILDERS:
        with report.measuring(f"{what}: {name}") as line:
            line.rows = build_table(lake, name, settings.currency)
    with report.measuring(f"{what}: oddities") as line:
        find_odd(lake)
    with report.measuring(f"{what}: publish") as line:
        published = publish_database(lake, ENTITIES, settings.database_url, None, settings.copies_dir)
        line.rows = sum(c.inserted + c.updated + c.deleted for c in published.changes.values())


def _differing(one: Lake, other: Lake) -> list[str]:
    """The tables of persons that do not hold the same rows in both lakes."""
    found = []
    for table in PROFILE_TABLES:
        marks = [_marks(lake.scan("profiles", table.name)) for lake in (one, other)]
        if not marks[0].equals(marks[1]):
            found.append(table.name)
    return found


def _marks(rows: pl.LazyFrame) -> pl.Series:
    kept = [name for name in rows.collect_schema().names() if name not in _LEFT_OUT]
    return rows.select(kept).collect().hash_rows(seed=0).sort()


if __name__ == "__main__":
    asked = int(sys.argv[1].replace(",", "")) if len(sys.argv) > 1 else PEOPLE
    if len(sys.argv) > 2:
        Path(sys.argv[2]).mkdir(parents=True, exist_ok=True)
        main(asked, Path(sys.argv[2]))
    else:
        with tempfile.TemporaryDirectory(prefix="cdp-growth-") as scratch:
            main(asked, Path(scratch))
