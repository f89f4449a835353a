"""Raw files of one entity and day -> staging, rejected rows and a report with a balanced ledger, in one transaction.

`held.py` decides whether the rows are used or held.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from cdp_pipeline.deliveries.held import place_delivery
from cdp_pipeline.deliveries.lead_scans import listed_companies
from cdp_pipeline.deliveries.reports import RULES_VERSION, DayReport, FileState, ledger_line
from cdp_pipeline.deliveries.settled import SUPERSEDED, NamedRows, named_row, repairs_first
from cdp_pipeline.deliveries.suppressed import read_rows
from cdp_pipeline.deliveries.unknown_fields import hide_values, personal_values
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.identity.configuration import read_rules
from cdp_pipeline.ingest import (
    DRIFT,
    USUAL,
    Bounds,
    Landing,
    ListPage,
    RawFile,
    ReaderCrashedError,
    discover_files,
    file_digest,
    read_files_apart,
    read_mappings,
    unknown_folders,
)
from cdp_pipeline.privacy import Suppressions, read_suppressions
from cdp_pipeline.settings import Settings
from cdp_pipeline.staging import StagingContext, staging_table
from cdp_pipeline.store import UNDATED, Lake, TableWriter, day_name, disk_errors
from cdp_pipeline.validation import REJECTED, REJECTED_WITH_FIELDS, Limits
from cdp_pipeline.values.display_text import visible
from cdp_pipeline.values.mask import mask_contacts
from cdp_pipeline.values.nearest_name import nearest_names
from cdp_pipeline.values.placeholders import PlaceholderList, read_placeholders

MOST_UNKNOWN_FIELDS = 200
"""Greatest number of undeclared fields named in a day's report; no source has as many."""

_MISSPELT = 0.8
"""From this likeness on a folder was meant to be a landing folder."""

_LISTS_FOR_READING = ("record_id", "person_name", "birth_date", "birth_date_overused")


class FileChangedError(Exception):
    """A file was changed, replaced or removed while it was read; no row of its day was stored."""


@dataclass(frozen=True)
class DayWork:
    """The files of one entity and day."""

    entity: Entity
    day: str
    files: tuple[RawFile, ...]


def process_day(lake: Lake, work: DayWork, settings: Settings, run_id: str) -> DayReport:
    """Read, validate and stage one entity's day; replace the result of an earlier run.

    Every row is accepted, rejected, a counted duplicate, or suppressed as that of an erased person. Memory is bounded
    by the batch. Of consecutive equal versions of a record within the day the first is kept. A row of `cdp repair` is a
    duplicate once the row that it repairs was delivered again with other content. A day whose files change meanwhile is
    read once more with its current files. A file that crashes the reader becomes one rejected row. After an error the
    stored day is unchanged.

    Raises:
        ReaderCrashedError: The reader crashed, and no file crashes it alone.
        FileChangedError: The files changed again, or were removed.
        LakeError: The disk is full.
    """
    try:
        return _read_day(lake, work, settings, run_id)
    except FileChangedError:
        # In most cases a sender has just replaced the file, and the new one is complete.
        return _read_day(lake, _with_current_files(work, settings), settings, run_id)
    except ReaderCrashedError as crash:
        return process_day(lake, replace(work, files=tuple(crash.with_problems(work.files))), settings, run_id)


def _read_day(lake: Lake, work: DayWork, settings: Settings, run_id: str) -> DayReport:
    entity, day, ready = work.entity, work.day, lake.incoming
    counts = _DayCounts()
    scratch = ready.root / "scratch"
    with disk_errors(ready.root):
        scratch.mkdir(parents=True, exist_ok=True)
        with (
            ready.writer("unsettled", entity.name, staging_table(entity).schema, day) as staged,
            ready.writer("rejected", entity.name, REJECTED.schema, day) as rejected,
        ):
            states = _process_steady(work, settings, staged, rejected, counts, scratch)
    unsettled = staging_table(entity).named(pl.scan_parquet(ready.path("unsettled", entity.name, day)))
    rejected_rows = pl.scan_parquet(ready.path("rejected", entity.name, day))
    findings = hide_values(
        counts.findings, personal_values(unsettled, REJECTED_WITH_FIELDS.conform(rejected_rows), entity)
    )
    superseded = counts.named.superseded()
    findings += Counter({SUPERSEDED: superseded.total()})
    duplicates = superseded.total() + _settle(ready, entity, day, superseded)
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
            "suppressed": counts.suppressed,
        },
        datetime.now(UTC),
    )
    report = DayReport(
        line=line,
        files=tuple(states),
        rules=dict(sorted(counts.rules.items())),
        findings=dict(sorted(_with_few_fields(findings).items())),
        reading=reading_of(settings, entity),
        listed_companies=listed_companies(counts.pages, rejected_rows, settings.company_aliases),
        repaired=counts.named.repaired,
    )
    return place_delivery(lake, entity, day, report)


def landing_of(settings: Settings, entities: Sequence[Entity]) -> Landing:
    """List the landing folders of some entities, with the limits of the settings."""
    object_types = [entity.object_type for entity in entities]
    return discover_files(settings.raw_dir, object_types, settings.raw_link_roots, settings.max_files)


def misspelt_folders(settings: Settings, entities: Sequence[Entity]) -> dict[str, str]:
    """A sentence on each folder of the raw folder that is not read, but is called almost like a landing folder."""
    object_types = [entity.object_type for entity in entities]
    unread = unknown_folders(settings.raw_dir, object_types)
    meant = {name: nearest_names(name.lower().replace("_", "-"), object_types, least=_MISSPELT) for name in unread}
    return {
        name: f"{visible(mask_contacts(name))}/ in the raw folder is not an object type and is not read; did you mean "
        f"{near[0]}/?"
        for name, near in meant.items()
        if near
    }


def _with_few_fields(findings: Counter[str]) -> Counter[str]:
    """Keep the unknown fields of most rows by name, and count the others as `drift:(other)`.

    A sender that generates its keys would otherwise fill the report, and every page with it.
    """
    unknown = sorted((f for f in findings if f.startswith(DRIFT)), key=lambda found: (-findings[found], found))
    others = set(unknown[MOST_UNKNOWN_FIELDS:])
    few = Counter({name: rows for name, rows in findings.items() if name not in others})
    few[DRIFT + "(other)"] += sum(findings[name] for name in others)
    return +few


def _with_current_files(work: DayWork, settings: Settings) -> DayWork:
    landing = landing_of(settings, [work.entity])
    files = tuple(file for file in landing.files if day_name(file.drop_date) == work.day)
    if not files:
        raise FileChangedError(
            f"The files of {work.entity.object_type} {work.day} were removed while they were read; the day is as it "
            "was before this run. Deliver them again, or run again to leave it so."
        )
    return DayWork(work.entity, work.day, files)


def reading_of(settings: Settings, entity: Entity) -> str:
    """Fingerprint of everything except the files that affects reading; a change causes the days to be read again."""
    aliases = ",".join(f"{company}={alias}" for company, alias in sorted(settings.company_aliases.items()))
    mappings = read_mappings(settings.mappings).digest(entity)
    # Other placeholder lists affect identity only.
    lists = placeholders_of(settings)
    own = repr([(kind, lists[kind]) for kind in _LISTS_FOR_READING if lists[kind] != read_placeholders()[kind]])
    bounds = bounds_of(settings)
    limits = "" if bounds == USUAL else f"|{bounds}"
    read_by = f"{settings.default_region}|{settings.default_timezone_gmt}|{aliases}|{mappings}|{own}"
    return f"{RULES_VERSION}|{read_by}{limits}"


@dataclass
class _DayCounts:
    read: int = 0
    suppressed: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    pages: Counter[ListPage] = field(default_factory=Counter)
    named: NamedRows = field(default_factory=NamedRows)


def _process_steady(
    work: DayWork, settings: Settings, staged: TableWriter, rejected: TableWriter, counts: _DayCounts, scratch: Path
) -> list[FileState]:
    """Write the rows of a day's files; return the state of each file, which did not change while it was read."""
    before = [file.stamp() for file in work.files]
    digests = [digest_of(file) for file in work.files]
    try:
        _process_files(work, settings, staged, rejected, counts, scratch)
    except Exception:
        # A file that shrinks while it is read may cause any error in its reader.
        for file, stamp in zip(work.files, before, strict=True):
            if file.stamp() != stamp:
                raise _changed(file) from None
        raise
    states = []
    for file, stamp, digest in zip(work.files, before, digests, strict=True):
        was_there = file.modified_ns > 0
        if file.stamp() != stamp or (stamp is None and was_there):
            raise _changed(file)
        size, modified_ns = (file.size, file.modified_ns) if stamp is None else (stamp.size, stamp.modified_ns)
        states.append(FileState(file.source_file, size, modified_ns, digest))
    return states


def _changed(file: RawFile) -> FileChangedError:
    return FileChangedError(
        f"{mask_contacts(file.source_file)} was changed while it was read; its day is as it was before this run. Run "
        "again when the sender has finished; a sender that writes under a name ending in .part and then renames is "
        "never read halfway."
    )


def _process_files(
    work: DayWork, settings: Settings, staged: TableWriter, rejected: TableWriter, counts: _DayCounts, scratch: Path
) -> None:
    """Write the rows of a day's files and add to the day's counts."""
    entity = work.entity
    drop_date = None if work.day == UNDATED else date.fromisoformat(work.day)
    limits = limits_of(settings, datetime.now(UTC))
    context = staging_context_of(settings, drop_date or date.min)
    mappings = read_mappings(settings.mappings).of(entity)
    batches = (
        batch
        for files in repairs_first(work.files)
        for batch in read_files_apart(files, entity, scratch=scratch, mappings=mappings, bounds=bounds_of(settings))
    )
    suppressions = suppressions_of(settings)
    for batch in batches:
        read = read_rows(batch, entity, limits, context, suppressions)
        staged.write(read.staged)
        rejected.write(
            read.rejected.with_columns(
                pl.lit(entity.object_type).alias("object_type"), pl.lit(drop_date, pl.Date).alias("drop_date")
            )
        )
        counts.read += batch.read
        counts.suppressed += read.suppressed
        counts.rules.update(dict(read.rejected["rules"].explode().value_counts().iter_rows()))
        counts.findings.update(read.findings)
        counts.pages.update(batch.pages)
        counts.named.add(read.batch, read.validated)


def bounds_of(settings: Settings) -> Bounds:
    """The size limits of the settings."""
    return Bounds(**{bound.name: getattr(settings, bound.name) for bound in fields(Bounds)})


def placeholders_of(settings: Settings) -> Mapping[str, PlaceholderList]:
    """Placeholder lists by kind: the packaged ones and those of the user's identity rules."""
    own = settings.identity_rules
    return read_rules(own).placeholders if own else read_placeholders()


def suppressions_of(settings: Settings) -> Suppressions:
    """The hashes of erased persons.

    Raises:
        PrivacyError: The list or its key cannot be read.
    """
    return read_suppressions(settings.privacy_dir, settings.privacy_key_file, settings.identity_scope)


def limits_of(settings: Settings, now: datetime) -> Limits:
    """The parameters of validation for a run."""
    # To the minute, so that days read in sequence share a cached contract, which is expensive to build.
    loaded_at = now.replace(second=0, microsecond=0)
    no_ids = placeholders_of(settings)["record_id"]
    return Limits(loaded_at, settings.default_region, settings.default_timezone_gmt, no_ids)


def staging_context_of(settings: Settings, drop_date: date) -> StagingContext:
    """The parameters of staging for a day."""
    return StagingContext(
        default_region=settings.default_region,
        default_timezone_gmt=settings.default_timezone_gmt,
        company_aliases=settings.company_aliases,
        drop_date=drop_date,
        placeholders=placeholders_of(settings),
    )


def digest_of(file: RawFile) -> str:
    """The digest of a file's content; empty for a file that cannot be opened, which becomes a rejected row."""
    try:
        with file.opened() as path:
            return file_digest(path)
    except OSError:
        return ""


def _settle(ready: Lake, entity: Entity, day: str, superseded: Collection[str]) -> int:
    """Write the day's staging from its unsettled rows, without re-sent copies; return the number of copies.

    Rows that repair a row named in `superseded` are removed before.

    A row is a copy if it equals the version before it, by business time and then by file and row. The same row after a
    different version, such as a tombstone, is a new version.
    """
    unsettled = ready.path("unsettled", entity.name, day)
    rows = pl.scan_parquet(unsettled)
    if superseded:
        rows = rows.filter(~named_row(pl.col("extra")).is_in(sorted(superseded)).fill_null(value=False))
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
    if copies.height or superseded:
        ready.write("staging", entity.name, rows.join(copies.lazy(), on=place, how="anti"), day)
        unsettled.unlink()
    else:
        target = ready.path("staging", entity.name, day)
        target.parent.mkdir(parents=True, exist_ok=True)
        unsettled.replace(target)
    return copies.height
