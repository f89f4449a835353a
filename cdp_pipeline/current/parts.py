"""Records -> parts of them whose versions fit into memory together."""

import io
from collections.abc import Callable

import polars as pl

VERSIONS_AT_ONCE = 1_000_000
"""Approximate number of versions in memory while records with several versions are folded."""


def parts_of(records: pl.DataFrame) -> list[pl.Series]:
    """The record keys, part by part; one part if all fit into memory, or if there is no record.

    Args:
        records: `record_key`, each once, and `versions`, the number of its versions, in any order. A record with more
            versions than fit is a part of its own.
    """
    if records["versions"].sum() <= VERSIONS_AT_ONCE:
        return [records["record_key"]]
    number = (pl.col("versions").cum_sum() - 1) // VERSIONS_AT_ONCE
    return [part["record_key"] for part in records.with_columns(part=number).partition_by("part", maintain_order=True)]


def fold_in_parts(records: pl.DataFrame, fold: Callable[[pl.Series], pl.LazyFrame]) -> list[pl.LazyFrame]:
    """Fold the records part by part, see `parts_of`.

    A single part stays lazy. Several parts are collected one after the other, as their versions do not fit into memory
    together.

    Args:
        records: As for `parts_of`.
        fold: Returns the rows of the records with these keys.
    """
    parts = parts_of(records)
    if len(parts) == 1:
        return [fold(parts[0])]
    return [compact(fold(part).collect()).lazy() for part in parts]


def compact(rows: pl.DataFrame) -> pl.DataFrame:
    """The same rows without the memory of the frame that they come from.

    A text cell of a column keeps all texts of the column in memory; writing and reading the rows releases them.
    """
    written = io.BytesIO()
    rows.write_ipc(written, compression="lz4")
    written.seek(0)
    return pl.read_ipc(written)
