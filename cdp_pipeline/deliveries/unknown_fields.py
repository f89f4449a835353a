"""Findings of a day, staged rows -> the findings without names of unknown fields that are personal values.

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
from cdp_pipeline.ingest import DRIFT, NO_IDENTIFIER
from cdp_pipeline.staging import StagedRows
from cdp_pipeline.values.key_text import without_marks

_BETWEEN_WORDS = r"[^\p{L}\p{N}]+"


def hide_values(findings: Mapping[str, int], staged: LazyFrame[StagedRows], entity: Entity) -> Counter[str]:
    """Count unknown fields whose name is a personal value under one name.

    A name is a personal value if it equals a personal text of a row, or a single part of a person's name. Case,
    diacritics and separators are ignored. The cells of custom fields and unknown fields are not compared.

    Args:
        findings: Rows by finding.
        staged: The rows of the findings.
        entity: The entity of the rows.
    """
    fields = {rule: _folded(rule.removeprefix(DRIFT)) for rule in findings if rule.startswith(DRIFT)}
    known = _values_among(sorted({*fields.values()}), staged, entity) if fields else set()
    shown: Counter[str] = Counter()
    for rule, rows in findings.items():
        shown[DRIFT + NO_IDENTIFIER if fields.get(rule) in known else rule] += rows
    return shown


def _values_among(fields: list[str], staged: LazyFrame[StagedRows], entity: Entity) -> set[str]:
    columns = [c for c in entity.columns if c.personal and c.kind.dtype == pl.String and c.kind != kinds.STRUCTURE]
    words = [
        _plain(pl.col(column.name)).str.replace_all(_BETWEEN_WORDS, " ").str.split(" ").alias("value")
        for column in columns
        if column.kind == kinds.PERSON_NAME
    ]
    whole = [
        pl.concat_list(_plain(pl.col(column.name)).str.replace_all(_BETWEEN_WORDS, "")).alias("value")
        for column in columns
    ]
    found = [staged.select(value).explode("value").filter(pl.col("value").is_in(fields)) for value in (*words, *whole)]
    return {*pl.concat(found).unique().collect()["value"]} if found else set()


def _plain(text: pl.Expr) -> pl.Expr:
    return text.str.to_lowercase().str.normalize("NFKD").str.replace_all(r"\p{M}", "").str.replace_all("đ", "d")


def _folded(name: str) -> str:
    return re.sub(r"[\W_]+", "", without_marks(name).lower())
