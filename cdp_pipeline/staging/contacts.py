"""Phones, e-mail addresses and document numbers of a row -> their comparable forms beside them.

Which columns they are follows from their kinds; how each is made stands in `values/`.
"""

import polars as pl

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.model import Column
from cdp_pipeline.values.country import country_codes
from cdp_pipeline.values.email import normalize_emails
from cdp_pipeline.values.identity_number import normalize_identity_numbers
from cdp_pipeline.values.phone import further_phones, normalize_phones


def add_contacts(rows: pl.DataFrame, entity: Entity, default_region: str) -> pl.DataFrame:
    """The rows with a normalised column beside each phone, e-mail address and document number.

    Beside a phone stand also the further numbers of its cell.

    Phones are read in the row's own country where it has a recognisable one. What cannot be used is null; the value as
    sent stays.
    """
    regions = country_codes(rows[entity.person.country]) if entity.person.country else None

    def normalized(column: Column) -> pl.Series:
        if column.kind == kinds.PHONE:
            return normalize_phones(rows[column.name], regions, default_region)
        if column.kind == kinds.EMAIL:
            return normalize_emails(rows[column.name])
        return normalize_identity_numbers(rows[column.name])

    def others(column: Column) -> pl.Series:
        return further_phones(rows[column.name], regions, default_region)

    contacts = [c for c in entity.columns if c.kind in (kinds.PHONE, kinds.EMAIL, kinds.IDENTITY_NUMBER)]
    phones = [c for c in contacts if c.kind == kinds.PHONE]
    return rows.with_columns(
        *(normalized(column).alias(normalized_name(column)) for column in contacts),
        *(others(column).alias(f"{column.name}_{column.kind.adds[1].suffix}") for column in phones),
    )


def normalized_name(column: Column) -> str:
    """The name of the column that staging puts beside a phone, e-mail address or document number."""
    return f"{column.name}_{column.kind.adds[0].suffix}"
