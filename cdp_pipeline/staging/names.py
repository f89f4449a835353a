"""The name of a row's person, from the whole name or its parts -> the form shown and the form compared."""

import polars as pl

from cdp_pipeline.entities.entity import PersonColumns
from cdp_pipeline.values.person_name import display_names, match_names
from cdp_pipeline.values.placeholders import PlaceholderList, is_placeholder


def add_names(rows: pl.DataFrame, person: PersonColumns, nobody: PlaceholderList) -> pl.DataFrame:
    """The rows with `display_name` and `name_match`, both of the same name; null where a row has none.

    A placeholder (Khách lẻ, Test) is shown and has no compared form: it neither joins nor separates.

    That name is the whole one, or else first, middle and last joined as sent: which is the family name is not known.
    """
    parts = [part for part in (person.first_name, person.middle_name, person.last_name) if part]
    names = display_names(rows[person.full_name]) if person.full_name else pl.Series([None], dtype=pl.String)
    if person.full_name is None or (parts and names.has_nulls()):
        joined = display_names(rows.select(pl.concat_str(parts, separator=" ", ignore_nulls=True)).to_series())
        names = names.zip_with(names.is_not_null(), joined) if person.full_name else joined
    matches = _without_placeholders(match_names(names), nobody)
    return rows.with_columns(names.alias("display_name"), matches.alias("name_match"))


def _without_placeholders(matches: pl.Series, nobody: PlaceholderList) -> pl.Series:
    found = matches.to_frame("name").select(is_placeholder(pl.col("name"), nobody)).to_series()
    return matches.set(found, None) if found.any() else matches
