"""The order of a record's versions, oldest evidence first.

Versions are ordered by effective time, then by drop date, then timed versions before untimed ones, then by file and
row. The effective time of a version is its business time. A version without one takes effect when it was received,
after all versions known by then.
"""

import polars as pl

EVIDENCE = ("record_key", "business_at", "drop_date", "source_file", "source_row", "entry_number")
"""The staged columns that order versions."""

_ARRIVAL = ("drop_date", "source_file", "source_row", "entry_number")


def order_versions(versions: pl.DataFrame) -> pl.DataFrame:
    """One row per version, grouped by record, oldest evidence first; the order of records has no meaning.

    Args:
        versions: Staged rows with the columns of `EVIDENCE`.

    Returns:
        `record`, a number per record from 0 on; `at`, the version's row in the argument; `effective_at`, null for an
            untimed version that came before any timed one.
    """
    return (
        _with_effective_time(_numbered(versions))
        .with_columns(is_untimed=pl.col("business_at").is_null())
        .sort("record", "effective_at", "drop_date", "is_untimed", *_ARRIVAL[1:], nulls_last=False)
        .select("record", "at", "effective_at")
        .collect()
    )


def first_arrivals(versions: pl.DataFrame) -> pl.Series:
    """The row of the version of each record that was received first."""
    arrived = _numbered(versions).lazy().sort("record", *_ARRIVAL)
    is_first = pl.col("record").ne_missing(pl.col("record").shift())
    return arrived.filter(is_first).select("at").collect()["at"]


def _numbered(versions: pl.DataFrame) -> pl.DataFrame:
    """Replace texts by numbers: `record`, the version's row `at`, and the rank of its file.

    Numbers sort several times faster than texts, and there are few files.
    """
    # Built without a query per column, because there are many entities and most are small.
    evidence = pl.DataFrame([versions[name] for name in EVIDENCE]).rechunk()
    rows = (
        evidence.lazy()
        .select("record_key", pl.int_range(pl.len(), dtype=pl.UInt32).alias("at"))
        .group_by("record_key")
        .agg("at")
        .select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("record"), "at")
        .explode("at")
        .collect()
        .rechunk()
    )
    files = evidence["source_file"].unique().sort()
    places = pl.Series(range(files.len()), dtype=pl.UInt32)
    at = pl.lit(rows["at"])
    return evidence.select(
        pl.lit(rows["record"]).alias("record"),
        at.alias("at"),
        pl.col("business_at", "drop_date").gather(at),
        pl.col("source_file").replace_strict(files, places).gather(at),
        pl.col("source_row", "entry_number").gather(at),
    )


def _with_effective_time(evidence: pl.DataFrame) -> pl.LazyFrame:
    """Add `effective_at` to the rows."""
    rows = evidence.lazy()
    if evidence["business_at"].null_count() in (0, evidence.height):
        return rows.with_columns(effective_at="business_at")
    known = (
        rows.filter(pl.col("business_at").is_null().any().over("record"))
        .group_by("record", "drop_date")
        .agg(known_at=pl.col("business_at").max())
        .sort("record", "drop_date")
        .with_columns(pl.col("known_at").cum_max().forward_fill().over("record"))
    )
    return rows.join(known, on=["record", "drop_date"], how="left").with_columns(
        effective_at=pl.coalesce("business_at", "known_at")
    )
