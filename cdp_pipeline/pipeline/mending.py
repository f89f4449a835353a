"""Damaged files of the lake -> a repaired lake, and a lost memory of ids -> the memory as the database has it.

Every file is compared with its checksum. Days are read again from the raw folder. Derived tables are removed, so that
the steps rebuild all of them: tables made from a damaged file are not trusted either. No step can rebuild ids, as they
depend on the past: the database holds the id of every record that belongs to a person, the previous memory also those
of deleted records and of contacts.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl
import sqlalchemy as sa

from cdp_pipeline.deliveries import DayWork, landing_of, process_day, read_day_report
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.kinds import TIMESTAMP
from cdp_pipeline.entities.registry import BY_NAME, ENTITIES
from cdp_pipeline.identity import PERSON_ID_HISTORY, PERSON_IDS
from cdp_pipeline.ingest import Landing, RawFile
from cdp_pipeline.pipeline.erasing import apply_erasures
from cdp_pipeline.pipeline.identity import IDS, IDS_BEFORE, OF_RECORD, are_ids_given
from cdp_pipeline.pipeline.retention import finish_planned
from cdp_pipeline.pipeline.run import clear_states
from cdp_pipeline.pipeline.snapshot import PUBLISHED_TABLES
from cdp_pipeline.profiles.records import PROFILE_RECORDS
from cdp_pipeline.serving import ServingError, database_tables, read_table, reading
from cdp_pipeline.settings import Settings
from cdp_pipeline.store import DAILY_LAYERS, BrokenFileError, DamagedError, Lake, check_whole, day_name
from cdp_pipeline.values.display_text import visible
from cdp_pipeline.values.mask import mask_contacts

HISTORY = ("identity", PERSON_ID_HISTORY.name)
"""Where the changes of ids lie in the lake."""

_AT_ONCE = 100_000
_RECORDS = pl.Schema({"record_key": pl.String, "object_type": pl.String, "person_id": pl.String})


class LostIdsError(Exception):
    """Neither the database nor the lake holds the ids; the message names the places that were searched."""


def are_ids_lost(lake: Lake) -> str:
    """Why the memory of ids cannot be used; empty where it can, or where none was ever written."""
    path = lake.path(*IDS)
    if not path.exists():
        return "it is missing" if are_ids_given(lake) else ""
    try:
        check_whole(path)
    except BrokenFileError as error:
        return str(error)
    return ""


def restore_ids(lake: Lake, url: str) -> str:
    """Restore the memory of ids and its history; returns their source, in words.

    The next resolution gives every person the id that its records have there. Where a record has two, the published
    one holds.

    Raises:
        LostIdsError: No source holds them.
    """
    before = _kept_before(lake)
    records, history, problem = _published(url)
    if before is None and records.is_empty():
        raise LostIdsError(f"{problem or 'The database holds no records'}, and no earlier memory is kept in the lake")
    known = PERSON_IDS.empty() if before is None else before
    timestamps = pl.concat([known["resolved_at"], history["changed_at"], known["assigned_at"]])
    # The state before was reached when the last change in it was made.
    reached = (
        pl.lit(timestamps.max(), TIMESTAMP)
        if timestamps.len()
        else pl.lit("2000-01-01").str.to_datetime().cast(TIMESTAMP)
    )
    if records.is_empty():
        rows = known
    else:
        published = records.select("record_key", published="person_id")
        kept = known.join(published, on="record_key", how="left").with_columns(
            pl.coalesce("published", "person_id").alias("person_id"),
            is_present=pl.col("published").is_not_null(),
            is_published=pl.col("published").is_not_null(),
        )
        added = records.join(known, on="record_key", how="anti").with_columns(is_present=True, is_published=True)
        rows = pl.concat([kept.select(known.columns), _nodes(added, reached)])
        lake.write(*HISTORY, _in_order(history))
    lake.write(*IDS, PERSON_IDS.conform(rows.with_columns(resolved_at=reached).lazy().sort("node_key")))
    return "the published database" if records.height else "the memory before the last change of it, kept in the lake"


def restore_history(lake: Lake, url: str) -> bool:
    """Write the history of ids as it was published; returns whether the database could be read."""
    _, history, problem = _published(url)
    if not problem:
        lake.write(*HISTORY, _in_order(history))
    return not problem


def _in_order(history: pl.DataFrame) -> pl.DataFrame:
    return history.sort("changed_at", *PERSON_ID_HISTORY.key[:-1])


def _nodes(records: pl.DataFrame, reached: pl.Expr) -> pl.DataFrame:
    """The rows of records that the kept memory does not know.

    Which contact a record names is known only when all are resolved; until then it is a node of its own, by whose
    record the contact is found.
    """
    roles = {entity.object_type: entity.role for entity in ENTITIES if entity.role in ("person", "contact")}
    role = pl.col("object_type").replace_strict(roles, default=None)
    of_record = pl.when(role == "contact").then(pl.lit(OF_RECORD)).otherwise(pl.lit(""))
    named = records.filter(role.is_not_null()).with_columns(node_key=of_record + pl.col("record_key"))
    return _timed(named, reached)


def _timed(rows: pl.DataFrame, reached: pl.Expr) -> pl.DataFrame:
    return rows.with_columns(assigned_at=reached, resolved_at=reached).select(PERSON_IDS.schema.names())


def _kept_before(lake: Lake) -> pl.DataFrame | None:
    try:
        check_whole(lake.path(*IDS_BEFORE))
    except BrokenFileError:
        return None
    return PERSON_IDS.conform(lake.scan(*IDS_BEFORE)).collect()


def _published(url: str) -> tuple[pl.DataFrame, pl.DataFrame, str]:
    """The records with a person, the history of ids, and why the database could not be read."""
    tables = database_tables(PUBLISHED_TABLES)
    found = tables.tables[PROFILE_RECORDS.name]
    try:
        with reading(url) as connection:
            rows = connection.execution_options(yield_per=_AT_ONCE).execute(
                sa.select(*(found.c[name] for name in _RECORDS.names()))
            )
            parts = [
                pl.DataFrame([tuple(row) for row in part], schema=_RECORDS, orient="row") for part in rows.partitions()
            ]
            history = read_table(connection, tables, PERSON_ID_HISTORY)
    except ServingError as error:
        return pl.DataFrame(schema=_RECORDS), PERSON_ID_HISTORY.empty(), str(error).removesuffix(".")
    return pl.concat([pl.DataFrame(schema=_RECORDS), *parts]), history, ""


DERIVED: Final = (
    "current", "current_custom_fields", "folded", "identity", "memory", "privacy", "profiles", "published",
    "published_people", "reports", "retention",
)  # fmt: skip
"""Layers whose files the steps rebuild when they are gone; of `reports` those that belong to no day."""

_REPORTS: Final = "reports"
_HELD: Final = "held"
_NAMED: Final = 3
_RESTORE: Final = (
    "No step can make ids again. Run `cdp run --restore-ids`, which takes them from the published database, or from "
    "the memory before the last change of it; or put the file back from a backup."
)
_WITHOUT: Final = "put back, or restore the file from a backup; `cdp run --all` goes on without these rows."


@dataclass(frozen=True)
class _Day:
    """A day of an entity with a damaged file; held or in use."""

    entity: Entity
    day: str
    is_held: bool


def mend(
    lake: Lake,
    settings: Settings,
    run_id: str,
    log: Callable[[str], object],
    *,
    from_nothing: bool = False,
    restore: bool = False,
) -> None:
    """Repair the lake and erase who is to be erased, before the first step; the caller holds its lock.

    Args:
        lake: The lake.
        settings: Where raw files and the database lie.
        run_id: Written into the ledger for days that are read again.
        log: Receives a sentence for each damaged file, and for what was restored.
        from_nothing: Go on without rows whose raw files are gone, and restore lost ids, as `cdp run --all` does.
        restore: Restore lost ids.

    Raises:
        DamagedError: A file cannot be rebuilt from what is there. All others are unchanged, or repaired.
    """
    _mend_ids(lake, settings.database_url, log, may_restore=restore or from_nothing, is_asked=restore)
    days: dict[_Day, tuple[Path, str]] = {}
    is_derived = False
    for path, reason in (*lake.damaged(), *_missing(lake)):
        place = lake.place(path)
        if day := _day_of(place):
            days.setdefault(day, (path, reason))
        elif place[0] in DERIVED:
            path.unlink(missing_ok=True)
            is_history = place == HISTORY and restore_history(lake, settings.database_url)
            log(f"{_damage(lake, path, reason)} It is {'restored from the database' if is_history else 'rebuilt'}.")
            is_derived = True
    if is_derived:
        clear_states(lake)
    if days:
        landing = landing_of(settings, ENTITIES)
        for day, (path, reason) in days.items():
            lacking = _read_again(lake, landing, day, settings, run_id, from_nothing=from_nothing)
            if lacking:
                raise DamagedError(path, lake.place(path)[0], reason, f"{lacking} {_WITHOUT}")
            log(f"{_damage(lake, path, reason)} Its day is read again from the raw folder.")
    finish_planned(lake, settings)
    apply_erasures(lake, settings, run_id, log)


def _mend_ids(lake: Lake, url: str, log: Callable[[str], object], *, may_restore: bool, is_asked: bool) -> None:
    path = lake.path(*IDS)
    lost = are_ids_lost(lake)
    if not lost:
        if is_asked:
            log("The memory of person ids is whole; nothing is restored.")
        return
    if not may_restore:
        raise DamagedError(path, IDS[0], lost, _RESTORE)
    try:
        source = restore_ids(lake, url)
    except LostIdsError as error:
        otherwise = f"to give new ids to all people, remove {path.parent}"
        remedy = f"{error}. Put the file or the database back from a backup and run again; {otherwise}."
        raise DamagedError(path, IDS[0], lost, remedy) from None
    log(f"{_damage(lake, path, lost)} The ids are those of {source}.")
    clear_states(lake)


def _damage(lake: Lake, path: Path, reason: str) -> str:
    return f"{path} (layer {lake.place(path)[0]}) was damaged: {reason}."


def _missing(lake: Lake) -> Iterator[tuple[Path, str]]:
    """Files that are gone although what is written after them is there: of reported days, and the history of ids."""
    if are_ids_given(lake) and not lake.exists(*HISTORY):
        yield lake.path(*HISTORY), "it is missing"
    for one in (lake, lake.held):
        for entity in ENTITIES:
            reported = set(one.report_days(entity.name))
            for layer in DAILY_LAYERS:
                for day in sorted(reported - set(one.days(layer, entity.name))):
                    yield one.path(layer, entity.name, day), "it is missing"


def _day_of(place: tuple[str, ...]) -> _Day | None:
    is_held, inside = place[0] == _HELD, place[1:] if place[0] == _HELD else place
    is_daily = len(inside) == 3 and inside[0] in (*DAILY_LAYERS, _REPORTS) and inside[1] in BY_NAME
    return _Day(BY_NAME[inside[1]], inside[2], is_held) if is_daily else None


def _read_again(lake: Lake, landing: Landing, day: _Day, settings: Settings, run_id: str, *, from_nothing: bool) -> str:
    """Rebuild a day; returns what is missing for that, in which case nothing was changed."""
    name, one = day.entity.name, lake.held if day.is_held else lake
    raw = [f for f in landing.files if f.object_type == day.entity.object_type and day_name(f.drop_date) == day.day]
    try:
        report = read_day_report(one, name, day.day)
    except DamagedError:
        report = None
    if day.is_held:
        # Nothing of it is in use; without files it counts as removed by its sender.
        one.remove_day(name, day.day)
        if not raw:
            return ""
    else:
        lacking = _lacking(lake, day, {f.source_file for f in report.files} if report else None, raw)
        if lacking and not from_nothing:
            return lacking
        if report is None or lacking:
            lake.remove_day(name, day.day)
        if lacking and not raw:
            return ""
    process_day(lake, DayWork(day.entity, day.day, tuple(raw)), settings, run_id)
    return ""


def _lacking(lake: Lake, day: _Day, then: set[str] | None, raw: list[RawFile]) -> str:
    """The raw files that are missing to rebuild the rows in use of a day, in words; empty if none is.

    Args:
        lake: The lake.
        day: The day.
        then: The files it was read from; None where that is not known.
        raw: The files that are there.
    """
    what = f"{day.entity.object_type} {day.day}"
    if lake.held.has_report(day.entity.name, day.day):
        return f"The rows in use of {what} are of files that a held delivery has replaced; these must be"
    if then is None:
        return "" if raw else f"The raw folder has no file of {what} any more; its files must be"
    if gone := sorted(then - {f.source_file for f in raw}):
        # Senders put phones and e-mails into names of files.
        named = ", ".join(visible(mask_contacts(file)) for file in gone[:_NAMED])
        named += f" and {len(gone) - _NAMED:,} more" if len(gone) > _NAMED else ""
        return f"It was read from raw files that are gone: {named}; they must be"
    return ""
