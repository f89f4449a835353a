"""landing folders -> which days of an entity are to be read, and what was read of them; `day.py` reads one."""

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
from cdp_pipeline.ingest.files import Landing, RawFile
from cdp_pipeline.lake import UNDATED, Lake, day_name
from cdp_pipeline.settings import Settings
from cdp_pipeline.staging.tables import staging_table
from cdp_pipeline.values.counted import count_of


def work_of(lake: Lake, landing: Landing, entity: Entity) -> list[DayWork]:
    """What lies in the landing folders of an entity, day by day, oldest first; misplaced files come last, undated.

    Misplaced files that were reported and are gone, most likely moved to where they belong, are work without files, and
    so are held deliveries whose files were removed.
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
    """The report of a day that is finished with these files as they are now, read as the settings say now; else null.

    A file that was only touched or copied anew is compared by content; the report is then that of the files now.
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
    renewed = replace(report, files=now)
    is_same = [f.digest for f in now] == [then[f.source_file].digest for f in now]
    return renewed if is_same and renewed.covers(list(work.files)) else None


def is_done(lake: Lake, work: DayWork, settings: Settings) -> bool:
    """Whether a day is finished, see `finished`; keeps how its files lie now. Only for who holds the lake."""
    report = finished(lake, work, settings)
    if report is None:
        return False
    is_held = read_day_report(lake.held, work.entity.name, work.day) is not None
    if report != newest_day_report(lake, work.entity.name, work.day):
        write_day_report(lake.held if is_held else lake, work.entity.name, work.day, report)
    return True


def pending(lake: Lake, landing: Landing, entities: Sequence[Entity], settings: Settings) -> list[DayWork]:
    """The entity days whose files, or the settings they are read with, changed since they were last processed.

    Only for who holds the lake, see `is_done`.
    """
    return [work for entity in entities for work in work_of(lake, landing, entity) if not is_done(lake, work, settings)]


def read_day(lake: Lake, work: DayWork, settings: Settings, run_id: str) -> DayReport:
    """Read a day as its files lie now; where a held delivery was removed, its rows in use are those of before."""
    withdrawn = None if work.files else withdraw_delivery(lake, work.entity, work.day, run_id)
    return withdrawn or process_day(lake, work, settings, run_id)


def empty_missing_days(
    lake: Lake, landing: Landing, entities: Sequence[Entity], settings: Settings, run_id: str
) -> None:
    """Empty the days that hold no files any more, with a line in the ledger; the rest is as the raw folder says."""
    for entity in entities:
        there = {work.day for work in work_of(lake, landing, entity) if work.files}
        for day, report in newest_day_reports(lake, entity.name).items():
            if report.files and day not in there:
                process_day(lake, DayWork(entity, day, ()), settings, run_id)


@dataclass(frozen=True)
class DaysDone:
    """What a run made of an entity's days, and how they stand now; asked days that never had a file by name."""

    days_read: int
    files: int
    read: int
    accepted: int
    rejected: int
    duplicates: int
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
    tell: Callable[[str], object],
    warn: Callable[[str], object] = lambda _: None,
) -> DaysDone:
    """Process those of an entity's days that hold new or changed files; misplaced files go with any day.

    A day whose files are all gone keeps what was made of them. The counts are those of the newest deliveries of all
    asked days, held or in use, whether read in this run or before.

    Args:
        lake: Where rows and reports go.
        entity: The entity.
        settings: Where files lie and how to read what senders leave open.
        run_id: Written into the ledger.
        days: The drop dates asked for.
        reprocess: Read finished days again.
        from_nothing: A held delivery of these days leaves nothing in use of an earlier one, whose files are gone.
        tell: Receives a sentence per day read.
        warn: Receives a sentence when asked days have no files.
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
            tell(
                f"{entity.object_type} {work.day}: {count_of(line.read, 'row')} of {count_of(line.files, 'file')}, "
                f"{line.accepted:,} accepted, {line.rejected:,} rejected, {count_of(line.duplicates, 'duplicate')}."
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
        rules=dict(summed([r.rules for r in reports])),
        findings=dict(summed([r.findings for r in reports])),
        without_files=without_files,
        staged=lake.scan_days("staging", entity.name, staging_table(entity).schema),
    )


def spanned(days: Sequence[str]) -> str:
    """One drop date, or how many there are with the first and the last."""
    return days[0] if len(days) == 1 else f"{len(days)} drop dates, {days[0]} to {days[-1]}"
