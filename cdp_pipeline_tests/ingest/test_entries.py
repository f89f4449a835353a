import json
import re
from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_photo import CUSTOMER_IDENTITY_PHOTO
from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline.ingest.batch import Batch, UnreadableEntryError
from cdp_pipeline.ingest.entries import ENTRIES, EntryReader
from cdp_pipeline.ingest.exact import Entry, as_object, read_entry
from cdp_pipeline.values.duckdb_query import Engine

pytestmark = pytest.mark.usefixtures("both_ways_of_reading_json")

Sent = Callable[[Batch], list[dict[str, Any]]]


def entries(*raws: str) -> pl.DataFrame:
    return pl.DataFrame(
        [{"source_row": row, "entry_number": 1, "raw": raw} for row, raw in enumerate(raws, start=1)], schema=ENTRIES
    )


def test_cells_arrive_as_their_json_text(read: Callable[..., Batch], sent: Sent) -> None:
    batch = read(
        "crm.ndjson",
        '{"customerId":"C1","phone":912345678,"dob":1584507164000,"yob":1988.5,"status":true,"email":null,"city":""}\n'
        '{"customerId":85154916362.265125484,"identityNo":1.50,"nickNames":["Hà", 1.50],"zipCode":"007"}\n',
    )
    assert sent(batch) == [
        {
            "source_row": 1,
            "customer_id": "C1",
            "phone": "912345678",
            "dob": "1584507164000",
            "yob": "1988.5",
            "status": "true",
            "city": "",
        },
        {
            "source_row": 2,
            "customer_id": "85154916362.265125484",
            "identity_no": "1.50",
            "nick_names": '["Hà",1.50]',
            "zip_code": "007",
        },
    ]


@pytest.mark.parametrize(
    ("sent", "prices"),
    [
        (("12.125", "5.000", "-0.125", "1234.125"), ["12.1250", "5.0000", "-0.1250", "1234.125"]),
        (('"12.125"', '"7"'), ["12.125", "7"]),
        (('"12.125"', '"12.5"'), ["12.1250", "12.5"]),
        (('"12.125"', '"1.250.000"'), ["12125", "1250000"]),
    ],
)
def test_a_number_of_three_decimals_is_told_from_a_text_that_may_mean_thousands(
    read: Callable[..., Batch], sent: tuple[str, ...], prices: list[str]
) -> None:
    lines = [f'{{"price":{price}}}' for price in sent]
    assert read("a.ndjson", "\n".join(lines), CUSTOMER_PRODUCT_ACTIVITY).rows["price"].to_list() == prices


def test_a_list_in_a_scalar_column_is_flagged_and_text_that_looks_like_one_is_not(read: Callable[..., Batch]) -> None:
    lines = ['{"phone":["0912"],"nickNames":["Hà"]}', '{"phone":"[0912]","email":"{}"}', '{"email":{"a":1},"yob":[]}']
    assert read("crm.ndjson", "\n".join(lines)).rows["structured"].to_list() == [["phone"], None, ["email", "yob"]]


def test_unknown_keys_are_kept_and_counted_by_row(read: Callable[..., Batch]) -> None:
    lines = [
        '{"productId":7,"tier":{"a":[1]}}',
        '{"productId":null,"customerId":"C2"}',
        '{"tier":"gold","0912345678":1}',
    ]
    batch = read("crm.ndjson", "\n".join(lines))
    assert batch.rows["extra"].to_list() == ['{"productId":7,"tier":{"a":[1]}}', None, '{"0912345678":1,"tier":"gold"}']
    assert batch.findings == {"drift:productId": 1, "drift:tier": 2, "drift:(not an identifier)": 1}


def test_entries_that_say_the_same_are_each_read_and_counted(read: Callable[..., Batch]) -> None:
    odd = '{"customerId":"C1","yob":[1],"x":1}'
    batch = read("crm.ndjson", "\n".join([odd, "1", odd, '{"customerId":"C2"}', "1", "{}"]) + "\n")
    assert batch.rows.select("source_row", "customer_id").rows() == [(1, "C1"), (3, "C1"), (4, "C2"), (6, None)]
    assert batch.rejected.select("source_row", "raw").rows() == [(2, "1"), (5, "1")]
    assert batch.findings["drift:x"] == 2


def test_keys_are_known_in_any_spelling_also_when_they_differ_in_case_alone(
    read: Callable[..., Batch], sent: Sent
) -> None:
    lines = [
        '{"customer_id":"C1","Full Name":"Hà","PHONE":"1"}',
        '{"customerID":"C2","phone":"2"}',
        '{"customerid":"C3"}',
    ]
    assert sent(read("crm.ndjson", "\n".join(lines))) == [
        {"source_row": 1, "customer_id": "C1", "full_name": "Hà", "phone": "1"},
        {"source_row": 2, "customer_id": "C2", "phone": "2"},
        {"source_row": 3, "customer_id": "C3"},
    ]


def test_custom_field_containers_are_kept_by_their_name(read: Callable[..., Batch]) -> None:
    lines = [
        '{"customFieldTexts":{"customField01":"a"},"customFieldColours":{"x":[1]}}',
        '{"custom_field_texts":{"customField01":null},"customFieldNumbers":{}}',
        '{"customFieldTexts":"a","customFieldDates":null}',
    ]
    rows = read("crm.ndjson", "\n".join(lines)).rows
    assert [json.loads(cell) if cell else None for cell in rows["custom_fields"]] == [
        {"customFieldTexts": {"customField01": "a"}, "customFieldColours": {"x": [1]}},
        {"customFieldTexts": {"customField01": None}},
        None,
    ]
    assert rows["extra"].to_list() == [None, None, '{"customFieldTexts":"a"}']


def test_a_sender_who_makes_up_keys_loses_none(read: Callable[..., Batch]) -> None:
    lines = [f'{{"customerId":"C{number}","key{number}":{number}}}' for number in range(300)]
    batch = read("crm.ndjson", "\n".join(lines))
    assert batch.rows["extra"].to_list() == [f'{{"key{number}":{number}}}' for number in range(300)]
    assert batch.findings.total() == 300


def test_a_column_may_be_called_as_part_of_an_envelope(read: Callable[..., Batch], sent: Sent) -> None:
    batch = read("photos.ndjson", '{"customerId":"C1","source":"CRM","imageUrl":"x"}', CUSTOMER_IDENTITY_PHOTO)
    assert sent(batch) == [{"source_row": 1, "customer_id": "C1", "source": "CRM", "image_url": "x"}]


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=8),
    st.sampled_from(["[1]", "{}", '{"a":1}', "NaN", ",]", ": 1.50,"]),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
KNOWN = ["customerId", "customer_id", "phone", "Phone", "nickNames", "yob", "customFieldTexts", "custom_field_texts"]
UNKNOWN = ["customFieldX", "tier", "Tier", "a.b", "", "é", 'q"', "$", "index", "shape", "raw"]
KEYS = st.sampled_from([*KNOWN, *UNKNOWN])
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=6).map(lambda entry: json.dumps(entry, ensure_ascii=False))
DAMAGE = st.sampled_from(
    ['{"a":1,}', '{"a":NaN}', '{"a":1,"a":2}', "[1]", "null", "3", '{"a":01}', '{"phone":1.50}', "{", "{}"]
)
TEXTS = st.lists(OBJECTS | DAMAGE | OBJECTS.map(lambda text: text[:-1]), min_size=1, max_size=8)


@settings(max_examples=40)
@given(TEXTS)
def test_reading_all_at_once_gives_what_reading_one_by_one_gives(
    tmp_path_factory: pytest.TempPathFactory, raws: list[str]
) -> None:
    with Engine(tmp_path_factory.getbasetemp()) as engine:
        batch = EntryReader(CUSTOMER_IDENTITY, engine).read(entries(*raws))
    rows = {row["source_row"]: row for row in batch.rows.to_dicts()}
    refused = dict(batch.rejected.select("source_row", "message").rows())
    for number, raw in enumerate(raws, start=1):
        entry, reason = one_by_one(raw)
        assert refused.pop(number, None) == reason
        if entry is None:
            continue
        row = rows.pop(number)
        columns = {c.name for c in CUSTOMER_IDENTITY.columns}
        found = {name: row[name] for name in (*columns, "custom_fields", "extra") if row[name] is not None}
        objects = {"custom_fields": as_object(entry.custom_fields), "extra": as_object(entry.extra)}
        expected = entry.cells | {name: text for name, text in objects.items() if text is not None}
        assert {k: escaped_alike(v) for k, v in found.items()} == {k: escaped_alike(v) for k, v in expected.items()}
        assert sorted(row["structured"] or []) == sorted(entry.structured)
    assert (rows, refused) == ({}, {})


def escaped_alike(text: str) -> str:
    """DuckDB writes the digits of an escape in upper case, orjson in lower case."""
    return re.sub(r"\\u00[01][0-9A-F]", lambda escape: escape.group().lower(), text)


def one_by_one(raw: str) -> tuple[Entry | None, str | None]:
    try:
        return read_entry(raw, CUSTOMER_IDENTITY), None
    except UnreadableEntryError as error:
        return None, f"{error} Correct the entry."
