"""current records, custom fields -> the records with their traits: place of birth and occupation from custom fields.

The user's rules (`rules.py`) declare these fields; `matching/` compares their values.
"""

from collections.abc import Mapping, Sequence

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.current.tables import CustomFields


def with_traits(
    records: pl.LazyFrame, fields: LazyFrame[CustomFields], declared: Mapping[str, Sequence[str]]
) -> pl.LazyFrame:
    """Add a text column for each declared trait, as it was sent; null if the record has none of its custom fields.

    Args:
        records: Current records, by `record_key`.
        fields: Their custom fields, in any order.
        declared: By trait its custom fields as `container.key`; of several that a record has, the first is used.
    """
    name = pl.concat_str("container", "key", separator=".")
    texts = fields.select("record_key", name.alias("name"), "text_value").drop_nulls("text_value")
    for trait, names in declared.items():
        first = (
            texts.filter(pl.col("name").is_in(names))
            .with_columns(place=pl.col("name").replace_strict(names, range(len(names)), default=None))
            .group_by("record_key")
            .agg(pl.col("text_value").sort_by("place").first().alias(trait))
        )
        records = records.join(first, on="record_key", how="left")
    return records
