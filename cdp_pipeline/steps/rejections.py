"""The rejected rows as they lie in the lake, whether their run was published or stopped."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.lake import Lake
from cdp_pipeline.profiles.tables import REJECTED_RECORDS
from cdp_pipeline.serving.deltas import Delta, no_delta
from cdp_pipeline.validation.tables import REJECTED

_FETCHED_ROWS = 1_000
"""Rows of an export that are in memory at once; a rejected row can be some kilobytes."""


def scan_rejected(lake: Lake, entities: tuple[Entity, ...]) -> pl.LazyFrame:
    """All rejected rows in the form of the published table."""
    return REJECTED_RECORDS.conform(pl.concat([lake.scan_days("rejected", e.name, REJECTED.schema) for e in entities]))


def rejected_files(
    lake: Lake, entities: tuple[Entity, ...], known: Mapping[str, list[int]] | None = None
) -> dict[str, list[int]]:
    """By entity and day, what tells a file of rejected rows from another one: size, moment of writing (ns), rows.

    Args:
        lake: Where they lie.
        entities: Whose.
        known: What this gave before; of files that are the same no rows are counted.
    """
    found = {}
    for entity in entities:
        for day in lake.days("rejected", entity.name):
            stat, name = lake.path("rejected", entity.name, day).stat(), f"{entity.name}/{day}"
            before = (known or {}).get(name, [])
            written = [stat.st_size, stat.st_mtime_ns]
            found[name] = before if before[:2] == written else [*written, lake.rows("rejected", entity.name, day)]
    return found


def rejected_since(lake: Lake, known: Mapping[str, list[int]], now: Mapping[str, list[int]]) -> Delta | None:
    """The rejected rows of days that came; null where a day is gone or was written again, as nobody keeps its rows.

    Args:
        lake: Where they lie.
        known: What `rejected_files` gave before.
        now: What it gives.
    """
    if any(now.get(name) != written for name, written in known.items()):
        return None
    came = [name.split("/") for name in sorted(now.keys() - known.keys())]
    days = [lake.scan_days("rejected", entity, REJECTED.schema, [day]) for entity, day in came]
    new = REJECTED_RECORDS.conform(pl.concat([pl.LazyFrame(schema=REJECTED.schema), *days]))
    rows = sum(written[-1] for written in now.values())
    return replace(no_delta(new, REJECTED_RECORDS.key, rows), new=new)


def read_rejected(
    lake: Lake,
    entities: tuple[Entity, ...],
    *,
    rule: str | None = None,
    day: date | None = None,
    limit: int | None = None,
) -> Iterator[dict[str, Any]]:
    """The rejected rows of entities, newest drop date first, those without one last; fetched as they are asked for.

    Args:
        lake: Where they lie.
        entities: Whose rows.
        rule: Only rows that broke this rule, by its whole name.
        day: Only rows of this drop date.
        limit: At most so many.
    """
    found = scan_rejected(lake, entities)
    if rule is not None:
        found = found.filter(pl.col("rules").list.contains(rule))
    if day is not None:
        found = found.filter(pl.col("drop_date") == day)
    key = REJECTED_RECORDS.key
    found = found.sort("drop_date", *key, descending=[True, *(False for _ in key)], nulls_last=True)
    for batch in (found if limit is None else found.head(limit)).collect_batches(
        chunk_size=_FETCHED_ROWS, maintain_order=True
    ):
        yield from batch.iter_rows(named=True)


def was_anything_read(lake: Lake, entities: tuple[Entity, ...]) -> bool:
    """Whether the lake holds a day of any entity."""
    return any(lake.days("rejected", entity.name) for entity in entities)
