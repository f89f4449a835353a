"""The birth of a row's person, from a date, a moment or a year -> one date and one year.

A birth sent as a moment is midnight on the sender's calendar, so its date is read with the sender's offset.
"""

import polars as pl

from cdp_pipeline.entities.entity import Entity

_HOUR = 60 * 60 * 1000


def add_births(rows: pl.DataFrame, entity: Entity, default_timezone_gmt: int) -> pl.DataFrame:
    """The rows with `birth_date` and `birth_year`, and whether their sources contradict each other.

    The date is the one sent, or else the moment's; the year is the date's, or else the one sent. Column
    `births_differ` is never null; it holds where two sources were given and name different dates or years.

    Args:
        rows: Typed rows, moments in epoch milliseconds.
        entity: Whose rows they are.
        default_timezone_gmt: The sender's hours from GMT where a row does not say them.
    """
    person = entity.person
    sent = pl.col(person.birth_date) if person.birth_date else pl.lit(None, pl.Date)
    year_sent = pl.col(person.birth_year) if person.birth_year else pl.lit(None, pl.Int64)
    local = pl.lit(None, pl.Date)
    if person.birth_moment:
        hours = pl.lit(default_timezone_gmt, pl.Int64)
        if "timezone_gmt" in entity.by_name:
            hours = pl.col("timezone_gmt").fill_null(hours)
        local = (pl.col(person.birth_moment) + hours * _HOUR).cast(pl.Datetime("ms")).dt.date()
    date = pl.coalesce(sent, local)
    year = date.dt.year().cast(pl.Int64)
    return rows.with_columns(
        birth_date=date,
        birth_year=pl.coalesce(year, year_sent),
        births_differ=((sent != local) | (year != year_sent)).fill_null(value=False),
    )
