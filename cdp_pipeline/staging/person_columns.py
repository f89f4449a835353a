"""The person of a row: birth, displayed and compared name, normalised contacts and document numbers.

A birth sent as a timestamp is midnight on the sender's calendar, so its date is read with the sender's offset. The
kinds of the columns determine which columns hold contacts; `values/` normalises them.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity, PersonColumns
from cdp_pipeline.entities.model import Column
from cdp_pipeline.values.country import country_codes
from cdp_pipeline.values.email import read_emails
from cdp_pipeline.values.identity_number import normalize_identity_numbers
from cdp_pipeline.values.person_name import display_names, match_names
from cdp_pipeline.values.phone import read_phones
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


def add_names(rows: pl.DataFrame, person: PersonColumns, placeholders: PlaceholderList) -> pl.DataFrame:
    """Add `display_name` and `name_match`, both of the same name; null where a row has none.

    The name is the full name, or else the first, middle and last name joined as sent, as the family name is not known.
    A placeholder (Khách lẻ, Test) is displayed but has no compared form: it neither links nor separates people.
    """
    parts = [part for part in (person.first_name, person.middle_name, person.last_name) if part]
    names = display_names(rows[person.full_name]) if person.full_name else pl.Series([None], dtype=pl.String)
    if person.full_name is None or (parts and names.has_nulls()):
        joined = display_names(rows.select(pl.concat_str(parts, separator=" ", ignore_nulls=True)).to_series())
        names = names.zip_with(names.is_not_null(), joined) if person.full_name else joined
    matches = _without_placeholders(match_names(names), placeholders)
    return rows.with_columns(names.alias("display_name"), matches.alias("name_match"))


def _without_placeholders(matches: pl.Series, placeholders: PlaceholderList) -> pl.Series:
    found = matches.to_frame("name").select(is_placeholder(pl.col("name"), placeholders)).to_series()
    return matches.set(found, None) if found.any() else matches


def add_contacts(rows: pl.DataFrame, entity: Entity, default_region: str) -> pl.DataFrame:
    """Add normalised columns beside each phone, e-mail address and document number.

    Phones and e-mail addresses also get a column for the further values of a cell. Phones are read in the row's own
    country if it has a recognisable one. An unusable value becomes null; the value as sent stays.
    """
    regions = country_codes(rows[entity.person.country]) if entity.person.country else None

    def normalized(column: Column) -> tuple[pl.Series, ...]:
        cells = rows[column.name]
        if column.kind == kinds.PHONE:
            return read_phones(cells, regions, default_region)
        if column.kind == kinds.EMAIL:
            return read_emails(cells)
        return (normalize_identity_numbers(cells),)

    return rows.with_columns(
        found.alias(f"{column.name}_{added.suffix}")
        for column in entity.columns
        if column.kind in (kinds.PHONE, kinds.EMAIL, kinds.IDENTITY_NUMBER)
        for added, found in zip(column.kind.adds, normalized(column), strict=True)
    )


def normalized_name(column: Column) -> str:
    """The name of the normalised column of a phone, e-mail address or document number."""
    return f"{column.name}_{column.kind.adds[0].suffix}"


def further_name(column: Column) -> str:
    """The name of the column with the further phones or e-mail addresses of a cell."""
    return f"{column.name}_{column.kind.adds[1].suffix}"
