"""Declared tables and counts -> what the Dagster UI shows: column documentation, numbers, masked examples.

The same names in every layer, so that plots line up: `dagster/row_count`, `rows_read`, `rows_accepted`,
`rows_rejected`, `rows_duplicated`, `rejected_share`. Counts, never values; example rows are masked.
"""

from collections.abc import Mapping

import dagster as dg
import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.table import Table, TableColumn
from cdp_pipeline.quality.report import Reason, markdown_code, markdown_text, reasons_table
from cdp_pipeline.values.mask import mask_text

OWNERS = ["team:customer-data"]
EXAMPLE_ROWS = 5
EXAMPLE_COLUMNS = 12


def column_schema(table: Table) -> dg.TableSchema:
    """A table's columns for the catalog; personal data carries the tag `personal_data`."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.name,
                type=str(column.dtype),
                description=column.description,
                constraints=dg.TableColumnConstraints(nullable=column.nullable, unique=table.key == (column.name,)),
                tags={"personal_data": ""} if column.personal else {},
            )
            for column in table.columns
        ]
    )


def source_schema(entity: Entity) -> dg.TableSchema:
    """An entity's fields as its source names them, with what a cell must hold."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                name=column.source,
                type=column.kind.expects,
                description=column.description,
                constraints=dg.TableColumnConstraints(nullable=not column.required),
                tags={"personal_data": ""} if column.personal else {},
            )
            for column in entity.columns
        ]
    )


def table_spec(
    layer: str,
    table: Table,
    deps: list[list[str]],
    *,
    name: str | None = None,
    description: str | None = None,
    kinds: set[str] | None = None,
    freshness: dg.FreshnessPolicy | None = None,
) -> dg.AssetSpec:
    """The asset of a declared table: key `<layer>/<table>`, group the layer, the table's description and columns."""
    return dg.AssetSpec(
        key=[layer, name or table.name],
        deps=[dg.AssetKey(dep) for dep in deps],
        description=description or table.description,
        group_name=layer,
        kinds=kinds or {"polars", "parquet"},
        owners=OWNERS,
        freshness_policy=freshness,
        metadata={"dagster/column_schema": column_schema(table), "key": ", ".join(table.key)},
    )


def entity_description(entity: Entity, grain: str, what: str) -> str:
    """The grain of a row, which distinguishes assets of one entity in the catalogue's list, then the entity.

    Args:
        entity: The entity.
        grain: What one row of the layer is, in a sentence.
        what: What the layer makes of the entity.
    """
    return f"{grain}\n\n{entity.description}\n\n{what}"


def row_count(rows: int) -> dict[str, dg.MetadataValue]:
    """The headline number of an asset."""
    return {"dagster/row_count": dg.MetadataValue.int(rows)}


def share(part: float) -> dg.MetadataValue:
    """A share as people read one, to a hundredth of a per cent."""
    return dg.MetadataValue.float(round(part, 4))


def counts_table(counts: Mapping[str, int], what: str) -> dg.MetadataValue:
    """Counts by rule or finding, the largest first, as a small markdown table."""
    if not counts:
        return dg.MetadataValue.md(f"No {what}.")
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    lines = [
        f"| {what} | rows |",
        "| --- | ---: |",
        *(f"| {markdown_code(rule)} | {rows:,} |" for rule, rows in ranked),
    ]
    return dg.MetadataValue.md("\n".join(lines))


def reasons(object_type: str, rules: Mapping[str, int]) -> dict[str, dg.MetadataValue]:
    """Why rows of an entity were rejected, the most frequent rule first."""
    if not rules:
        return {"reasons": dg.MetadataValue.md("No row was rejected.")}
    ranked = sorted(rules.items(), key=lambda pair: (-pair[1], pair[0]))
    found = [Reason(object_type, rule, rows) for rule, rows in ranked]
    return {"reasons": dg.MetadataValue.md(reasons_table(found, of_one_entity=True))}


def _is_masked(column: TableColumn) -> bool:
    return column.personal or column.name.rpartition("_")[2] in ("id", "ids", "key")


def masked_examples(frame: pl.LazyFrame, table: Table) -> dg.MetadataValue:
    """The first rows of a table as markdown; personal data, ids and keys are masked, as the event log outlives them."""
    shown = table.columns[:EXAMPLE_COLUMNS]
    rows = frame.select(column.name for column in shown).head(EXAMPLE_ROWS).collect().rows()
    if not rows:
        return dg.MetadataValue.md("No rows.")
    lines = [
        "| " + " | ".join(column.name for column in shown) + " |",
        "| " + " | ".join("---" for _ in shown) + " |",
    ]
    for row in rows:
        cells = [
            "" if value is None else (mask_text(str(value)) or "") if _is_masked(column) else str(value)
            for column, value in zip(shown, row, strict=True)
        ]
        lines.append("| " + " | ".join(map(markdown_text, cells)) + " |")
    return dg.MetadataValue.md("\n".join(lines))
