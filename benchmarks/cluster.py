"""What the set-based steps and the builders of buckets cost on one machine and on a cluster of this machine.

    .venv-cluster/bin/python -m benchmarks.cluster [PEOPLE] [FOLDER] [--lake LAKE]

Generates PEOPLE (165,000, which makes two million current records) in FOLDER, unless they are there, or takes a LAKE
whose current tables are up to date. Resolves persons and builds the tables of people three times, each time from
nothing and in a process of its own: with DuckDB, and with Sail's cluster of one worker and of two. A worker shares
the cores of this machine, so that two workers show what the distribution costs, not what it saves.

`read` is what the texts scan, `written` what they make, in MiB of Parquet: no step shuffles more than it reads.
`make cluster` makes the environment. CPU seconds and peak memory are those of all processes.
"""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from benchmarks.measure import Measured, Report, cpu_seconds, settings_of
from benchmarks.servers import free_port, sail_command, sail_settings, start_server
from cdp_pipeline.backend import LOCAL, Backend, backend_of
from cdp_pipeline.deliveries import process_days
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.generator import generate
from cdp_pipeline.pipeline import (
    LAYERS,
    bring_up_to_date,
    chosen_of,
    keep_people,
    read_choices,
    refresh,
    update_persons,
)
from cdp_pipeline.store import Lake, held

PEOPLE = 165_000
DAYS = 5
SEED = 24
START = date(2026, 1, 1)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
MIB = 2**20

_MADE = shutil.ignore_patterns("staging", "identity", "profiles")
"""Folders of the lake that the steps before have no longer need of, or these steps make."""

BucketT = TypeVar("BucketT")
ResultT = TypeVar("ResultT")


@dataclass
class Metered:
    """A backend that measures what another one is asked for."""

    inner: Backend
    texts: Measured = field(default_factory=lambda: Measured("texts"))
    buckets: Measured = field(default_factory=lambda: Measured("buckets"))
    read: int = 0
    written: int = 0

    @property
    def name(self) -> str:
        """That of the backend."""
        return self.inner.name

    def check(self, shared: Path) -> None:
        """Ask the backend."""
        self.inner.check(shared)

    def run(self, sql: str, tables: dict[str, Path], into: Path) -> None:
        """Measure a text, and the files that it reads and writes."""
        with _added(self.texts):
            self.inner.run(sql, tables, into)
        self.read += sum(map(_bytes, tables.values()))
        self.written += _bytes(into)

    def scalar(self, sql: str, tables: dict[str, Path]) -> int:
        """Measure a text that gives a number."""
        with _added(self.texts):
            found = self.inner.scalar(sql, tables)
        self.read += sum(map(_bytes, tables.values()))
        return found

    def map_buckets(self, build: Callable[[BucketT], ResultT], buckets: Sequence[BucketT]) -> list[ResultT]:
        """Measure the builders."""
        with _added(self.buckets):
            built = self.inner.map_buckets(build, buckets)
        self.buckets.rows += len(buckets)
        return built


@contextmanager
def _added(line: Measured) -> Iterator[None]:
    cpu, wall = cpu_seconds(), time.perf_counter()
    yield
    line.cpu, line.wall = line.cpu + cpu_seconds() - cpu, line.wall + time.perf_counter() - wall


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.glob("*.parquet"))


def main(people: int, folder: Path, lake: Path | None) -> None:
    """Print what each backend needs for the same lake."""
    if lake is None:
        lake = folder / "lake"
        if not (lake / "current").exists():
            _make_lake(people, folder)
    for workers in (0, 1, 2):
        there = folder / f"workers{workers}"
        shutil.rmtree(there, ignore_errors=True)
        # Files of the lake are replaced, never written into.
        shutil.copytree(lake, there / "lake", copy_function=os.link, ignore=_MADE)
        with get_context("spawn").Pool(1) as processes:
            sys.stdout.write(processes.apply(_measured, (there, workers)))
            sys.stdout.flush()
        shutil.rmtree(there)


def _make_lake(people: int, folder: Path) -> None:
    settings = settings_of(folder / "raw", folder)
    if not settings.raw_dir.exists():
        generate(settings.raw_dir, people, DAYS, SEED, START)
    days = sorted({day.name for day in settings.raw_dir.glob("*/*")})
    lake = Lake(settings.lake_dir)
    with held(lake, "benchmark"):
        for entity in ENTITIES:
            process_days(lake, entity, settings, "benchmark", days=days, reprocess=False, log=lambda _: None)
        bring_up_to_date(lake, settings, NOW, upto="current")


def _measured(folder: Path, workers: int) -> str:
    """Take the steps with a backend; the report as text."""
    settings, report = settings_of(folder / "raw", folder), Report()
    lake, chosen = Lake(settings.lake_dir), chosen_of(settings)
    with _cluster(workers, folder) as address, held(lake, "benchmark"):
        what = f"{workers} workers" if workers else "DuckDB"
        parts = []
        identity = Metered(backend_of(address))
        with report.measuring(f"{what}: resolve persons") as line:
            resolved = update_persons(lake, ENTITIES, read_choices(settings), NOW, identity)
            line.rows = resolved.records
        keep_people(lake, resolved)
        parts.append(identity)
        tables = Metered(identity.inner)
        with report.measuring(f"{what}: tables of people") as line:
            line.rows = sum(refresh(lake, layer, chosen, tables).rows for layer in LAYERS)
        parts.append(tables)
    return report.as_text() + "".join(
        f"  {name}: texts {m.texts.cpu:,.1f} CPU s ({m.texts.wall:,.1f} s), "
        f"read {m.read / MIB:,.0f} MiB, written {m.written / MIB:,.0f} MiB; "
        f"{m.buckets.rows} buckets {m.buckets.cpu:,.1f} CPU s ({m.buckets.wall:,.1f} s)\n"
        for name, m in zip(("resolve persons", "tables of people"), parts, strict=True)
    )


@contextmanager
def _cluster(workers: int, folder: Path) -> Iterator[str]:
    """The address of a new cluster of so many workers, a child of this process; without workers that of DuckDB."""
    if not workers:
        yield LOCAL
        return
    port = free_port()
    server = start_server(sail_command(port), port, folder, {**sail_settings(workers, folder), "RUST_LOG": "error"})
    try:
        yield f"sc://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cluster", description=__doc__.splitlines()[0])
    parser.add_argument("people", nargs="?", type=lambda text: int(text.replace(",", "")), default=PEOPLE)
    parser.add_argument("folder", nargs="?", type=Path, help="a folder to work in and to keep; else a temporary one")
    parser.add_argument("--lake", type=Path, help="a lake whose current tables are up to date, instead of a new one")
    asked = parser.parse_args()
    if asked.folder:
        asked.folder.mkdir(parents=True, exist_ok=True)
        main(asked.people, asked.folder, asked.lake)
    else:
        with tempfile.TemporaryDirectory(prefix="cdp-cluster-") as scratch:
            main(asked.people, Path(scratch), asked.lake)
