"""Name of a row's person: the full name or its parts -> the displayed and the compared form."""

import polars as pl

from cdp_pipeline.entities.entity import PersonColumns
from cdp_pipeline.values.person_name import display_names, match_names
from cdp_pipeline.values.placeholders import PlaceholderList, is_placeholder


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
