"""JSON of custom fields -> one row per field, with the parts of its value as text.

Staged `custom_fields` texts hold an object of containers, each an object of values by key. DuckDB parses them, as
Polars reads JSON only into columns known beforehand. `custom_field_values.py` interprets the parts.
"""

import polars as pl

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
