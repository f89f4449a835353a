"""`retention.toml` + the lake -> the lake without what is older than its period, with a ledger of what went.

1. A record expires as a whole, when its newest delivered version does: of a record that lives no version is cut.
2. The plan is written first, with every record and count: a killed run is finished by the next one as it was planned.
3. Days in use and held are rewritten without the expired rows; empty days lose their reports; archives are removed.
4. The ledger gets a line per layer, entity and drop date. Files of the raw folder that are read again bring rows back
   until this step of the same run, which removes and counts them again.
5. The steps of the run rebuild what was made of the rows; identity gives the reason and keeps tombstones of ids.
6. After publication the database is purged, as after an erasure.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

import polars as pl

from cdp_pipeline.deliveries import Expired, drop_date_of, find_expired_days, landing_of, remove_expired
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import BY_NAME, ENTITIES
from cdp_pipeline.identity import PERSON_ID_HISTORY, PERSON_IDS
from cdp_pipeline.pipeline.identity import EXPIRED_RECORDS, IDS
from cdp_pipeline.pipeline.snapshot import PUBLISHED_TABLES
from cdp_pipeline.privacy import (
    RequestFiles,
    RequestLog,
    Retention,
    export_archives,
    read_retention,
    records_of,
    restrictions_in_force,
)
from cdp_pipeline.profiles import RETENTION_LEDGER
from cdp_pipeline.serving import purge_database
from cdp_pipeline.settings import Settings
from cdp_pipeline.staging import staging_table
from cdp_pipeline.store import DAILY_LAYERS, UNDATED, Lake, day_name

LEDGER: Final = ("retention", RETENTION_LEDGER.name)
"""What went, as it is published."""

_RECORDS: Final = ("retention", "records")
"""The records of the plan: those of an entity that go, and those of any entity that are kept for a restriction."""

_PLAN, _UNPUBLISHED = ("retention", "plan"), ("retention", "unpublished")
_KEYS: Final = pl.Schema({"entity": pl.String(), "record_key": pl.String(), "is_kept": pl.Boolean()})
_NO_KEYS: Final = pl.Series("record_key", [], dtype=pl.String)


@dataclass(frozen=True)
class Went:
    """What goes of a layer, entity and drop date.

    Attributes:
        layer: records, rejected, reports or exports.
        object_type: The entity; None for exports.
        drop_date: The drop date; of exports the date on which they were written.
        rows: Rows, reports or archives.
        records: Records whose newest version is of that date; 0 for all but records.
        period: How long they are kept, as it is written.
        cutoff_on: The oldest date that is kept.
    """

    layer: str
    object_type: str | None
    drop_date: date
    rows: int
    records: int
    period: str
    cutoff_on: date


@dataclass(frozen=True)
class RetentionPlan:
    """What a run removes.

    Attributes:
        went: The lines of the ledger.
        expired: The expired rows by entity.
        reports: Entity and day of the reports that go.
        archives: The archives of exports that go.
        waits: Why nothing goes although periods are set; empty if that is not so.
    """

    went: tuple[Went, ...] = ()
    expired: tuple[Expired, ...] = ()
    reports: tuple[tuple[str, str], ...] = ()
    archives: tuple[Path, ...] = field(default=(), repr=False)
    waits: str = ""


def plan_retention(lake: Lake, settings: Settings, today: date) -> RetentionPlan:
    """What is older than its period on a day; nothing is changed.

    Args:
        lake: The lake.
        settings: The periods, the requests of people, and the raw folder: a day whose files are there keeps its report.
        today: The day from which periods count back.

    Raises:
        ConfigurationError: The file of periods cannot be used.
        PrivacyError: The requests cannot be read.
    """
    retention = read_retention(settings.retention)
    if not retention:
        return RetentionPlan()
    kept = _restricted_records(lake, settings)
    if kept is None:
        return RetentionPlan(
            waits="Nothing is removed by retention in this run: records of people who restricted the use of their data "
            "are to be kept, and the memory of person ids by which they are found is not built yet. The next run does."
        )
    expired = [_expired_of(lake, retention, entity, today, kept) for entity in ENTITIES]
    went = [line for one in expired for line in _rows_of(lake, retention, one, today)]
    reports = _reports_of(lake, settings, retention, today, went)
    archives = _archives_of(settings, retention, today)
    return RetentionPlan(
        went=(*went, *(line for line, _, _ in reports), *(line for line, _ in archives)),
        expired=tuple(expired),
        reports=tuple((entity, day) for _, entity, day in reports),
        archives=tuple(path for _, path in archives),
    )


def apply_retention(
    lake: Lake, settings: Settings, run_id: str, today: date, log: Callable[[str], object] = lambda _: None
) -> tuple[Went, ...]:
    """Remove what is older than its period and write the ledger; the caller holds the lake. Returns what went.

    Args:
        lake: The lake, its days read.
        settings: The periods, the requests of people, and the raw folder.
        run_id: Written into the ledger.
        today: The day from which periods count back.
        log: Receives a sentence about what went, or why nothing did.

    Raises:
        ConfigurationError: The file of periods cannot be used.
        PrivacyError: The requests cannot be read.
    """
    finish_planned(lake, settings)
    plan = plan_retention(lake, settings, today)
    if plan.waits:
        log(plan.waits)
    if not plan.went:
        return ()
    lake.write(*_RECORDS, pl.concat(_keys_of(plan.expired), how="diagonal"))
    # After a loss of power, a plan without its records, or removed rows without their plan, could not be completed.
    lake.settle()
    lake.write_report(*_PLAN, _stored(plan, run_id, datetime.now(UTC)))
    lake.settle()
    finish_planned(lake, settings)
    went = Counter[str]()
    for line in plan.went:
        went[line.layer] += line.rows
    log(f"Removed as their retention ended: {', '.join(f'{rows:,} of {layer}' for layer, rows in went.items())}.")
    return plan.went


def finish_planned(lake: Lake, settings: Settings) -> None:
    """Carry out the plan that is written in the lake, also one of a killed run; the caller holds the lake.

    It is done before other files are read, so that no record which was to go as a whole is left with some versions.
    """
    plan = lake.read_report(*_PLAN)
    if plan is None:
        # A run may be killed before its plan is written, and after it is carried out.
        lake.path(*_RECORDS).unlink(missing_ok=True)
        return
    keys = lake.scan(*_RECORDS)
    kept = keys.filter("is_kept").select("record_key").collect().to_series()
    for name, dates in plan["entities"].items():
        rejected_before, lists_before, before = (date.fromisoformat(d) if d else None for d in dates)
        expired = Expired(
            BY_NAME[name],
            keys.filter(pl.col("entity") == name).select("record_key").collect().to_series(),
            kept,
            rejected_before,
            lists_before,
        )
        assert before is not None, "an entity without a period is in no plan"
        for found in find_expired_days(lake, expired, before):
            remove_expired(found, expired)
    for name, day in plan["reports"]:
        lake.remove_day(name, day)
    for archive in plan["archives"]:
        Path(archive).unlink(missing_ok=True)
    _list_expired(lake, keys.filter(~pl.col("is_kept")).select("record_key"))
    _write_ledger(lake, plan)
    unpublished = lake.read_report(*_UNPUBLISHED) or {}
    records = sum(line["records"] for line in plan["went"])
    lake.write_report(*_UNPUBLISHED, {**unpublished, plan["run_id"]: records})
    lake.settle()
    lake.clear_report(*_PLAN)
    lake.path(*_RECORDS).unlink()


def finish_retention(lake: Lake, settings: Settings, *, is_purged: bool) -> None:
    """Purge the database of what has expired, unless that was just done; after publication.

    Raises:
        ServingError: The database cannot be purged; the next run does it.
    """
    if lake.read_report(*_UNPUBLISHED) is not None:
        if not is_purged:
            purge_database(settings.database_url, PUBLISHED_TABLES)
        lake.clear_report(*_UNPUBLISHED)


def count_expired(lake: Lake) -> int:
    """How many records have expired since the newest publication."""
    return sum((lake.read_report(*_UNPUBLISHED) or {}).values())


def retention_ledger(lake: Lake) -> pl.LazyFrame:
    """All that the lake knows to have expired, as rows of RETENTION_LEDGER."""
    there = lake.exists(*LEDGER)
    return lake.scan(*LEDGER) if there else RETENTION_LEDGER.empty().lazy()


def _restricted_records(lake: Lake, settings: Settings) -> pl.Series | None:
    """The records of people who restricted the use of their data, which are kept; None if they cannot be known yet."""
    requests = RequestLog(settings.privacy_dir).requests()
    if not any(request.kind == "restrict" for request in requests):
        return _NO_KEYS
    if not lake.exists(*IDS) or not lake.exists("identity", PERSON_ID_HISTORY.name):
        return None
    restrictions = restrictions_in_force(
        RequestFiles(settings.privacy_dir, settings.privacy_key_file),
        lake,
        PERSON_ID_HISTORY.named(lake.scan("identity", PERSON_ID_HISTORY.name)),
        lake.scan("identity", PERSON_IDS.name).select("person_id").unique(),
    )
    people = restrictions.filter(pl.col("kind") == "restrict").select("person_id").unique().collect()
    return records_of(lake, people.to_series().to_list())


def _expired_of(lake: Lake, retention: Retention, entity: Entity, today: date, kept: pl.Series) -> Expired:
    of_records, of_rejected = retention.of("records", entity), retention.of("rejected", entity)
    before = of_records.cutoff(today) if of_records else None
    rejected = of_rejected.cutoff(today) if of_rejected else None
    return Expired(
        entity,
        _expired_keys(lake, entity, before, kept) if before else _NO_KEYS,
        kept,
        # An accepted row may have settled a rejected one, which must not be open again when that is gone.
        max(filter(None, (before, rejected)), default=None),
        before,
    )


def _expired_keys(lake: Lake, entity: Entity, before: date, kept: pl.Series) -> pl.Series:
    """The records without a version of a date from `before` on; a held delivery was delivered too."""
    if not any(day < before.isoformat() for of in (lake, lake.held) for day in of.days("staging", entity.name)):
        return _NO_KEYS
    versions = _versions(lake, entity)
    is_old = pl.col("drop_date") < before
    newer = versions.filter(~is_old).select("record_key")
    found = versions.filter(is_old).select(pl.col("record_key").unique()).join(newer, on="record_key", how="anti")
    return found.filter(~pl.col("record_key").is_in(kept.implode())).collect(engine="streaming")["record_key"]


def _versions(lake: Lake, entity: Entity) -> pl.LazyFrame:
    """The records of all staged rows of an entity, in use and held, with their drop date."""
    schema = staging_table(entity).schema
    return pl.concat(
        of.scan_days(
            "staging", entity.name, schema, [day for day in of.days("staging", entity.name) if day != UNDATED]
        ).select("record_key", "drop_date")
        for of in (lake, lake.held)
    )


def _rows_of(lake: Lake, retention: Retention, expired: Expired, today: date) -> Iterable[Went]:
    """The lines of an entity's records and rejected rows, by drop date."""
    entity = expired.entity
    of_records, of_rejected = retention.of("records", entity), retention.of("rejected", entity)
    if of_records and expired.record_keys.len():
        own = _versions(lake, entity).join(expired.record_keys.to_frame().lazy(), on="record_key", how="semi")
        newest = own.group_by("record_key").agg(pl.col("drop_date").max()).group_by("drop_date").agg(records=pl.len())
        by_day = own.group_by("drop_date").agg(rows=pl.len()).join(newest, on="drop_date", how="left").sort("drop_date")
        counts = by_day.select("drop_date", "rows", pl.col("records").fill_null(0)).collect(engine="streaming")
        for day, rows, records in counts.iter_rows():
            yield Went("records", entity.object_type, day, rows, records, str(of_records), of_records.cutoff(today))
    if expired.rejected_before is None:
        return
    # The shorter of both periods holds for rejected rows.
    period = next(p for p in (of_rejected, of_records) if p and p.cutoff(today) == expired.rejected_before)
    refused: Counter[date] = Counter()
    for found in find_expired_days(lake, expired, expired.rejected_before):
        drop_date = drop_date_of(found.day)
        assert drop_date is not None, "misplaced files have no date by which their rows could expire"
        refused[drop_date] += found.rejected.select(pl.len()).collect().item()
    for day, rows in sorted((+refused).items()):
        yield Went("rejected", entity.object_type, day, rows, 0, str(period), period.cutoff(today))


def _reports_of(
    lake: Lake, settings: Settings, retention: Retention, today: date, went: Sequence[Went]
) -> list[tuple[Went, str, str]]:
    """The reports of days without rows and files; with files there, a day without a report would be read again."""
    periods = {entity: period for entity in ENTITIES if (period := retention.of("reports", entity))}
    if not periods or not settings.raw_dir.is_dir():
        return []
    there = {(file.object_type, day_name(file.drop_date)) for file in landing_of(settings, ENTITIES).files}
    gone: Counter[tuple[str | None, str]] = Counter()
    for line in went:
        gone[line.object_type, line.drop_date.isoformat()] += line.rows
    found = []
    for entity, period in periods.items():
        cutoff, held = period.cutoff(today), {*lake.held.report_days(entity.name)}
        for day in lake.report_days(entity.name):
            drop_date = drop_date_of(day)
            if drop_date is None or drop_date >= cutoff or day in held or (entity.object_type, day) in there:
                continue
            layers = [layer for layer in DAILY_LAYERS if lake.exists(layer, entity.name, day)]
            rows = sum(lake.rows(layer, entity.name, day) for layer in layers)
            if rows == gone[entity.object_type, day]:
                line = Went("reports", entity.object_type, drop_date, 1, 0, str(period), cutoff)
                found.append((line, entity.name, day))
    return found


def _archives_of(settings: Settings, retention: Retention, today: date) -> list[tuple[Went, Path]]:
    if retention.exports is None:
        return []
    cutoff = retention.exports.cutoff(today)
    archives = export_archives(RequestLog(settings.privacy_dir), settings.privacy_dir)
    return [
        (Went("exports", None, settings.day_of(written_at), 1, 0, str(retention.exports), cutoff), path)
        for path, written_at in archives
        if settings.day_of(written_at) < cutoff
    ]


def _keys_of(expired: Sequence[Expired]) -> list[pl.DataFrame]:
    kept = [one.kept_keys.to_frame().with_columns(is_kept=True) for one in expired[:1]]
    gone = [one.record_keys.to_frame().with_columns(entity=pl.lit(one.entity.name), is_kept=False) for one in expired]
    return [pl.DataFrame(schema=_KEYS), *kept, *gone]


def _stored(plan: RetentionPlan, run_id: str, now: datetime) -> dict[str, Any]:
    entities = {}
    for one in plan.expired:
        dates = (one.rejected_before, one.lists_before)
        if before := max(filter(None, dates), default=None):
            entities[one.entity.name] = [day.isoformat() if day else None for day in (*dates, before)]
    return {
        "run_id": run_id,
        "finished_at": now.isoformat(),
        "entities": entities,
        "reports": [list(report) for report in plan.reports],
        "archives": [str(path.absolute()) for path in plan.archives],
        "went": [
            asdict(line) | {"drop_date": line.drop_date.isoformat(), "cutoff_on": line.cutoff_on.isoformat()}
            for line in plan.went
        ],
    }


def _list_expired(lake: Lake, records: pl.LazyFrame) -> None:
    """Have identity remove these records from the memory of ids, and those that are listed already."""
    before = [lake.scan(*EXPIRED_RECORDS)] if lake.exists(*EXPIRED_RECORDS) else []
    if records.select(pl.len()).collect().item():
        lake.write(*EXPIRED_RECORDS, pl.concat([records, *before]).unique())


def _write_ledger(lake: Lake, plan: dict[str, Any]) -> None:
    """Add the lines of a plan to the ledger; those of a run that was killed after this stand there once."""
    finished_at = datetime.fromisoformat(plan["finished_at"])
    # Several archives of a date are one line.
    lines: dict[str, dict[str, Any]] = {}
    for line in plan["went"]:
        key = f"{plan['run_id']}|{line['layer']}|{line['object_type'] or ''}|{line['drop_date']}"
        dates = {name: date.fromisoformat(line[name]) for name in ("drop_date", "cutoff_on")}
        rows = line["rows"] + (lines[key]["rows"] if key in lines else 0)
        own = {"ledger_key": key, "run_id": plan["run_id"], "finished_at": finished_at, "rows": rows}
        lines[key] = {**line, **dates, **own}
    before = retention_ledger(lake).filter(~pl.col("ledger_key").is_in(list(lines))).collect()
    lake.write(*LEDGER, pl.concat([before, pl.DataFrame([*lines.values()], schema=RETENTION_LEDGER.schema)]))
