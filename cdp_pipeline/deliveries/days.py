"""Landing folders -> the days of an entity to read, and the summed results; `day.py` reads one day."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import polars as pl

from cdp_pipeline.deliveries.day import DayWork, digest_of, landing_of, process_day, reading_of
from cdp_pipeline.deliveries.held import withdraw_delivery
from cdp_pipeline.deliveries.reports import (
    DayReport,
    FileState,
    newest_day_report,
    newest_day_reports,
    read_day_report,
    summed,
    write_day_report,
)
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest import Landing, RawFile
from cdp_pipeline.settings import Settings
from cdp_pipeline.staging import staging_table
from cdp_pipeline.store import UNDATED, Lake, day_name
from cdp_pipeline.values.display_text import count_of


def work_of(lake: Lake, landing: Landing, entity: Entity) -> list[DayWork]:
    """The files in the landing folders of an entity by day, oldest first; misplaced files are last, as `undated`.

    Reported misplaced files that are gone, probably moved to their day's folder, give work without files. So do held
    deliveries whose files were removed.
    """
    reported = read_day_report(lake, entity.name, UNDATED)
    by_day: dict[str, list[RawFile]] = {day: [] for day in lake.held.report_days(entity.name)}
    if reported and reported.files:
        by_day[UNDATED] = []
    for file in landing.files:
        if file.object_type == entity.object_type:
            by_day.setdefault(day_name(file.drop_date), []).append(file)
    return [DayWork(entity, day, tuple(files)) for day, files in sorted(by_day.items())]


def finished(
    lake: Lake, work: DayWork, settings: Settings, digest: Callable[[RawFile], str] = digest_of
) -> DayReport | None:
    """The report of a day that was read from these files with the current settings; None if it must be read.

    A file with a new modification time is compared by content; the returned report then has the current file states.
    """
    report = newest_day_report(lake, work.entity.name, work.day)
    if report is None or report.reading != reading_of(settings, work.entity):
        return None
    if report.covers(list(work.files)):
        return report
    then = {f.source_file: f for f in report.files}
    if set(then) != {f.source_file for f in work.files}:
        return None
    now = tuple(
        old
        if (old.size, old.modified_ns) == (f.size, f.modified_ns)
        else FileState(f.source_file, f.size, f.modified_ns, digest(f))
        for f in work.files
        for old in [then[f.source_file]]
    )
    updated = replace(report, files=now)
    is_same = [f.digest for f in now] == [then[f.source_file].digest for f in now]
    return updated if is_same and updated.covers(list(work.files)) else None


def is_done(lake: Lake, work: DayWork, settings: Settings) -> bool:
    """Whether a day is finished, see `finished`; stores the current file states. The caller must hold the lake lock."""
    report = finished(lake, work, settings)
    if report is None:
        return False
    is_held = read_day_report(lake.held, work.entity.name, work.day) is not None
    if report != newest_day_report(lake, work.entity.name, work.day):
        write_day_report(lake.held if is_held else lake, work.entity.name, work.day, report)
    return True


def pending(lake: Lake, landing: Landing, entities: Sequence[Entity], settings: Settings) -> list[DayWork]:
    """The entity days whose files, or the settings for reading them, changed since they were last processed.

    The caller must hold the lake lock, see `is_done`.
    """
    return [work for entity in entities for work in work_of(lake, landing, entity) if not is_done(lake, work, settings)]


def read_day(lake: Lake, work: DayWork, settings: Settings, run_id: str) -> DayReport:
    """Read a day from its current files; if a held delivery was removed, return to the rows in use before."""
    withdrawn = None if work.files else withdraw_delivery(lake, work.entity, work.day, run_id)
    return withdrawn or process_day(lake, work, settings, run_id)


def empty_missing_days(
    lake: Lake, landing: Landing, entities: Sequence[Entity], settings: Settings, run_id: str
) -> None:
    """Empty the days without files, with a line in the ledger, as in a rebuild from the raw folder."""
    for entity in entities:
        present = {work.day for work in work_of(lake, landing, entity) if work.files}
        for day, report in newest_day_reports(lake, entity.name).items():
            if report.files and day not in present:
                process_day(lake, DayWork(entity, day, ()), settings, run_id)


@dataclass(frozen=True)
class DaysDone:
    """Sums over an entity's days after a run; `without_files` names the given days without a file in the ledger."""

    days_read: int
    files: int
    read: int
    accepted: int
    rejected: int
    duplicates: int
    suppressed: int
    rules: dict[str, int]
    findings: dict[str, int]
    without_files: tuple[str, ...]
    staged: pl.LazyFrame


def process_days(
    lake: Lake,
    entity: Entity,
    settings: Settings,
    run_id: str,
    *,
    days: Sequence[str],
    reprocess: bool,
    from_nothing: bool = False,
    log: Callable[[str], object],
    warn: Callable[[str], object] = lambda _: None,
) -> DaysDone:
    """Process the days of an entity with new or changed files; misplaced files are processed with every call.

    A day whose files are all gone keeps its rows. The counts are those of the newest deliveries of all given days, held
    or in use, whether read by this call or before.

    Args:
        lake: The lake for rows and reports.
        entity: The entity.
        settings: The landing folders and the defaults for reading.
        run_id: Written into the ledger.
        days: The drop dates to process.
        reprocess: Read finished days again.
        from_nothing: If a delivery of these days is held, remove the rows of the earlier delivery, whose files are
            gone.
        log: Receives a sentence per day read.
        warn: Receives a sentence about given days without files, and one per loss.
    """
    landing = landing_of(settings, [entity])
    asked = set(days) | {UNDATED}
    read = 0
    for work in work_of(lake, landing, entity):
        if work.day in asked and (reprocess or not is_done(lake, work, settings)):
            report = read_day(lake, work, settings, run_id)
            line = report.line
            if from_nothing and read_day_report(lake.held, entity.name, work.day):
                lake.remove_day(entity.name, work.day)
            read += 1
            log(
                f"{entity.object_type} {work.day}: {count_of(line.read, 'row')} of {count_of(line.files, 'file')}, "
                f"{line.accepted:,} accepted, {line.rejected:,} rejected, {count_of(line.duplicates, 'duplicate')}"
                f"{f', {line.suppressed:,} suppressed' if line.suppressed else ''}."
            )
            for loss in report.losses:
                warn(loss)
    lake.settle()
    reports = [r for day in sorted(asked) if (r := newest_day_report(lake, entity.name, day))]
    lines = [r.line for r in reports]
    without_files = tuple(sorted(asked - {UNDATED} - {line.drop_date for line in lines if line.files}))
    if without_files:
        warn(f"{entity.object_type}: no file for {spanned(without_files)}.")
    return DaysDone(
        days_read=read,
        files=sum(line.files for line in lines),
        read=sum(line.read for line in lines),
        accepted=sum(line.accepted for line in lines),
        rejected=sum(line.rejected for line in lines),
        duplicates=sum(line.duplicates for line in lines),
        suppressed=sum(line.suppressed for line in lines),
        rules=dict(summed([r.rules for r in reports])),
        findings=dict(summed([r.findings for r in reports])),
        without_files=without_files,
        staged=lake.scan_days("staging", entity.name, staging_table(entity).schema),
    )


def spanned(days: Sequence[str]) -> str:
    """One drop date, or the number of dates with the first and the last."""
    return days[0] if len(days) == 1 else f"{len(days)} drop dates, {days[0]} to {days[-1]}"
