import json
from collections.abc import Callable
from typing import Any

import pytest

from cdp_pipeline.ingest.batch import Batch

pytestmark = pytest.mark.usefixtures("both_ways_of_reading_json")

Read = Callable[..., Batch]
HA = '{"customerId":"C1","fullName":"Nguyễn Thị Hà"}'
AN = '{"customerId":"C2","fullName":"Trần Văn An"}'


def ids(batch: Batch) -> list[tuple[int, str]]:
    return batch.rows.select("source_row", "customer_id").rows()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_an_array_is_numbered_by_element(read: Read, encoding: str) -> None:
    batch = read("crm.json", f" [\n{HA},\n\n{AN}, null ]\n".encode(encoding))
    assert ids(batch) == [(1, "C1"), (2, "C2")]
    assert batch.rows["raw"].to_list() == [HA, AN]
    assert batch.rejected.select("source_row", "raw").rows() == [(3, "null")]


def test_a_bad_element_of_a_sound_array_is_kept_apart(read: Read, refused: Callable[[Batch], Any]) -> None:
    batch = read("crm.json", f'[{HA},{{"yob":NaN}},{{"a":1,"a":2}},[],{AN}]')
    assert ids(batch) == [(1, "C1"), (5, "C2")]
    assert refused(batch) == [(2, "unreadable"), (3, "unreadable"), (4, "unreadable")]


@pytest.mark.parametrize(
    "text", [f"[{HA},{AN}", f"[{HA},]", f"[{HA},,{AN}]", f"[{HA} {AN}]", f"[{HA},garbage]", f"[{HA}] x"]
)
def test_a_damaged_array_is_one_unreadable_entry(read: Read, refused: Callable[[Batch], Any], text: str) -> None:
    batch = read("crm.json", text)
    assert (batch.rows.height, refused(batch)) == (0, [(1, "unreadable")])


@pytest.mark.parametrize("name", ["crm.json", "crm.ndjson"])
def test_an_array_of_millions_of_numbers_is_one_unreadable_entry(read: Read, name: str) -> None:
    batch = read(name, b"[" + b"1," * 1_000_000 + b"1]")
    assert "1,000,001 entries of 1 bytes on average" in batch.rejected["message"].item()


def test_entries_of_envelopes_in_an_array_count_on(read: Read, refused: Callable[[Batch], Any]) -> None:
    envelope = {"objectType": "customer-identity", "source": "CRM", "entries": [{"customerId": "C2"}, None]}
    wrong = envelope | {"objectType": "order"}
    batch = read("crm.json", json.dumps([{"customerId": "C1"}, envelope, wrong, {"customerId": "C6"}]))
    assert ids(batch) == [(1, "C1"), (2, "C2"), (6, "C6")]
    assert refused(batch) == [(3, "unreadable"), (4, "envelope"), (5, "envelope")]


@pytest.mark.parametrize("text", [HA, json.dumps(json.loads(HA), indent=1), "\ufeff" + HA + "\n\n"])
def test_one_entry_is_read_however_it_is_laid_out(read: Read, text: str) -> None:
    assert ids(read("crm.json", text)) == [(1, "C1")]


@pytest.mark.parametrize("text", ["42", '"C1"', "null", "true", HA[:-1], "garbage", "<html></html>", '{\n"a":1\n'])
def test_a_document_that_is_no_entry_is_one_unreadable_entry(
    read: Read, refused: Callable[[Batch], Any], text: str
) -> None:
    batch = read("crm.json", text)
    assert (batch.rows.height, refused(batch)) == (0, [(1, "unreadable")])


def test_lines_of_json_are_read_as_such_and_numbered_by_line(read: Read, refused: Callable[[Batch], Any]) -> None:
    batch = read("crm.json", f"{HA}\n\ngarbage\n{AN}\n")
    assert (ids(batch), refused(batch)) == ([(1, "C1"), (4, "C2")], [(3, "unreadable")])


def test_a_damaged_first_line_does_not_hide_the_others(read: Read, refused: Callable[[Batch], Any]) -> None:
    batch = read("crm.json", f"{HA[:-1]}\n{AN}\n")
    assert (ids(batch), refused(batch)) == ([(2, "C2")], [(1, "unreadable")])


def test_the_entries_of_an_envelope_cut_short_are_not_taken_for_lines(read: Read) -> None:
    batch = read("crm.json", f'{{"objectType":"customer-identity","source":"CRM","entries":[\n{HA}\n')
    assert (batch.rows.height, batch.rejected.height) == (0, 1)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("customerId,fullName\nC1,Hà\n", "a table with a header"),
        (f"[{HA},\n{AN}]", "one JSON array"),
        ("<?xml version='1.0'?>\n<a/>", "a web page or XML"),
    ],
)
def test_a_file_of_lines_that_holds_something_else_is_one_unreadable_entry(read: Read, text: str, found: str) -> None:
    batch = read("crm.ndjson", text)
    assert batch.rows.height == 0
    (message,) = batch.rejected["message"]
    assert message.startswith(f"The file holds {found}; nothing of it was read.")


def test_a_file_whose_name_looks_like_a_pattern_is_read(read: Read) -> None:
    assert ids(read("crm [1] *'.json", f"[{HA}]")) == [(1, "C1")]
