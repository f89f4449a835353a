"""The tables of the database, and what the newest publication published of them, so that the next compares files.

The lake replaces its files and never writes in them, so keeping a state costs a link per table.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import polars as pl

from cdp_pipeline.deliveries import rejected_files, rejected_since
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.table import AnyRows, Table
from cdp_pipeline.pipeline.layer import differing
from cdp_pipeline.pipeline.layers import LAYERS
from cdp_pipeline.pipeline.refresh import memory_file
from cdp_pipeline.privacy import PROFILE_RESTRICTIONS, Shown, purpose_views, shown_entries
from cdp_pipeline.profiles import BUILT_FROM_REPORTS, IDENTITY_PUBLISHED
from cdp_pipeline.profiles.golden import PROFILES
from cdp_pipeline.serving import Delta, Since, View, database_name, find_delta, masked_view, no_delta
from cdp_pipeline.store import Lake
from cdp_pipeline.validation import REJECTED_RECORDS

PROFILE_TABLES: tuple[Table, ...] = tuple(
    # Parents first: every key leads to a table without one.
    sorted((layer.table for layer in LAYERS if layer.is_published), key=lambda table: bool(table.foreign_keys))
)
"""The published tables of people, those that others refer to first."""

PUBLISHED_TABLES: tuple[Table, ...] = (
    *PROFILE_TABLES,
    *IDENTITY_PUBLISHED,
    *BUILT_FROM_REPORTS,
    PROFILE_RESTRICTIONS,
)
"""Every table of the database."""

PUBLISHED_VIEWS: tuple[View, ...] = (
    *(masked_view(table) for table in PUBLISHED_TABLES if any(column.personal for column in table.columns)),
    *purpose_views(PROFILES),
)
"""Every view of the database."""

_ROWS, _PEOPLE = "published", "published_people"
_REPORT = ("serving", "snapshot")
_DECLARED = {table.name: table for table in PUBLISHED_TABLES}
_OF_IDENTITY = {table.name for table in IDENTITY_PUBLISHED}


def place_of(table: str) -> tuple[str, str]:
    """Group and name in the lake of a published table that is a file of the lake."""
    return "identity" if table in _OF_IDENTITY else "profiles", table


def clear_snapshot(lake: Lake) -> None:
    """Have the next publication compare every row with the database."""
    lake.clear_report(*_REPORT)


def last_published(lake: Lake, table: Table) -> pl.LazyFrame:
    """The rows of a table as they were last published; none where that is not known."""
    return lake.scan(_ROWS, table.name) if lake.exists(_ROWS, table.name) else table.empty().lazy()


@dataclass(frozen=True)
class Snapshot:
    """The tables as last published from this lake to the database of a URL.

    Attributes:
        lake: The lake.
        url: The database.
        entities: Whose rejected rows are published.
        rejected: How their entries are published.
    """

    lake: Lake
    url: str
    entities: tuple[Entity, ...] = ENTITIES
    rejected: Shown = "masked"

    def since(self, frames: Mapping[str, AnyRows]) -> Since | None:
        """What changed in these tables since then; null where that is not known."""
        known = self.lake.read_report(*_REPORT)
        if known is None or known["database"] != database_name(self.url):
            return None

        def delta(table: str) -> Delta | None:
            if table == REJECTED_RECORDS.name:
                return self._rejected_delta(known)
            if table not in known["files"] or not self.lake.exists(_ROWS, table):
                return None
            return self._delta(table, frames[table])

        return Since(str(known["token"]), delta)

    def _rejected_delta(self, known: Mapping[str, Any]) -> Delta | None:
        """What changed of the rejected rows; None where they were published in another way, or before it was kept."""
        if "rejected" not in known or known.get("rejected_as") != self.rejected:
            return None
        now = rejected_files(self.lake, self.entities, known["rejected"])
        delta = rejected_since(self.lake, self.entities, known["rejected"], now)
        return delta and replace(delta, new=shown_entries(delta.new, self.rejected))

    def _delta(self, table: str, rows: AnyRows) -> Delta | None:
        old_file, new_file = self.lake.path(_ROWS, table), self.lake.path(*place_of(table))
        declared = _DECLARED[table]
        if old_file.samefile(new_file):
            return no_delta(rows, declared.key, self.lake.rows(_ROWS, table))
        if pl.read_parquet_schema(old_file) != pl.read_parquet_schema(new_file):
            return None
        before, after = pl.scan_parquet(old_file), pl.scan_parquet(new_file)
        if self.lake.exists(_PEOPLE, table) and memory_file(self.lake, table).exists():
            then, now = self.lake.path(_PEOPLE, table), memory_file(self.lake, table)
            people = differing(pl.read_parquet(then), pl.read_parquet(now), "rows")
            is_changed = pl.col("person_id").is_in(people.implode())
            before, after = before.filter(is_changed), after.filter(is_changed)
        found = find_delta(declared.conform(before), declared.conform(after), declared.key)
        return replace(found, rows=self.lake.rows(*place_of(table)))

    def take(self, token: str, tables: list[str]) -> None:
        """Keep these tables as what was published under the token."""
        before = self.lake.read_report(*_REPORT) or {}
        clear_snapshot(self.lake)
        for table in tables:
            self.lake.link(self.lake.path(*place_of(table)), _ROWS, table)
            if memory_file(self.lake, table).exists():
                self.lake.link(memory_file(self.lake, table), _PEOPLE, table)
        kept = {"token": token, "database": database_name(self.url), "files": sorted(tables)}
        rejected = rejected_files(self.lake, self.entities, before.get("rejected"))
        self.lake.write_report(*_REPORT, {**kept, "rejected": rejected, "rejected_as": self.rejected})

    def files(self, tables: set[str]) -> dict[str, Path]:
        """The files of those tables that are files of the lake, as they were published."""
        known = self.lake.read_report(*_REPORT)
        return {name: self.lake.path(_ROWS, name) for name in tables & set(known["files"] if known else ())}
