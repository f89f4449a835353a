"""Normalised phones, e-mail addresses and document numbers of a row, in columns beside the values as sent.

The kinds of the columns determine which these are; `values/` normalises them.
"""

import polars as pl

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.model import Column
from cdp_pipeline.values.country import country_codes
from cdp_pipeline.values.email import read_emails
from cdp_pipeline.values.identity_number import normalize_identity_numbers
from cdp_pipeline.values.phone import read_phones


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
