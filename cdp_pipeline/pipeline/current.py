"""staging -> current: the newest version of each record of an entity, folded for the records that changed.

The lake keeps the staged days as they were folded, as hard links to the same files. So the records of a day are known
when the day is replaced, rewritten by hand or removed afterwards.
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.current import (
    CUSTOM_FIELDS,
    FINGERPRINT,
    KNOWN_RECORDS,
    NEW_VERSIONS,
    CurrentRecords,
    CustomFields,
    can_change_customer,
    changed_customers,
    continued_records,
    current_custom_fields,
    current_table,
    custom_field_findings,
    latest_versions,
)
from cdp_pipeline.deliveries import RULES_VERSION
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.staging import staging_table
from cdp_pipeline.store import UNDATED, Lake
from cdp_pipeline.values.hashes import all_differ

CURRENT_VERSION = 1
"""Raised when folding gives other rows for the same input: all records are folded again, no file is read."""

_FIELDS = "current_custom_fields"
_GATHERED = ("current", "custom_fields")
_FOLDED = "folded"
"""The layer of the staged days as they were folded last."""


@dataclass(frozen=True)
class CurrentState:
    """The state of an entity: how many records, how many of them deleted, and whether anything had to be done."""

    records: int
    deleted: int
    keys: int
    is_rebuilt: bool


def update_current(lake: Lake, entity: Entity) -> CurrentState:
    """Bring an entity's current table and custom fields up to date with all its staged days.

    Only records of days that are new, changed or gone are folded; all records where the rules changed, or where the
    state before is not known.
    """
    signature = _signature(lake, entity)
    state = lake.read_report(_state_of(entity), "state") or {}
    are_there = lake.exists("current", entity.name) and lake.exists(_FIELDS, entity.name)
    is_rebuilt = state.get("folded") != _digest(signature) or not are_there
    if is_rebuilt:
        before = lake.read_report(_state_of(entity), "days") if state else None
        changed = _changed_days(lake, entity, before["signature"] if before else [None], signature)
        # Delete the state first: if the process dies before it is written again, the next run folds everything.
        lake.clear_report(_state_of(entity), "state")
        _fold(lake, entity, changed)
        _keep_folded(lake, entity, changed)
        lake.write_report(_state_of(entity), "days", {"signature": signature})
        # Small, as everybody who reads the entity looks into it.
        state = {"folded": _digest(signature), "findings": _find(lake, entity), **_content_of(lake, entity)}
        lake.write_report(_state_of(entity), "state", state)
    rows = lake.scan("current", entity.name).select("record_key", "is_deleted").collect()
    keys = rows["record_key"]
    different = keys.len() if all_differ(keys) else keys.n_unique()
    return CurrentState(rows.height, int(rows["is_deleted"].sum()), different, is_rebuilt)


def clear_current_state(lake: Lake, entity: Entity) -> None:
    """Have all records of an entity folded next time, and the custom fields gathered."""
    lake.clear_report(_state_of(entity), "state")
    lake.clear_report(*_GATHERED)


def state_tokens(lake: Lake, entities: tuple[Entity, ...]) -> dict[str, str]:
    """A token per entity, equal for two current tables with the same content; none for entities without a state.

    What does not count in the fingerprint of a record does not count here: a record that is delivered again unchanged
    leaves the token as it is. Custom fields, which have a table of their own, do not count either.
    """
    states = {e.name: lake.read_report(_state_of(e), "state") for e in entities}
    return {name: str(state["token"]) for name, state in states.items() if state and "token" in state}


def newest_drop_date(lake: Lake, entities: tuple[Entity, ...]) -> date | None:
    """The date that ageing figures refer to: the newest drop date of any record, never the clock.

    So a run over the same files gives the same figures at any time. None without records.
    """
    states = (lake.read_report(_state_of(entity), "state") or {} for entity in entities)
    days = (state.get("newest_drop_date") for state in states)
    return max((date.fromisoformat(day) for day in days if day), default=None)


def versions_token(lake: Lake, entity: Entity) -> str:
    """What the staged days of an entity are: another token whenever one of them came, went or was written again.

    Empty while they are not folded as they lie: who reads versions reads the current records beside them.
    """
    folded = _digest(_signature(lake, entity))
    state = lake.read_report(_state_of(entity), "state") or {}
    return folded if state.get("folded") == folded else ""


@dataclass(frozen=True)
class _ChangedDays:
    """What differs from the state before.

    Attributes:
        staged: The staged days that are new or were written again.
        former: The days folded last that were written again or removed.
        other: The staged days that are as they were.
        is_known: Whether there is a state before; otherwise all days are in `staged`.
    """

    staged: list[str]
    former: list[str]
    other: list[str]
    is_known: bool


def _changed_days(lake: Lake, entity: Entity, before: list[Any], signature: list[Any]) -> _ChangedDays:
    rules, *days = signature
    was_made_by, *days_before = before
    was, now = ({day[0]: day for day in some} for some in (days_before, days))
    staged = [day for day in now if was.get(day) != now[day]]
    former = [day for day in was if was[day] != now.get(day)]
    is_known = (
        was_made_by == rules
        and lake.exists("current", entity.name)
        and lake.exists(_FIELDS, entity.name)
        and all(_is_kept(lake, entity, day, now.get(day)) for day in former)
    )
    if not is_known:
        return _ChangedDays(list(now), [], [], is_known=False)
    return _ChangedDays(staged, former, [day for day in now if day not in staged], is_known=True)


def _is_kept(lake: Lake, entity: Entity, day: str, now: list[Any] | None) -> bool:
    """Whether a staged day is still the one that was folded; False if its file was written in place."""
    if not lake.exists(_FOLDED, entity.name, day):
        return False
    staged, folded = (lake.path(layer, entity.name, day) for layer in ("staging", _FOLDED))
    return now is None or not folded.samefile(staged)


def _fold(lake: Lake, entity: Entity, changed: _ChangedDays) -> None:
    """Fold the records of changed days and put them in the place of what was known of them.

    Where all that came of a record is newer than what was known, the current row stands for the days before: only for
    the other known records are these read.
    """
    if not changed.is_known and not changed.staged:
        lake.write("current", entity.name, current_table(entity).empty())
        lake.write(_FIELDS, entity.name, CUSTOM_FIELDS.empty())
        return
    current, fields = current_table(entity).empty().lazy(), CUSTOM_FIELDS.empty().lazy()
    schema = staging_table(entity).schema
    versions = lake.scan_days("staging", entity.name, schema, changed.staged)
    affected = pl.Series(dtype=pl.String)
    before, fields_before = current_table(entity).empty(), CUSTOM_FIELDS.empty()
    if changed.is_known:
        current, fields = lake.scan("current", entity.name), lake.scan(_FIELDS, entity.name)
        news = NEW_VERSIONS.named(versions.select(NEW_VERSIONS.schema.names()).collect())
        former = _record_keys(lake, entity, changed.former)
        affected = pl.concat([news["record_key"], former]).unique()
        is_affected = pl.col("record_key").is_in(affected.implode())
        known = KNOWN_RECORDS.named(current.filter(is_affected).select(KNOWN_RECORDS.schema.names()).collect())
        # A row that a former day is folded into does not stand for the days that are left.
        others = KNOWN_RECORDS.named(known.filter(~pl.col("record_key").is_in(former.implode())))
        continued = continued_records(others, news)
        is_continued = pl.col("record_key").is_in(continued.implode())
        before = current_table(entity).named(current.filter(is_continued).collect())
        fields_before = CUSTOM_FIELDS.named(fields.filter(is_continued).collect())
        revised = known.filter(~is_continued)["record_key"]
        if revised.len():
            older = lake.scan_days("staging", entity.name, schema, changed.other)
            versions = pl.concat([versions, older.filter(pl.col("record_key").is_in(revised.implode()))])
    is_other = ~pl.col("record_key").is_in(affected.implode())
    staged = staging_table(entity).named(versions)
    latest = latest_versions(staged, entity, before)
    lake.write("current", entity.name, pl.concat([current.filter(is_other), latest]))
    latest_fields = current_custom_fields(staged, entity, before, fields_before)
    lake.write(_FIELDS, entity.name, pl.concat([fields.filter(is_other), latest_fields]))


def _record_keys(lake: Lake, entity: Entity, days: list[str]) -> pl.Series:
    """The record keys of days as they were folded last, each once."""
    nothing = pl.LazyFrame(schema={"record_key": pl.String})
    kept = [pl.scan_parquet(lake.path(_FOLDED, entity.name, day)).select("record_key") for day in days]
    return pl.concat([nothing, *kept]).unique().collect()["record_key"]


def _keep_folded(lake: Lake, entity: Entity, changed: _ChangedDays) -> None:
    """Keep the staged days as they are now folded, and no others."""
    for day in changed.staged:
        lake.link(lake.path("staging", entity.name, day), _FOLDED, entity.name, day)
    for day in {*lake.days(_FOLDED, entity.name)} - {*changed.staged, *changed.other}:
        lake.clear_day(_FOLDED, entity.name, day)


def _content_of(lake: Lake, entity: Entity) -> dict[str, str | None]:
    """The token of a current table, and the newest drop date among its records, deleted ones too; null without any."""
    rows, content, newest = (
        lake.scan("current", entity.name)
        # Hashed once more: a sum of fingerprints, which are sums themselves, is the same when two records swap a value.
        .select(pl.len(), pl.col(FINGERPRINT.name).hash().sum(), pl.col("last_drop_date").max())
        .collect()
        .row(0)
    )
    return {"token": f"{rows}-{content:016x}", "newest_drop_date": newest.isoformat() if newest else None}


def _find(lake: Lake, entity: Entity) -> list[list[object]]:
    """Findings in the entity's custom fields and customers: drop date, rule and rows."""
    if not lake.rows("current", entity.name):
        return []
    of_fields = custom_field_findings(CUSTOM_FIELDS.named(lake.scan(_FIELDS, entity.name))).select(
        "drop_date", "rule", "rows"
    )
    if not can_change_customer(entity):
        return _as_lists(of_fields)
    repeated = lake.scan("current", entity.name).filter(pl.col("version_count") > 1).select("record_key").collect()
    table = staging_table(entity)
    days = lake.scan_days("staging", entity.name, table.schema)
    # Only who was sent several times can have named two customers.
    named = table.named(days.filter(pl.col("record_key").is_in(repeated["record_key"].implode())))
    return _as_lists(pl.concat([of_fields, changed_customers(named, entity)]))


def _as_lists(found: pl.LazyFrame) -> list[list[object]]:
    rows = found.sort("drop_date", "rule").collect().iter_rows()
    return [[str(day), rule, count] for day, rule, count in rows]


def current_tables(lake: Lake, entities: tuple[Entity, ...]) -> dict[str, LazyFrame[CurrentRecords]]:
    """The current tables by entity name; without rows where none was built yet."""
    return {
        e.name: current_table(e).named(
            lake.scan("current", e.name)
            if lake.exists("current", e.name)
            else pl.LazyFrame(schema=current_table(e).schema)
        )
        for e in entities
    }


def custom_fields_of(lake: Lake, entity: Entity) -> LazyFrame[CustomFields]:
    """The custom fields of an entity's current records; without rows where none were built yet."""
    there = lake.exists(_FIELDS, entity.name)
    return CUSTOM_FIELDS.named(lake.scan(_FIELDS, entity.name) if there else CUSTOM_FIELDS.empty().lazy())


def gather_custom_fields(lake: Lake, entities: tuple[Entity, ...]) -> int:
    """Put the custom fields of all entities into one table, unless it is there; returns its rows."""
    made_of, known = _fields_made_of(lake, entities), lake.read_report(*_GATHERED)
    if not made_of or not known or known["made_of"] != made_of or not lake.exists(*_GATHERED):
        lake.clear_report(*_GATHERED)
        parts = [lake.scan(_FIELDS, e.name) for e in entities if lake.exists(_FIELDS, e.name)]
        lake.write(*_GATHERED, pl.concat(parts) if parts else pl.LazyFrame(schema=CUSTOM_FIELDS.schema))
        lake.write_report(*_GATHERED, {"made_of": made_of})
    return lake.rows(*_GATHERED)


def custom_fields_token(lake: Lake, entities: tuple[Entity, ...]) -> str:
    """What the gathered custom fields were made of; empty while they are unfinished, or not of what is folded now."""
    made_of, known = _fields_made_of(lake, entities), lake.read_report(*_GATHERED)
    return made_of if known and known["made_of"] == made_of else ""


def _fields_made_of(lake: Lake, entities: tuple[Entity, ...]) -> str:
    """What the custom fields of all entities are made of; empty while some days are not folded."""
    tokens = [versions_token(lake, entity) for entity in entities]
    return _digest(tokens) if all(tokens) else ""


def read_field_findings(lake: Lake, entity: Entity) -> list[tuple[str, str, int]]:
    """Findings in an entity's custom fields and changed customers: drop date, rule and rows."""
    state = lake.read_report(_state_of(entity), "state")
    return [(day, rule, rows) for day, rule, rows in state["findings"]] if state else []


def _state_of(entity: Entity) -> str:
    return f"current_{entity.name}"


def _signature(lake: Lake, entity: Entity) -> list[Any]:
    """What the current state depends on: what folds it, and the staged days as their files lie there."""
    # A hash is the same within one version of Polars only, and depends on the order of the columns.
    days: list[Any] = [_digest((RULES_VERSION, CURRENT_VERSION, pl.__version__, current_table(entity).schema))]
    return days + [[day, *lies] for day, lies in lake.files("staging", entity.name).items() if day != UNDATED]


def _digest(content: object) -> str:
    return hashlib.sha256(repr(content).encode()).hexdigest()[:16]
