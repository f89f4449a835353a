"""Namespace of a row: its source system and internal company, from the row, its envelope and the settings.

Both are part of every record key, because different systems and companies may use equal ids.
"""

from collections.abc import Mapping

import polars as pl

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.values.key_text import clean_keys


def add_namespace(rows: pl.DataFrame, entity: Entity, company_aliases: Mapping[str, str]) -> pl.DataFrame:
    """Add `system_name` and `company_id`, and clean the identifiers.

    The system is that of the row, or else of its envelope; an entity with a fixed system always has that one. A company
    with an alias gets the alias as its id. Both are null when blank.
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
