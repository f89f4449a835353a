"""raw files of one entity and day -> staging, rejected, and a report whose ledger adds up."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest.batch import ListPage
from cdp_pipeline.ingest.files import Landing, RawFile, discover_files
from cdp_pipeline.ingest.read import file_digest, read_file
from cdp_pipeline.lake import UNDATED, Lake, TableWriter, day_name
from cdp_pipeline.settings import Settings
from cdp_pipeline.staging.stage import StagingContext, stage_rows
from cdp_pipeline.staging.tables import staging_table
from cdp_pipeline.steps.changed_records import note_replaced
from cdp_pipeline.steps.lead_scans import listed_companies
from cdp_pipeline.steps.reports import (
    RULES_VERSION,
    DayReport,
    FileState,
    ledger_line,
    read_day_report,
    summed,
    write_day_report,
)
from cdp_pipeline.validation.tables import REJECTED
from cdp_pipeline.validation.validate import Limits, validate_batch


@dataclass(frozen=True)
class DayWork:
    """The files of one entity and day."""

    entity: Entity
    day: str
    files: tuple[RawFile, ...]


def work_of(lake: Lake, landing: Landing, entity: Entity) -> list[DayWork]:
    """What lies in the landing folders of an entity, day by day, oldest first; misplaced files come last, undated.

    Misplaced files that were reported and are gone, most likely moved to where they belong, are work without files.
    """
    reported = read_day_report(lake, entity.name, UNDATED)
    by_day: dict[str, list[RawFile]] = {UNDATED: []} if reported and reported.files else {}
    for file in landing.files:
        if file.object_type == entity.object_type:
            by_day.setdefault(day_name(file.drop_date), []).append(file)
    return [DayWork(entity, day, tuple(files)) for day, files in sorted(by_day.items())]


def is_done(lake: Lake, work: DayWork, settings: Settings) -> bool:
    """Whether a finished report covers these files as they are now, read as the settings say now.

    A file that was only touched or copied anew is compared by content; the report is then brought up to date.
    """
    report = read_day_report(lake, work.entity.name, work.day)
    if report is None or report.reading != reading_of(settings):
        return False
    if report.covers(list(work.files)):
        return True
    then = {f.source_file: f for f in report.files}
    if set(then) != {f.source_file for f in work.files}:
        return False
    now = tuple(
        old
        if (old.size, old.modified_ns) == (f.size, f.modified_ns)
        else FileState(f.source_file, f.size, f.modified_ns, file_digest(f.path))
        for f in work.files
        for old in [then[f.source_file]]
    )
    renewed = replace(report, files=now)
    if [f.digest for f in now] != [then[f.source_file].digest for f in now] or not renewed.covers(list(work.files)):
        return False
    write_day_report(lake, work.entity.name, work.day, renewed)
    return True


def process_day(lake: Lake, work: DayWork, settings: Settings, run_id: str) -> DayReport:
    """Read, validate and stage one entity's day, replacing what an earlier run made of it.

    Every row read ends accepted, rejected or as a counted duplicate. Memory is bounded by the batch. Of exact re-sends
    in a row within the day the first stays.
    """
    entity, day = work.entity, work.day
    counts = _DayCounts()
    states: list[FileState] = []
    table = staging_table(entity)
    with (
        lake.writer("incoming", entity.name, table.schema, day) as staged,
        lake.writer("rejected", entity.name, REJECTED.schema, day) as rejected,
    ):
        for file in work.files:
            digest = _process_file(file, entity, settings, staged, rejected, counts)
            states.append(FileState(file.source_file, file.size, file.modified_ns, digest))
    duplicates = _settle(lake, entity, day)
    line = ledger_line(
        run_id,
        entity.object_type,
        None if day == UNDATED else date.fromisoformat(day),
        len(work.files),
        {
            "read": counts.read,
            "accepted": staged.rows - duplicates,
            "rejected": rejected.rows,
            "duplicates": duplicates,
        },
        datetime.now(UTC),
    )
    before = read_day_report(lake, entity.name, day)
    refused = pl.scan_parquet(lake.path("rejected", entity.name, day))
    report = DayReport(
        line=line,
        files=tuple(states),
        rules=dict(sorted(counts.rules.items())),
        findings=dict(sorted(counts.findings.items())),
        earlier=(*before.earlier, before.line) if before else (),
        reading=reading_of(settings),
        listed_companies=listed_companies(counts.pages, refused, settings.company_aliases),
        is_taken=before is not None and before.stays_taken(states),
    )
    write_day_report(lake, entity.name, day, report)
    return report


def reading_of(settings: Settings) -> str:
    """What, beside the files, decides how they are read; when it changes, finished days are read anew."""
    aliases = ",".join(f"{company}={alias}" for company, alias in sorted(settings.company_aliases.items()))
    return f"{RULES_VERSION}|{settings.default_region}|{settings.default_timezone_gmt}|{aliases}"


@dataclass
class _DayCounts:
    read: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    pages: Counter[ListPage] = field(default_factory=Counter)


def _process_file(
    file: RawFile,
    entity: Entity,
    settings: Settings,
    staged: TableWriter,
    rejected: TableWriter,
    counts: _DayCounts,
) -> str:
    """Write a file's rows and add to the day's counts; returns the digest of its content."""
    limits = Limits(loaded_at=datetime.now(UTC), default_region=settings.default_region)
    context = StagingContext(
        default_region=settings.default_region,
        default_timezone_gmt=settings.default_timezone_gmt,
        company_aliases=settings.company_aliases,
        drop_date=file.drop_date or date.min,
        source_file=file.source_file,
    )
    digest = _digest(file)
    for batch in read_file(file, entity):
        validated = validate_batch(batch, entity, limits)
        stage = stage_rows(validated.accepted, entity, context)
        staged.write(stage.rows)
        rejected.write(
            validated.rejected.with_columns(
                pl.lit(entity.object_type).alias("object_type"),
                pl.lit(file.drop_date, pl.Date).alias("drop_date"),
                pl.lit(file.source_file).alias("source_file"),
            )
        )
        counts.read += batch.rows.height + batch.rejected.height
        counts.rules.update(dict(validated.rejected["rules"].explode().value_counts().iter_rows()))
        counts.findings.update(validated.findings)
        counts.findings.update(stage.findings)
        counts.pages.update(batch.pages)
    return digest


def _digest(file: RawFile) -> str:
    """The digest of a file's content; empty for a file that cannot be opened, which the reader reports as a row."""
    try:
        return file_digest(file.path)
    except OSError:
        return ""


def _settle(lake: Lake, entity: Entity, day: str) -> int:
    """Move the day's staged rows into place without exact re-sends; returns how many there were.

    A row adds nothing when the version before it, by business time and then by place, is the same: after a different
    version, such as a tombstone, the same row says something again.
    """
    incoming = lake.path("incoming", entity.name, day)
    note_replaced(lake, entity, day)
    rows = pl.scan_parquet(incoming)
    place = ["source_file", "source_row", "entry_number"]
    repeated = rows.select("payload_hash").filter(pl.col("payload_hash").is_duplicated()).unique()
    records = rows.select("record_key", "payload_hash").join(repeated, on="payload_hash", how="semi")
    before = pl.col("payload_hash").shift(1).over("record_key")
    copies = (
        rows.select("record_key", "payload_hash", "business_at", *place)
        .join(records.select("record_key").unique(), on="record_key", how="semi")
        .sort("record_key", "business_at", *place, nulls_last=True)
        .filter((pl.col("payload_hash") == before).fill_null(value=False))
        .select(place)
        .collect()
    )
    if copies.height:
        lake.write("staging", entity.name, rows.join(copies.lazy(), on=place, how="anti"), day)
        incoming.unlink()
    else:
        target = lake.path("staging", entity.name, day)
        target.parent.mkdir(parents=True, exist_ok=True)
        incoming.replace(target)
    return copies.height


def pending(lake: Lake, landing: Landing, entities: Sequence[Entity], settings: Settings) -> list[DayWork]:
    """The entity days whose files, or the settings they are read with, changed since they were last processed."""
    return [work for entity in entities for work in work_of(lake, landing, entity) if not is_done(lake, work, settings)]


def empty_missing_days(
    lake: Lake, landing: Landing, entities: Sequence[Entity], settings: Settings, run_id: str
) -> None:
    """Empty the days that hold no files any more, with a line in the ledger; the rest is as the raw folder says."""
    for entity in entities:
        there = {work.day for work in work_of(lake, landing, entity)}
        for day in sorted(set(lake.report_days(entity.name)) - there):
            report = read_day_report(lake, entity.name, day)
            if report and report.files:
                process_day(lake, DayWork(entity, day, ()), settings, run_id)


@dataclass(frozen=True)
class DaysDone:
    """What a run made of an entity's days, and how they stand now."""

    days_read: int
    files: int
    read: int
    accepted: int
    rejected: int
    duplicates: int
    rules: dict[str, int]
    findings: dict[str, int]
    staged: pl.LazyFrame


def process_days(
    lake: Lake,
    entity: Entity,
    settings: Settings,
    run_id: str,
    *,
    days: Sequence[str],
    reprocess: bool,
    tell: Callable[[str], object],
) -> DaysDone:
    """Process those of an entity's days that hold new or changed files; misplaced files go with any day.

    A day whose files are all gone keeps what was made of them. The counts are those of all asked days as they stand
    now, whether read in this run or before.

    Args:
        lake: Where rows and reports go.
        entity: The entity.
        settings: Where files lie and how to read what senders leave open.
        run_id: Written into the ledger.
        days: The drop dates asked for.
        reprocess: Read finished days again.
        tell: Receives a sentence per day read.
    """
    landing = discover_files(settings.raw_dir, [entity.object_type])
    asked = set(days) | {UNDATED}
    read = 0
    for work in work_of(lake, landing, entity):
        if work.day in asked and (reprocess or not is_done(lake, work, settings)):
            line = process_day(lake, work, settings, run_id).line
            read += 1
            tell(
                f"{entity.object_type} {work.day}: {line.read} rows of {line.files} files read, "
                f"{line.accepted} accepted, {line.rejected} rejected, {line.duplicates} duplicates."
            )
    reports = [r for day in sorted(asked) if (r := read_day_report(lake, entity.name, day))]
    lines = [r.line for r in reports]
    return DaysDone(
        days_read=read,
        files=sum(line.files for line in lines),
        read=sum(line.read for line in lines),
        accepted=sum(line.accepted for line in lines),
        rejected=sum(line.rejected for line in lines),
        duplicates=sum(line.duplicates for line in lines),
        rules=dict(summed([r.rules for r in reports])),
        findings=dict(summed([r.findings for r in reports])),
        staged=lake.scan_days("staging", entity.name, staging_table(entity).schema),
    )
