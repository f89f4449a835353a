"""Ledger, findings, open checks, publication with its people -> the data-quality page, also after a stopped run.

What a run left open is kept in the lake, so that the page of a later run, which read other days or none, shows it too.
"""

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from cdp_pipeline.deliveries import (
    DayReport,
    OpenRejections,
    count_open_rejections,
    held_deliveries,
    misspelt_folders,
    newest_day_reports,
)
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.pipeline.page_memory import is_short, open_checks, pictures_of, trends_of
from cdp_pipeline.pipeline.publication import published_at, read_published
from cdp_pipeline.pipeline.verdicts import evaluate_open_shares, known_days
from cdp_pipeline.quality import WEEKS, EntityDays, is_more_rejected
from cdp_pipeline.quality.report import (
    EntityDay,
    Held,
    OpenRows,
    OpenState,
    QualityDay,
    Reason,
    Stopped,
    TableChange,
    open_state,
    quality_page,
)
from cdp_pipeline.serving import Changes
from cdp_pipeline.settings import Settings
from cdp_pipeline.store import UNDATED, Lake

_STOPPED = ("quality", "stopped")
_HISTORY = "quality_history"
"""The reports of the open state on each day's last page, by date."""


def keep_stopped(lake: Lake, run_id: str, now: datetime, step: str | None = None) -> None:
    """Keep that a run stopped, until a later run publishes.

    Args:
        lake: Where it is kept.
        run_id: The run.
        now: When it stopped.
        step: The step that failed; of one run all are kept together. None where it is not known: before the first one.
    """
    before = lake.read_report(*_STOPPED) or {}
    steps = before["steps"] if before.get("run_id") == run_id else []
    if step is None and steps:
        return
    if (step := step or "its start") not in steps:
        lake.write_report(*_STOPPED, {"run_id": run_id, "at": now.isoformat(), "steps": [*steps, step]})


def write_quality_page(
    lake: Lake,
    settings: Settings,
    entities: tuple[Entity, ...],
    run_id: str,
    now: datetime,
    asked: str = "",
) -> QualityDay:
    """Gather the content of the page, put it in place, and keep what the page of a later day compares with.

    Args:
        lake: Where the steps kept it.
        settings: Where the page and the raw folder lie.
        entities: All entities.
        run_id: The run.
        now: When the page is made.
        asked: The drop dates that the run was asked for, in words; empty where none was.
    """
    day = gather_quality(lake, settings, entities, run_id, now, asked)
    put_page(quality_page(day, pictures_of(lake, day.trends)), settings.quality_page)
    lake.write_report(_HISTORY, _date(now), day.state.stored())
    oldest = (now - timedelta(weeks=WEEKS)).date().isoformat()
    for old in [kept for kept in lake.report_days(_HISTORY) if kept < oldest]:
        lake.clear_report(_HISTORY, old)
    return day


def gather_quality(
    lake: Lake,
    settings: Settings,
    entities: tuple[Entity, ...],
    run_id: str,
    now: datetime,
    asked: str = "",
) -> QualityDay:
    """What the run did and what is open, from what steps kept in the lake.

    A run that read no file shows the newest drop date.

    Args:
        lake: Where the steps kept it.
        settings: Where the raw folder lies, for folders that are called almost like a landing folder.
        entities: All entities.
        run_id: The run.
        now: When the page is made.
        asked: The drop dates that the run was asked for, in words; empty where none was.
    """
    reports = {e: newest_day_reports(lake, e.name) for e in entities}
    rejected = {e: count_open_rejections(lake, e, of) for e, of in reports.items()}
    known = {e: known_days(lake, e, of, rejected[e]) for e, of in reports.items()}
    dated = [day for of in reports.values() for day, report in of.items() if day != UNDATED and report.files]
    of_run = [(day, report) for of in reports.values() for day, report in of.items() if report.line.run_id == run_id]
    days = {day for day, report in of_run if not report.is_withdrawn}
    read_anything = bool(days)
    days = days or ({max(dated)} if dated else set())
    chosen = {e: [r for day, r in sorted(of.items()) if day in days] for e, of in reports.items()}
    stopped = _stopped(lake)
    held = tuple(
        Held(line.object_type, line.drop_date or "", line.read, line.accepted, line.rejected)
        for line in held_deliveries(lake, entities)
    )
    newest = date.fromisoformat(max(dated)) if dated else now.date()
    since = newest - timedelta(weeks=WEEKS)
    warnings = tuple(open_checks(lake, newest, {e: evaluate_open_shares(of, since) for e, of in known.items()}))
    before = _before(lake, now)
    at, until = _published(lake, "" if stopped else max(dated, default=""))
    published = read_published(lake)
    people = published.people if published else 0
    return QualityDay(
        drop_dates=tuple(sorted(days)),
        read_anything=read_anything,
        asked=asked,
        unread=tuple(misspelt_folders(settings, entities).values()),
        run_id=run_id,
        made_at=_text(now),
        entities=tuple(_entity_day(known[e], of, days) for e, of in chosen.items() if any(r.files for r in of)),
        reasons=_ranked({e.object_type: [r.rules for r in of] for e, of in chosen.items()}),
        findings=_ranked({e.object_type: [r.findings for r in of] for e, of in chosen.items()}),
        people={"people": people, **published.became} if published else {},
        tables=_tables(published.changes) if published else (),
        warnings=warnings,
        held=held,
        open_rows=tuple(_open_rows(e, found) for e, found in rejected.items() if found.rows),
        losses=tuple(loss for _, report in of_run for loss in report.losses),
        stopped=stopped,
        published_at=at,
        published_until=until,
        state=OpenState(
            people=people,
            held=tuple(f"{h.object_type} {h.drop_date}" for h in held),
            rejected={e.object_type: found.rows for e, found in rejected.items() if found.rows},
            checks=tuple(" ".join(filter(None, (w.asset, w.check, w.day))) for w in warnings),
            stopped=stopped is not None,
            published_at=at,
            published_until=until,
        ),
        before=before[1] if before else None,
        before_on=before[0] if before else "",
        trends=tuple(trend for of in known.values() for trend in trends_of(of, max(dated, default=""))),
    )


def put_page(text: str, path: Path) -> None:
    """Put a page in place by an atomic replace; only its owner can read it."""
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


def _stopped(lake: Lake) -> Stopped | None:
    """The run that stopped, unless one has published since."""
    kept = lake.read_report(*_STOPPED)
    if kept is None:
        return None
    at, published = datetime.fromisoformat(kept["at"]), published_at(lake)
    if published and datetime.fromisoformat(published) > at:
        return None
    return Stopped(kept["run_id"], _text(at), tuple(kept["steps"]))


def _text(timestamp: datetime) -> str:
    return timestamp.astimezone(UTC).isoformat(sep=" ", timespec="seconds").removesuffix("+00:00")


def _date(timestamp: datetime) -> str:
    return timestamp.astimezone(UTC).date().isoformat()


def _before(lake: Lake, now: datetime) -> tuple[str, OpenState] | None:
    """The newest page of an earlier day and its date; None where there is none."""
    days = [day for day in lake.report_days(_HISTORY) if day < _date(now)]
    stored = lake.read_report(_HISTORY, days[-1]) if days else None
    return (days[-1], open_state(stored)) if stored else None


def _published(lake: Lake, newest: str) -> tuple[str, str]:
    """When the database was published, and the newest drop date of that; empty where that is not known.

    The date is known to the page of the run that published: later pages take it from there.
    """
    at = published_at(lake)
    if at is None:
        return "", ""
    timestamp = _text(datetime.fromisoformat(at))
    pages = [lake.read_report(_HISTORY, day) or {} for day in lake.report_days(_HISTORY)]
    dates = [page["published_until"] for page in pages if page["published_at"] == timestamp]
    return timestamp, dates[0] if dates else newest


def _tables(changes: Mapping[str, Changes]) -> tuple[TableChange, ...]:
    return tuple(TableChange(name, c.inserted, c.updated, c.deleted, c.unchanged) for name, c in changes.items())


def _open_rows(entity: Entity, found: OpenRejections) -> OpenRows:
    days = [day for day in found.days if day != UNDATED]
    worst = max(found.rules, key=lambda rule: (found.rules[rule], rule))
    oldest, newest = min(days, default=""), max(days, default="")
    return OpenRows(entity.object_type, found.rows, len(found.days), oldest, newest, worst)


def _entity_day(known: EntityDays, of: Sequence[DayReport], names: set[str]) -> EntityDay:
    lines = [report.line for report in of]
    days = [day for day in known.known if day.name in names]
    newest = max((day for day in days if day.read), key=lambda day: day.name, default=None)
    rows, share = (known.usual_rows(newest), known.usual_rejected(newest)) if newest else (None, None)
    return EntityDay(
        known.entity.object_type,
        sum(line.files for line in lines),
        sum(line.read for line in lines),
        sum(line.accepted for line in lines),
        sum(line.rejected for line in lines),
        sum(line.duplicates for line in lines),
        suppressed=sum(line.suppressed for line in lines),
        usual_rows=rows.usual if rows else None,
        usual_rejected_share=share.usual if share and share.is_learned else None,
        is_unusual=any(
            is_short(known, day) or is_more_rejected(known, day, day.rejected_open) for day in days if day.read
        ),
    )


def _ranked(counts: dict[str, list[dict[str, int]]]) -> tuple[Reason, ...]:
    summed = {kind: sum((Counter(c) for c in of), Counter[str]()) for kind, of in counts.items()}
    reasons = (Reason(kind, rule, rows) for kind, of in summed.items() for rule, rows in of.items() if rows)
    return tuple(sorted(reasons, key=lambda r: (-r.rows, r.object_type, r.rule)))
