"""Staged versions of records -> the newest value of each of their custom fields.

Fields are folded one by one; an update does not change the fields that its sender lists as protected.
`custom_field_values.py` reads the JSON, `custom_field_values.py` types the values.
"""

from datetime import date

import polars as pl
from pandera.typing.polars import DataFrame, LazyFrame

from cdp_pipeline.current.custom_field_values import KEY_PATTERN, PANGO_CONTAINER, add_values, read_fields
from cdp_pipeline.current.latest import fold_in_parts
from cdp_pipeline.current.prior_rows import as_versions
from cdp_pipeline.current.tables import CUSTOM_FIELDS, CurrentRecords, CustomFields, current_table
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.evidence import EVIDENCE, first_arrivals, order_versions
from cdp_pipeline.entities.table import TableModel, column, table_of
from cdp_pipeline.staging import StagedRows

_FIELD = ("record", "container", "key")


class FieldFindings(TableModel, key=("object_type", "drop_date", "rule")):
    """One row per entity, drop date and rule that current custom fields break."""

    object_type: str = column("The entity of the records.", nullable=False)
    drop_date: date = column("Drop date of the values.", nullable=False)
    rule: str = column("The rule, such as format:custom_fields.", nullable=False)
    rows: int = column("How many fields break it.", nullable=False)


FIELD_FINDINGS = table_of(FieldFindings)


def current_custom_fields(
    versions: LazyFrame[StagedRows],
    entity: Entity,
    before: DataFrame[CurrentRecords] | None = None,
    fields_before: DataFrame[CustomFields] | None = None,
) -> LazyFrame[CustomFields]:
    """One row per record, container and key, in the form of `CUSTOM_FIELDS` and in no particular order.

    The newest non-empty value wins. A row does not change the keys that it protects (`ignoredUpdateCfs`), in any
    container, unless it was the first row of its record to arrive. This holds only for entities whose source supports
    it.

    Args:
        versions: Staged rows of any number of days.
        entity: The entity of the rows.
        before: Rows of the current table in place of older versions, as in `latest_versions`; None if there are none.
        fields_before: The custom fields of the records in `before`; None if they have none.
    """
    prior = current_table(entity).empty() if before is None else before
    known = CUSTOM_FIELDS.empty() if fields_before is None else fields_before
    read = (*EVIDENCE, "custom_fields", "ignored_update_cfs")
    sent = versions.select(read)
    # Versions without custom fields count as well, for the order of versions and for the first arrival.
    rows = pl.concat([as_versions(prior, entity).select(read), sent])
    records = rows.group_by("record_key").agg(versions=pl.len(), has=pl.col("custom_fields").is_not_null().any())
    having = records.filter("has").select("record_key", "versions").collect()

    def folded(keys: pl.Series) -> pl.LazyFrame:
        is_in_part = pl.col("record_key").is_in(keys.implode())
        known_fields = known.filter(is_in_part)
        return rows.filter(is_in_part).map_batches(
            lambda rows: fold_custom_fields(rows, entity, known_fields),
            schema=CUSTOM_FIELDS.schema,
            predicate_pushdown=False,
            projection_pushdown=False,
            slice_pushdown=False,
        )

    unchanged = known.lazy().filter(~pl.col("record_key").is_in(having["record_key"].implode()))
    return CUSTOM_FIELDS.named(pl.concat([unchanged, *fold_in_parts(having, folded)]))


def fold_custom_fields(versions: pl.DataFrame, entity: Entity, known: pl.DataFrame) -> pl.DataFrame:
    """The newest value of each custom field of the records, in the form of `CUSTOM_FIELDS`.

    Args:
        versions: All staged rows of these records, in any order.
        entity: The entity of the rows.
        known: The custom fields of any records, all older than `versions`; a new value of a field replaces the known
            one.
    """
    if versions["custom_fields"].null_count() == versions.height:
        return known
    sent = read_fields(versions["custom_fields"])
    if entity.supports_ignored_update_cfs:
        sent = sent.join(_protected(versions), on=["at", "key"], how="anti")
    order = order_versions(versions).lazy().with_row_index("place")
    origin = versions.lazy().select(pl.int_range(pl.len(), dtype=pl.UInt32).alias("at"), "record_key", "drop_date")
    newest = (
        sent.lazy()
        .join(order.select("at", "record", "place"), on="at", maintain_order="left")
        # Within a version the last of equal keys wins, as in JSON.
        .sort("place", maintain_order=True)
        .unique(_FIELD, keep="last", maintain_order=True)
        .join(origin, on="at", maintain_order="left")
        .with_columns(object_type=pl.lit(entity.object_type))
        .collect()
    )
    fields = CUSTOM_FIELDS.conform(add_values(newest).lazy())
    return pl.concat([known.lazy().join(fields, on=CUSTOM_FIELDS.key, how="anti"), fields]).collect()


def _protected(versions: pl.DataFrame) -> pl.DataFrame:
    """The keys that a version may not change, by its row (`at`, `key`); none for a record's first arrival."""
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
    """Count anomalies of current custom fields by rule.

    The rules find values that are not of their container's kind, unknown containers, and keys of an unusual form.

    Args:
        fields: Rows of `CUSTOM_FIELDS`.
    """
    is_pango = pl.col("container").str.contains(PANGO_CONTAINER)
    anomalies = {
        "format:custom_fields": ~pl.col("is_castable"),
        "custom_fields:unknown_container": pl.col("kind") == "json",
        "custom_fields:unknown_key": is_pango & ~pl.col("key").str.contains(KEY_PATTERN),
    }
    counted = (
        fields.filter(is_anomalous)
        .group_by("object_type", "drop_date")
        .agg(rule=pl.lit(rule), rows=pl.len().cast(pl.Int64))
        for rule, is_anomalous in anomalies.items()
    )
    return FIELD_FINDINGS.named(pl.concat(counted))
