"""The ground truth of a data set: the person of each record.

One row per record about a person, whatever number of versions of it arrived; for an e-mail or SMS one row per message.
`person` is null where an address belongs to no person or to a whole household. A few people deal with both internal
companies: where these are kept apart, a person is `internal_company_id` and `person` together.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import polars as pl
import pyarrow as pa

TRUTH_SCHEMA = pl.Schema(
    dict.fromkeys(("object_type", "internal_company_id", "system_name", "source_id"), pl.String())
    | {"drop_date": pl.Date(), "person": pl.Int64(), "household": pl.Int64(), "shares_phone": pl.Boolean()}
)
"""`source_id` is the published one (contract section 5), `drop_date` the first day on which the record arrives."""


TRUTH_TYPES = pl.DataFrame(schema=TRUTH_SCHEMA).to_arrow(compat_level=pl.CompatLevel.oldest()).schema


def truth_table(rows: Sequence[Sequence[Any]], days: Sequence[date]) -> pa.Table:
    """The truth of a chunk's records, whose dates are numbers of days."""
    columns = dict(zip(TRUTH_SCHEMA, map(list, zip(*rows, strict=True)), strict=True))
    columns["drop_date"] = [days[day] for day in columns["drop_date"]]
    return pl.DataFrame(columns, schema=TRUTH_SCHEMA).to_arrow(compat_level=pl.CompatLevel.oldest()).cast(TRUTH_TYPES)
