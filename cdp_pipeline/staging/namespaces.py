"""Whose record a row is: its source system and internal company, from the row, its envelope and the settings.

The two are part of every record's key, because the ids of different systems and companies may be equal.
"""

from collections.abc import Mapping

import polars as pl

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.values.key_text import clean_keys


def add_namespace(rows: pl.DataFrame, entity: Entity, company_aliases: Mapping[str, str]) -> pl.DataFrame:
    """The rows with `system_name`, `company_id` and cleaned identifiers.

    The system is the row's, or else its envelope's; an entity that comes from one system has that one always. A company
    that has an alias is known by it alone. Both are null when blank.
    """
    identifiers = [c.name for c in entity.columns if c.kind in kinds.IDENTIFIERS]
    system = [entity.company_column, "envelope_source", *(["system_name"] if entity.fixed_system is None else [])]
    rows = clean_keys(rows, list(dict.fromkeys([*identifiers, *system])))
    return rows.with_columns(_filled("envelope_source")).with_columns(
        _system(entity).alias("system_name"),
        _filled(entity.company_column).replace(dict(company_aliases)).alias("company_id"),
    )


def _system(entity: Entity) -> pl.Expr:
    if entity.fixed_system is not None:
        return pl.lit(entity.fixed_system)
    return pl.coalesce(_filled("system_name"), "envelope_source")


def _filled(name: str) -> pl.Expr:
    return pl.when(pl.col(name) != "").then(pl.col(name))
