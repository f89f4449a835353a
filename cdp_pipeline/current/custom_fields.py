"""Staged versions of records -> the newest value of each of their custom fields.

Fields are folded one by one, under the senders' lists of fields that an update may not change. Reading the JSON stands
in `custom_field_json.py`, giving values their types in `custom_field_values.py`.
"""

from datetime import date

import polars as pl
from pandera.typing.polars import DataFrame, LazyFrame

from cdp_pipeline.current.custom_field_json import read_fields
from cdp_pipeline.current.custom_field_values import KEY_PATTERN, PANGO_CONTAINER, add_values
from cdp_pipeline.current.parts import fold_in_parts
from cdp_pipeline.current.prior_rows import as_versions
from cdp_pipeline.current.tables import CUSTOM_FIELDS, CurrentRecords, CustomFields, current_table
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.evidence import EVIDENCE, first_arrivals, order_versions
from cdp_pipeline.entities.table import TableModel, column, table_of
from cdp_pipeline.staging.tables import StagedRows

_FIELD = ("record", "container", "key")


class FieldFindings(TableModel, key=("object_type", "drop_date", "rule")):
    """One row per entity, drop date and rule that current custom fields break."""

    object_type: str = column("The entity of the records.", nullable=False)
    drop_date: date = column("Day of the drop that brought the values.", nullable=False)
    rule: str = column("The rule, such as format:custom_fields.", nullable=False)
    rows: int = column("How many fields break it.", nullable=False)


FIELD_FINDINGS = table_of(FieldFindings)


def current_custom_fields(
    versions: LazyFrame[StagedRows],
    entity: Entity,
    before: DataFrame[CurrentRecords] | None = None,
    fields_before: DataFrame[CustomFields] | None = None,
) -> LazyFrame[CustomFields]:
    """One row per record, container and key, as `CUSTOM_FIELDS` has it, in no particular order.

    The newest value that is not empty wins. A key that a row protects (`ignoredUpdateCfs`) takes nothing from that row
    in any container, unless the row was the first of its record to arrive; only where the source supports it.

    Args:
        versions: Staged rows of any number of days.
        entity: Whose rows they are.
        before: Rows of the current table that stand for older versions, as in `latest_versions`; None for no row.
        fields_before: The custom fields of the records in `before`; None where they have none.
    """
    prior = current_table(entity).empty() if before is None else before
    known = CUSTOM_FIELDS.empty() if fields_before is None else fields_before
    read = (*EVIDENCE, "custom_fields", "ignored_update_cfs")
    sent = versions.select(read)
    # Versions without custom fields matter too: they say what was known and which came first.
    rows = pl.concat([as_versions(prior, entity).select(read), sent])
    records = rows.group_by("record_key").agg(versions=pl.len(), has=pl.col("custom_fields").is_not_null().any())
    having = records.filter("has").select("record_key", "versions").collect()

    def folded(some: pl.Series) -> pl.LazyFrame:
        is_some = pl.col("record_key").is_in(some.implode())
        theirs = known.filter(is_some)
        return rows.filter(is_some).map_batches(
            lambda rows: fold_custom_fields(rows, entity, theirs),
            schema=CUSTOM_FIELDS.schema,
            predicate_pushdown=False,
            projection_pushdown=False,
            slice_pushdown=False,
        )

    unchanged = known.lazy().filter(~pl.col("record_key").is_in(having["record_key"].implode()))
    return CUSTOM_FIELDS.named(pl.concat([unchanged, *fold_in_parts(having, folded)]))


def fold_custom_fields(versions: pl.DataFrame, entity: Entity, known: pl.DataFrame) -> pl.DataFrame:
    """The newest value of each custom field of the records, as `CUSTOM_FIELDS` has it.

    Args:
        versions: All staged rows of these records, in any order.
        entity: Whose rows they are.
        known: The custom fields of any records, all older than `versions`; a new value of a field takes its place.
    """
    if versions["custom_fields"].null_count() == versions.height:
        return known
    sent = read_fields(versions["custom_fields"])
    if entity.supports_ignored_update_cfs:
        sent = sent.join(_protected(versions), on=["at", "key"], how="anti")
    order = order_versions(versions).lazy().with_row_index("place")
    lineage = versions.lazy().select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("at"), "record_key", "drop_date")
    newest = (
        sent.lazy()
        .join(order.select("at", "record", "place"), on="at", maintain_order="left")
        # Within a version the last of its equal keys holds, as in the JSON that it is read from.
        .sort("place", maintain_order=True)
        .unique(_FIELD, keep="last", maintain_order=True)
        .join(lineage, on="at", maintain_order="left")
        .with_columns(object_type=pl.lit(entity.object_type))
        .collect()
    )
    fields = CUSTOM_FIELDS.conform(add_values(newest).lazy())
    return pl.concat([known.lazy().join(fields, on=CUSTOM_FIELDS.key, how="anti"), fields]).collect()


def _protected(versions: pl.DataFrame) -> pl.DataFrame:
    """The keys that a version may not change, by its row (`at`, `key`); none in a record's first arrival."""
    if versions["ignored_update_cfs"].null_count() == versions.height:
        return pl.DataFrame(schema={"at": pl.UInt32, "key": pl.String})
    arrived = first_arrivals(versions)
    return (
        versions.lazy()
        .select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("at"), pl.col("ignored_update_cfs").alias("key"))
        .filter(pl.col("key").list.len() > 0, ~pl.col("at").is_in(arrived.implode()))
        .explode("key")
        .unique()
        .collect()
    )


def custom_field_findings(fields: LazyFrame[CustomFields]) -> LazyFrame[FieldFindings]:
    """What is odd about current custom fields.

    Values that are not of their container's kind, containers of unknown kind, keys of an unusual form.

    Args:
        fields: Rows of `CUSTOM_FIELDS`.
    """
    is_pango = pl.col("container").str.contains(PANGO_CONTAINER)
    odd = {
        "format:custom_fields": ~pl.col("is_castable"),
        "custom_fields:unknown_container": pl.col("kind") == "json",
        "custom_fields:unknown_key": is_pango & ~pl.col("key").str.contains(KEY_PATTERN),
    }
    counted = (
        fields.filter(is_odd).group_by("object_type", "drop_date").agg(rule=pl.lit(rule), rows=pl.len().cast(pl.Int64))
        for rule, is_odd in odd.items()
    )
    return FIELD_FINDINGS.named(pl.concat(counted))
