"""The rejected rows as they lie in the lake, whether their run was published or stopped."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.lake import Lake
from cdp_pipeline.profiles.tables import REJECTED_RECORDS
from cdp_pipeline.validation.tables import REJECTED

_FETCHED_ROWS = 1_000
"""Rows of an export that are in memory at once; a rejected row can be some kilobytes."""


def scan_rejected(lake: Lake, entities: tuple[Entity, ...]) -> pl.LazyFrame:
    """All rejected rows in the form of the published table."""
    return REJECTED_RECORDS.conform(pl.concat([lake.scan_days("rejected", e.name, REJECTED.schema) for e in entities]))


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
