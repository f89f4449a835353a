"""A number of an entity over days, with the band of what is usual -> a picture as SVG text, drawn by Altair.

The picture stands in the page itself and needs no script. Its colours are names that the page's style gives, so that it
is light or dark as the page is. Altair and the renderer take a second to start: they are loaded when a picture is
drawn, and whoever shows the same picture again keeps it by `Trend.digest`.
"""

import hashlib
from dataclasses import dataclass
from typing import Literal

import polars as pl

_WIDTH, _HEIGHT = 300, 90
_FORMATS = {"rows": "~s", "rejected share": ".1~%"}

# Vega passes colours through as they are, but only those that it can read; each of these stands for a name of the page.
_COLOURS = {"#010101": "var(--ink)", "#020202": "var(--soft)", "#030303": "var(--mark)", "#040404": "var(--warn)"}
_INK, _SOFT, _MARK, _WARN = _COLOURS


@dataclass(frozen=True)
class TrendDay:
    """The number of a day, and the band of what was usual then; without one where too few days were known."""

    day: str
    value: float
    low: float | None
    high: float | None
    is_unusual: bool


@dataclass(frozen=True)
class Trend:
    """A number of an entity over days, oldest first."""

    object_type: str
    measure: Literal["rows", "rejected share"]
    days: tuple[TrendDay, ...]

    @property
    def digest(self) -> str:
        """Equal for identical pictures."""
        drawn = f"{self}|{_WIDTH}|{_HEIGHT}|{_COLOURS}"
        return hashlib.blake2b(drawn.encode(), digest_size=12).hexdigest()

    @property
    def words(self) -> str:
        """What the picture shows, for who does not see it."""
        newest, unusual = self.days[-1], sum(day.is_unusual for day in self.days)
        value = f"{newest.value:,.0f}" if self.measure == "rows" else f"{newest.value:.1%}"
        days = f"unusual on {unusual} of {len(self.days)} days"
        return f"{self.measure} of {self.object_type}: {value} on {newest.day}; {days}"


def draw(trend: Trend) -> str:
    """The numbers as a line, the usual as a band behind it, and unusual days as dots."""
    import altair as alt
    import vl_convert

    days = alt.Axis(title=None, format="%d %b", tickCount=4, labelSeparation=14, grid=False)
    base = alt.Chart(pl.DataFrame(trend.days)).encode(x=alt.X("day:T", scale=alt.Scale(type="utc"), axis=days))
    number = alt.Axis(title=None, format=_FORMATS[trend.measure], tickCount=3)
    scale = alt.Scale(zero=True, nice=True)
    band = base.transform_filter("datum.high != null").mark_area(color=_MARK, opacity=0.18)
    line = base.mark_line(color=_MARK, strokeWidth=1.5).encode(y=alt.Y("value:Q", axis=number, scale=scale))
    dots = base.transform_filter("datum.is_unusual").mark_point(color=_WARN, filled=True, size=45, opacity=1)
    chart = (band.encode(y=alt.Y("low:Q", axis=number), y2="high:Q") + line + dots.encode(y="value:Q")).properties(
        width=_WIDTH, height=_HEIGHT, background="transparent"
    )
    chart = chart.configure_view(stroke=None).configure_axis(
        labelColor=_SOFT, domainColor=_SOFT, tickColor=_SOFT, gridColor=_SOFT, gridOpacity=0.25, labelFontSize=11
    )
    svg = str(vl_convert.vegalite_to_svg(chart.to_dict()))
    for colour, name in _COLOURS.items():
        svg = svg.replace(colour, name)
    return svg
