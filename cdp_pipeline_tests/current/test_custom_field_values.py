import json
from datetime import UTC, datetime

import polars as pl
import pytest

from cdp_pipeline.current.custom_field_values import MOEGO_CONTAINER, add_values, read_fields
from cdp_pipeline.current.tables import CUSTOM_FIELDS


def typed(container: str, value: object) -> dict[str, object]:
    """What a field becomes: its kind, and the columns that are filled."""
    sent = pl.Series([json.dumps({container: {"customField01": value}})])
    given = add_values(read_fields(sent)).with_columns(object_type=pl.lit("x"), record_key=pl.lit("k"))
    row = CUSTOM_FIELDS.conform(given.with_columns(drop_date=pl.date(2026, 3, 1)).lazy()).collect().row(0, named=True)
    beside = ("object_type", "record_key", "container", "key", "drop_date")
    return {name: cell for name, cell in row.items() if name not in beside and cell is not None}


NOON = datetime(2024, 2, 15, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("container", "value", "becomes"),
    [
        ("customFieldTexts", "tag:question", {"kind": "text", "text_value": "tag:question"}),
        ("customFieldTexts", 5, {"kind": "text", "text_value": "5"}),
        ("customFieldNumbers", 1.5, {"kind": "number", "number_value": 1.5, "text_value": "1.5"}),
        ("customFieldNumbers", " 2 ", {"kind": "number", "number_value": 2.0, "text_value": " 2 "}),
        ("customFieldDates", 1707991200000, {"kind": "moment", "moment_value": NOON}),
        ("customFieldDates", "2024-02-15T17:00:00+07:00", {"kind": "moment", "moment_value": NOON}),
        ("customFieldBooleans", False, {"kind": "flag", "flag_value": False}),
        ("customFieldBooleans", "Yes", {"kind": "flag", "flag_value": True}),
        ("customFieldLists", ["a", 1, None], {"kind": "list", "list_value": '["a","1"]'}),
        ("customFieldLists", 'say "a"', {"kind": "list", "list_value": '["say \\"a\\""]'}),
        ("customFieldLists", 5, {"kind": "list", "list_value": '["5"]'}),
        ("customFieldSizes", {"w": 1}, {"kind": "json", "text_value": '{"w":1}'}),
        ("customFieldSizes", "XL", {"kind": "json", "text_value": '"XL"'}),
    ],
)
def test_a_container_tells_the_kind_of_its_values(container: str, value: object, becomes: dict[str, object]) -> None:
    assert typed(container, value) == becomes | {"is_castable": True}


@pytest.mark.parametrize(
    ("container", "value", "text"),
    [
        ("customFieldTexts", {"a": 1}, '{"a":1}'),
        ("customFieldNumbers", "two", "two"),
        ("customFieldNumbers", "NaN", "NaN"),
        ("customFieldNumbers", True, "true"),
        ("customFieldDates", "2024-02-15", "2024-02-15"),
        ("customFieldDates", 9223372036854775807, "9223372036854775807"),
        ("customFieldBooleans", "maybe", "maybe"),
        ("customFieldLists", [["a"]], '[["a"]]'),
        ("customFieldLists", {"a": 1}, '{"a":1}'),
    ],
)
def test_a_value_of_another_kind_is_kept_as_text(container: str, value: object, text: str) -> None:
    assert typed(container, value) == {"kind": "text", "text_value": text, "is_castable": False}


@pytest.mark.parametrize(
    ("value", "becomes"),
    [
        ({"string": "x"}, {"kind": "text", "text_value": "x"}),
        ({"int64": "42"}, {"kind": "number", "number_value": 42.0, "text_value": "42"}),
        ({"int64": 42}, {"kind": "number", "number_value": 42.0, "text_value": "42"}),
        ({"doubleValue": 1.5}, {"kind": "number", "number_value": 1.5, "text_value": "1.5"}),
        ({"bool": True}, {"kind": "flag", "flag_value": True}),
        ({"timestampTime": "2024-02-15T10:00:00Z"}, {"kind": "moment", "moment_value": NOON}),
        ({"stringList": {"values": ["a", "b"]}}, {"kind": "list", "list_value": '["a","b"]'}),
        ({"timeOfDay": {"hours": 9, "minutes": 30}}, {"kind": "time", "text_value": "09:30:00"}),
        ({"timeOfDay": {}}, {"kind": "time", "text_value": "00:00:00"}),
        (
            {"relation": {"entity": "CUSTOMER", "id": "123"}},
            {"kind": "relation", "text_value": "123", "related_entity": "CUSTOMER"},
        ),
    ],
)
def test_a_value_of_moego_tells_its_own_kind(value: object, becomes: dict[str, object]) -> None:
    assert typed(MOEGO_CONTAINER, value) == becomes | {"is_castable": True}


@pytest.mark.parametrize(
    ("money", "amount", "number"),
    [
        ({"units": "500", "nanos": 750000000}, "500.75", 500.75),
        ({"units": "500"}, "500", 500.0),
        ({"nanos": -10000000}, "-0.01", -0.01),
        ({"units": "-3", "nanos": -5}, "-3.000000005", -3.000000005),
        ({"units": "9223372036854775807", "nanos": 999999999}, "9223372036854775807.999999999", 2.0**63),
        ({"units": 0}, "0", 0.0),
        ({}, "0", 0.0),
    ],
)
def test_an_amount_keeps_every_digit_beside_its_currency(money: dict[str, object], amount: str, number: float) -> None:
    assert typed(MOEGO_CONTAINER, {"money": {"currencyCode": "USD"} | money}) == {
        "kind": "money",
        "text_value": amount,
        "number_value": number,
        "currency": "USD",
        "is_castable": True,
    }


@pytest.mark.parametrize(
    "value",
    [
        "bare",
        {"a": 1, "b": 2},
        {"shape": "round"},
        {"int64": "4.5"},
        {"money": {"units": "1", "nanos": -5}},
        {"money": {"units": "one"}},
        {"money": "500 USD"},
        {"timeOfDay": {"hours": 25}},
        {"timeOfDay": "9:30"},
    ],
)
def test_what_moego_does_not_send_is_kept_as_text(value: object) -> None:
    becomes = typed(MOEGO_CONTAINER, value)
    assert (becomes["kind"], becomes["is_castable"]) == ("text", False)
    assert becomes.keys() == {"kind", "text_value", "is_castable"}
