"""Days in the lake + the hashes of erased persons -> the days without their rows, in use and held.

A day is rewritten beside the old one and takes its place with its report in one step. The rows count as suppressed from
then on, in a new line of the ledger.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial
from typing import Final

import polars as pl
from pandera.typing.polars import DataFrame

from cdp_pipeline.deliveries.held import lines_before
from cdp_pipeline.deliveries.reports import DayReport, drop_date_of, read_day_report, write_day_report, written_at
from cdp_pipeline.deliveries.settled import named_row, place_text, row_name
from cdp_pipeline.deliveries.suppressed import without_unknown_fields
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest import REJECTED_IN_BATCH
from cdp_pipeline.privacy import Suppressions, suppressed_rejected, suppressed_rows
from cdp_pipeline.staging import StagedRows, StagingContext, staging_table
from cdp_pipeline.store import DAILY_LAYERS, Lake
from cdp_pipeline.validation import REJECTED, RejectedRows

_PLACE: Final = list(REJECTED_IN_BATCH.key)
_ROWS_AT_ONCE: Final = 250_000


@dataclass(frozen=True)
class SuppressedDay:
    """A day with rows of erased persons.

    Attributes:
        lake: Where the day lies: the lake, or its held deliveries.
        entity: The entity.
        day: The day.
        staged: The suppressed rows of staging: place, record_key and extra.
        rejected: The suppressed rejected rows, with all columns.
    """

    lake: Lake
    entity: Entity
    day: str
    staged: DataFrame[StagedRows]
    rejected: DataFrame[RejectedRows]


def find_suppressed_days(
    lake: Lake,
    entities: Sequence[Entity],
    suppressions: Suppressions,
    context_of: Callable[[date], StagingContext],
) -> Iterator[SuppressedDay]:
    """The days that hold rows of erased persons; every row of the lake is compared, a part of a day at a time.

    Args:
        lake: The lake.
        entities: The entities.
        suppressions: The hashes in force.
        context_of: The settings by which rejected cells of a drop date are normalised.
    """
    for entity in entities:
        for of in (lake, lake.held):
            for day in of.report_days(entity.name):
                context = context_of(drop_date_of(day) or date.min)
                staged = _filtered(
                    day_rows(of, "staging", entity, day),
                    partial(suppressed_rows, entity=entity, suppressions=suppressions),
                    [*_PLACE, "record_key", "extra"],
                )
                rejected = _filtered(
                    day_rows(of, "rejected", entity, day),
                    partial(suppressed_rejected, entity=entity, suppressions=suppressions, context=context),
                    REJECTED.schema.names(),
                )
                if staged.height or rejected.height:
                    yield SuppressedDay(of, entity, day, staging_table(entity).named(staged), REJECTED.named(rejected))


def erase_rows(found: SuppressedDay, run_id: str) -> None:
    """Rewrite a day without its suppressed rows, and count them in its report.

    Args:
        found: The day.
        run_id: Written into the ledger.
    """
    of, entity, day = found.lake, found.entity, found.day
    report = read_day_report(of, entity.name, day)
    if report is None:
        return
    named = day_rows(of, "staging", entity, day).select(named_row(pl.col("extra"))).collect()
    repaired = _count_named(found.rejected, set(named.to_series().drop_nulls()))
    places = pl.concat([found.staged.select(_PLACE), found.rejected.select(_PLACE)]).lazy()
    accepted, rejected = found.staged.height, found.rejected.height
    line = replace(
        report.line,
        run_id=run_id,
        accepted=report.line.accepted - accepted,
        rejected=report.line.rejected - rejected,
        suppressed=report.line.suppressed + accepted + rejected,
        finished_at=written_at(datetime.now(UTC)),
    )
    rules = Counter(report.rules) - Counter(found.rejected["rules"].explode().to_list())
    findings = without_unknown_fields(Counter(report.findings), found.staged, found.rejected)
    adjusted = replace(
        report,
        line=line,
        earlier=lines_before(report, run_id),
        rules=dict(sorted(rules.items())),
        findings=dict(sorted(findings.items())),
        repaired=report.repaired - repaired,
    )
    rewrite_day(
        of, entity, day, lambda _, rows: rows.join(places, on=_PLACE, how="anti", maintain_order="left"), adjusted
    )


def rewrite_day(
    of: Lake, entity: Entity, day: str, kept: Callable[[str, pl.LazyFrame], pl.LazyFrame], report: DayReport
) -> None:
    """Put a day with some of its rows, and its report, in the place of the day as it is, in one step.

    Args:
        of: Where the day lies: the lake, or its held deliveries.
        entity: The entity.
        day: The day.
        kept: Called with a layer and its rows; gives those that are kept.
        report: The report of the day from then on.
    """
    ready = of.incoming
    for layer in DAILY_LAYERS:
        ready.write(layer, entity.name, kept(layer, day_rows(of, layer, entity, day)), day)
    write_day_report(ready, entity.name, day, report)
    of.admit(entity.name, day, replaces_held=False)


def day_rows(of: Lake, layer: str, entity: Entity, day: str) -> pl.LazyFrame:
    """The rows of a layer of a day; none if there is no file."""
    schema = staging_table(entity).schema if layer == "staging" else REJECTED.schema
    return of.scan_days(layer, entity.name, schema, [day] if of.exists(layer, entity.name, day) else [])


def _filtered(
    rows: pl.LazyFrame, is_suppressed: Callable[[pl.DataFrame], pl.Series], columns: Sequence[str]
) -> pl.DataFrame:
    batches = rows.collect_batches(chunk_size=_ROWS_AT_ONCE, maintain_order=True)
    found = [batch.filter(is_suppressed(batch)).select(columns) for batch in batches]
    return pl.concat([rows.select(columns).clear().collect(), *found])


def _count_named(rejected: pl.DataFrame, names: set[str]) -> int:
    """How many of the rejected rows are repaired by accepted rows, which name them."""
    if not names:
        return 0
    rows = rejected.select(*_PLACE, "raw").iter_rows()
    return sum(row_name(place_text(*place), raw) in names for *place, raw in rows)
