"""staging -> current: the newest version of each record of an entity, rebuilt when one of its days changed."""

from dataclasses import dataclass

import polars as pl

from cdp_pipeline.current.contradictions import changed_customers
from cdp_pipeline.current.custom_fields import current_custom_fields, custom_field_findings
from cdp_pipeline.current.latest import latest_versions
from cdp_pipeline.current.tables import CUSTOM_FIELDS, current_table
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.lake import UNDATED, Lake
from cdp_pipeline.staging.tables import staging_table
from cdp_pipeline.steps.reports import RULES_VERSION, read_day_report


@dataclass(frozen=True)
class CurrentState:
    """The state of an entity: how many records, how many of them deleted, and whether anything had to be done."""

    records: int
    deleted: int
    keys: int
    is_rebuilt: bool


def update_current(lake: Lake, entity: Entity) -> CurrentState:
    """Bring an entity's current table and custom fields up to date with all its staged days."""
    signature = _signature(lake, entity)
    name = f"current_{entity.name}"
    known = lake.read_report(name, "state")
    is_rebuilt = known is None or known["signature"] != signature or not lake.exists("current", entity.name)
    if is_rebuilt:
        days = lake.scan_days("staging", entity.name, staging_table(entity).schema)
        lake.write("current", entity.name, current_table(entity).conform(latest_versions(days, entity)))
        fields = CUSTOM_FIELDS.conform(current_custom_fields(days, entity))
        lake.write("current_custom_fields", entity.name, fields)
        odd = custom_field_findings(lake.scan("current_custom_fields", entity.name)).select("drop_date", "rule", "rows")
        found = pl.concat([odd, changed_customers(days, entity)]).collect()
        findings = [[str(day), rule, rows] for day, rule, rows in found.iter_rows()]
        lake.write_report(name, "state", {"signature": signature, "findings": findings})
    counts = (
        lake.scan("current", entity.name)
        .select(records=pl.len(), deleted=pl.col("is_deleted").sum(), keys=pl.col("record_key").n_unique())
        .collect()
        .row(0, named=True)
    )
    return CurrentState(counts["records"], counts["deleted"], counts["keys"], is_rebuilt)


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
    parts = [
        lake.scan("current_custom_fields", e.name) for e in entities if lake.exists("current_custom_fields", e.name)
    ]
    every = pl.concat(parts) if parts else pl.LazyFrame(schema=CUSTOM_FIELDS.schema)
    return lake.write("current", "custom_fields", every)


def read_field_findings(lake: Lake, entity: Entity) -> list[tuple[str, str, int]]:
    """What is odd about an entity's custom fields and changed customers: drop date, rule and rows."""
    state = lake.read_report(f"current_{entity.name}", "state")
    return [(day, rule, rows) for day, rule, rows in state["findings"]] if state else []


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
