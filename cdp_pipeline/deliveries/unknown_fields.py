"""Findings of a day, its rows -> the findings without names of unknown fields that are personal values.

A file with a wrong header or a key per person has personal names in place of field names. `ingest/field_names.py`
checks the form of a key when it is read; this module compares it with the values of the same day.
"""

import re
from collections import Counter
from collections.abc import Mapping

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.model import Column
from cdp_pipeline.entities.table import TableModel, column, table_of
from cdp_pipeline.ingest import DRIFT, NO_IDENTIFIER
from cdp_pipeline.staging import StagedRows
from cdp_pipeline.validation import RejectedWithFields
from cdp_pipeline.values.key_text import without_marks

_BETWEEN_WORDS = r"[^\p{L}\p{N}]+"


class PersonalValues(TableModel, key=("value",)):
    """One row per personal text of a row, and per part of a person's name."""

    value: str = column("Without case, diacritics and separators.", personal=True)


PERSONAL_VALUES = table_of(PersonalValues)


def hide_values(findings: Mapping[str, int], values: LazyFrame[PersonalValues]) -> Counter[str]:
    """Count unknown fields whose name is a personal value under one name.

    A name is a personal value if it equals a personal text of a row, or a single part of a person's name. Case,
    diacritics and separators are ignored. The cells of custom fields and unknown fields are not compared.

    Args:
        findings: Rows by finding.
        values: The `personal_values` of the rows of the findings.
    """
    fields = {rule: _folded(rule.removeprefix(DRIFT)) for rule in findings if rule.startswith(DRIFT)}
    among = pl.col("value").is_in(sorted({*fields.values()}))
    known = {*values.filter(among).unique().collect()["value"]} if fields else set()
    shown: Counter[str] = Counter()
    for rule, rows in findings.items():
        shown[DRIFT + NO_IDENTIFIER if fields.get(rule) in known else rule] += rows
    return shown


def personal_values(
    staged: LazyFrame[StagedRows], rejected: LazyFrame[RejectedWithFields], entity: Entity
) -> LazyFrame[PersonalValues]:
    """The personal texts of rows, as names of fields are compared.

    Args:
        staged: Accepted rows.
        rejected: Rejected rows; of a file with a wrong header these are often all.
        entity: The entity of the rows.
    """
    columns = [c for c in entity.columns if c.personal and c.kind.dtype == pl.String and c.kind != kinds.STRUCTURE]
    cells: list[tuple[pl.LazyFrame, pl.Expr, Column]] = [(staged, pl.col(field.name), field) for field in columns]
    cells += [(rejected, pl.col("fields").str.json_path_match(f"$.{field.name}"), field) for field in columns]
    found = [pl.LazyFrame(schema=PERSONAL_VALUES.schema)]
    for rows, text, field in cells:
        found.append(rows.select(_plain(text).str.replace_all(_BETWEEN_WORDS, "").alias("value")))
        if field.kind == kinds.PERSON_NAME:
            words = _plain(text).str.replace_all(_BETWEEN_WORDS, " ").str.split(" ").alias("value")
            found.append(rows.select(words).explode("value"))
    return PERSONAL_VALUES.named(pl.concat(found))


def _plain(text: pl.Expr) -> pl.Expr:
    return text.str.to_lowercase().str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.replace_all("đ", "d")


def _folded(name: str) -> str:
    return re.sub(r"[\W_]+", "", without_marks(name).lower())
