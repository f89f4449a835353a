"""What a new day of about one per cent costs, beside the full rebuild of the same state, in one run.

    python -m benchmarks.growth [PEOPLE] [FOLDER] [--read-once]

Generates a drop of so many people (100,000) over 160 days into FOLDER, unless it is there: after so many, a day brings
one per cent of all rows. Takes in all days but the newest, then measures the newest day, and then everything again from
the raw files as `cdp run --all` does. Ends with the ratio of their CPU seconds, with all steps and without the reading
of raw files, and with the tables in which the two states differ, which must be none.

With --read-once, everything again is made from the staged rows, and the reading of raw files, most of the work, is
taken from the making of the history and from the new day, which have read the same files.

Files are read by as many processes as there are cores, each of which takes its share of every entity's days; the CPU
seconds and the peak memory of all of them are counted.
"""

import argparse
import os
import shutil
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from multiprocessing import get_context
from pathlib import Path

import polars as pl

from benchmarks.measure import Measured, Report, peak_memory, settings_of
from cdp_pipeline.deliveries import is_done, process_day, work_of
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.generator import generate
from cdp_pipeline.ingest import discover_files
from cdp_pipeline.pipeline import PROFILE_TABLES, clear_states, steps_of
from cdp_pipeline.settings import Settings
from cdp_pipeline.store import Lake

PEOPLE = 100_000
DAYS = 160
SEED = 5
BUSYNESS = 1.26
"""Brings a million people ten million activities."""

START = date(2026, 1, 1)
"""All days lie in the past: rows of tomorrow are rejected, and which these are depends on when they are read."""

_LEFT_OUT = {"resolved_at", "assigned_at"}


def main(people: int, folder: Path, *, read_once: bool) -> None:
    """Run the benchmark and print its report."""
    drop, raw = folder / "drop", folder / "raw"
    if not drop.exists():
        generate(drop, people, DAYS, SEED, START, busyness=BUSYNESS)
    settings = settings_of(raw, folder)
    lake = Lake(settings.lake_dir)
    *earlier, newest = sorted({day.name for day in drop.glob("*/*") if day.is_dir()})
    _land(drop, raw, earlier)
    history = _run(lake, settings, "history", reprocess=False)
    _land(drop, raw, [newest])
    day = _run(lake, settings, "new day", reprocess=False)
    sys.stdout.write(f"\nAgainst making the history: {_compared(day, history)}.\n\n")
    # Making everything again takes its time.
    sys.stdout.flush()
    kept = folder / "day"
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(lake.root / "profiles", kept / "profiles", copy_function=os.link)
    clear_states(lake)
    rebuild = _run(lake, settings, "everything again", reprocess=not read_once)
    if read_once:
        rebuild[0] = replace(history[0], rows=history[0].rows + day[0].rows, cpu=history[0].cpu + day[0].cpu)
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


def _run(lake: Lake, settings: Settings, what: str, *, reprocess: bool) -> list[Measured]:
    """All steps, each a line of the report, which is printed also when one fails."""
    report = Report()
    try:
        _run_steps(lake, settings, report, what, reprocess=reprocess)
    finally:
        report.print()
        sys.stdout.flush()
    return report.lines


def _run_steps(lake: Lake, settings: Settings, report: Report, what: str, *, reprocess: bool) -> None:
    with report.measuring(f"{what}: read, check, stage") as line:
        _read_all(line, lake, settings, what, reprocess=reprocess)
    for name, step in steps_of(lake, settings, datetime.now(UTC)).items():
        with report.measuring(f"{what}: {name}") as line:
            line.rows = step()


@dataclass(frozen=True)
class _Read:
    """What one process read at a time; `peak` is its highest memory so far, in MiB."""

    rows: int
    process: int
    peak: float


def _read_all(line: Measured, lake: Lake, settings: Settings, what: str, *, reprocess: bool) -> None:
    """Read what is to be read; a process takes a share of one entity's days at a time, those with most bytes first."""
    landing = discover_files(settings.raw_dir, [entity.object_type for entity in ENTITIES])
    size = {e.name: sum(file.size for file in landing.files if file.object_type == e.object_type) for e in ENTITIES}
    cores = os.cpu_count() or 1
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as processes:
        begun = [
            processes.submit(_read_days, lake.root, settings, name, share, what, reprocess=reprocess)
            for name in sorted(size, key=lambda name: (-size[name], name))
            for share in (slice(first, None, cores) for first in range(cores))
        ]
        read = [one.result() for one in begun]
    peaks = {one.process: max(o.peak for o in read if o.process == one.process) for one in read}
    line.rows, line.peak = sum(one.rows for one in read), sum(peaks.values())


def _read_days(root: Path, settings: Settings, name: str, share: slice, what: str, *, reprocess: bool) -> _Read:
    """Read this share of an entity's days."""
    lake = Lake(root)
    entity = next(entity for entity in ENTITIES if entity.name == name)
    rows = sum(
        process_day(lake, work, settings, what).line.read
        for work in work_of(lake, discover_files(settings.raw_dir, [entity.object_type]), entity)[share]
        if reprocess or not is_done(lake, work, settings)
    )
    return _Read(rows, os.getpid(), peak_memory())


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
    parser = argparse.ArgumentParser(prog="python -m benchmarks.growth", description=__doc__.splitlines()[0])
    parser.add_argument("people", nargs="?", type=lambda text: int(text.replace(",", "")), default=PEOPLE)
    parser.add_argument("folder", nargs="?", type=Path, help="a folder to work in and to keep; else a temporary one")
    parser.add_argument("--read-once", action="store_true", help="make everything again from staged rows")
    asked = parser.parse_args()
    if asked.folder:
        asked.folder.mkdir(parents=True, exist_ok=True)
        main(asked.people, asked.folder, read_once=asked.read_once)
    else:
        with tempfile.TemporaryDirectory(prefix="cdp-growth-") as scratch:
            main(asked.people, Path(scratch), read_once=asked.read_once)
