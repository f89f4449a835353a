"""Anomalies of accepted rows -> counts by rule, for the table of findings.

No row is changed or rejected because of one. Tombstones are skipped, as only their key matters.
"""

from collections import Counter
from collections.abc import Iterator, Mapping

import polars as pl

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.model import Column, present
from cdp_pipeline.staging.person_columns import further_name, normalized_name
from cdp_pipeline.staging.tables import has_birth, has_name
from cdp_pipeline.values.phone import find_unassigned
from cdp_pipeline.values.placeholders import PlaceholderList, is_placeholder

# The source states no limit; longer cells are usually two columns run together.
_LONGEST = 4000
_LONG_BY_NATURE = ("content", "text")


def count_findings(rows: pl.DataFrame, entity: Entity, placeholders: Mapping[str, PlaceholderList]) -> Counter[str]:
    """The number of rows of each rule that any row meets.

    Args:
        rows: Typed rows with their normalised columns, and `births_differ` if the entity has births.
        entity: The entity of the rows.
        placeholders: The placeholder lists by kind.
    """
    live = rows.filter(~pl.col("is_deleted"))
    counts = live.select(found.sum().alias(rule) for rule, found in _findings(rows, entity, placeholders)).to_dicts()
    return Counter({rule: count for row in counts for rule, count in row.items() if count})


def _findings(
    rows: pl.DataFrame, entity: Entity, placeholders: Mapping[str, PlaceholderList]
) -> Iterator[tuple[str, pl.Expr]]:
    """Each rule of the entity, with the condition of the rows that it counts."""
    too_long = _columns_with_long_cells(rows, entity)
    for column in entity.columns:
        if column.kind in (kinds.PHONE, kinds.EMAIL):
            yield f"format:{column.source}", present(column.name) & pl.col(normalized_name(column)).is_null()
        if column.kind == kinds.PHONE and (unassigned := _unassigned(column, rows)) is not None:
            yield f"format:{column.source}_unassigned", unassigned
        for identifier in entity.identifiers:
            compared = normalized_name(column) if column.kind.adds else column.name
            if identifier.column == compared and identifier.kind in placeholders:
                listed = is_placeholder(pl.col(compared), placeholders[identifier.kind])
                yield f"placeholder:{column.source}", listed.fill_null(value=False)
        if column.name in too_long:
            yield f"length:{column.source}", pl.col(column.name).str.len_chars() > _LONGEST
    if has_birth(entity.person):
        yield "contradiction:birth", pl.col("births_differ")
        yield "placeholder:birth", pl.col("birth_is_placeholder")
    if has_name(entity.person):
        yield "placeholder:name", pl.col("display_name").is_not_null() & pl.col("name_match").is_null()


def _unassigned(column: Column, rows: pl.DataFrame) -> pl.Expr | None:
    """Whether a cell has a number that is possible but not assigned; None if no cell has one."""
    first, further = normalized_name(column), further_name(column)
    numbers = rows[first]
    if has_further := rows[further].null_count() < rows.height:
        numbers = pl.concat([numbers, rows[further].drop_nulls().explode()])
    unassigned = find_unassigned(numbers)
    if unassigned.is_empty():
        return None
    is_first = pl.col(first).is_in(unassigned.implode())
    if not has_further:
        return is_first
    return is_first | pl.col(further).list.eval(pl.element().is_in(unassigned.implode())).list.any()


def _columns_with_long_cells(rows: pl.DataFrame, entity: Entity) -> list[str]:
    """The text columns with a cell of so many bytes, which are fast to count and never fewer than characters."""
    texts = [
        column.name
        for column in entity.columns
        if column.kind.dtype == pl.String and column.kind != kinds.STRUCTURE and column.name not in _LONG_BY_NATURE
    ]
    found = rows.select((pl.col(texts).str.len_bytes() > _LONGEST).any()).row(0)
    return [name for name, is_found in zip(texts, found, strict=True) if is_found]
