"""Typed rows -> typed rows in which unfit cells are replaced, with a mask of the replaced cells.

Only cells of columns with a declared replacement: a value outside a list becomes `undefined` or null, a number out of
range becomes null. The contract rejects the others.
"""

from collections.abc import Mapping
from datetime import datetime

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.model import Column
from cdp_pipeline.validation.bounds import acceptable, hours_of


def replaces(column: Column) -> bool:
    """Whether an unfit cell of the column is replaced, instead of its row rejected."""
    return column.unknown in ("null", "undefined") if column.allowed else column.out_of_range == "null"


def replace_unfit(
    frame: pl.DataFrame, entity: Entity, loaded_at: datetime, default_timezone_gmt: int
) -> tuple[pl.DataFrame, Mapping[str, pl.Series]]:
    """Replace unfit cells; also return, for each column with replaced cells, their mask.

    Args:
        frame: Rows with the entity's types.
        entity: The entity of the rows.
        loaded_at: The load time; later timestamps are not plausible, except for one day of clock difference.
        default_timezone_gmt: The sender's hours from GMT for rows without `timezoneGmt`.
    """
    hours = hours_of(entity, default_timezone_gmt)
    fits = {
        column.name: condition
        for column in entity.columns
        if replaces(column) and (condition := acceptable(column, loaded_at, hours)) is not None
    }
    unfit = frame.select((~condition).fill_null(value=False).alias(name) for name, condition in fits.items())
    masks = {mask.name: mask for mask in unfit if mask.any()}
    replaced = (
        pl.when(~masks[name])
        .then(pl.col(name))
        .otherwise(pl.lit("undefined" if entity.by_name[name].unknown == "undefined" else None))
        .alias(name)
        for name in masks
    )
    return frame.with_columns(replaced), masks
