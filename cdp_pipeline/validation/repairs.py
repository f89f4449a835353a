"""Typed rows -> typed rows in which unfit cells are replaced where the entity says so, and where that was.

Only cells whose column declares a replacement: a value outside a list that becomes `undefined` or null, a number
out of range that becomes null. All others are left for the contract to reject.
"""

from collections.abc import Mapping
from datetime import datetime

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.model import Column
from cdp_pipeline.validation.bounds import acceptable, hours_of


def replaces(column: Column) -> bool:
    """Whether an unfit cell of the column is replaced rather than its row rejected."""
    return column.unknown in ("null", "undefined") if column.allowed else column.out_of_range == "null"


def replace_unfit(
    frame: pl.DataFrame, entity: Entity, loaded_at: datetime, default_timezone_gmt: int
) -> tuple[pl.DataFrame, Mapping[str, pl.Series]]:
    """The rows with their unfit cells replaced, and for each column that had some: where.

    Args:
        frame: Rows with the entity's types.
        entity: Whose rows they are.
        loaded_at: The moment of loading, which no moment may be far beyond.
        default_timezone_gmt: The sender's hours from GMT where a row does not say them.
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
