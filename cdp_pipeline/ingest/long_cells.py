"""Cells that are too long for what they are -> rejected rows, before any of them meets an expression or a database.

A normaliser that is quick on a phone may take minutes over a cell of megabytes, and no index takes one as a key.
"""

from dataclasses import replace

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest.batch import Batch, batch_of, refused
from cdp_pipeline.ingest.bounds import Bounds


def without_long_cells(batch: Batch, entity: Entity, bounds: Bounds) -> Batch:
    """The batch with each row that holds a longer cell than allowed among the rejected ones; the first one is named."""
    most = bounds.max_cell_characters
    names = [column.name for column in entity.columns]
    # Bytes are known without counting characters, and are never fewer.
    longest = batch.rows.select(pl.col(names).str.len_bytes().max()).row(0)
    suspects = [name for name, length in zip(names, longest, strict=True) if length is not None and length > most]
    if not suspects:
        return batch
    message = pl.coalesce(
        pl.when(pl.col(name).str.len_chars() > most).then(
            pl.format(
                "The cell of {} has {} characters; expected at most {}. Shorten it, or raise CDP_MAX_CELL_CHARACTERS.",
                pl.lit(entity.by_name[name].source),
                pl.col(name).str.len_chars(),
                pl.lit(most),
            )
        )
        for name in suspects
    )
    judged = batch.rows.with_columns(message=message)
    bad = refused(judged.filter(pl.col("message").is_not_null()), pl.col("message"))
    rows = batch.rows.filter(judged["message"].is_null())
    return replace(batch, rows=rows, rejected=batch_of(entity, rejected=[batch.rejected, bad]).rejected)
