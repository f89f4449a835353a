"""Files beyond a bound are one rejected row that says what was found, what is allowed and which setting raises it."""

import gzip
import io
import json
import random
from dataclasses import fields, replace

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.ingest import bounds
from cdp_pipeline.ingest.bounds import MEGABYTE, USUAL, Bounds
from cdp_pipeline.ingest.csv_records import RecordReader
from cdp_pipeline.ingest.pipeline import read_files
from cdp_pipeline.settings import Settings

LOW = Bounds(max_expanded_mb=3, max_expansion_ratio=10, max_columns=50, max_entry_mb=1)
CUSTOMER = {"customerId": "C1", "systemName": "CRM", "fullName": "Nguyễn Văn An", "phone": "0912345678"}
LINE = json.dumps(CUSTOMER).encode() + b"\n"


@pytest.fixture(autouse=True)
def _small_files_are_held_to_the_ratio(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "FREE_EXPANDED_BYTES", MEGABYTE)


@pytest.fixture
def outcome(raw_file):
    """How many rows of a file are readable, and the first message of the others."""

    def run(name: str, content: bytes | str, limits: Bounds = LOW) -> tuple[int, str]:
        batches = list(read_files([raw_file(name, content)], CUSTOMER_IDENTITY, bounds=limits))
        rejected = pl.concat(batch.rejected for batch in batches)
        return sum(batch.rows.height for batch in batches), (rejected["message"].to_list() or [""])[0]

    return run


def parquet(**columns: list[str]) -> bytes:
    target = io.BytesIO()
    pq.write_table(pa.table(columns), target, compression="zstd")
    return target.getvalue()


def noise(size: int) -> bytes:
    """A line of letters that cannot be compressed to less than half."""
    return random.Random(1).randbytes(size // 2).hex().encode() + b"\n"


PACKERS = {"gz": gzip.compress, "zst": zstandard.ZstdCompressor().compress}


@pytest.mark.parametrize("ending", PACKERS)
def test_a_file_that_expands_too_far_is_refused_by_its_ratio(outcome, ending: str) -> None:
    found, message = outcome(f"crm.ndjson.{ending}", PACKERS[ending](LINE + b"\n" * 2 * MEGABYTE))
    assert found == 0
    assert "expands to more than 1,048,576" in message
    assert "at most 10 times its size" in message
    assert "CDP_MAX_EXPANSION_RATIO" in message
    assert outcome(f"crm.ndjson.{ending}", PACKERS[ending](LINE + b"\n" * (MEGABYTE // 2))) == (1, "")


@pytest.mark.parametrize("ending", PACKERS)
def test_a_file_that_expands_too_far_is_refused_by_its_total(outcome, ending: str) -> None:
    content = b"".join(noise(900_000) for _ in range(4))
    _, message = outcome(f"crm.ndjson.{ending}", PACKERS[ending](content))
    assert "at most 3 MB" in message
    assert "CDP_MAX_EXPANDED_MB" in message


@pytest.mark.parametrize("name", ["crm.csv", "crm.ndjson", "crm.json", "crm.parquet"])
def test_columns_and_keys_are_counted_before_anything_is_asked_of_them(outcome, name: str) -> None:
    def wide(count: int) -> bytes:
        entry = CUSTOMER | {f"field{n}": "1" for n in range(count - len(CUSTOMER))}
        if name.endswith("csv"):
            return "\n".join([",".join(entry), ",".join(entry.values())]).encode()
        if name.endswith("parquet"):
            return parquet(**{key: [value] for key, value in entry.items()})
        return json.dumps(entry).encode()

    assert outcome(name, wide(50)) == (1, "")
    found, message = outcome(name, wide(51))
    assert (found, "CDP_MAX_COLUMNS" in message, "51" in message, "at most 50" in message) == (0, True, True, True)


def test_keys_are_counted_in_nested_objects_and_in_files_that_are_read_together(outcome) -> None:
    wide = CUSTOMER | {"customFieldTexts": {f"field{n}": "1" for n in range(51)}}
    found, message = outcome("crm.ndjson", json.dumps(wide).encode() + b"\n" + LINE * 1000)
    assert found == 1000
    assert message.startswith("It has 56 keys")


@pytest.mark.parametrize("name", ["crm.ndjson", "crm.jsonl", "crm.csv"])
def test_a_line_that_is_too_long_is_one_row_and_its_neighbours_are_read(outcome, name: str) -> None:
    head = b"customerId,systemName,fullName,phone\n" if name.endswith("csv") else b""
    line = b"C1,CRM,An,0912345678\n" if head else LINE
    long = line.replace(b"An", b"A" * (MEGABYTE + 1))
    found, message = outcome(name, head + line + long + line)
    assert (found, "more than 1 MB" in message, "CDP_MAX_ENTRY_MB" in message) == (2, True, True)


@pytest.mark.parametrize("sent", [b"[%s]", b"%s"])
def test_a_json_document_with_an_entry_too_long_is_one_row(outcome, sent: bytes) -> None:
    found, message = outcome("crm.json", sent % LINE.replace(b"V\\u0103n", b"A" * 2 * MEGABYTE))
    assert (found, "CDP_MAX_ENTRY_MB" in message) == (0, True)


def test_a_row_of_many_lines_that_is_too_long_is_one_row(outcome) -> None:
    long = b'C1,CRM,"' + b"An\n" * 400_000 + b'",0912345678\n'
    head, line = b"customerId,systemName,fullName,phone\n", b"C2,CRM,An,0912345678\n"
    found, message = outcome("crm.csv", head + line + long + line)
    assert (found, "CDP_MAX_ENTRY_MB" in message) == (2, True)


def test_a_record_left_open_is_not_split_again_with_each_line(monkeypatch: pytest.MonkeyPatch) -> None:
    split = []
    own = RecordReader._split
    monkeypatch.setattr(RecordReader, "_split", lambda self, lines: split.append(lines.height) or own(self, lines))
    reader = RecordReader(",", 2, None)
    lines = pl.DataFrame({"source_row": range(400_000), "raw": ['"open'] + ["0123456789"] * 399_999})
    lines = lines.with_columns(is_damaged=pl.lit(value=False), is_too_long=pl.lit(value=False))
    reader.records(lines.cast({"source_row": pl.Int64}))
    assert len(split) < 10
    assert reader.rest().height == 1


def test_an_envelope_without_end_is_one_row_and_one_that_is_merely_too_large_one_by_entry(outcome) -> None:
    sent = '{"objectType": "customer-identity", "source": "CRM", "entries": [%s]}'
    batches = "1," * 100_000 + "1"
    assert outcome("crm.ndjson", sent % batches)[1].startswith("The envelope has more than 100,000 entries")
    assert outcome("crm.ndjson", sent % ("1," * 100 + "1"))[1].startswith("The envelope has 101 entries")


def test_a_record_of_a_million_values_is_refused_before_it_is_parsed(outcome) -> None:
    many = '{"customerId":"C1","a":[' + "1," * 1_000_000 + "1]}"
    assert outcome("crm.ndjson", many, replace(LOW, max_entry_mb=4))[1].startswith("It has more than 1,000,000 values")


def test_a_parquet_file_of_few_bytes_and_many_rows_is_refused(outcome) -> None:
    few, many = (parquet(**{key: [value] * n for key, value in CUSTOMER.items()}) for n in (100, 400_000))
    assert outcome("crm.parquet", few) == (100, "")
    found, message = outcome("crm.parquet", many)
    assert (found, "CDP_MAX_EXPANSION_RATIO" in message) == (0, True)


def test_a_long_text_that_many_rows_of_parquet_share_is_read_some_rows_at_a_time(outcome) -> None:
    content = parquet(**{key: [value] * 60 for key, value in CUSTOMER.items()}, note=["x" * 400_000] * 60)
    assert outcome("crm.parquet", content, replace(LOW, max_expansion_ratio=1000)) == (60, "")


def test_each_bound_is_a_setting_with_the_same_default() -> None:
    settings = Settings(_env_file=None)
    assert {bound.name: getattr(settings, bound.name) for bound in fields(Bounds)} == {
        bound.name: getattr(USUAL, bound.name) for bound in fields(Bounds)
    }
