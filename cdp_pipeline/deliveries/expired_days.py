"""Days in the lake + what has expired -> the days without these rows, in use and held, with what went in their reports.

The line of the ledger stays: it counts what the files held. Which rows expire is decided in `pipeline/retention.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.deliveries.erased_days import day_rows, rewrite_day
from cdp_pipeline.deliveries.reports import drop_date_of, read_day_report
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.staging import StagedRows, staging_table
from cdp_pipeline.store import DAILY_LAYERS, Lake
from cdp_pipeline.validation import REJECTED, RejectedRows


@dataclass(frozen=True)
class Expired:
    """What has expired of an entity.

    Attributes:
        entity: The entity.
        record_keys: The records that are removed with all their versions.
        kept_keys: The records whose rejected rows are kept, as their person has restricted the use of the data.
        rejected_before: Rejected rows of earlier drop dates are removed; None if all are kept.
        lists_before: The same, for days with a complete list: their rejected rows decide which leads are gone.
    """

    entity: Entity
    record_keys: pl.Series
    kept_keys: pl.Series
    rejected_before: date | None = None
    lists_before: date | None = None


@dataclass(frozen=True)
class ExpiredDay:
    """A day of an entity that holds expired rows.

    Attributes:
        lake: Where it lies: the lake, or its held deliveries.
        day: The day.
        staged: The expired rows of staging.
        rejected: The expired rejected rows.
    """

    lake: Lake
    day: str
    staged: LazyFrame[StagedRows]
    rejected: LazyFrame[RejectedRows]


def find_expired_days(lake: Lake, expired: Expired, before: date) -> Iterator[ExpiredDay]:
    """The days of an entity before a date that have rows, in use and held, with those that expired, which may be none.

    Args:
        lake: The lake.
        expired: What has expired.
        before: Days from this one on hold no expired row.
    """
    for of in (lake, lake.held):
        for day in of.report_days(expired.entity.name):
            drop_date = drop_date_of(day)
            if drop_date and drop_date < before and _has_rows(of, expired.entity, day):
                staged = _joined(day_rows(of, "staging", expired.entity, day), expired, "semi")
                rejected = day_rows(of, "rejected", expired.entity, day).filter(
                    _is_refused(of, expired, day, drop_date)
                )
                yield ExpiredDay(of, day, staging_table(expired.entity).named(staged), REJECTED.named(rejected))


def remove_expired(found: ExpiredDay, expired: Expired) -> None:
    """Rewrite a day without its expired rows, and count them in its report; nothing is written if it has none."""
    of, entity, day = found.lake, expired.entity, found.day
    report = read_day_report(of, entity.name, day)
    counts = {layer: rows.select(pl.len()).collect().item() for layer, rows in _by_layer(found).items()}
    if report is None or not any(counts.values()):
        return
    drop_date = drop_date_of(day)
    assert drop_date is not None, "misplaced files have no date by which their rows could expire"
    is_refused = _is_refused(of, expired, day, drop_date)

    def kept(layer: str, rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows.filter(~is_refused) if layer == "rejected" else _joined(rows, expired, "anti")

    went = {layer: report.expired.get(layer, 0) + count for layer, count in counts.items()}
    rewrite_day(of, entity, day, kept, replace(report, expired=went))


def _has_rows(of: Lake, entity: Entity, day: str) -> bool:
    """Whether a day has rows; those whose rows all went long ago become many, and each query would take a while."""
    return any(of.exists(layer, entity.name, day) and of.rows(layer, entity.name, day) for layer in DAILY_LAYERS)


def _by_layer(found: ExpiredDay) -> dict[str, pl.LazyFrame]:
    return {"staging": found.staged, "rejected": found.rejected}


def _joined(rows: pl.LazyFrame, expired: Expired, how: Literal["semi", "anti"]) -> pl.LazyFrame:
    """Staged rows that have expired, or the others; a join is forty times as fast as `is_in` with a million records."""
    return rows.join(expired.record_keys.to_frame().lazy(), on="record_key", how=how, maintain_order="left")


def _is_refused(of: Lake, expired: Expired, day: str, drop_date: date) -> pl.Expr:
    """Whether a rejected row of a day has expired."""
    report = read_day_report(of, expired.entity.name, day)
    before = expired.lists_before if report and report.listed_companies else expired.rejected_before
    if before is None or drop_date >= before:
        return pl.lit(value=False)
    return ~pl.col("record_key").is_in(expired.kept_keys.implode()).fill_null(value=False)
