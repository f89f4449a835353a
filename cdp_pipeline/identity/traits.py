"""current records, custom fields -> the records with their traits: what custom fields tell of a birth place or work.

Which fields these are stands in the user's rules (`rules.py`); how they are compared, in `matching/`.
"""

from collections.abc import Mapping, Sequence

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.current.tables import CustomFields


def with_traits(
    records: pl.LazyFrame, fields: LazyFrame[CustomFields], declared: Mapping[str, Sequence[str]]
) -> pl.LazyFrame:
    """The records with a column of text for each declared trait, as it was sent; null where no field tells it.

    Args:
        records: Current records, by `record_key`.
        fields: Their custom fields, in any order.
        declared: By trait its custom fields as `container.key`; the first that a record has tells.
    """
    name = pl.concat_str("container", "key", separator=".")
    told = fields.select("record_key", name.alias("name"), "text_value").drop_nulls("text_value")
    for trait, names in declared.items():
        first = (
            told.filter(pl.col("name").is_in(names))
            .with_columns(place=pl.col("name").replace_strict(names, range(len(names)), default=None))
            .group_by("record_key")
            .agg(pl.col("text_value").sort_by("place").first().alias(trait))
        )
        records = records.join(first, on="record_key", how="left")
    return records
