"""Content hash of rows: equal for rows of equal content, whatever their file and format.

It identifies rows that were sent twice. The position of a row (file, line, date) is not part of its content.
"""

import re

import orjson
import polars as pl

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.values.text_hash import md5_hex

_BETWEEN = "\x1f"
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
    texts = [_as_text(column) for column in content]
    # Joined in two steps: Polars takes twice as long to join forty columns at once.
    groups = [pl.concat_str(texts[i : i + _GROUP], separator=_BETWEEN) for i in range(0, len(texts), _GROUP)]
    joined = content.with_columns(pl.concat_str(groups, separator=_BETWEEN).alias("joined"))["joined"]
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


def _as_text(column: pl.Series) -> pl.Expr:
    """The cells of a column as text, empty where they are null."""
    if column.null_count() == column.len():
        return pl.lit("")
    value = pl.col(column.name)
    if isinstance(column.dtype, pl.List):
        value = value.list.join(_BETWEEN_ELEMENTS)
    return value.cast(pl.String).fill_null("")
