import io
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings, strategies as st

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.ingest.batch import Batch
from cdp_pipeline.ingest.files import RawFile
from cdp_pipeline.ingest.pipeline import read_files

Read = Callable[..., Batch]
Sent = Callable[[Batch], list[dict[str, Any]]]


def parquet(**columns: Any) -> bytes:
    content = io.BytesIO()
    pq.write_table(pa.table(columns), content)
    return content.getvalue()


def cells(read: Read, column: str, values: Any) -> list[Any]:
    return read("crm.parquet", parquet(**{column: values})).rows.select(column.lower()).to_series().to_list()


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        (pa.array([1584507164000, None]), ["1584507164000", None]),
        (pa.array([2**64 - 1], pa.uint64()), ["18446744073709551615"]),
        (pa.array([1988.0, float("nan"), 3.7, 1e20]), ["1988", None, "3.7", "1e+20"]),
        (pa.array([0.1], pa.float32()), ["0.1"]),
        (pa.array([True, False]), ["true", "false"]),
        (pa.array([Decimal("1.50")]), ["1.50"]),
        (pa.array(["x", "y"]).dictionary_encode(), ["x", "y"]),
        (pa.array([b"H\xc3\xa0", b"\xff\x00"]), ["Hà", "ff00"]),
        (pa.array([date(2001, 10, 31)]), ["2001-10-31"]),
        (pa.array([2**31 - 1, -(2**31), 0], pa.date32()), ["2147483647", "-2147483648", "1970-01-01"]),
        (pa.array([2**60, -(2**60)], pa.timestamp("ms")), ["1152921504606846976", "-1152921504606846976"]),
        (pa.array([1584507164000000], pa.timestamp("us")), ["2020-03-18T04:52:44"]),
        (pa.array([1584507164123], pa.timestamp("ms")), ["2020-03-18T04:52:44.123"]),
        (pa.array([1584507164000000], pa.timestamp("us", "Asia/Ho_Chi_Minh")), ["2020-03-18T04:52:44.000Z"]),
        (pa.array([12.125, -1.001, 1234.125, 0.5]), ["12.1250", "-1.0010", "1234.125", "0.5"]),
        (pa.array(["12.125"]), ["12.125"]),
        (pa.nulls(2), [None, None]),
    ],
)
def test_values_become_the_text_they_have_in_json(read: Read, values: Any, texts: list[str | None]) -> None:
    assert cells(read, "phone", values) == texts


def test_instants_become_milliseconds_and_local_times_stay_local(read: Read, sent: Sent) -> None:
    content = parquet(
        createdAt=pa.array([1584507164123000], pa.timestamp("us")),
        updatedAt=pa.array([datetime(2020, 3, 18, 4, 52, 44, tzinfo=UTC)], pa.timestamp("ns", "Asia/Ho_Chi_Minh")),
        dob=pa.array([date(1988, 6, 15)]),
        dob2=pa.array([1004486400000], pa.timestamp("ms")),
    )
    assert sent(read("crm.parquet", content)) == [
        {
            "source_row": 1,
            "created_at": "2020-03-18T04:52:44.123",
            "updated_at": "1584507164000",
            "dob": "1988-06-15",
            "dob_2": "2001-10-31",
        }
    ]


@pytest.mark.parametrize("unit", ["date32", "s", "ms", "us", "ns"])
def test_a_calendar_date_stays_that_date_whatever_the_offset_of_its_row(read: Read, unit: str) -> None:
    days = [date(1990, 5, 1), date(1985, 3, 1), date(1900, 1, 1), None]
    kind = pa.date32() if unit == "date32" else pa.timestamp(unit)
    values = pa.array(days, pa.date32()).cast(kind)
    assert cells(read, "dob", values) == ["1990-05-01", "1985-03-01", "1900-01-01", None]


@settings(max_examples=100, deadline=None)
@given(noise=st.binary(max_size=60), place=st.integers(0, 5_000), is_cut=st.booleans())
def test_no_damage_of_a_file_raises(noise: bytes, place: int, is_cut: bool) -> None:
    sound = parquet(customerId=["C1", "C2"], dob=pa.array([date(1990, 5, 1), None]))
    place %= len(sound)
    damaged = sound[:place] + noise + (b"" if is_cut else sound[place + len(noise) :])
    for content in (noise, b"PAR1" + noise + b"PAR1", damaged):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "crm.parquet"
            path.write_bytes(content)
            file = RawFile(CUSTOMER_IDENTITY.object_type, None, path, path.name, len(content), 1)
            assert list(read_files([file], CUSTOMER_IDENTITY))


def test_lists_structs_and_maps_become_json(read: Read, sent: Sent) -> None:
    content = parquet(
        customerId=["C1", "C2"],
        nickNames=pa.array([["Hà", None], []]),
        city=pa.array([{"a": 1.5}, None]),
        customFieldTexts=pa.array([[("customField01", '"x"')], []], pa.map_(pa.string(), pa.string())),
        customFieldNumbers=pa.array([{"n": 7}, None]),
    )
    assert sent(read("crm.parquet", content)) == [
        {
            "source_row": 1,
            "customer_id": "C1",
            "nick_names": '["Hà",null]',
            "city": '{"a":1.5}',
            "structured": ["city"],
            "custom_fields": '{"customFieldNumbers":{"n":7},"customFieldTexts":{"customField01":"\\"x\\""}}',
        },
        {"source_row": 2, "customer_id": "C2", "nick_names": "[]"},
    ]


def test_unknown_columns_are_kept_and_counted(read: Read) -> None:
    batch = read("crm.parquet", parquet(customerId=["C1", "C2"], tier=[1, None], box=[{"a": [1]}, None]))
    assert batch.rows["extra"].to_list() == ['{"box":{"a":[1]},"tier":"1"}', None]
    assert batch.findings == {"drift:tier": 1, "drift:box": 1}


def test_raw_is_the_row_as_json(read: Read) -> None:
    batch = read("crm.parquet", parquet(customerId=["C1"], yob=pa.array([None], pa.int64())))
    assert batch.rows["raw"].to_list() == ['{"customerId":"C1","yob":null}']


def test_a_name_that_stands_twice_refuses_the_file(read: Read) -> None:
    batch = read("crm.parquet", parquet(customerId=["C1"], customer_id=["C2"]))
    assert "more than once: customerId, customer_id" in batch.rejected["message"].item()


def test_a_table_of_something_else_is_refused(read: Read) -> None:
    batch = read("crm.parquet", parquet(a=[1, 2]))
    assert batch.rejected.select("source_row", "rules").rows() == [(1, ["unreadable"])]


def test_a_struct_with_two_fields_of_one_name_refuses_the_file(read: Read) -> None:
    twice = pa.StructArray.from_arrays([pa.array(["1 Le Loi"]), pa.array(["2 Le Loi"])], names=["street", "street"])
    for city in (twice, pa.ListArray.from_arrays(pa.array([0, 1]), twice)):
        batch = read("crm.parquet", parquet(city=city))
        assert "a struct with two fields of one name" in batch.rejected["message"].item()


def test_a_type_that_json_cannot_show_refuses_the_file(read: Read) -> None:
    batch = read("crm.parquet", parquet(city=pa.array([[(1, "a")]], pa.map_(pa.int32(), pa.string()))))
    assert "a type that JSON cannot show" in batch.rejected["message"].item()


def test_texts_that_are_not_utf_8_are_shown_as_hexadecimal_digits(read: Read) -> None:
    unchecked = pa.Array.from_buffers(pa.string(), 2, pa.array([b"C1", b"\xff\x80"]).buffers())
    assert cells(read, "city", unchecked) == ["C1", "ff80"]


def test_bytes_within_a_struct_refuse_the_file(read: Read) -> None:
    batch = read("crm.parquet", parquet(customerId=["C1"], city=pa.array([{"a": b"x"}])))
    assert "a type that JSON cannot show" in batch.rejected["message"].item()


def test_a_page_damaged_in_the_middle_refuses_the_file(read: Read) -> None:
    content = bytearray(parquet(customerId=[f"C{number}" for number in range(5000)]))
    content[2000:2100] = bytes(100)
    batch = read("crm.parquet", bytes(content))
    assert (batch.rows.height, batch.rejected.height) == (0, 1)


def test_a_flipped_bit_loses_no_row_of_a_file(read: Read) -> None:
    sound = parquet(customerId=["C1", None])
    for place in range(4, sound.index(b"customerId")):
        damaged = bytearray(sound)
        damaged[place] ^= 0x10
        batch = read("crm.parquet", bytes(damaged))
        assert (batch.rows.height, batch.rejected.height) in ((2, 0), (0, 1))


def test_a_character_no_database_can_hold_is_replaced(read: Read) -> None:
    batch = read("crm.parquet", parquet(city=["a\x00b"], nickNames=[["c\x00"]], customFieldTexts=[{"n": "\x00"}]))
    assert batch.rows.select("city", "nick_names", "custom_fields").rows() == [
        ("a\ufffdb", '["c\\ufffd"]', '{"customFieldTexts":{"n":"\\ufffd"}}')
    ]
