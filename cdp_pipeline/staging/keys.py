"""Namespace, record key and content hash of a row: the same on every run and machine, whatever its file and format.

Source system and internal company are part of every record key, because different systems and companies may use equal
ids. The content hash identifies rows that were sent twice: the position of a row (file, line, date) is not part of it.
"""

import re
from collections.abc import Mapping

import orjson
import polars as pl

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.values.hashes import md5_hex
from cdp_pipeline.values.key_text import clean_keys


def add_namespace(rows: pl.DataFrame, entity: Entity, company_aliases: Mapping[str, str]) -> pl.DataFrame:
    """Add `system_name` and `company_id`, and clean the identifiers.

    The system is that of the row, or else of its envelope; an entity with a fixed system always has that one. A company
    with an alias gets the alias as its id. Both are null when blank.
    """
    identifiers = [c.name for c in entity.columns if c.kind in kinds.IDENTIFIERS]
    system = [entity.company_column, "envelope_source", *(["system_name"] if entity.fixed_system is None else [])]
    rows = clean_keys(rows, list(dict.fromkeys([*identifiers, *system])))
    return rows.with_columns(_filled("envelope_source")).with_columns(
        _system(entity).alias("system_name"),
        _filled(entity.company_column).replace(dict(company_aliases)).alias("company_id"),
    )


def _system(entity: Entity) -> pl.Expr:
    if entity.fixed_system is not None:
        return pl.lit(entity.fixed_system)
    return pl.coalesce(_filled("system_name"), "envelope_source")


def _filled(name: str) -> pl.Expr:
    return pl.when(pl.col(name) != "").then(pl.col(name))


_BLANK = "-"
_MISSING = "\x1e"
_BETWEEN = "\x1f"


def record_keys(rows: pl.DataFrame, entity: Entity) -> pl.Series:
    """The record key of each row: the object type and a digest of namespace and natural key.

    Texts are trimmed and compared as spelled, timestamps by their milliseconds. A missing part is a value of its own.

    Args:
        rows: Rows with `company_id`, `system_name` and the columns of the natural key.
        entity: The entity of the rows.
    """
    parts = [
        pl.lit(entity.object_type),
        pl.col("company_id").fill_null(_BLANK),
        pl.col("system_name").fill_null(_BLANK),
        *(_as_text(name, rows.schema[name]).fill_null(_MISSING) for name in entity.natural_key),
    ]
    named = rows.select(pl.concat_str(parts, separator=_BETWEEN)).to_series()
    return (f"{entity.object_type}:" + md5_hex(named)).alias("record_key")


def _as_text(name: str, dtype: pl.DataType) -> pl.Expr:
    if isinstance(dtype, pl.Datetime):
        return pl.col(name).dt.epoch("ms").cast(pl.String)
    return pl.col(name).cast(pl.String).str.strip_chars()


_CONTENT_SEPARATOR = "\x1f"
_BETWEEN_ELEMENTS = "\x1d"
_HEX_DIGITS = 16
_GROUP = 12

# As floats two such numbers could become equal, and a change would look like a repetition.
_LONG_NUMBER = re.compile(r"[0-9.]{17}")


def payload_hashes(rows: pl.DataFrame, entity: Entity) -> pl.Series:
    """The first 64 bits of the MD5 of each row's content, as UInt64.

    The content is the entity's typed columns in order of declaration, custom fields and undeclared fields.

    Args:
        rows: Typed rows with `system_name` resolved, so that it does not matter whether row or envelope named it.
        entity: The entity of the rows.
    """
    structures = ["custom_fields", "extra", *(c.name for c in entity.columns if c.kind == kinds.STRUCTURE)]
    names = dict.fromkeys([*(c.name for c in entity.columns), "system_name", *structures, "ignored_update_cfs"])
    content = rows.select(*names).with_columns(canonical_json(rows[name]) for name in structures)
    texts = [_content_text(column) for column in content]
    # Joined in two steps: Polars takes twice as long to join forty columns at once.
    groups = [pl.concat_str(texts[i : i + _GROUP], separator=_CONTENT_SEPARATOR) for i in range(0, len(texts), _GROUP)]
    joined = content.with_columns(pl.concat_str(groups, separator=_CONTENT_SEPARATOR).alias("joined"))["joined"]
    return md5_hex(joined).str.slice(0, _HEX_DIGITS).str.to_integer(base=16, dtype=pl.UInt64).alias("payload_hash")


def canonical_json(texts: pl.Series) -> pl.Series:
    """JSON texts with sorted keys and without white space; null stays null.

    A text that cannot be parsed without loss stays as it is. Runs Python per distinct text, as keys can only be sorted
    by parsing.
    """
    if texts.null_count() == texts.len():
        return texts
    distinct = texts.drop_nulls().unique()
    canonical = pl.Series([_with_sorted_keys(text) for text in distinct], dtype=pl.String)
    return texts.replace_strict(distinct, canonical, default=None, return_dtype=pl.String)


def _with_sorted_keys(text: str) -> str:
    if _LONG_NUMBER.search(text):
        return text
    try:
        return orjson.dumps(orjson.loads(text), option=orjson.OPT_SORT_KEYS).decode()
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        # NaN, or nested deeper than the parser allows: readers accept such values.
        return text


def _content_text(column: pl.Series) -> pl.Expr:
    """The cells of a column as text, empty where they are null."""
    if column.null_count() == column.len():
        return pl.lit("")
    value = pl.col(column.name)
    if isinstance(column.dtype, pl.List):
        value = value.list.join(_BETWEEN_ELEMENTS)
    return value.cast(pl.String).fill_null("")
