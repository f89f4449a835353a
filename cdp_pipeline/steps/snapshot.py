"""What the newest publication published, so that the next one compares files instead of the database.

The lake replaces its files and never writes in them, so keeping a state costs a link per table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.lake import Lake
from cdp_pipeline.profiles.tables import PUBLISHED_TABLES, REJECTED_RECORDS
from cdp_pipeline.serving.database import database_name
from cdp_pipeline.serving.deltas import Delta, find_delta, no_delta
from cdp_pipeline.serving.publish import Since
from cdp_pipeline.steps.rejections import rejected_files, rejected_since
from cdp_pipeline.steps.renewing import renewed_rows, table_mark, table_people_since

IDENTITY_TABLES = (
    "links",
    "suggested_links",
    "household_relations",
    "skipped_identifiers",
    "unlinked_records",
    "person_id_history",
)
"""The published tables that identity makes."""

_LAYER = "published"
_REPORT = ("serving", "snapshot")
_DECLARED = {table.name: table for table in PUBLISHED_TABLES}


def table_file(lake: Lake, table: str) -> Path:
    """The lake's file of a published table that is a file of the lake."""
    return lake.path(*_place(table))


def _place(table: str) -> tuple[str, str]:
    return "identity" if table in IDENTITY_TABLES else "profiles", table


def forget_snapshot(lake: Lake) -> None:
    """Have the next publication compare every row with the database."""
    lake.forget_report(*_REPORT)


@dataclass(frozen=True)
class Snapshot:
    """The tables as last published from this lake to the database of a URL.

    Attributes:
        lake: The lake.
        url: The database.
        entities: Whose rejected rows are published.
    """

    lake: Lake
    url: str
    entities: tuple[Entity, ...] = ENTITIES

    def since(self, frames: Mapping[str, pl.LazyFrame]) -> Since | None:
        """What changed in these tables since then; null where that is not known."""
        known = self.lake.read_report(*_REPORT)
        if known is None or known["database"] != database_name(self.url):
            return None
        files, marks = known["files"], known.get("marks", {})

        def delta(table: str) -> Delta | None:
            if table == REJECTED_RECORDS.name:
                then = known.get("rejected")
                now = rejected_files(self.lake, self.entities, then)
                return None if then is None else rejected_since(self.lake, self.entities, then, now)
            if table not in files or not self.lake.exists(_LAYER, table):
                return None
            old_file, new_file = self.lake.path(_LAYER, table), table_file(self.lake, table)
            declared = _DECLARED[table]
            if old_file.samefile(new_file):
                return no_delta(frames[table], declared.key, self.lake.rows(_LAYER, table))
            if pl.read_parquet_schema(old_file) != pl.read_parquet_schema(new_file):
                return None
            before, after = pl.scan_parquet(old_file), pl.scan_parquet(new_file)
            people = table_people_since(self.lake, table, marks[table]) if marks.get(table) else None
            if people is not None:
                is_touched = pl.col("person_id").is_in(people.implode())
                renewed = renewed_rows(self.lake, table, marks[table])
                before = before.filter(is_touched)
                after = after.filter(is_touched) if renewed is None else after.tail(renewed)
            found = find_delta(declared.conform(before), declared.conform(after), declared.key)
            return replace(found, rows=self.lake.rows(*_place(table)))

        return Since(str(known["token"]), delta)

    def take(self, token: str, tables: list[str]) -> None:
        """Keep these tables as what was published under the token."""
        before = self.lake.read_report(*_REPORT) or {}
        forget_snapshot(self.lake)
        for table in tables:
            self.lake.link(table_file(self.lake, table), _LAYER, table)
        marks = {table: table_mark(self.lake, table) for table in tables}
        kept = {"token": token, "database": database_name(self.url), "files": sorted(tables), "marks": marks}
        rejected = rejected_files(self.lake, self.entities, before.get("rejected"))
        self.lake.write_report(*_REPORT, {**kept, "rejected": rejected})

    def files(self, tables: set[str]) -> dict[str, Path]:
        """The files of those tables that are files of the lake, as they were published."""
        known = self.lake.read_report(*_REPORT)
        return {name: self.lake.path(_LAYER, name) for name in tables & set(known["files"] if known else ())}
