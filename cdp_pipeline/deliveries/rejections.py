"""The rejected rows of the newest deliveries in the lake, whether their run was published or stopped.

If a delivery of a day is held, these are the rows that this delivery rejects.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.deliveries.settled import CLASSIFIED_REJECTIONS, ClassifiedRejections, classify_rejections
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.lake import Lake
from cdp_pipeline.serving.deltas import Delta, no_delta
from cdp_pipeline.validation.tables import REJECTED, REJECTED_RECORDS, RejectedRecords

RAW = "raw"
"""The column with the row as it was sent."""

_FETCHED_ROWS = 1_000
"""Rows of an export in memory at once; a rejected row can have some kilobytes."""


def scan_rejected(lake: Lake, entities: tuple[Entity, ...]) -> LazyFrame[RejectedRecords]:
    """All rejected rows with the columns of the published table."""
    return REJECTED_RECORDS.conform(pl.concat([part for e in entities for part in _scan_days(lake, e, _days(lake, e))]))


def rejected_files(
    lake: Lake, entities: tuple[Entity, ...], known: Mapping[str, list[int]] | None = None
) -> dict[str, list[int]]:
    """Fingerprint of each file of rejected rows, by entity and day: size, write time (ns), number of rows.

    Args:
        lake: The lake.
        entities: The entities.
        known: The previous result; rows of unchanged files are not counted again.
    """
    found = {}
    for entity in entities:
        files = {of: of.files("rejected", entity.name) for of in (lake, lake.held)}
        for day, of in _days(lake, entity).items():
            name, written = f"{entity.name}/{day}", [*files[of][day]]
            before = (known or {}).get(name, [])
            found[name] = before if before[:2] == written else [*written, of.rows("rejected", entity.name, day)]
    return found


def rejected_since(
    lake: Lake, entities: tuple[Entity, ...], known: Mapping[str, list[int]], now: Mapping[str, list[int]]
) -> Delta[RejectedRecords] | None:
    """The rejected rows of new days; None if a day was removed or rewritten, because its old rows are not kept.

    Args:
        lake: The lake.
        entities: The entities.
        known: The previous result of `rejected_files`.
        now: Its current result.
    """
    if any(now.get(name) != written for name, written in known.items()):
        return None
    came = now.keys() - known.keys()
    days = [
        part
        for entity in entities
        for part in _scan_days(
            lake, entity, {d: of for d, of in _days(lake, entity).items() if f"{entity.name}/{d}" in came}
        )
    ]
    new = REJECTED_RECORDS.conform(pl.concat([pl.LazyFrame(schema=REJECTED.schema), *days]))
    rows = sum(written[-1] for written in now.values())
    return replace(no_delta(new, REJECTED_RECORDS.key, rows), new=new, is_empty=False)


def classified_rejections(lake: Lake, entities: tuple[Entity, ...]) -> LazyFrame[ClassifiedRejections]:
    """The rejected rows of entities with their settlement, unordered."""
    parts = [
        classify_rejections(REJECTED.named(pl.concat(days)), lake, entity)
        for entity in entities
        if (days := _scan_days(lake, entity, _days(lake, entity)))
    ]
    return CLASSIFIED_REJECTIONS.named(pl.concat([pl.LazyFrame(schema=CLASSIFIED_REJECTIONS.schema), *parts]))


def read_rejected(
    lake: Lake,
    entities: tuple[Entity, ...],
    *,
    rule: str | None = None,
    day: date | None = None,
    limit: int | None = None,
) -> Iterator[dict[str, Any]]:
    """Yield the rejected rows of entities with their settlement, newest drop date first, undated rows last.

    Rows are fetched lazily, in batches.

    Args:
        lake: The lake.
        entities: The entities.
        rule: Only rows that broke this rule, by its full name.
        day: Only rows of this drop date.
        limit: Greatest number of rows.
    """
    found = _filtered(classified_rejections(lake, entities), rule, day)
    key = REJECTED.key
    found = found.sort("drop_date", *key, descending=[True, *(False for _ in key)], nulls_last=True)
    for batch in (found if limit is None else found.head(limit)).collect_batches(
        chunk_size=_FETCHED_ROWS, maintain_order=True
    ):
        yield from batch.iter_rows(named=True)


def count_rejected(
    lake: Lake, entities: tuple[Entity, ...], *, rule: str | None = None, day: date | None = None
) -> int:
    """How many rows `read_rejected` yields without a limit."""
    return int(_filtered(scan_rejected(lake, entities), rule, day).select(pl.len()).collect().item())


def rejected_object_types(
    lake: Lake, entities: tuple[Entity, ...], *, rule: str | None = None, day: date | None = None
) -> set[str]:
    """The object types among the rows of `read_rejected`."""
    return set(_filtered(scan_rejected(lake, entities), rule, day).select("object_type").unique().collect().to_series())


def was_anything_read(lake: Lake, entities: tuple[Entity, ...]) -> bool:
    """Whether the lake holds a day of any entity."""
    return any(_days(lake, entity) for entity in entities)


def _filtered(rows: pl.LazyFrame, rule: str | None, day: date | None) -> pl.LazyFrame:
    """The rows that broke a rule, of a drop date; None for all rules or all dates."""
    if rule is not None:
        rows = rows.filter(pl.col("rules").list.contains(rule))
    return rows if day is None else rows.filter(pl.col("drop_date") == day)


def _days(lake: Lake, entity: Entity) -> dict[str, Lake]:
    """The lake of the rejected rows of each day's newest delivery: `lake` or `lake.held`."""
    return dict.fromkeys(lake.days("rejected", entity.name), lake) | dict.fromkeys(
        lake.held.report_days(entity.name), lake.held
    )


def _scan_days(lake: Lake, entity: Entity, days: Mapping[str, Lake]) -> list[pl.LazyFrame]:
    """The rejected rows of these days, in use and held."""
    return [
        of.scan_days("rejected", entity.name, REJECTED.schema, [day for day, lies_in in days.items() if lies_in == of])
        for of in (lake, lake.held)
    ]
