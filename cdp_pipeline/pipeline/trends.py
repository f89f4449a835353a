"""days of an entity -> its numbers day by day with what was usual, and their pictures, kept from page to page."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from cdp_pipeline.lake import Lake
from cdp_pipeline.quality.days import Day, EntityDays
from cdp_pipeline.quality.rejections import is_more_rejected
from cdp_pipeline.quality.usual import FEWEST_DAYS, WEEKS, Band
from cdp_pipeline.reporting.plots import Trend, TrendDay, draw

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
