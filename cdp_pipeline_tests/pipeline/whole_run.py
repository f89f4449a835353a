"""A whole run without Dagster, and what a lake and its database hold in a form that two of them can be compared in.

In one place, and importable by a process of its own: what a step is called is of no interest to tests of whole runs.
"""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from typing import Any

import polars as pl
import sqlalchemy as sa

from cdp_pipeline.deliveries.days import process_days
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline.quality_page import write_quality_page
from cdp_pipeline.pipeline.run import bring_up_to_date
from cdp_pipeline.pipeline.snapshot import PUBLISHED_TABLES
from cdp_pipeline.serving.database import reading
from cdp_pipeline.serving.schema import database_tables
from cdp_pipeline.settings import Settings
from cdp_pipeline.staging.tables import staging_table
from cdp_pipeline.store.lake import Lake
from cdp_pipeline.store.lock import held

OF_THE_RUN = {"run_id", "finished_at", "ledger_key"}
OF_HISTORY = {"person_id_history"}
OF_STEPS = {"finished_at", "resolved_at"}
LAKE_LAYERS = ("staging", "rejected", "current", "current_custom_fields", "identity", "profiles", "memory")


def run_days(settings: Settings, days: Sequence[str], run_id: str, now: datetime, *, reprocess: bool = False) -> None:
    """What `daily_profiles` does for some drop dates."""
    lake = Lake(settings.lake_dir)
    with held(lake, run_id):
        for entity in ENTITIES:
            process_days(lake, entity, settings, run_id, days=days, reprocess=reprocess, log=lambda _: None)
        bring_up_to_date(lake, settings, now)
        write_quality_page(lake, settings, ENTITIES, run_id, now)


def published_state(settings: Settings) -> dict[str, list[str]]:
    """The rows of every published table as text, in order, without what tells of runs instead of people.

    A person's id is replaced by the first of the records that it names, a household's by the first of its people. Left
    out: `run_id`, `finished_at` and the ledger's key, and ledger lines that a later one of the same entity and date has
    overtaken, which tell when files were read; table `person_id_history`, which tells in what order people were found.
    """
    rows = _rows(settings)
    names: dict[str, str] = {}
    for row in sorted(rows["profile_records"], key=lambda row: row["record_key"]):
        names.setdefault(row["person_id"], f"person of {row['record_key']}")
    homes: dict[str, str] = {}
    for row in sorted(rows["household_members"], key=lambda row: names[row["person_id"]]):
        homes.setdefault(row["household_id"], f"household of {names[row['person_id']]}")
    newest = {(r["object_type"], r["drop_date"]): r for r in sorted(rows["run_ledger"], key=lambda r: r["finished_at"])}
    rows["run_ledger"] = list(newest.values())
    return {
        table: sorted(_text(row, names | homes) for row in found)
        for table, found in rows.items()
        if table not in OF_HISTORY
    }


def lake_state(settings: Settings) -> dict[str, list[str]]:
    """The rows of the lake's layers before identity, as text, in order."""
    lake = Lake(settings.lake_dir)
    frames = {f"current/{e.name}": lake.scan("current", e.name) for e in ENTITIES}
    frames |= {f"staging/{e.name}": lake.scan_days("staging", e.name, staging_table(e).schema) for e in ENTITIES}
    frames["current/custom_fields"] = lake.scan("current", "custom_fields")
    return {
        name: sorted(_text(row, {}) for row in frame.collect().iter_rows(named=True)) for name, frame in frames.items()
    }


def told_rows(settings: Settings) -> dict[str, list[str]]:
    """The rows of every published table and of every table of the lake as text, in order, ids and moments included.

    Left out is only when days were read and persons resolved, which the run after a killed one may do again, and the
    memory of ids before the last change, which another run may keep.
    """
    told = {f"database/{table}": rows for table, rows in _rows(settings).items()}
    lake = Lake(settings.lake_dir)
    for layer in ("staging", "rejected", "current", "current_custom_fields", "identity", "profiles"):
        for path in sorted((lake.root / layer).rglob("*.parquet")):
            if path.stem != "person_ids_before":
                told[path.relative_to(lake.root).as_posix()] = pl.read_parquet(path).to_dicts()
    return {
        name: sorted(json.dumps({k: v for k, v in row.items() if k not in OF_STEPS}, default=str) for row in rows)
        for name, rows in told.items()
    }


def lake_frames(settings: Settings, layers: Sequence[str] = LAKE_LAYERS) -> dict[str, pl.DataFrame]:
    """Every table of these layers of the lake as a frame, its rows in one order."""
    root, frames = settings.lake_dir, {}
    for layer in layers:
        for path in sorted((root / layer).rglob("*.parquet")):
            frames[path.relative_to(root).as_posix()] = _in_order(pl.read_parquet(path, glob=False))
    return frames


def differing_tables(one: Settings, other: Settings) -> list[str]:
    """The published tables in SQLite of which one database has a row that the other has not, or has it oftener."""
    files = [other_one.database_url.removeprefix("sqlite:///") for other_one in (one, other)]
    found = []
    with closing(sqlite3.connect(":memory:")) as connection:
        for name, file in zip(("one", "other"), files, strict=True):
            connection.execute(f"ATTACH ? AS {name}", [file])
        for table in database_tables(PUBLISHED_TABLES).tables.values():
            columns = ", ".join(f'"{column.name}"' for column in table.columns if column.name != "finished_at")
            rows = [
                f"SELECT {columns}, COUNT(*) FROM {name}.{table.name} GROUP BY {columns}" for name in ("one", "other")
            ]
            differing = (f"SELECT 1 FROM ({here} EXCEPT {there})" for here, there in (rows, rows[::-1]))
            if any(connection.execute(query).fetchone() for query in differing):
                found.append(table.name)
    return found


def _in_order(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows in the order of a hash of all that they say."""
    return rows.sort(rows.select(pl.struct(pl.all()).hash()).to_series()) if rows.width else rows


def copied_rows(settings: Settings) -> dict[str, int]:
    """How many rows the Parquet copy of each table holds."""
    return {t.name: pl.read_parquet(settings.copies_dir / f"{t.name}.parquet").height for t in PUBLISHED_TABLES}


def database_rows(settings: Settings) -> dict[str, int]:
    """How many rows each published table holds."""
    return {table: len(rows) for table, rows in _rows(settings).items()}


def _rows(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    with reading(settings.database_url) as connection:
        tables = database_tables(PUBLISHED_TABLES).tables
        return {
            t.name: [dict(r) for r in connection.execute(sa.select(tables[t.name])).mappings()]
            for t in PUBLISHED_TABLES
        }


def _text(row: dict[str, Any], names: dict[str, str]) -> str:
    named = {column: _named(value, names) for column, value in row.items() if column not in OF_THE_RUN}
    if "person_id_a" in named and "record_key_a" not in named:
        named["person_id_a"], named["person_id_b"] = sorted((named["person_id_a"], named["person_id_b"]))
    return json.dumps(named, default=str, sort_keys=True, ensure_ascii=False)


def _named(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, list) and any(isinstance(item, str) and item in names for item in value):
        return sorted(names.get(item, item) for item in value)
    return names.get(value, value) if isinstance(value, str) else value
