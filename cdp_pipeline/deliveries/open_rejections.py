"""Rejected rows of an entity in the lake -> number of open ones by drop date and rule, cached until files change.

Rows of held deliveries are not counted, because a held delivery is reported as a whole.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field

import polars as pl

from cdp_pipeline.deliveries.rejections import classified_rejections
from cdp_pipeline.deliveries.reports import DayReport
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.lake import UNDATED, Lake

_GROUP = "open_rejections"


@dataclass(frozen=True)
class OpenRejections:
    """The rejected rows of an entity that are open, and the number of settled ones.

    Attributes:
        days: Open rows by drop date; `undated` for misplaced files.
        rules: Open rows by broken rule.
        settled: Settled rows by drop date.
    """

    days: Mapping[str, int] = field(default_factory=dict)
    rules: Mapping[str, int] = field(default_factory=dict)
    settled: Mapping[str, int] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Number of open rows."""
        return sum(self.days.values())


def count_open_rejections(lake: Lake, entity: Entity, reports: Mapping[str, DayReport]) -> OpenRejections:
    """Count the open and settled rejected rows of an entity.

    Args:
        lake: The lake with the rows; also stores the counts.
        entity: The entity.
        reports: The report of each day's newest delivery.
    """
    if not any(report.line.rejected for report in reports.values()):
        return OpenRejections()
    state, kept = _state(lake, entity), lake.read_report(_GROUP, entity.name) or {}
    if kept.get("state") == state:
        return OpenRejections(kept["days"], kept["rules"], kept["settled"])
    counted = _counted(lake, entity)
    lake.write_report(_GROUP, entity.name, {"state": state, **asdict(counted)})
    return counted


def _state(lake: Lake, entity: Entity) -> str:
    """Fingerprint of the files from which the counts are computed."""
    files = [sorted(lake.files(layer, entity.name).items()) for layer in ("rejected", "staging")]
    text = json.dumps([*files, lake.held.report_days(entity.name)])
    return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def _counted(lake: Lake, entity: Entity) -> OpenRejections:
    held = lake.held.report_days(entity.name)
    day = pl.col("drop_date").cast(pl.String).fill_null(UNDATED)
    rows = (
        classified_rejections(lake, (entity,))
        .select(day.alias("day"), "rules", is_open=pl.col("settled").is_null())
        .filter(~pl.col("day").is_in(held))
        .collect()
    )
    is_open = rows.filter("is_open")
    return OpenRejections(
        _sorted_counts(is_open["day"]),
        _sorted_counts(is_open["rules"].explode().drop_nulls()),
        _sorted_counts(rows.filter(~pl.col("is_open"))["day"]),
    )


def _sorted_counts(values: pl.Series) -> dict[str, int]:
    return dict(sorted(Counter(values.to_list()).items()))
