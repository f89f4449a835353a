"""Broken deliveries -> held: read and reported, but not used until they are repaired, accepted or removed.

A delivery is the content of the folder of one entity and day. The rows and report of a held delivery are stored in
`lake.held`; the lake keeps the rows of that day that were in use before, if there were any:

    incoming --> staging, rejected, report    in use: read by every later step
        `------> the same in `held`           shown by the ledger, the rejected rows and the checks

Staging contains rows in use only, so later steps are independent of held deliveries.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from cdp_pipeline.deliveries.reports import (
    DayReport,
    LedgerLine,
    losses,
    newest_day_report,
    read_day_report,
    withdrawal,
    write_day_report,
    written_at,
)
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.quality import is_broken
from cdp_pipeline.store import DAILY_LAYERS, UNDATED, Lake


def place_delivery(lake: Lake, entity: Entity, day: str, report: DayReport) -> DayReport:
    """Move a day from `incoming` into use, or hold it if it is broken and was not accepted by an operator.

    Undated (misplaced) files are never held, because none of their rows is accepted.

    Args:
        lake: The lake, whose `incoming` has the staged and rejected rows.
        entity: The entity.
        day: The day.
        report: The result of this read, without the day's history.

    Returns:
        The report with the ledger lines of earlier runs and the operator's decision, if it still applies.
    """
    before, in_use = newest_day_report(lake, entity.name, day), read_day_report(lake, entity.name, day)
    is_withdrawn = not report.files and lake.held.has_report(entity.name, day)
    report = replace(
        report,
        earlier=lines_before(before, report.line.run_id),
        is_accepted=in_use is not None and in_use.stays_accepted(report.files),
        losses=(withdrawal(entity.object_type, day, 0),) if is_withdrawn else losses(before, report),
        is_withdrawn=is_withdrawn,
    )
    if day == UNDATED or not _is_to_be_held(entity, report):
        write_day_report(lake.incoming, entity.name, day, report)
        lake.admit(entity.name, day)
        return report
    if in_use is not None and _is_to_be_held(entity, in_use):
        # These rows were accepted under another limit; a held delivery must not fall back on them.
        lake.remove_day(entity.name, day)
    _make_ready(lake.incoming, lake.held.incoming, entity, day, report)
    lake.incoming.remove_day(entity.name, day)
    lake.held.admit(entity.name, day)
    return report


def accept_deliveries(lake: Lake, entity: Entity, asked: Sequence[str]) -> list[str]:
    """Put the held deliveries of the given days into use; return their days.

    The decision applies to these files only: when their content changes, the day is evaluated again.
    """
    accepted = sorted(set(asked) & set(lake.held.report_days(entity.name)))
    for day in accepted:
        report = read_day_report(lake.held, entity.name, day)
        if report is not None:
            _make_ready(lake.held, lake.incoming, entity, day, replace(report, is_accepted=True))
            lake.admit(entity.name, day)
    return accepted


def withdraw_delivery(lake: Lake, entity: Entity, day: str, run_id: str) -> DayReport | None:
    """Remove a held delivery whose files are gone; the rows in use stay, with a new line in the ledger.

    Returns:
        The report of the rows in use. None if no delivery of the day is held, or none is in use; nothing is changed
            then.
    """
    held, in_use = read_day_report(lake.held, entity.name, day), read_day_report(lake, entity.name, day)
    if held is None or in_use is None:
        return None
    line = replace(in_use.line, run_id=run_id, finished_at=written_at(datetime.now(UTC)))
    report = replace(
        in_use,
        line=line,
        earlier=lines_before(held, run_id),
        losses=(withdrawal(entity.object_type, day, line.accepted),),
        is_withdrawn=True,
    )
    write_day_report(lake, entity.name, day, report)
    lake.held.remove_day(entity.name, day)
    return report


def held_deliveries(lake: Lake, entities: Sequence[Entity]) -> list[LedgerLine]:
    """The ledger lines of all held deliveries, by entity and day."""
    return [
        report.line
        for entity in entities
        for day in lake.held.report_days(entity.name)
        if (report := read_day_report(lake.held, entity.name, day))
    ]


def _is_to_be_held(entity: Entity, report: DayReport) -> bool:
    line, repaired = report.line, report.repaired
    return not report.is_accepted and is_broken(
        entity.thresholds, line.read - line.suppressed - repaired, line.accepted, line.rejected - repaired
    )


def lines_before(report: DayReport | None, run_id: str) -> tuple[LedgerLine, ...]:
    """The ledger lines up to a report; a run that reads a day twice has only its later line."""
    return tuple(line for line in (*report.earlier, report.line) if line.run_id != run_id) if report else ()


def _make_ready(source: Lake, target: Lake, entity: Entity, day: str, report: DayReport) -> None:
    """Link the rows of a day into the incoming area of a lake, and write its report last."""
    for layer in DAILY_LAYERS:
        target.link(source.path(layer, entity.name, day), layer, entity.name, day)
    write_day_report(target, entity.name, day, report)
