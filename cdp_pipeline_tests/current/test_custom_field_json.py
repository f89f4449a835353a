import json

import polars as pl
import pytest

from cdp_pipeline.current.custom_field_values import read_fields, read_lists, read_tagged


def texts(*values: object) -> pl.Series:
    written = [value if value is None or isinstance(value, str) else json.dumps(value) for value in values]
    return pl.Series("custom_fields", written, dtype=pl.String)


def test_each_value_of_each_container_is_a_row() -> None:
    sent = texts({"a": {"k1": "é", "k.2 'q'": 1.5}, "b": {"k1": [1, "x"]}}, None, {"a": {"k1": {"x": True}}})
    rows = read_fields(sent).select("at", "container", "key", "value", "text", "type").sort("at", "container", "key")
    assert rows.rows() == [
        (0, "a", "k.2 'q'", "1.5", "1.5", "DOUBLE"),
        (0, "a", "k1", '"é"', "é", "VARCHAR"),
        (0, "b", "k1", '[1,"x"]', '[1,"x"]', "ARRAY"),
        (2, "a", "k1", '{"x":true}', '{"x":true}', "OBJECT"),
    ]


@pytest.mark.parametrize(
    "empty",
    [None, "", " \t", [], {}, {"string": ""}, {"string": None}, {"stringList": {"values": []}}, {"stringList": {}}],
)
def test_an_empty_value_is_no_row(empty: object) -> None:
    assert read_fields(texts({"a": {"k": empty}})).is_empty()


@pytest.mark.parametrize("value", [0, False, "0", [None], {"bool": False}, {"timeOfDay": {}}])
def test_zero_false_and_midnight_are_not_empty(value: object) -> None:
    assert read_fields(texts({"a": {"k": value}})).height == 1


@pytest.mark.parametrize("text", ["no json", "5", "null", "[1]", "{}", '{"a": 5}', '{"a": ["k"]}', '{"a": {}}'])
def test_what_is_no_object_of_objects_gives_nothing(text: str) -> None:
    assert read_fields(texts(text, {"a": {"k": "v"}}))["at"].to_list() == [1]


def test_a_tagged_value_gives_its_tag_and_parts() -> None:
    money = {"money": {"currencyCode": "USD", "units": "500", "nanos": 750000000}}
    rows = read_tagged(texts({"int64": "42"}, money, {"stringList": {"values": ["a"]}}, {"a": 1, "b": 2}, '"bare"'))
    shown = rows.select("at", "tag", "text", "value", "currency", "units", "nanos").sort("at").rows()
    assert shown[0] == (0, "int64", "42", '"42"', None, None, None)
    assert shown[1][:2] + shown[1][4:] == (1, "money", "USD", "500", "750000000")
    assert shown[2][:2] + shown[2][3:4] == (2, "stringList", '["a"]')
    assert len(shown) == 3


def test_lists_of_scalars_become_lists_of_texts() -> None:
    rows = read_lists(texts(["a", 1, None, " ", True], None, [["a"]], [{"a": 1}], ['say "b"'])).sort("at")
    assert rows.rows() == [(0, '["a","1","true"]'), (4, '["say \\"b\\""]')]
