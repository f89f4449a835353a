"""Counts in the lake and the database -> the verdicts of `quality/`, layer by layer."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from types import MappingProxyType

import polars as pl

from cdp_pipeline.deliveries import (
    DayReport,
    OpenRejections,
    count_open_rejections,
    newest_day_reports,
    read_day_report,
)
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import BY_OBJECT_TYPE
from cdp_pipeline.entities.table import Table
from cdp_pipeline.identity import PERSON_ID_HISTORY, UNLINKED_RECORDS
from cdp_pipeline.identity.persons import RETENTION
from cdp_pipeline.pipeline.current import CurrentState
from cdp_pipeline.pipeline.identity import PersonsReport
from cdp_pipeline.pipeline.layers import BY_TABLE
from cdp_pipeline.pipeline.page_memory import keep_days, keep_verdicts
from cdp_pipeline.pipeline.publication import Published, read_published
from cdp_pipeline.pipeline.retention import count_expired
from cdp_pipeline.pipeline.snapshot import PROFILE_TABLES, PUBLISHED_TABLES, clear_snapshot, last_published, place_of
from cdp_pipeline.profiles import APPEND_ONLY, IDENTITY_PUBLISHED
from cdp_pipeline.profiles.golden import PROFILES
from cdp_pipeline.profiles.records import CONTRADICTIONS
from cdp_pipeline.quality import BY_NAME, FORMER_DAYS, Day, EntityDays, Verdict, evaluate
from cdp_pipeline.serving import count_tables, database_tables, differing_columns, reading, sample_rows
from cdp_pipeline.store import DAILY_LAYERS, UNDATED, Lake

PROBED_PROFILES = 50
"""Enough to see a column that is written wrongly, few enough to cost nothing."""


def evaluate_days(lake: Lake, entity: Entity, asked: Sequence[str]) -> list[Verdict]:
    """The verdicts on what an entity's asked days brought, staged and rejected.

    Args:
        lake: Where the days' reports lie.
        entity: The entity.
        asked: Drop dates, in any order.
    """
    days = read_days(lake, entity, asked)
    keep_days(lake, entity.name, {n: _evaluate_days(d) for n, d in _one_by_one(days, days.asked).items()}, entity)
    return _evaluate_days(days)


def _evaluate_days(days: EntityDays) -> list[Verdict]:
    return [verdict for layer in DAILY_LAYERS for verdict in evaluate(layer, days.entity, days=days)]


def read_days(lake: Lake, entity: Entity, asked: Sequence[str]) -> EntityDays:
    """Every known day of an entity by its newest delivery, held or in use.

    Which cells are filled is looked up for the asked days and those shortly before.
    """
    reports = newest_day_reports(lake, entity.name)
    dated = [day for day in sorted(reports) if day != UNDATED]
    with_rows = [day for day in dated if reports[day].line.read]
    chosen = sorted({day for day in asked if day != UNDATED})
    places = {day: bisect_left(with_rows, day) for day in chosen}
    looked_at = {day for place in places.values() for day in with_rows[max(0, place - FORMER_DAYS) : place + 1]}
    filled = {day: _filled(lake, entity, day) for day in sorted(looked_at)}
    rejections = count_open_rejections(lake, entity, reports)
    return replace(known_days(lake, entity, reports, rejections, filled), asked=tuple(chosen))


def known_days(
    lake: Lake,
    entity: Entity,
    reports: Mapping[str, DayReport],
    rejections: OpenRejections,
    filled: Mapping[str, Mapping[str, int]] = MappingProxyType({}),
) -> EntityDays:
    """The days of an entity, none of them asked for.

    Args:
        lake: Where held deliveries lie.
        entity: The entity.
        reports: The report of each day's newest delivery.
        rejections: The rejected rows of the entity, open and settled.
        filled: By day, how many cells of each column are filled, where that is asked.
    """
    held = {*lake.held.report_days(entity.name)}
    days = {
        name: Day(
            name=name,
            files=report.line.files,
            read=report.line.read,
            accepted=report.line.accepted,
            rejected=report.line.rejected,
            duplicates=report.line.duplicates,
            suppressed=report.line.suppressed,
            rules=report.rules,
            findings=report.findings,
            filled=filled.get(name, {}),
            settled=rejections.settled.get(name, 0),
            is_held=name in held,
            is_accepted=report.is_accepted,
            expired=report.expired.get("staging", 0),
            rejected_expired=report.expired.get("rejected", 0),
        )
        for name, report in sorted(reports.items())
    }
    misplaced = [days.pop(UNDATED)] if UNDATED in days else []
    return EntityDays(entity, (), tuple(days.values()), *misplaced)


def evaluate_open_shares(known: EntityDays, since: date) -> dict[str, Verdict]:
    """By day from a date on, the verdict on the rejected rows that are open now, not when the day was read."""
    share, names = BY_NAME["rejected_share_is_low"], [day.name for day in known.known if day.date >= since]
    return {n: share.evaluate(days=days, entity=days.entity) for n, days in _one_by_one(known, names).items()}


def _one_by_one(days: EntityDays, names: Sequence[str]) -> dict[str, EntityDays]:
    """Each of these days asked for alone, and what misplaced files hold."""
    dated = {name: replace(days, asked=(name,), misplaced=Day(UNDATED, files=0)) for name in names}
    return {**dated, UNDATED: replace(days, asked=())}


def evaluate_current(lake: Lake, entities: Sequence[Entity], entity: Entity, state: CurrentState) -> list[Verdict]:
    """The verdicts on the latest versions of an entity's records; `newest` is compared with all entities."""
    newest = {e.object_type: _newest_date(lake, e) for e in entities}
    verdicts = evaluate(
        "current",
        entity,
        records=state.records,
        keys=state.keys,
        newest=newest[entity.object_type],
        newest_of_all=max(filter(None, newest.values()), default=None),
    )
    return keep_verdicts(lake, f"current_{entity.name}", verdicts, entity)


def evaluate_persons(lake: Lake, report: PersonsReport) -> list[Verdict]:
    """The verdicts on the persons."""
    counts = {**vars(report), **vars(report.changes), "identifiers": report.rows["identifiers"]}
    verdicts = evaluate("identity", references=read_references(lake), **counts)
    return keep_verdicts(lake, "persons", verdicts)


def evaluate_profiles(
    lake: Lake, anomalies: dict[str, dict[str, int]], *, accept_fewer: bool, returned: int
) -> list[Verdict]:
    """The verdicts on the profiles and the tables they sum up, before anything is published.

    Args:
        lake: Where they lie.
        anomalies: Contradictions by kind.
        accept_fewer: Whether tables may have lost a large part of their rows.
        returned: How many current records are of erased persons.
    """
    read = (read.removeprefix("profiles/") for read in BY_TABLE[PROFILES.name].reads)
    built = {table: lake.rows("profiles", table) for table in (PROFILES.name, *read) if BY_TABLE[table].is_published}
    filled = {
        "name": pl.col("display_name").is_not_null(),
        "contact": pl.any_horizontal(pl.col("primary_phone", "primary_email").is_not_null()),
        "birth": pl.any_horizontal(pl.col("birth_date", "birth_year").is_not_null()),
        "gender": (pl.col("gender") != "undefined").fill_null(value=False),
    }
    published = read_published(lake)
    having = lake.scan("profiles", PROFILES.name).select(e.sum().alias(part) for part, e in filled.items()).collect()
    verdicts = evaluate(
        "profiles",
        people=built[PROFILES.name],
        anomalies=anomalies,
        contradictions=CONTRADICTIONS,
        built=built,
        published=published.rows if published else {},
        accepts_fewer=accept_fewer,
        returned=returned,
        having=having.row(0, named=True),
        expired=_expired_rows(lake, [table for table in PROFILE_TABLES if table.name in built]),
    )
    return keep_verdicts(lake, "profiles", verdicts)


def _expired_rows(lake: Lake, tables: Sequence[Table]) -> dict[str, int]:
    """By table, how many published rows are gone since, as the retention of records ended.

    Of people it is known who went, with all rows of theirs, also those of records that stay, such as an e-mail to them.
    Of the records of others only their number is known.
    """
    retired = lake.scan(*place_of(PERSON_ID_HISTORY.name)).filter(pl.col("reason") == RETENTION)
    people = retired.select(person_id="old_person_id").unique()
    expired, unlinked = count_expired(lake), lake.scan(*place_of(UNLINKED_RECORDS.name)).select("record_key")
    rows = dict.fromkeys((table.name for table in tables), expired)
    for table in tables:
        names = {column.name for column in table.columns}
        if "person_id" in names:
            own = last_published(lake, table).join(people, on="person_id", how="semi")
            unplaced = _count(own.join(unlinked, on="record_key", how="semi")) if "record_key" in names else 0
            rows[table.name] = max(0 if table.name == PROFILES.name else expired + unplaced, _count(own))
    return rows


def _count(rows: pl.LazyFrame) -> int:
    count: int = rows.select(pl.len()).collect().item()
    return count


def evaluate_database(lake: Lake, url: str, published: Published) -> Verdict:
    """The verdict on the database after publishing."""
    rows = dict(published.rows)
    for table in (*PROFILE_TABLES, *IDENTITY_PUBLISHED):
        rows[table.name] = lake.rows(*place_of(table.name))
    tables = database_tables(PUBLISHED_TABLES)
    probe = sample_rows(PROFILES.conform(lake.scan("profiles", PROFILES.name)), PROFILES, PROBED_PROFILES)
    with reading(url) as connection:
        found = count_tables(connection, tables)
        differing = differing_columns(connection, tables, PROFILES, probe)
    [verdict] = evaluate(
        "serving", lake=rows, database=found, growing=APPEND_ONLY, differing=differing, probed=probe.height
    )
    if not verdict.passed:
        # Somebody else wrote in it, so the next run compares every row, and mends what differs.
        clear_snapshot(lake)
    keep_verdicts(lake, "database", [verdict])
    return verdict


def evaluate_requests(lake: Lake, requests_open: int, requests_overdue: int) -> list[Verdict]:
    """The verdict on requests of people."""
    verdicts = evaluate("privacy", requests_open=requests_open, requests_overdue=requests_overdue)
    return keep_verdicts(lake, "requests", verdicts)


def _filled(lake: Lake, entity: Entity, day: str) -> dict[str, int]:
    of = lake.held if lake.held.has_report(entity.name, day) else lake
    return of.filled("staging", entity.name, day) if of.exists("staging", entity.name, day) else {}


def _newest_date(lake: Lake, entity: Entity) -> date | None:
    """The newest drop date with accepted rows in use; held deliveries bring none."""
    for day in reversed(lake.report_days(entity.name)):
        report = read_day_report(lake, entity.name, day) if day != UNDATED else None
        if report and report.line.accepted:
            return date.fromisoformat(day)
    return None


def read_references(lake: Lake) -> dict[Entity, tuple[int, int]]:
    """By entity, how many references to a customer or lead are unresolved, and how many there are."""
    unknown = dict(lake.read_report("identity", "unresolved_references") or {})
    leads = (
        lake.scan("identity", "unlinked_records")
        .filter(pl.col("reason") == "unknown")
        .group_by("object_type")
        .len("records")
        .collect()
    )
    without_lead = dict(leads.iter_rows())
    found = {}
    for entity in BY_OBJECT_TYPE.values():
        naming = next((r for r in entity.references if set(r.to) != {entity.object_type}), None)
        if naming is None or not lake.exists("current", entity.name):
            continue
        to_lead = any(BY_OBJECT_TYPE[object_type].is_lead for object_type in naming.to)
        count = (without_lead if to_lead else unknown).get(entity.object_type, 0)
        found[entity] = (count, lake.filled("current", entity.name).get(naming.column, 0))
    return found
