"""Birth of a row's person: a date, a timestamp or a year -> one date and one year.

A birth sent as a timestamp is midnight on the sender's calendar, so its date is read with the sender's offset.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.values.placeholders import PlaceholderList, is_placeholder

_HOUR = 60 * 60 * 1000


# A suspicious date is the default of a form if it has more than this share of a file's births, and so many different
# people. In a population with uncertain dates, 1 January of the busiest year may have a hundredth of all births.
_OVERUSED_SHARE = 0.02
_OVERUSED_PEOPLE = 10

_YOUNGEST_LEAD = dt.timedelta(days=3652)
"""A lead is a buyer; a birth less than ten years ago is the time at which its form was sent."""


def add_births(
    rows: pl.DataFrame,
    entity: Entity,
    default_timezone_gmt: int,
    drop_date: dt.date,
    placeholders: Mapping[str, PlaceholderList],
) -> pl.DataFrame:
    """Add `birth_date` and `birth_year`, and flag contradictions and placeholders.

    The date is the one sent, or else that of the timestamp; the year is that of the date, or else the one sent.
    `births_differ` is never null; it is true if two sources are given and name different dates or years.

    A placeholder counts as missing; `birth_is_placeholder` flags it. Placeholders are listed dates, epoch 0, dates
    within a day of entry, dates from the day before the drop date on, for leads births less than ten years ago, and
    suspicious dates on which a file has far more births than is plausible. Each part of a large file is evaluated by
    itself.

    Args:
        rows: Typed rows, timestamps in epoch milliseconds.
        entity: The entity of the rows.
        default_timezone_gmt: The sender's hours from GMT, for rows without any.
        drop_date: The drop date of the file.
        placeholders: The placeholder lists by kind.
    """
    person = entity.person
    sent = pl.col(person.birth_date) if person.birth_date else pl.lit(None, pl.Date)
    year_sent = pl.col(person.birth_year) if person.birth_year else pl.lit(None, pl.Int64)
    local = pl.lit(None, pl.Date)
    if person.birth_timestamp:
        hours = pl.lit(default_timezone_gmt, pl.Int64)
        if "timezone_gmt" in entity.by_name:
            hours = pl.col("timezone_gmt").fill_null(hours)
        local = (pl.col(person.birth_timestamp) + hours * _HOUR).cast(pl.Datetime("ms")).dt.date()
    defaults = _Defaults(placeholders["birth_date"], _overused(rows, pl.coalesce(sent, local), placeholders))
    known, known_local = (_known(date, entity, drop_date, defaults) for date in (sent, local))
    if person.birth_timestamp:
        known_local = pl.when(pl.col(person.birth_timestamp) != 0).then(known_local)
    date = pl.coalesce(known, known_local)
    year = date.dt.year().cast(pl.Int64)
    is_placeholder = (pl.coalesce(sent, local).is_not_null() & date.is_null()).fill_null(value=False)
    # The year beside a default date repeats it; 1900 is a default by itself, 1970 is not.
    of_default = is_placeholder & (year_sent == pl.coalesce(sent, local).dt.year())
    known_year = pl.when(~(of_default.fill_null(value=False) | (year_sent == dt.date(1900, 1, 1).year))).then(year_sent)
    return rows.with_columns(
        birth_date=date,
        birth_year=pl.coalesce(year, known_year),
        births_differ=((known != known_local) | (year != known_year)).fill_null(value=False),
        birth_is_placeholder=is_placeholder | (year_sent.is_not_null() & known_year.is_null()),
    )


@dataclass(frozen=True)
class _Defaults:
    """Dates that count as placeholders: listed dates, and overused dates by file."""

    listed: PlaceholderList
    overused: list[tuple[str, dt.date]]


def _overused(
    rows: pl.DataFrame, date: pl.Expr, placeholders: Mapping[str, PlaceholderList]
) -> list[tuple[str, dt.date]]:
    """Files and suspicious dates with too many births of the file's people, who are counted by their names."""
    births = rows.select("source_file", "name_match", date=date).filter(pl.col("date").is_not_null())
    people = births.group_by("source_file").agg(pl.len().alias("births"))
    crowded = (
        births.group_by("source_file", "date")
        .agg(pl.len().alias("rows"), pl.col("name_match").n_unique().alias("people"))
        .filter(pl.col("people") >= _OVERUSED_PEOPLE)
        .join(people, on="source_file")
        .filter(pl.col("rows") > pl.col("births") * _OVERUSED_SHARE)
        .filter(is_placeholder(pl.col("date").cast(pl.String), placeholders["birth_date_overused"]))
    )
    return crowded.select("source_file", "date").sort("source_file", "date").rows()


def _known(date: pl.Expr, entity: Entity, drop_date: dt.date, defaults: _Defaults) -> pl.Expr:
    """The date; null if it is a placeholder."""
    is_default = is_placeholder(date.cast(pl.String), defaults.listed) | (date.dt.offset_by("1d") >= drop_date)
    for source_file, day in defaults.overused:
        is_default |= (pl.col("source_file") == source_file) & (date == day)
    if "created_at" in entity.by_name:
        entered = pl.col("created_at").cast(pl.Datetime("ms")).dt.date()
        is_default |= ((date - entered).abs() <= dt.timedelta(days=1)).fill_null(value=False)
    if entity.is_lead:
        is_default |= date + _YOUNGEST_LEAD > drop_date
    return pl.when(~is_default).then(date)
