"""staging -> current: the newest version of each record of an entity, folded anew for the records that changed."""

import hashlib
from dataclasses import dataclass
from typing import Any

import polars as pl

from cdp_pipeline.current.continuing import (
    as_versions,
    continue_fields,
    continue_rows,
    continued_records,
    repeated_records,
)
from cdp_pipeline.current.contradictions import can_change_customer, changed_customers
from cdp_pipeline.current.custom_fields import current_custom_fields, custom_field_findings
from cdp_pipeline.current.latest import latest_versions
from cdp_pipeline.current.tables import CUSTOM_FIELDS, current_table
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.lake import UNDATED, Lake
from cdp_pipeline.staging.tables import staging_table
from cdp_pipeline.steps.changed_records import (
    Mark,
    forget_replaced,
    note_touched,
    replaced,
    replaced_keys,
)
from cdp_pipeline.steps.reports import RULES_VERSION, read_day_report
from cdp_pipeline.values.distinct import all_differ

MOST_TOUCHED = 0.2
"""Where more than this part of the records is touched, folding all of them anew costs less than picking them out."""

FEW = 100_000
"""So many records are always picked out: small entities that are sent as whole lists must not set all else back."""

_FIELDS = "current_custom_fields"


@dataclass(frozen=True)
class CurrentState:
    """The state of an entity: how many records, how many of them deleted, and whether anything had to be done."""

    records: int
    deleted: int
    keys: int
    is_rebuilt: bool


def update_current(lake: Lake, entity: Entity) -> CurrentState:
    """Bring an entity's current table and custom fields up to date with all its staged days.

    Only records of days that are new, changed or gone are folded; all of them where these are many, or where the rules
    changed. Which those were is kept, see `changed_records.py`.
    """
    signature = _signature(lake, entity)
    known = lake.read_report(_state_of(entity), "state") or {}
    is_rebuilt = known.get("signature") != signature or not lake.exists("current", entity.name)
    if is_rebuilt:
        parts = replaced(lake, entity)
        mark = Mark.read(known["mark"]).next() if known.get("mark") else None
        touched = _touched(lake, entity, known["signature"], signature, parts) if mark else None
        # As long as it is missing, whatever stops us in between leads to folding everything next time.
        lake.forget_report(_state_of(entity), "state")
        if mark and touched:
            _fold_touched(lake, entity, touched, mark)
        else:
            mark = Mark.anew()
            _fold_all(lake, entity)
        state = {"signature": signature, "findings": _find(lake, entity), "mark": str(mark)}
        lake.write_report(_state_of(entity), "state", state)
        forget_replaced(lake, entity, parts)
    rows = lake.scan("current", entity.name).select("record_key", "is_deleted").collect()
    keys = rows["record_key"]
    different = keys.len() if all_differ(keys) else keys.n_unique()
    return CurrentState(rows.height, int(rows["is_deleted"].sum()), different, is_rebuilt)


def forget_current_state(lake: Lake, entity: Entity) -> None:
    """Have all records of an entity folded next time."""
    lake.forget_report(_state_of(entity), "state")


def state_marks(lake: Lake, entities: tuple[Entity, ...]) -> dict[str, str]:
    """The mark of each entity's state; none of entities without one."""
    states = {e.name: lake.read_report(_state_of(e), "state") for e in entities}
    return {name: str(state["mark"]) for name, state in states.items() if state and "mark" in state}


@dataclass(frozen=True)
class _TouchedDays:
    """The records to fold, those known before, the staged days that are new, and the keys of what they replace."""

    keys: pl.DataFrame
    known: pl.DataFrame
    days: tuple[str, ...]
    replaced: pl.Series


def _touched(lake: Lake, entity: Entity, before: list[Any], after: list[Any], parts: list[str]) -> _TouchedDays | None:
    """The records whose versions changed between two signatures; null where all are to be folded."""
    if before[0] != after[0] or not lake.exists("current", entity.name):
        return None
    was = {day[0]: day for day in before[1:]}
    changed = [day[0] for day in after[1:] if was.get(day[0]) != day]
    gone = set(was) - {day[0] for day in after[1:]}
    # A day that was replaced has left its keys; one that somebody removed or rewrote by hand has not.
    told = {part.rpartition(".")[0] for part in parts}
    if gone or {day for day in changed if day in was} - told:
        return None
    days = [pl.scan_parquet(lake.path("staging", entity.name, day)).select("record_key") for day in changed]
    was_there = replaced_keys(lake, entity, parts).unique().collect()
    keys = pl.concat([*days, was_there.lazy()]).unique().collect()
    current = lake.scan("current", entity.name).select("record_key")
    if keys.height > max(FEW, MOST_TOUCHED * lake.rows("current", entity.name)):
        return None
    known = current.filter(pl.col("record_key").is_in(keys["record_key"].implode())).collect()
    return _TouchedDays(keys, known, tuple(changed), was_there["record_key"])


def _fold_all(lake: Lake, entity: Entity) -> None:
    if not lake.days("staging", entity.name):
        # Planning and asking DuckDB takes a quarter of a second per entity, and most users send few of the fifteen.
        lake.write("current", entity.name, current_table(entity).empty())
        lake.write(_FIELDS, entity.name, CUSTOM_FIELDS.empty())
        return
    days = lake.scan_days("staging", entity.name, staging_table(entity).schema)
    lake.write("current", entity.name, current_table(entity).conform(latest_versions(days, entity)))
    lake.write(_FIELDS, entity.name, CUSTOM_FIELDS.conform(current_custom_fields(days, entity)))


def _fold_touched(lake: Lake, entity: Entity, touched: _TouchedDays, mark: Mark) -> None:
    """Fold the touched records and put them in the place of what was known of them.

    Where all that came is newer than what was known, the days before are not read.
    """
    staging = ("staging", entity.name, staging_table(entity).schema)
    is_known = pl.col("record_key").is_in(touched.known["record_key"].implode())
    current, fields = lake.scan("current", entity.name), lake.scan(_FIELDS, entity.name)
    before, fields_before = current.filter(is_known).collect(), fields.filter(is_known).collect()
    news = lake.scan_days(*staging, touched.days).collect()
    keys = continued_records(before.filter(~pl.col("record_key").is_in(touched.replaced.implode())), news)
    is_continued = pl.col("record_key").is_in(keys.implode())
    continued = before.filter(is_continued)
    versions = pl.concat([as_versions(continued, entity), news.filter(is_continued)])
    after = continue_rows(continued, versions, entity)
    later_fields = _folded_fields(versions, entity)
    fields_after = continue_fields(fields_before.filter(is_continued), later_fields)

    older = [day for day in lake.days("staging", entity.name) if day != UNDATED and day not in touched.days]
    revised = before.filter(~is_continued)["record_key"]
    # A record that was not known has no version but those of the new days.
    of_old = lake.scan_days(*staging, older if revised.len() else ()).filter(
        pl.col("record_key").is_in(revised.implode())
    )
    folding = pl.concat([news.filter(~is_continued), of_old.collect()])
    folded = current_table(entity).conform(latest_versions(folding.lazy(), entity)).collect()
    folded_fields = _folded_fields(folding, entity)

    repeated = repeated_records(continued, after)
    # The value of a custom field has the day on which it was sent last.
    steady = repeated.filter(~repeated.is_in(later_fields["record_key"].implode()))
    is_steady = pl.col("record_key").is_in(steady.implode())
    note_touched(lake, entity, mark, touched.keys.filter(~is_steady), before.filter(~is_steady))
    lake.write("current", entity.name, pl.concat([current.filter(~is_known), after.lazy(), folded.lazy()]))
    if fields_before.height or fields_after.height or folded_fields.height:
        parts = [fields.filter(~is_known), fields_after.lazy(), folded_fields.lazy()]
        lake.write(_FIELDS, entity.name, pl.concat(parts))


def _folded_fields(versions: pl.DataFrame, entity: Entity) -> pl.DataFrame:
    return CUSTOM_FIELDS.conform(current_custom_fields(versions.lazy(), entity)).collect()


def _find(lake: Lake, entity: Entity) -> list[list[object]]:
    """What is odd about the entity's custom fields and customers: drop date, rule and rows."""
    if not lake.rows("current", entity.name):
        return []
    odd = custom_field_findings(lake.scan(_FIELDS, entity.name)).select("drop_date", "rule", "rows")
    if not can_change_customer(entity):
        return _told(odd)
    repeated = lake.scan("current", entity.name).filter(pl.col("version_count") > 1).select("record_key").collect()
    days = lake.scan_days("staging", entity.name, staging_table(entity).schema)
    # Only who was sent several times can have named two customers.
    named = days.filter(pl.col("record_key").is_in(repeated["record_key"].implode()))
    return _told(pl.concat([odd, changed_customers(named, entity)]))


def _told(found: pl.LazyFrame) -> list[list[object]]:
    rows = found.sort("drop_date", "rule").collect().iter_rows()
    return [[str(day), rule, count] for day, rule, count in rows]


def current_tables(lake: Lake, entities: tuple[Entity, ...]) -> dict[str, pl.LazyFrame]:
    """The current tables by entity name; without rows where none was built yet."""
    return {
        e.name: lake.scan("current", e.name)
        if lake.exists("current", e.name)
        else pl.LazyFrame(schema=current_table(e).schema)
        for e in entities
    }


def gather_custom_fields(lake: Lake, entities: tuple[Entity, ...]) -> int:
    """Put the custom fields of all entities into one table; returns its rows."""
    parts = [lake.scan(_FIELDS, e.name) for e in entities if lake.exists(_FIELDS, e.name)]
    every = pl.concat(parts) if parts else pl.LazyFrame(schema=CUSTOM_FIELDS.schema)
    return lake.write("current", "custom_fields", every)


def read_field_findings(lake: Lake, entity: Entity) -> list[tuple[str, str, int]]:
    """What is odd about an entity's custom fields and changed customers: drop date, rule and rows."""
    state = lake.read_report(_state_of(entity), "state")
    return [(day, rule, rows) for day, rule, rows in state["findings"]] if state else []


def versions_token(lake: Lake, entity: Entity) -> str:
    """What the staged days of an entity are; the same exactly while no day comes, goes or is read again."""
    return hashlib.sha256(repr(_signature(lake, entity)).encode()).hexdigest()


def _state_of(entity: Entity) -> str:
    return f"current_{entity.name}"


def _signature(lake: Lake, entity: Entity) -> list[object]:
    """What the current state depends on: the staged days as their files lie there, and the version of the rules."""
    days: list[object] = [RULES_VERSION]
    for day in lake.days("staging", entity.name):
        if day == UNDATED:
            continue
        report = read_day_report(lake, entity.name, day)
        stat = lake.path("staging", entity.name, day).stat()
        days.append([day, stat.st_size, stat.st_mtime_ns, report.line.finished_at if report else None])
    return days
