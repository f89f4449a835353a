"""Rejected rows of the newest deliveries, and how many of them are open by drop date and rule.

If a delivery of a day is held, its rejected rows are listed, but not counted: a held delivery is reported as a whole.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Any

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.deliveries.reports import DayReport
from cdp_pipeline.deliveries.settled import CLASSIFIED_REJECTIONS, ClassifiedRejections, classify_rejections
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.serving import Delta, no_delta
from cdp_pipeline.store import UNDATED, Lake
from cdp_pipeline.validation import REJECTED, REJECTED_RECORDS, RejectedRecords

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


_GROUP = "open_rejections"


@dataclass(frozen=True)
class OpenRejections:
    """The rejected rows of an entity that are open, and the number of settled ones.

    Attributes:
        days: Open rows by drop date; `undated` for misplaced files.
        rules: Open rows by broken rule.
        settled: Settled rows by drop date.
    """

    days: Mapping[str, int] = field(default_factory=dict)
    rules: Mapping[str, int] = field(default_factory=dict)
    settled: Mapping[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Number of open rows."""
        return sum(self.days.values())


def count_open_rejections(lake: Lake, entity: Entity, reports: Mapping[str, DayReport]) -> OpenRejections:
    """Count the open and settled rejected rows of an entity.

    Args:
        lake: The lake with the rows; also stores the counts.
        entity: The entity.
        reports: The report of each day's newest delivery.
    """
    if not any(report.line.rejected for report in reports.values()):
        return OpenRejections()
    state, kept = _state(lake, entity), lake.read_report(_GROUP, entity.name) or {}
    if kept.get("state") == state:
        return OpenRejections(kept["days"], kept["rules"], kept["settled"])
    counted = _counted(lake, entity)
    lake.write_report(_GROUP, entity.name, {"state": state, **asdict(counted)})
    return counted


def _state(lake: Lake, entity: Entity) -> str:
    """Fingerprint of the files from which the counts are computed."""
    files = [sorted(lake.files(layer, entity.name).items()) for layer in ("rejected", "staging")]
    text = json.dumps([*files, lake.held.report_days(entity.name)])
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def _counted(lake: Lake, entity: Entity) -> OpenRejections:
    held = lake.held.report_days(entity.name)
    day = pl.col("drop_date").cast(pl.String).fill_null(UNDATED)
    rows = (
        classified_rejections(lake, (entity,))
        .select(day.alias("day"), "rules", is_open=pl.col("settled").is_null())
        .filter(~pl.col("day").is_in(held))
        .collect()
    )
    is_open = rows.filter("is_open")
    return OpenRejections(
        _sorted_counts(is_open["day"]),
        _sorted_counts(is_open["rules"].explode().drop_nulls()),
        _sorted_counts(rows.filter(~pl.col("is_open"))["day"]),
    )


def _sorted_counts(values: pl.Series) -> dict[str, int]:
    return dict(sorted(Counter(values.to_list()).items()))
