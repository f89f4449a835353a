"""Rows -> numbers by which two states of them are compared, whatever the order of rows.

A hash is the same within one version of Polars only, so whoever keeps one keeps the version beside it.
"""

import polars as pl


def row_fingerprint() -> pl.Expr:
    """The fingerprint of a whole row: of all its columns, lists and nulls as they are."""
    return pl.struct(pl.all()).hash()


def content_token() -> pl.Expr:
    """The rows of a frame, or of a group, as one text: equal where they are the same rows in any order."""
    # Sums do not depend on the order of rows; two of them make a chance equality impossible in practice.
    row = pl.struct(pl.all())
    return pl.format("{}:{}:{}", pl.len(), row.hash(seed=0).sum(), row.hash(seed=1).sum()).alias("content")


def differing(before: pl.DataFrame, now: pl.DataFrame, fingerprint: str) -> pl.Series:
    """The people whose fingerprint came, went or changed, each once and in order; null is a fingerprint like others.

    Args:
        before: `person_id`, each once, and the fingerprint.
        now: The same of another time.
        fingerprint: The column of the fingerprint.
    """
    columns = ["person_id", fingerprint]
    both = ((before, now), (now, before))
    changed = [one.select(columns).join(other, on=columns, how="anti", nulls_equal=True) for one, other in both]
    return pl.concat(changed)["person_id"].unique().sort()
