"""What the data-quality page keeps from day to day: open checks, and numbers with their usual band.

A check of an entity's days is open day by day, so that a run of other days does not hide it; every run evaluates all
others. The share of rejected rows is not kept, as later deliveries settle rows of days that no run reads again. Days
older than the weeks that define the usual range are left out.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.quality import BY_NAME, FEWEST_DAYS, WEEKS, Band, Day, EntityDays, Verdict, is_more_rejected
from cdp_pipeline.quality.report import Trend, TrendDay, Warned, draw
from cdp_pipeline.store import UNDATED, Lake

TODAYS_DAYS = 7
"""Checks that are open for so many days count for today's data: a fault of last month was there yesterday too."""

_LEFT_ASIDE = [BY_NAME[name].name for name in ("rejected_share_is_low", "rejected_share_is_bearable")]
_GROUP = "checks"
_ALWAYS = ""


def keep_verdicts(lake: Lake, scope: str, verdicts: list[Verdict], entity: Entity | None = None) -> list[Verdict]:
    """Keep those of the verdicts that do not hold, in place of what was kept of their scope before; return all.

    Args:
        lake: Where they are kept.
        scope: What was evaluated, such as `persons`.
        verdicts: All verdicts on it.
        entity: The entity they are about.
    """
    keep_days(lake, scope, {_ALWAYS: verdicts}, entity)
    return verdicts


def keep_days(lake: Lake, scope: str, verdicts: Mapping[str, Sequence[Verdict]], entity: Entity | None = None) -> None:
    """Keep those of the verdicts on days that do not hold, in place of what was kept of these days before."""
    before = lake.read_report(_GROUP, scope) or {}
    kept = {day: found for day, found in before.items() if day not in verdicts}
    now = {
        day: [_stored(verdict, entity) for verdict in found if not verdict.passed] for day, found in verdicts.items()
    }
    kept |= {day: checks for day, checks in now.items() if checks}
    if kept != before:
        lake.write_report(_GROUP, scope, kept)


def open_checks(lake: Lake, newest: date, shares: Mapping[Entity, Mapping[str, Verdict]]) -> list[Warned]:
    """The checks that did not hold at their last evaluation, by asset, name and day, without those of held deliveries.

    Args:
        lake: Where they are kept.
        newest: The newest drop date; days long before it are left out.
        shares: By entity and day, the verdicts on rejected rows as they are open now.
    """
    oldest, recent = ((newest - ago).isoformat() for ago in (timedelta(weeks=WEEKS), timedelta(days=TODAYS_DAYS)))
    kept = [
        (day, check)
        for scope in lake.report_days(_GROUP)
        for day, checks in (lake.read_report(_GROUP, scope) or {}).items()
        for check in checks
        if check["check"] not in _LEFT_ASIDE
    ]
    open_shares = [
        (day, _stored(verdict, entity))
        for entity, days in shares.items()
        for day, verdict in days.items()
        if not verdict.passed
    ]
    found = [
        Warned(
            check["asset"],
            check["check"],
            check["says"],
            "" if day == UNDATED else day,
            check["is_red"],
            is_past=day not in (_ALWAYS, UNDATED) and day < recent,
        )
        for day, check in [*kept, *open_shares]
        if day in (_ALWAYS, UNDATED) or day >= oldest
    ]
    return sorted(found, key=lambda w: (w.asset, w.check, w.day))


def _stored(verdict: Verdict, entity: Entity | None) -> dict[str, Any]:
    asset = verdict.check.asset.replace("<entity>", entity.name if entity else "")
    is_red = verdict.is_red or verdict.check.stops
    return {"asset": asset, "check": verdict.check.name, "says": verdict.message, "is_red": is_red}


_PICTURES = ("quality", "pictures")


def is_short(known: EntityDays, day: Day) -> bool:
    """Whether a day with rows has far fewer than usual."""
    band = known.usual_rows(day)
    return band is not None and band.warns(day.read)


def trends_of(known: EntityDays, newest: str) -> list[Trend]:
    """The rows and the rejected share of the last weeks, where enough days are known for a usual range."""
    if not newest:
        return []
    first = (date.fromisoformat(newest) - timedelta(weeks=WEEKS)).isoformat()
    days = [day for day in known.known if day.read and day.name > first]
    if len(days) <= FEWEST_DAYS:
        return []
    kind = known.entity.object_type
    rows = [_trend_day(day, day.read, known.usual_rows(day), is_unusual=is_short(known, day)) for day in days]
    trends = [Trend(kind, "rows", tuple(rows))]
    if any(day.rejected for day in days):
        shares = [
            _trend_day(
                day,
                day.rejected_share,
                known.usual_rejected(day),
                is_unusual=is_more_rejected(known, day, day.rejected),
            )
            for day in days
        ]
        trends.append(Trend(kind, "rejected share", tuple(shares)))
    return trends


def _trend_day(day: Day, value: float, band: Band | None, *, is_unusual: bool) -> TrendDay:
    if band is None or not band.is_learned:
        return TrendDay(day.name, value, None, None, is_unusual)
    return TrendDay(day.name, value, band.low, band.high, is_unusual)


def pictures_of(lake: Lake, trends: Sequence[Trend]) -> Mapping[str, str]:
    """The pictures of trends by their digest; those of the page before are reused."""
    kept = lake.read_report(*_PICTURES) or {}
    pictures = {trend.digest: kept.get(trend.digest) or draw(trend) for trend in trends}
    if pictures != kept:
        lake.write_report(*_PICTURES, pictures)
    return pictures
