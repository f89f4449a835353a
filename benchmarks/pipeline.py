"""Every step of the pipeline over a drop, with the baseline of what the same files cost a bare reader.

Baselines: DuckDB reading the text files as text and counting (no checks, nothing kept), and SQLAlchemy inserting the
profiles by executemany.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import sqlalchemy as sa

from benchmarks.measure import Report
from cdp_pipeline.deliveries import pending, process_day
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.ingest import discover_files
from cdp_pipeline.pipeline import PROFILE_TABLES, steps_of
from cdp_pipeline.profiles.golden import PROFILES
from cdp_pipeline.serving import database_tables, storable_batches
from cdp_pipeline.settings import Settings
from cdp_pipeline.store import Lake

_NDJSON = (".ndjson", ".ndjson.gz", ".ndjson.zst", ".jsonl", ".jsonl.gz")


def run_pipeline(settings: Settings, report: Report) -> None:
    """Run all steps from nothing over the settings' raw folder, each a line of the report."""
    lake = Lake(settings.lake_dir)
    landing = discover_files(settings.raw_dir, [entity.object_type for entity in ENTITIES])
    for entity in ENTITIES:
        with report.measuring(f"read, check, stage {entity.object_type}") as line:
            line.rows = sum(
                process_day(lake, work, settings, "bench").line.read
                for work in pending(lake, landing, [entity], settings)
            )
    steps = steps_of(lake, settings, datetime.now(UTC))
    for name, step in steps.items():
        with report.measuring(name) as line:
            line.rows = step()
    with report.measuring("publish, nothing changed") as line:
        line.rows = steps["publish"]()


def run_baselines(settings: Settings, report: Report) -> None:
    """The baselines over the same files and profiles, in the same process."""
    files = [p for p in settings.raw_dir.rglob("*") if p.name.endswith(_NDJSON)]
    with report.measuring("baseline: DuckDB reads the NDJSON files as text") as line:
        line.rows = _count(files)
    lake = Lake(settings.lake_dir)
    table = database_tables(PROFILE_TABLES).tables[PROFILES.name]
    engine = sa.create_engine(f"sqlite:///{settings.lake_dir}/baseline.db")
    with report.measuring("baseline: SQLAlchemy executemany of the profiles") as line, engine.begin() as connection:
        table.create(connection)
        for batch in storable_batches(lake.scan("profiles", PROFILES.name), PROFILES):
            connection.execute(sa.insert(table), batch.to_dicts())
            line.rows += batch.height
    engine.dispose()


def _count(files: Iterable[Path]) -> int:
    total = 0
    for path in files:
        query = "SELECT count(*) FROM read_json_objects(?, format = 'newline_delimited', ignore_errors = true)"
        total += duckdb.execute(query, [str(path)]).fetchall()[0][0]
    return total
