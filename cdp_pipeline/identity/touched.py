"""What changed in an entity since a step last looked."""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Touched:
    """The changed records of an entity.

    Attributes:
        keys: Their `record_key`, each once; some may be gone.
        before: Rows of the current table as they were, of those known before; several where one changed several times.
    """

    keys: pl.DataFrame
    before: pl.LazyFrame
