"""Verdicts -> the checks that do not hold, kept until they are evaluated again: the open checks of the page.

What was kept of the share of rejected rows is left aside: later deliveries settle rows of days that no run reads again.

A check of an entity's days is open day by day, so that a run of other days does not hide it; every run evaluates
all others. Days older than the weeks that define the usual range are left out.
"""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.lake import UNDATED, Lake
from cdp_pipeline.quality.checks import BY_NAME
from cdp_pipeline.quality.usual import WEEKS
from cdp_pipeline.quality.verdict import Verdict
from cdp_pipeline.reporting.day import Warned

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
