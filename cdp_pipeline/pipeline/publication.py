"""profiles, identity, rejected rows and ledger -> the serving database."""

import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import polars as pl

from cdp_pipeline.deliveries import DayReport, LedgerLine, drop_date_of, newest_day_reports, scan_rejected
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.table import AnyRows
from cdp_pipeline.identity import PERSON_ID_HISTORY
from cdp_pipeline.pipeline.anomalies import count_anomalies
from cdp_pipeline.pipeline.current import read_field_findings
from cdp_pipeline.pipeline.erasing import finish_erasures
from cdp_pipeline.pipeline.identity import PersonsReport
from cdp_pipeline.pipeline.inputs import Chosen
from cdp_pipeline.pipeline.refresh import outdated
from cdp_pipeline.pipeline.retention import finish_retention, retention_ledger
from cdp_pipeline.pipeline.snapshot import PUBLISHED_TABLES, PUBLISHED_VIEWS, Snapshot, place_of
from cdp_pipeline.privacy import (
    PROFILE_RESTRICTIONS,
    RequestFiles,
    Shown,
    keep_restricted_records,
    restrictions_in_force,
    shown_entries,
)
from cdp_pipeline.profiles import APPEND_ONLY, QUALITY_FINDINGS, RETENTION_LEDGER, RUN_LEDGER
from cdp_pipeline.profiles.golden import PROFILES
from cdp_pipeline.serving import Changes, Copies, database_name, database_tables, publish, read_table, reading
from cdp_pipeline.settings import Settings
from cdp_pipeline.store import Lake

UNRESOLVED = "unresolved:customerId"
"""The finding of records that name a customer who is not known for certain; it is of no one day."""

_REPORT = ("serving", "published")
_PEOPLE = ("identity", "people")


class UnfinishedError(RuntimeError):
    """Tables of the lake stem from two snapshots, so nothing was published; the message names them and the remedy."""


@dataclass(frozen=True)
class Published:
    """What the newest publishing did, and the state it left.

    Attributes:
        changes: What became of the rows of each table.
        rows: Rows of each table.
        became: What became of people: new, merged, split, changed, unchanged, gone; and records without a person.
    """

    changes: dict[str, Changes]
    rows: dict[str, int]
    became: dict[str, int] = field(default_factory=dict)

    @property
    def changed(self) -> dict[str, Changes]:
        """Tables in which a row was written or deleted."""
        return {name: c for name, c in self.changes.items() if c.inserted or c.updated or c.deleted}

    @property
    def people(self) -> int:
        """Profiles."""
        return self.rows["profiles"]

    @property
    def records(self) -> int:
        """Records that belong to a person."""
        return self.rows["profile_records"]

    @property
    def unlinked(self) -> int:
        """Records without a person."""
        return self.rows["unlinked_records"]


def keep_people(lake: Lake, report: PersonsReport) -> None:
    """Keep what identity found to have become of people, which is published with them."""
    changes = asdict(report.changes)
    people = {name: changes[name] for name in ("new", "merged", "split", "changed", "unchanged", "gone")}
    lake.write_report(*_PEOPLE, {**people, "records without a person": report.rows["unlinked_records"]})


def publish_database(
    lake: Lake,
    entities: tuple[Entity, ...],
    url: str,
    chosen: Chosen,
    log: Callable[[str], None] | None = None,
    copies: Path | None = None,
    rejected: Shown = "masked",
    requests: RequestFiles | None = None,
) -> Published:
    """Make the database equal to the lake in one transaction; only changed rows are written.

    Args:
        lake: What the steps before have made.
        entities: The entities that were read.
        url: The database.
        chosen: The choices of the user, with which all tables must have been built.
        log: Called with each table's name when its turn comes.
        copies: The folder of the tables' Parquet copies; those of changed tables are written. None for no copies.
        rejected: How the rejected entries are published.
        requests: Where the requests of people are kept; restrictions and objections in force are published. None for
            no requests.

    Raises:
        UnfinishedError: Some tables were not made of the newest state of what they read.
    """
    if left := outdated(lake, chosen):
        named = f"{', '.join(left[:3])}{' and others' if len(left) > 3 else ''}"
        raise UnfinishedError(
            f"Nothing is published, the database holds the state before: {named} were made before the newest state of "
            "what they read, as a run ended between its steps or only some steps were launched. Run `cdp run`, or "
            "launch daily_profiles, which makes them and publishes."
        )
    reports = _reports(lake, entities)
    made_here: dict[str, pl.LazyFrame] = {
        "rejected_records": shown_entries(scan_rejected(lake, entities), rejected),
        PROFILE_RESTRICTIONS.name: _restrictions(lake, requests),
        RETENTION_LEDGER.name: retention_ledger(lake),
        "run_ledger": _ledger([r for _, _, r in reports]),
        "quality_findings": _findings(lake, reports),
    }
    frames = {
        table.name: table.named(made_here[table.name])
        if table.name in made_here
        else table.conform(lake.scan(*place_of(table.name)))
        for table in PUBLISHED_TABLES
    }
    beside = Copies(copies, database_name(url)) if copies else None
    lacking = beside.begin(PUBLISHED_TABLES) if beside else set()
    snapshot = Snapshot(lake, url, entities, rejected)
    token = secrets.token_hex(8)
    lake.settle()
    changes = publish(
        url,
        frames,
        PUBLISHED_TABLES,
        APPEND_ONLY,
        on_table=log,
        token=token,
        since=snapshot.since(frames),
        views=PUBLISHED_VIEWS,
    )
    snapshot.take(token, [name for name in frames if name not in made_here])
    rows = {name: c.inserted + c.updated + c.unchanged for name, c in changes.items()}
    became = lake.read_report(*_PEOPLE) or {}
    stored = {"changes": {n: asdict(c) for n, c in changes.items()}, "rows": rows, "became": became}
    # Before the copies: if these fail, it is still known that readers see the new state.
    lake.write_report(*_REPORT, {**stored, "at": datetime.now(UTC).isoformat()})
    if beside:
        lacking |= {name for name, c in changes.items() if c.inserted or c.updated or c.deleted}
        kept = _kept(url) if lacking & APPEND_ONLY else {}
        copied = {name: kept.get(name, frames[name]) for name in sorted(lacking)}
        beside.finish(copied, PUBLISHED_TABLES, snapshot.files(set(copied) - APPEND_ONLY))
    return Published(changes, rows, became)


def finish_publication(lake: Lake, settings: Settings, log: Callable[[str], object] = lambda _: None) -> None:
    """Purge the database of erased and expired rows, once, and prove the erasures that are thereby done.

    Args:
        lake: The lake, as it is published.
        settings: Where database and requests lie.
        log: Receives a sentence per erasure that is done.

    Raises:
        ServingError: The database cannot be purged; the next run does it.
        PrivacyError: Rows of an erased person are left; the request stays open.
    """
    is_purged = finish_erasures(lake, settings, log)
    finish_retention(lake, settings, is_purged=is_purged)


def read_published(lake: Lake) -> Published | None:
    """What the newest publishing did; None before the first."""
    stored = lake.read_report(*_REPORT)
    if stored is None:
        return None
    changes = {n: Changes(**c) for n, c in stored["changes"].items()}
    # One that an earlier version kept does not say what became of people.
    return Published(changes, stored["rows"], stored.get("became", {}))


def published_at(lake: Lake) -> str | None:
    """When the newest publishing was done; null before the first."""
    return (lake.read_report(*_REPORT) or {}).get("at")


def _restrictions(lake: Lake, requests: RequestFiles | None) -> pl.LazyFrame:
    """The restrictions and objections of published people, whose records are kept in mind for later publications."""
    if requests is None:
        return PROFILE_RESTRICTIONS.empty().lazy()
    history = PERSON_ID_HISTORY.named(lake.scan(*place_of(PERSON_ID_HISTORY.name)))
    found = restrictions_in_force(requests, lake, history, lake.scan(*place_of(PROFILES.name)))
    keep_restricted_records(requests, lake, found)
    return found


def _kept(url: str) -> dict[str, AnyRows]:
    """The tables that may hold rows which the lake no longer knows."""
    with reading(url) as connection:
        tables = database_tables(PUBLISHED_TABLES)
        kept = (table for table in PUBLISHED_TABLES if table.name in APPEND_ONLY)
        return {table.name: table.named(read_table(connection, tables, table).lazy()) for table in kept}


def _reports(lake: Lake, entities: tuple[Entity, ...]) -> list[tuple[Entity, str, DayReport]]:
    return [
        (entity, day, report) for entity in entities for day, report in newest_day_reports(lake, entity.name).items()
    ]


def _ledger(reports: list[DayReport]) -> pl.LazyFrame:
    lines = [line for report in reports for line in (*report.earlier, report.line)]
    rows = [
        {
            **asdict(line),
            "ledger_key": f"{line.run_id}|{line.object_type}|{line.drop_date or ''}",
            "drop_date": _date(line),
            "finished_at": datetime.fromisoformat(line.finished_at),
        }
        for line in lines
    ]
    return pl.DataFrame(rows, schema=RUN_LEDGER.schema).lazy() if rows else RUN_LEDGER.empty().lazy()


def _findings(lake: Lake, reports: list[tuple[Entity, str, DayReport]]) -> pl.LazyFrame:
    # What the days' rows showed, with what their custom fields show now.
    showed = {(entity.name, day): Counter(report.findings) for entity, day, report in reports}
    for entity in {entity.name: entity for entity, _, _ in reports}.values():
        for day, rule, count in read_field_findings(lake, entity):
            showed.get((entity.name, day), Counter()).update({rule: count})
    rows: list[dict[str, object]] = [
        {
            "finding_key": f"{entity.object_type}|{report.line.drop_date or ''}|{rule}",
            "object_type": entity.object_type,
            "drop_date": drop_date_of(day),
            "rule": rule,
            "rows": count,
            "run_id": report.line.run_id,
        }
        for entity, day, report in reports
        for rule, count in showed[entity.name, day].items()
        if count
    ]
    rows += [
        {"finding_key": f"{kind}||{UNRESOLVED}", "object_type": kind, "rule": UNRESOLVED, "rows": count}
        for kind, count in (lake.read_report("identity", "unresolved_references") or {}).items()
    ]
    rows += [
        {"finding_key": f"{kind}||{rule}", "object_type": kind, "rule": rule, "rows": count}
        for kind, found in count_anomalies(lake).items()
        for rule, count in found.items()
    ]
    return pl.DataFrame(rows, schema=QUALITY_FINDINGS.schema).lazy() if rows else QUALITY_FINDINGS.empty().lazy()


def _date(line: LedgerLine) -> date | None:
    return date.fromisoformat(line.drop_date) if line.drop_date else None
