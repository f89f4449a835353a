"""Acceptable numbers, timestamps, dates and choices of a column, from its declaration, its kind and the load time.

One expression per column, used by the contract (which rejects the row) and by the repairs (which set the cell to null),
and its wording in messages.
"""

from datetime import UTC, date, datetime, timedelta

import polars as pl

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.model import Column

EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)
"""No source holds earlier dates: no living customer was born before."""

LEAST_MILLISECONDS = {
    # Up to March 1973: no recorded event is so old.
    kinds.EVENT_TIMESTAMP: 10**11,
    # Seven weeks: a residence may have begun in 1970, but seconds up to the year 2100 all fall here.
    kinds.PERIOD_TIMESTAMP: 4_200_000_000,
}
"""A timestamp closer to 1970 than this was most likely sent in seconds."""

_SLACK = timedelta(days=1)
"""Greatest tolerated clock difference between a sender and this system."""

_LATEST_PERIOD = datetime(2100, 1, 1, tzinfo=UTC)
"""Unlike an event, a residence may be planned to begin or end in future years."""

_HOUR = 60 * 60 * 1000

_TIMESTAMPS = (kinds.EVENT_TIMESTAMP, kinds.PERIOD_TIMESTAMP, kinds.BIRTH_TIMESTAMP)


def hours_of(entity: Entity, default_timezone_gmt: int) -> pl.Expr:
    """The sender's hours from GMT in each row: its `timezoneGmt`, else the default."""
    hours = pl.lit(default_timezone_gmt, pl.Int64)
    return pl.col("timezone_gmt").fill_null(hours) if "timezone_gmt" in entity.by_name else hours


def acceptable(column: Column, loaded_at: datetime, hours: pl.Expr) -> pl.Expr | None:
    """Whether a cell is in the column's list or between its bounds; None if the column has neither.

    The expression is null for null cells.

    Args:
        column: The column.
        loaded_at: The load time.
        hours: The result of `hours_of`: a birth is plausible by its local date.
    """
    cell = pl.col(column.name)
    if column.allowed:
        return cell.is_in(column.allowed) if column.unknown != "keep" else None
    lowest, highest = _bounds(column, loaded_at)
    local = cell + hours * _HOUR if column.kind == kinds.BIRTH_TIMESTAMP else cell
    inside = [local >= lowest] if lowest is not None else []
    inside += [cell <= highest] if highest is not None else []
    if column.kind in LEAST_MILLISECONDS:
        inside.append(cell.abs() >= LEAST_MILLISECONDS[column.kind])
    return pl.all_horizontal(inside) if inside else None


def expected(column: Column, loaded_at: datetime) -> str:
    """What an acceptable cell of the column holds, as wording of a rejection message."""
    if column.allowed:
        return f"one of {', '.join(column.allowed)}"
    if column.kind in kinds.IDENTIFIERS:
        return "the record's own id, with all its digits, and no word for a missing one"
    if column.kind == kinds.HOUR_OFFSET:
        return column.kind.expects
    lowest, highest = _bounds(column, loaded_at)
    if column.kind == kinds.PERIOD_TIMESTAMP:
        return f"{column.kind.expects}, between {EARLIEST.year} and {_LATEST_PERIOD.year}"
    if column.kind in (*_TIMESTAMPS, kinds.BIRTH_DATE, kinds.BIRTH_YEAR):
        return f"{column.kind.expects}, between {EARLIEST.year} and a day after loading"
    words = [f"at least {lowest}"] if lowest is not None else []
    words += [f"at most {highest}"] if highest is not None else []
    return ", ".join([column.kind.expects, " and ".join(words)])


def _bounds(column: Column, loaded_at: datetime) -> tuple[int | date | None, int | date | None]:
    """The smallest and greatest acceptable value; the column's own bounds have precedence over those of its kind."""
    latest = loaded_at + _SLACK
    lowest: int | date | None = None
    highest: int | date | None = None
    if column.kind in _TIMESTAMPS:
        last = _LATEST_PERIOD if column.kind == kinds.PERIOD_TIMESTAMP else latest
        lowest, highest = _milliseconds(EARLIEST), _milliseconds(last)
    elif column.kind == kinds.BIRTH_DATE:
        lowest, highest = EARLIEST.date(), latest.date()
    elif column.kind == kinds.BIRTH_YEAR:
        lowest, highest = EARLIEST.year, latest.year
    return (
        lowest if column.lowest is None else column.lowest,
        highest if column.highest is None else column.highest,
    )


def _milliseconds(timestamp: datetime) -> int:
    return (timestamp - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
