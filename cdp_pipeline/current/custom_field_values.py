"""JSON of custom fields -> one row per field, with its kind and typed value.

Staged `custom_fields` texts hold an object of containers, each an object of values by key. DuckDB parses them, as
Polars reads JSON only into columns known beforehand. The name of the container determines the kind of its values;
MoeGo's values have a tag each. A value that is not of its kind is kept as text. `custom_fields.py` decides which value
of a field is the newest.
"""

from collections.abc import Mapping

import polars as pl

from cdp_pipeline.entities.kinds import CUSTOM_FIELD_CONTAINERS, TIMESTAMP
from cdp_pipeline.values.duckdb_query import query

_FIELDS = """
    with valid as (
        select "at", case when json_valid(json) then json end as json from texts
    ),
    containers as (
        select "at", unnest(json_keys(json)) as container, unnest(json_extract(json, '$.*')) as fields
        from valid
        where json_type(json) = 'OBJECT'
    ),
    fields as (
        select "at", container, unnest(json_keys(fields)) as "key", unnest(json_extract(fields, '$.*')) as value
        from containers
        where json_type(fields) = 'OBJECT'
    )
    select "at", container, "key", value::varchar as value, value ->> '$' as text, json_type(value) as type from fields
"""

_TAGGED = """
    select
        "at",
        tag,
        coalesce(content -> '$.values', content)::varchar as value,
        content ->> '$' as text,
        json_type(coalesce(content -> '$.values', content)) as type,
        content ->> '$.currencyCode' as currency,
        content ->> '$.units' as units,
        content ->> '$.nanos' as nanos,
        content ->> '$.hours' as hours,
        content ->> '$.minutes' as minutes,
        content ->> '$.seconds' as seconds,
        content ->> '$.entity' as entity,
        content ->> '$.id' as id
    from (
        select "at", json_keys(json)[1] as tag, json_extract(json, '$.*')[1] as content
        from texts
        where json_type(json) = 'OBJECT' and len(json_keys(json)) = 1
    )
"""

_LISTS = """
    select "at", to_json(list_filter(texts, lambda text: trim(text) <> ''))::varchar as list
    from (
        select
            "at",
            list_transform(elements, lambda element: element ->> '$') as texts,
            list_transform(elements, lambda element: json_type(element)) as types
        from (select "at", json_extract(json, '$[*]') as elements from texts)
    )
    where not list_has_any(types, ['OBJECT', 'ARRAY'])
"""


def read_fields(texts: pl.Series) -> pl.DataFrame:
    """One row per custom field that is not empty: `at` (the text's row), `container`, `key`, `value`, `text`, `type`.

    `value` is JSON, `text` the same without the quotes of a string, `type` the JSON type. Nulls, blank texts, empty
    lists and objects are left out; so are texts that are not an object of objects, which no reader accepts.
    """
    fields = _run(_FIELDS, texts)
    is_blank = pl.col("text").str.strip_chars() == ""
    # MoeGo wraps each value into an object that names its type, and lists once more.
    is_empty = pl.col("value").str.contains(r'^(?:\{"\w+":)*(?:null|"\s*"|\[\]|\{\})\}*$')
    is_midnight = pl.col("value") == '{"timeOfDay":{}}'
    return fields.filter(~is_blank & (~is_empty | is_midnight))


def read_tagged(values: pl.Series) -> pl.DataFrame:
    """The parts of values wrapped into an object whose only key is their `tag`; no row for any other value.

    `at` is the value's row. `value`, `text` and `type` are those of the content, or of its `values`; the other columns
    are members of the content, null if it has none of that name.
    """
    return _run(_TAGGED, values)


def read_lists(values: pl.Series) -> pl.DataFrame:
    """JSON arrays of scalars as arrays of texts without blanks: `at` (the value's row), `list` (JSON)."""
    return _run(_LISTS, values)


def _run(sql: str, json: pl.Series) -> pl.DataFrame:
    numbered = pl.DataFrame({"at": pl.int_range(json.len(), dtype=pl.UInt32, eager=True), "json": json})
    return query(sql, texts=numbered.drop_nulls())


PANGO_CONTAINER = r"^customField[A-Z][A-Za-z]*$"
KEY_PATTERN = r"^customField[0-9]{2,3}$"

MOEGO_CONTAINER = "customFields"
"""The container of MoeGo's values, each an object whose only key, the tag, names its type."""

_TAGS: Mapping[str, str] = {
    "string": "text",
    "int64": "whole number",
    "doubleValue": "number",
    "bool": "flag",
    "timestampTime": "moment",
    "stringList": "list",
    "money": "money",
    "timeOfDay": "time",
    "relation": "relation",
}
_FLAGS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
_YEARS_1_TO_9999 = (-62_135_596_800_000, 253_402_300_799_999)


def add_values(fields: pl.DataFrame) -> pl.DataFrame:
    """The fields with `kind`, the value columns of `CUSTOM_FIELDS` that any of them fills, and `is_castable`.

    Args:
        fields: `container`, `value`, `text` and `type` as `read_fields` returns them, and any other columns.
    """
    is_moego = fields["container"] == MOEGO_CONTAINER
    parts = ((_expected_by_container, fields.filter(~is_moego)), (_expected_by_tag, fields.filter(is_moego)))
    typed = [
        _typed(of_kind, str(kind))
        for with_expected, part in parts
        # Most senders have only one kind of container, and parsing JSON has a cost even without rows.
        if part.height
        for (kind,), of_kind in with_expected(part).partition_by("expected", as_dict=True).items()
    ]
    return pl.concat(typed, how="diagonal").collect() if typed else fields.with_columns(kind=None, is_castable=None)


def _expected_by_container(fields: pl.DataFrame) -> pl.DataFrame:
    """Add the `expected` kind of each field; json for an unknown container."""
    return fields.with_columns(expected=pl.col("container").replace_strict(CUSTOM_FIELD_CONTAINERS, default="json"))


def _expected_by_tag(fields: pl.DataFrame) -> pl.DataFrame:
    """Add the `expected` kind of MoeGo's fields, unknown without a tag, and replace wrapped values by their content."""
    at = pl.int_range(fields.height, dtype=pl.UInt32, eager=True).alias("value row")
    tagged = read_tagged(fields["value"]).rename({"at": "value row"})
    joined = fields.with_columns(at).join(tagged, on="value row", how="left", suffix=" of content")
    return joined.with_columns(
        *(pl.coalesce(f"{name} of content", name).alias(name) for name in ("value", "text", "type")),
        expected=pl.col("tag").replace_strict(_TAGS, default="unknown"),
    )


def _typed(fields: pl.DataFrame, kind: str) -> pl.LazyFrame:
    """Fields of one expected kind with its value columns; the first of these decides whether a value is castable."""
    rows = (_with_lists(fields) if kind == "list" else fields).lazy()
    values = _VALUES[kind]
    is_castable = pl.col(next(iter(values))).is_not_null()
    return (
        rows.with_columns(**values)
        .with_columns(is_castable=is_castable)
        .with_columns(
            *(pl.when("is_castable").then(pl.col(name)).alias(name) for name in values if name != "text_value"),
            text_value=pl.when("is_castable").then(values.get("text_value", pl.lit(None, pl.String))).otherwise("text"),
            kind=pl.when("is_castable").then(pl.lit(_PUBLISHED.get(kind, kind))).otherwise(pl.lit("text")),
        )
    )


def _with_lists(fields: pl.DataFrame) -> pl.DataFrame:
    """Add `list`: arrays as JSON arrays of texts, a scalar as a list of one; null for other values."""
    arrays = fields.select(pl.when(pl.col("type") == "ARRAY").then("value")).to_series()
    at = pl.int_range(fields.height, dtype=pl.UInt32, eager=True).alias("list row")
    lists = fields.with_columns(at).join(read_lists(arrays).rename({"at": "list row"}), on="list row", how="left")
    quoted = pl.when(pl.col("type") == "VARCHAR").then("value").otherwise(pl.format('"{}"', "text"))
    return lists.with_columns(list=pl.when(_is_scalar()).then(pl.format("[{}]", quoted)).otherwise("list"))


def _is_scalar() -> pl.Expr:
    return ~pl.col("type").is_in(["OBJECT", "ARRAY"])


def _scalar() -> pl.Expr:
    """The trimmed text of a scalar."""
    return pl.when(_is_scalar()).then(pl.col("text").str.strip_chars())


def _whole_number() -> pl.Expr:
    return _scalar().str.replace(r"\.0+$", "").cast(pl.Int64, strict=False)


def _number() -> pl.Expr:
    number = _scalar().cast(pl.Float64, strict=False)
    return pl.when(number.is_finite()).then(number)


def _timestamp() -> pl.Expr:
    """Epoch milliseconds, or RFC 3339 text with an offset."""
    calendar = _scalar().str.to_datetime("%+", time_unit="ms", time_zone="UTC", strict=False)
    milliseconds = pl.coalesce(_whole_number(), calendar.to_physical())
    return pl.when(milliseconds.is_between(*_YEARS_1_TO_9999)).then(milliseconds).cast(TIMESTAMP)


def _flag() -> pl.Expr:
    return _scalar().str.to_lowercase().replace_strict(_FLAGS, default=None, return_dtype=pl.Boolean)


def _amount() -> pl.Expr:
    """Units and billionths as one decimal text, so that no digit is lost.

    The source omits zeros, so a missing part is zero.
    """
    units, nanos = pl.col("units").fill_null("0"), pl.col("nanos").fill_null("0")
    whole = units.str.strip_prefix("-").str.strip_chars_start("0")
    billionths = nanos.str.strip_prefix("-").str.zfill(9).str.strip_chars_end("0")
    is_negative = units.str.starts_with("-") | nanos.str.starts_with("-")
    is_amount = (
        pl.any_horizontal(pl.col("currency", "units", "nanos").is_not_null())
        & units.str.contains(r"^-?[0-9]{1,19}$")
        & nanos.str.contains(r"^-?[0-9]{1,9}$")
        # The parts have one sign.
        & ((whole == "") | (billionths == "") | (units.str.starts_with("-") == nanos.str.starts_with("-")))
    )
    return pl.when(is_amount).then(
        pl.concat_str(
            pl.when(is_negative & ((whole != "") | (billionths != ""))).then(pl.lit("-")).otherwise(pl.lit("")),
            pl.when(whole == "").then(pl.lit("0")).otherwise(whole),
            pl.when(billionths == "").then(pl.lit("")).otherwise(pl.lit(".") + billionths),
        )
    )


def _time() -> pl.Expr:
    """HH:MM:SS; a missing part is zero."""
    parts = {"hours": 24, "minutes": 59, "seconds": 60}
    is_time = (pl.col("type") == "OBJECT") & pl.all_horizontal(
        pl.col(name).fill_null("0").cast(pl.Int64, strict=False).is_between(0, most).fill_null(value=False)
        for name, most in parts.items()
    )
    return pl.when(is_time).then(
        pl.concat_str((pl.col(name).fill_null("0").str.zfill(2) for name in parts), separator=":")
    )


_VALUES: Mapping[str, Mapping[str, pl.Expr]] = {
    "text": {"text_value": pl.when(_is_scalar()).then("text")},
    "number": {"number_value": _number(), "text_value": pl.col("text")},
    "whole number": {"number_value": _whole_number().cast(pl.Float64), "text_value": pl.col("text")},
    "moment": {"moment_value": _timestamp()},
    "flag": {"flag_value": _flag()},
    "list": {"list_value": pl.col("list")},
    "money": {
        "text_value": _amount(),
        "number_value": _amount().cast(pl.Float64, strict=False),
        "currency": pl.col("currency"),
    },
    "time": {"text_value": _time()},
    "relation": {"text_value": pl.col("id"), "related_entity": pl.col("entity")},
    "json": {"text_value": pl.col("value")},
    "unknown": {"text_value": pl.lit(None, pl.String)},
}
"""The value columns of each kind, by their names in `CUSTOM_FIELDS`; null where a value is not of the kind."""

_PUBLISHED: Mapping[str, str] = {"whole number": "number"}
"""The published names of kinds, where they differ."""
