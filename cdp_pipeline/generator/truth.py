"""The ground truth of a data set: the person of each record.

One row per record about a person, whatever number of versions of it arrived; for an e-mail or SMS one row per message.
`person` is null where an address belongs to no person or to a whole household. A few people deal with both internal
companies: where these are kept apart, a person is `internal_company_id` and `person` together.
"""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq

TRUTH_SCHEMA = pl.Schema(
    {
        "object_type": pl.String,
        "internal_company_id": pl.String,
        "system_name": pl.String,
        "source_id": pl.String,
        "drop_date": pl.Date,
        "person": pl.Int64,
        "household": pl.Int64,
        "shares_phone": pl.Boolean,
    }
)
"""`source_id` is the published one (contract section 5), `drop_date` the first day on which the record arrives."""


class TruthFile:
    """The truth table under construction, a chunk at a time."""

    def __init__(self, path: Path, days: Sequence[date]) -> None:
        """Begin the file."""
        self._days = days
        self._schema = pl.DataFrame(schema=TRUTH_SCHEMA).to_arrow(compat_level=pl.CompatLevel.oldest()).schema
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd")

    def write(self, columns: Sequence[Sequence[Any]]) -> None:
        """Append a chunk's records; their days are numbers."""
        by_name = dict(zip(TRUTH_SCHEMA, columns, strict=True))
        by_name["drop_date"] = [self._days[day] for day in by_name["drop_date"]]
        frame = pl.DataFrame(by_name, schema=TRUTH_SCHEMA)
        self._writer.write_table(frame.to_arrow(compat_level=pl.CompatLevel.oldest()).cast(self._schema))

    def close(self) -> None:
        """Complete the file."""
        self._writer.close()
