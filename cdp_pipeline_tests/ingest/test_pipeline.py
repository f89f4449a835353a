import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import orjson
import polars as pl
import pytest
from hypothesis import example, given, settings, strategies as st

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.ingest import pipeline as reading
from cdp_pipeline.ingest.batch import REJECTED_IN_BATCH, Batch, text_schema
from cdp_pipeline.ingest.files import RawFile
from cdp_pipeline.ingest.pipeline import file_digest, read_files

Read = Callable[..., Batch]


def test_a_misplaced_file_is_one_refused_row_that_says_so(raw_file: Callable[..., RawFile]) -> None:
    file = replace(raw_file("crm.ndjson", '{"customerId":"C1"}'), problem="The file lies in march/; move it.")
    (batch,) = read_files([file], CUSTOMER_IDENTITY)
    assert batch.rejected.rows() == [("crm.ndjson", 1, 1, ["unreadable"], "The file lies in march/; move it.", None)]
    assert batch.rows.height == 0


def test_a_file_that_is_gone_is_one_refused_row(raw_file: Callable[..., RawFile]) -> None:
    file = raw_file("crm.ndjson", "{}")
    file.path.unlink()
    (batch,) = read_files([file], CUSTOMER_IDENTITY)
    assert batch.rejected["message"].item().startswith("The file cannot be opened (No such file or directory)")


@pytest.mark.parametrize("content", ["", "\n\r\n  \n", "\ufeff"])
@pytest.mark.parametrize("name", ["crm.ndjson", "crm.json", "crm.csv"])
def test_an_empty_file_has_no_entries_and_is_counted(read: Read, name: str, content: str) -> None:
    batch = read(name, content)
    assert (batch.read, batch.findings) == (0, {"empty_file": 1})


@pytest.mark.parametrize("entity", ENTITIES, ids=lambda entity: entity.object_type)
def test_every_entity_has_its_columns_whatever_the_format(read: Read, entity: object) -> None:
    for name, content in [("a.ndjson", "{}\nx"), ("a.csv", "systemName,id\nCRM,1\n"), ("b.csv", "")]:
        batch = read(name, content, entity)
        assert batch.rows.schema == text_schema(entity)  # type: ignore[arg-type]
        assert batch.rejected.schema == REJECTED_IN_BATCH.schema


def test_small_files_come_in_one_batch_each_row_with_its_file(raw_file: Callable[..., RawFile]) -> None:
    contents = {
        "crm.ndjson": '{"customerId":"C1"}\n\nbroken\n{"customerId":"C2"}',
        "pos.csv": "customerId,phone\nC3,0912345678\nC4\n",
        "web.json": '[{"customerId":"C5"}, 7]',
        "empty.csv": "",
        "photo.png": "no table",
    }
    (batch,) = read_files([raw_file(name, content) for name, content in contents.items()], CUSTOMER_IDENTITY)
    assert batch.rows.select("source_file", "source_row", "customer_id").sort("customer_id").rows() == [
        ("crm.ndjson", 1, "C1"),
        ("crm.ndjson", 4, "C2"),
        ("pos.csv", 2, "C3"),
        ("web.json", 1, "C5"),
    ]
    assert batch.rejected.select("source_file", "source_row").rows() == [
        ("crm.ndjson", 3),
        ("photo.png", 1),
        ("pos.csv", 3),
        ("web.json", 2),
    ]
    assert batch.findings == {"empty_file": 1}


@pytest.mark.parametrize("batch_rows", [1, 2, 200_000])
def test_a_date_that_only_a_later_row_explains_waits_for_the_end_of_its_file(read: Read, batch_rows: int) -> None:
    rows = ["C1,05/06/1990", "C2,", "C3,07/08/1991", "C4,2001-10-31", "C5,31/12/1990", "C6,01/02/1992"]
    batch = read("crm.csv", "\n".join(["customerId,dob2", *rows]), batch_rows=batch_rows)
    assert dict(batch.rows.select("customer_id", "dob_2").iter_rows()) == {
        "C1": "1990-06-05",
        "C2": None,
        "C3": "1991-08-07",
        "C4": "2001-10-31",
        "C5": "1990-12-31",
        "C6": "1992-02-01",
    }


def test_what_one_file_proves_explains_no_other(raw_file: Callable[..., RawFile]) -> None:
    files = [
        raw_file("a.csv", "customerId,dob2\nC1,31/12/1990\n"),
        raw_file("b.csv", "customerId,dob2\nC2,05/06/1990\n"),
    ]
    (batch,) = read_files(files, CUSTOMER_IDENTITY)
    assert dict(batch.rows.select("customer_id", "dob_2").iter_rows()) == {"C1": "1990-12-31", "C2": "05/06/1990"}


@settings(max_examples=60)
@given(st.binary(max_size=60) | st.text(max_size=40).map(str.encode), st.sampled_from(["ndjson", "json", "csv", "tsv"]))
def test_whatever_a_file_holds_reading_it_raises_nothing_and_gives_every_line_or_one_refusal(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, ending: str
) -> None:
    path = tmp_path_factory.mktemp("any") / f"any.{ending}"
    path.write_bytes(content)
    batches = list(read_files([RawFile("customer-identity", None, path, path.name, 0, 0)], CUSTOMER_IDENTITY))
    read_ = sum(batch.read for batch in batches)
    assert read_ or sum(batch.findings["empty_file"] for batch in batches) == 1


def test_how_many_envelopes_are_opened_together_changes_nothing(
    raw_file: Callable[..., RawFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = ",".join(f'{{"customerId":"C{n}","fullName":"An"}}' for n in range(5))
    envelope = f'{{"objectType":"customer-identity","source":"CRM","entries":[{entries}]}}\n'
    files = [raw_file("a.csv", "customerId\nC9\n"), raw_file("b.ndjson", envelope * 6), raw_file("c.ndjson", "")]
    at_once = list(read_files(files, CUSTOMER_IDENTITY))
    monkeypatch.setattr(reading, "MOST_VALUES_TOGETHER", 50)
    few_at_once = list(read_files(files, CUSTOMER_IDENTITY))
    assert [batch.read for batch in at_once] == [31]
    assert max(batch.read for batch in few_at_once) <= 16
    assert pl.concat(batch.rows for batch in few_at_once).equals(at_once[0].rows)
    assert sum((batch.findings for batch in few_at_once), Counter()) == at_once[0].findings == {"empty_file": 1}


def test_batches_are_no_larger_than_asked_for(raw_file: Callable[..., RawFile]) -> None:
    file = raw_file("crm.ndjson", '{"customerId":"C1"}\n' * 10)
    assert [batch.rows.height for batch in read_files([file], CUSTOMER_IDENTITY, batch_rows=4)] == [4, 4, 2]


def test_a_reader_stopped_early_leaves_no_temporary_files(
    raw_file: Callable[..., RawFile], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    batches = read_files([raw_file("crm.ndjson", '{"customerId":"C1"}\n' * 10)], CUSTOMER_IDENTITY, batch_rows=4)
    next(batches)
    assert len(list(scratch.iterdir())) == 1
    batches.close()  # type: ignore[attr-defined]
    assert list(scratch.iterdir()) == []


def test_equal_contents_have_equal_digests(tmp_path: Path) -> None:
    for name, content in {"a": "x", "b": "x", "c": "y"}.items():
        (tmp_path / name).write_text(content)
    digest = {name: file_digest(tmp_path / name) for name in "abc"}
    assert digest["a"] == digest["b"] != digest["c"]


VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
)
ENTRY = st.dictionaries(st.sampled_from(["customerId", "fullName", "yob", "tier"]), VALUES).map(orjson.dumps)
LINE = (
    ENTRY
    | ENTRY.map(lambda line: line[:-2])
    | st.binary(max_size=6)
    | st.sampled_from([b"", b"null", b"\xff", b'"C1"'])
)


@settings(max_examples=40)
@example([b"\xef\xbb\xbf", b'\xef\xbb\xbf{"customerId":"C1"}', b"x\xef\xbb\xbf"], b"\n")
@given(st.lists(LINE, max_size=8), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_a_file_of_lines_is_read_as_orjson_reads_line_by_line(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], end: bytes
) -> None:
    # The first line keeps the file from looking like something else than JSON as a whole.
    content = end.join([b'{"customerId":"C0"}', *lines])
    path = tmp_path_factory.mktemp("lines") / "crm.ndjson"
    path.write_bytes(content)
    batches = list(
        read_files([RawFile("customer-identity", None, path, path.name, 0, 0)], CUSTOMER_IDENTITY, batch_rows=3)
    )
    rows = pl.concat([batch.rows for batch in batches]).select("source_row", "customer_id").rows()
    refused = pl.concat([batch.rejected for batch in batches])["source_row"].to_list()
    expected = oracle(content)
    assert rows == [(number, text) for number, text in expected.items() if text != "unreadable"]
    assert refused == [number for number, text in expected.items() if text == "unreadable"]


# Python counts four separators of the teletype age as white space, Polars does not.
BLANK = re.compile(r"[^\S\x1c-\x1f]*")


def oracle(content: bytes) -> dict[int, str | None]:
    """The customer id by line, or why there is none."""
    found: dict[int, str | None] = {}
    for number, line in enumerate(content.splitlines(), start=1):
        try:
            # Files put together from several have a byte order mark at the beginning of each.
            text = line.decode().lstrip("\ufeff")
            if BLANK.fullmatch(text):
                continue
            entry = orjson.loads(text)
        except ValueError:
            entry = None
        if not isinstance(entry, dict):
            found[number] = "unreadable"
            continue
        value = entry.get("customerId")
        is_text = value is None or isinstance(value, str)
        found[number] = (
            value.replace("\x00", "\ufffd")
            if isinstance(value, str)
            else None
            if is_text
            else orjson.dumps(value).decode()
        )
    return found
