"""Rejected rows in the lake -> how many are open, by entity, drop date and rule; counted anew only where files changed.

Rows of held deliveries are not among them: the delivery is told as a whole.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from cdp_pipeline.deliveries.rejections import judged_rejections
from cdp_pipeline.deliveries.reports import DayReport
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.lake import UNDATED, Lake

_REPORT = ("quality", "open_rejections")


@dataclass(frozen=True)
class OpenRejections:
    """The rejected rows of an entity that nothing has settled.

    Attributes:
        days: Rows by drop date; `undated` for misplaced files.
        rules: Rows by rule they broke.
    """

    days: Mapping[str, int] = field(default_factory=dict)
    rules: Mapping[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """All of them."""
        return sum(self.days.values())


def count_open_rejections(
    lake: Lake, reports: Mapping[Entity, Mapping[str, DayReport]]
) -> dict[Entity, OpenRejections]:
    """The open rejected rows of each entity that has some.

    Args:
        lake: Where they lie; what was counted is kept there.
        reports: By entity, the report of each day's newest delivery.
    """
    kept = lake.read_report(*_REPORT) or {}
    now: dict[str, dict[str, object]] = {}
    found = {}
    for entity, days in reports.items():
        if not any(report.line.rejected for report in days.values()):
            continue
        state = _state(lake, entity)
        before = kept.get(entity.name, {})
        is_known = before.get("state") == state
        counted = OpenRejections(before["days"], before["rules"]) if is_known else _counted(lake, entity)
        now[entity.name] = {"state": state, "days": dict(counted.days), "rules": dict(counted.rules)}
        if counted.rows:
            found[entity] = counted
    if now != kept:
        lake.write_report(*_REPORT, now)
    return found


def _state(lake: Lake, entity: Entity) -> str:
    """What tells the files that the counts are made of from others."""
    files = [sorted(lake.files(layer, entity.name).items()) for layer in ("rejected", "staging")]
    text = json.dumps([*files, lake.held.report_days(entity.name)])
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def _counted(lake: Lake, entity: Entity) -> OpenRejections:
    held = lake.held.report_days(entity.name)
    day = pl.col("drop_date").cast(pl.String).fill_null(UNDATED)
    rows = (
        judged_rejections(lake, (entity,))
        .filter(pl.col("settled").is_null())
        .select(day.alias("day"), "rules")
        .filter(~pl.col("day").is_in(held))
        .collect()
    )
    days, rules = Counter(rows["day"].to_list()), Counter(rows["rules"].explode().drop_nulls().to_list())
    return OpenRejections(dict(sorted(days.items())), dict(sorted(rules.items())))
