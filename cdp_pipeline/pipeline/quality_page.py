"""ledger, findings, people and publication of a run -> the data-quality page."""

import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path

from cdp_pipeline.deliveries.held import held_deliveries
from cdp_pipeline.deliveries.reports import DayReport, newest_day_reports
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.lake import UNDATED, Lake
from cdp_pipeline.pipeline.identity import PersonsReport
from cdp_pipeline.pipeline.publication import read_published
from cdp_pipeline.reporting.day import EntityDay, Held, QualityDay, Reason, TableChange, Warned
from cdp_pipeline.reporting.page import quality_page

_PEOPLE = ("identity", "people")


def keep_people(lake: Lake, report: PersonsReport) -> None:
    """Keep what identity found about people, for the page that is made at the end of the run."""
    changes = asdict(report.changes)
    told = {name: changes[name] for name in ("new", "merged", "split", "changed", "unchanged", "gone")}
    lake.write_report(
        *_PEOPLE, {"people": report.people, **told, "records without a person": report.rows["unlinked_records"]}
    )


def gather_quality(
    lake: Lake, entities: tuple[Entity, ...], run_id: str, finished_at: str, warnings: Iterable[Warned] = ()
) -> QualityDay:
    """What the run did, from what its steps kept in the lake.

    A run that read no file tells of the newest drop date.

    Args:
        lake: Where the steps kept it.
        entities: All entities.
        run_id: The run.
        finished_at: When it was published, as ISO text in UTC.
        warnings: The checks of the run that do not hold, in any order.

    Raises:
        LookupError: Nothing was published yet.
    """
    reports = {e.object_type: newest_day_reports(lake, e.name) for e in entities}
    days = {day for of in reports.values() for day, report in of.items() if report.line.run_id == run_id}
    read_anything = bool(days)
    if not days:
        dated = [day for of in reports.values() for day in of if day != UNDATED]
        days = {max(dated)} if dated else set()
    chosen = {kind: [r for day, r in sorted(of.items()) if day in days] for kind, of in reports.items()}
    return QualityDay(
        drop_dates=tuple(sorted(days)),
        read_anything=read_anything,
        run_id=run_id,
        finished_at=finished_at,
        entities=tuple(
            _entity_day(kind, of, reports[kind], min(days)) for kind, of in chosen.items() if any(r.files for r in of)
        ),
        reasons=_ranked({kind: [r.rules for r in of] for kind, of in chosen.items()}),
        findings=_ranked({kind: [r.findings for r in of] for kind, of in chosen.items()}),
        people=dict(lake.read_report(*_PEOPLE) or {}),
        tables=tuple(
            TableChange(name, c.inserted, c.updated, c.deleted, c.unchanged)
            for name, c in read_published(lake).changes.items()
        ),
        warnings=tuple(sorted(warnings, key=lambda w: (w.asset, w.check))),
        held=tuple(
            Held(line.object_type, line.drop_date or "", line.read, line.accepted, line.rejected)
            for line in held_deliveries(lake, entities)
        ),
    )


def write_quality_page(day: QualityDay, path: Path) -> None:
    """Put the page in place."""
    put_page(quality_page(day), path)


def put_page(text: str, path: Path) -> None:
    """Put a page in place as a whole, so that nobody opens half of one, for its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f".{path.name}.*.part"):
        # Whoever wrote it was killed: a run holds the lake, and there is one at a time.
        left.unlink()
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        part.touch(0o600, exist_ok=False)
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _entity_day(kind: str, of: list[DayReport], known: dict[str, DayReport], first: str) -> EntityDay:
    lines = [report.line for report in of]
    earlier = [r.line for day, r in sorted(known.items()) if day < first and day != UNDATED and r.line.read]
    return EntityDay(
        kind,
        sum(line.files for line in lines),
        sum(line.read for line in lines),
        sum(line.accepted for line in lines),
        sum(line.rejected for line in lines),
        sum(line.duplicates for line in lines),
        tuple(line.rejected / line.read for line in earlier),
    )


def _ranked(counts: dict[str, list[dict[str, int]]]) -> tuple[Reason, ...]:
    summed = {kind: sum((Counter(c) for c in of), Counter[str]()) for kind, of in counts.items()}
    reasons = (Reason(kind, rule, rows) for kind, of in summed.items() for rule, rows in of.items() if rows)
    return tuple(sorted(reasons, key=lambda r: (-r.rows, r.object_type, r.rule)))
