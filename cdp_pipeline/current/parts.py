"""Records -> parts of them whose versions fit into memory together."""

import io
from collections.abc import Callable

import polars as pl

VERSIONS_AT_ONCE = 1_000_000
"""About so many versions, of records that were sent several times, are in memory while they are folded."""


def parts_of(records: pl.DataFrame) -> list[pl.Series]:
    """The record keys, part by part; one part where all fit into memory, or there is none.

    Args:
        records: `record_key`, each once, and `versions`, how many it has, in any order. A record of more versions than
            fit is a part of its own.
    """
    if records["versions"].sum() <= VERSIONS_AT_ONCE:
        return [records["record_key"]]
    number = (pl.col("versions").cum_sum() - 1) // VERSIONS_AT_ONCE
    return [part["record_key"] for part in records.with_columns(part=number).partition_by("part", maintain_order=True)]


def fold_in_parts(records: pl.DataFrame, fold: Callable[[pl.Series], pl.LazyFrame]) -> list[pl.LazyFrame]:
    """What a fold makes of the records, part by part, see `parts_of`.

    One part is left to be made together with what follows. Several are made here, one after the other: together they
    would be in memory with all their versions.

    Args:
        records: As `parts_of` takes them.
        fold: Gives the rows of the records of these keys.
    """
    parts = parts_of(records)
    if len(parts) == 1:
        return [fold(parts[0])]
    return [compact(fold(part).collect()).lazy() for part in parts]


def compact(rows: pl.DataFrame) -> pl.DataFrame:
    """The same rows without the memory of those that they were taken from.

    A cell of text that is taken from a column keeps all texts of the column in memory; only writing it lets them go.
    """
    written = io.BytesIO()
    rows.write_ipc(written, compression="lz4")
    written.seek(0)
    return pl.read_ipc(written)
