"""Reject rows with overlong cells, before an expression or a database receives them.

A normaliser that is fast on a phone number may take minutes for a cell of megabytes, and no index accepts such a key.
"""

from dataclasses import replace

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest.batch import Batch, batch_of, rejected_entries
from cdp_pipeline.ingest.bounds import Bounds


def without_long_cells(batch: Batch, entity: Entity, bounds: Bounds) -> Batch:
    """Move rows with an overlong cell to the rejected ones; the message names the first such cell."""
    most = bounds.max_cell_characters
    names = [column.name for column in entity.columns]
    # The number of bytes needs no counting, and is never below the number of characters.
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
    checked = batch.rows.with_columns(message=message)
    bad = rejected_entries(checked.filter(pl.col("message").is_not_null()), pl.col("message"))
    rows = batch.rows.filter(checked["message"].is_null())
    return replace(batch, rows=rows, rejected=batch_of(entity, rejected=[batch.rejected, bad]).rejected)
