"""corrections + record_persons -> profile_corrections: values that win over all records, as the person asked for it.

    golden_values + profile_corrections -> golden_values

1. A correction is kept by the keys of records, the one that was named or is oldest first. It is of the person who has
   the first of them that is live, whatever became of the person by merges and splits.
2. Of several for a column of one person, the newest holds, ties to the greater request id. A date and its year are one.
3. It replaces the chosen value. What is made of it follows: the year of a birth date, the whole name of its parts. What
   would contradict it is emptied: the parts beside a corrected whole name.

Where corrections are kept, and who may make them, belongs to `privacy/`. Identity does not read them.
"""

from collections.abc import Iterator, Sequence

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.entities.kinds import TextList, Timestamp
from cdp_pipeline.entities.table import TableColumn, TableModel, column, table_of
from cdp_pipeline.identity import RecordPersons
from cdp_pipeline.profiles.golden.attributes import (
    ATTRIBUTES,
    CORRECTION,
    GOLDEN_VALUES,
    NAMES,
    YEARS_OF_DATES,
    GoldenValues,
)
from cdp_pipeline.profiles.golden.survivorship import Attribute
from cdp_pipeline.profiles.shared_columns import OF_PROFILE, PERSON_ID
from cdp_pipeline.values.person_name import display_names

_COLUMN = column("The corrected column of profiles, such as birth_date.", nullable=False)
_VALUE = column(
    "The right value as text, dates as YYYY-MM-DD, lists as JSON; null where all values that are sent are wrong.",
    personal=True,
)
_REQUEST = column("The request, see `cdp requests`.", nullable=False)
_CORRECTED_AT = column("When it was corrected (UTC); of two corrections the newer holds.", nullable=False)


class Corrections(TableModel, key=("request_id",)):
    """One row per correction in force, by the records of the person at that time."""

    request_id: str = _REQUEST
    column_name: str = _COLUMN
    value: str = _VALUE
    corrected_at: Timestamp = _CORRECTED_AT
    record_keys: TextList = column("The person's records, the one that was named or is oldest first.", nullable=False)


CORRECTIONS = table_of(Corrections)


class ProfileCorrections(TableModel, key=("person_id", "column_name"), foreign_keys=OF_PROFILE):
    """One row per person and column of profiles that was corrected on request; its value wins over all records.

    It is in force until its request is revoked. Records and child tables stay as they are sent.
    """

    person_id: str = PERSON_ID
    column_name: str = _COLUMN
    attribute: str = column("The attribute of the column, as in profile_values, such as birth.", nullable=False)
    value: str = _VALUE
    request_id: str = _REQUEST
    corrected_at: Timestamp = _CORRECTED_AT


PROFILE_CORRECTIONS = table_of(ProfileCorrections)

_ATTRIBUTE_OF = {name: attribute.name for attribute in ATTRIBUTES for name in attribute.column_names}
CORRECTABLE: tuple[str, ...] = tuple(_ATTRIBUTE_OF)
"""The columns of profiles that can be corrected: those that are chosen from evidence."""


def find_corrected(
    corrections: LazyFrame[Corrections], persons: LazyFrame[RecordPersons]
) -> LazyFrame[ProfileCorrections]:
    """Each correction whose person is known, also one that a newer one replaces.

    The person is that of the first live record of the correction.
    """
    each = corrections.with_columns(place=pl.int_ranges(pl.col("record_keys").list.len())).explode(
        "record_keys", "place"
    )
    # A filter by known keys reads the file of all records several times faster than a join.
    keys = each.select("record_keys").collect().to_series()
    owners = persons.filter(pl.col("record_key").is_in(keys.implode())).select("person_id", record_keys="record_key")
    attribute = pl.col("column_name").replace_strict(_ATTRIBUTE_OF, return_dtype=pl.String)
    return PROFILE_CORRECTIONS.conform(
        each.join(owners, on="record_keys", how="inner")
        .sort("request_id", "place")
        .unique("request_id", keep="first", maintain_order=True)
        .with_columns(attribute=attribute)
    )


def build_profile_corrections(
    corrections: LazyFrame[Corrections], persons: LazyFrame[RecordPersons]
) -> LazyFrame[ProfileCorrections]:
    """One row per person and corrected column: the newest correction.

    Args:
        corrections: The corrections in force.
        persons: The person of each record.
    """
    newest = (
        find_corrected(corrections, persons)
        .with_columns(fact=pl.col("column_name").replace(YEARS_OF_DATES))
        .sort("corrected_at", "request_id")
        .unique(["person_id", "fact"], keep="last", maintain_order=True)
    )
    return PROFILE_CORRECTIONS.conform(newest)


def correct_golden_values(
    golden: LazyFrame[GoldenValues],
    corrections: LazyFrame[ProfileCorrections],
    attributes: Sequence[Attribute] = ATTRIBUTES,
) -> LazyFrame[GoldenValues]:
    """The golden values with those that were corrected; the record key of a corrected attribute names its request.

    Args:
        golden: Output of `build_golden_values`.
        corrections: Output of `build_profile_corrections`.
        attributes: How golden values were chosen.
    """
    columns = [declared for attribute in attributes for declared in attribute.columns]
    asked = (
        corrections.sort("corrected_at", "request_id")
        .group_by("person_id", maintain_order=True)
        .agg(
            *((pl.col("column_name") == c.name).any().alias(f"{c.name}_given") for c in columns),
            *(
                pl.col("value").filter(pl.col("column_name") == c.name).first().alias(f"{c.name}_right")
                for c in columns
            ),
            *(pl.col("request_id").filter(attribute=a.name).last().alias(f"{a.name}_request") for a in attributes),
        )
    )
    # Apart from the others, who are many: the joins and choices would cost more for all than choosing did.
    corrected = (
        golden.join(asked, on="person_id", how="inner")
        .with_columns(is_joined=pl.col(_WHOLE_NAME).eq_missing(_joined_name()))
        .with_columns(_replaced(declared) for declared in columns)
        .with_columns(_whole_name(), *_births(), *(_key(attribute) for attribute in attributes))
    )
    others = golden.join(asked, on="person_id", how="anti")
    return GOLDEN_VALUES.named(pl.concat([others, GOLDEN_VALUES.conform(corrected)]))


_WHOLE_NAME, *_NAME_PARTS = NAMES


def _given(name: str) -> pl.Expr:
    return pl.col(f"{name}_given")


def _replaced(declared: TableColumn) -> pl.Expr:
    """The column with its own correction; a part of a name is empty beside a whole name that was corrected."""
    name = declared.name
    right, chosen = _typed(pl.col(f"{name}_right"), declared.dtype), pl.col(name)
    if name in _NAME_PARTS:
        chosen = pl.when(~_given(_WHOLE_NAME)).then(chosen)
    return pl.when(_given(name)).then(right).otherwise(chosen).alias(name)


def _typed(text: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.List):
        return text.str.json_decode(dtype)
    return text.str.to_date("%Y-%m-%d") if dtype == pl.Date else text.cast(dtype)


def _joined_name() -> pl.Expr:
    """The whole name as staging joins it of parts."""
    joined = pl.concat_str(_NAME_PARTS, separator=" ", ignore_nulls=True)
    return joined.map_batches(display_names, return_dtype=pl.String(), is_elementwise=True)


def _whole_name() -> pl.Expr:
    """The whole name, joined again of its parts if it was made of them and one of them was corrected."""
    is_of_parts = ~_given(_WHOLE_NAME) & pl.col("is_joined") & pl.any_horizontal(map(_given, _NAME_PARTS))
    return pl.when(is_of_parts).then(_joined_name()).otherwise(_WHOLE_NAME).alias(_WHOLE_NAME)


def _births() -> Iterator[pl.Expr]:
    """Year and date, the one of them that was corrected deciding the other."""
    for year, date in YEARS_OF_DATES.items():
        of_date = pl.col(date).dt.year().cast(pl.Int64)
        yield pl.when(_given(date)).then(of_date).otherwise(year).alias(year)
        yield pl.when(~_given(year) | of_date.eq_missing(pl.col(year))).then(date).alias(date)


def _key(attribute: Attribute) -> pl.Expr:
    request = pl.col(f"{attribute.name}_request")
    key = pl.col(attribute.record_key_column)
    return pl.when(request.is_not_null()).then(CORRECTION + request).otherwise(key).alias(key.meta.output_name())


def corrected_evidence(
    golden: LazyFrame[GoldenValues],
    corrections: LazyFrame[ProfileCorrections],
    attributes: Sequence[Attribute] = ATTRIBUTES,
) -> pl.LazyFrame:
    """One row of evidence per person and corrected attribute: the value of the profile, which no record states.

    Args:
        golden: Output of `correct_golden_values`.
        corrections: Output of `build_profile_corrections`.
        attributes: How golden values were chosen.
    """
    own = (
        pl.when(attribute=attribute.name).then(pl.col(name)).alias(name)
        for attribute in attributes
        for name in attribute.column_names
    )
    return (
        corrections.group_by("person_id", "attribute")
        .agg(pl.col("corrected_at").max())
        .join(golden, on="person_id", how="inner")
        .select(
            "person_id",
            *own,
            first_seen_at="corrected_at",
            last_seen_at="corrected_at",
            record_count=pl.lit(0, pl.Int64),
        )
    )
