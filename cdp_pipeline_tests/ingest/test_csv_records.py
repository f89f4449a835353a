import csv
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings, strategies as st

from cdp_pipeline.ingest import csv_records, entries
from cdp_pipeline.ingest.csv_records import RecordReader
from cdp_pipeline.ingest.lines import line_frames
from cdp_pipeline.values.duckdb_query import Engine

MANY = 2**40
FIELDS = st.text(alphabet='a",;\n ', max_size=5)


def split(text: str, scratch: Path, few_bytes: int, width: int = 2, delimiter: str = ",") -> pl.DataFrame:
    """The records of a text of which so many bytes at least are split by DuckDB, and by Python if it refuses them."""
    with pytest.MonkeyPatch.context() as patch, Engine(scratch) as engine:
        patch.setattr(entries, "FEW_BYTES", few_bytes)
        reader = RecordReader(delimiter, width, engine)
        parts = [reader.records(frame) for frame in line_frames([text.encode()], 4)] + [reader.rest()]
    return pl.concat(parts).filter(pl.col("raw") != "")


def records(text: str, scratch: Path) -> list[tuple[int, str, bool]]:
    """First line, text, and whether it can be split, by Python as by DuckDB."""
    found, other = (split(text, scratch, few_bytes) for few_bytes in (MANY, 0))
    assert found.equals(other)
    return found.select("source_row", "raw", pl.col("message").is_null()).rows()


def test_a_quoted_line_break_does_not_end_a_record(tmp_path: Path) -> None:
    assert records('1,"a\n\nb"\n\n3,c\n', tmp_path) == [(1, '1,"a\n\nb"', True), (5, "3,c", True)]


def test_a_quote_within_an_unquoted_field_is_part_of_it(tmp_path: Path) -> None:
    assert records('1,5" pipe\n3,b', tmp_path) == [(1, '1,5" pipe', True), (2, "3,b", True)]
    assert split('1,5" pipe', tmp_path, 0)["cell:1"].to_list() == ['5" pipe']


def test_a_stray_quote_spoils_its_own_record_only(tmp_path: Path) -> None:
    assert records('1,"a"b\n2,b\n3,"c,d\n4,"e""f",g\n5,h', tmp_path) == [
        (1, '1,"a"b', False),
        (2, "2,b", True),
        (3, '3,"c,d', False),
        (4, '4,"e""f",g', True),
        (5, "5,h", True),
    ]


def test_a_quote_that_the_next_quoted_field_closes_wrongly_spoils_its_own_line_only(tmp_path: Path) -> None:
    assert records('1,"a,b\n2,c\n3,"d",e\n4,f', tmp_path) == [
        (1, '1,"a,b', False),
        (2, "2,c", True),
        (3, '3,"d",e', True),
        (4, "4,f", True),
    ]


def test_a_quote_never_closed_takes_the_rest_of_the_file(tmp_path: Path) -> None:
    text = '1,a\n2,"b\n' + "3,c\n" * 9
    assert records(text, tmp_path) == [(1, "1,a", True), (2, text[4:-1], False)]


def test_a_quote_open_for_longer_than_any_cell_spoils_its_own_line_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(csv_records, "MAX_FRAME_BYTES", 20)
    assert records('1,"a\n' + "2,b\n" * 8, tmp_path)[:2] == [(1, '1,"a', False), (2, "2,b", True)]


def test_sound_lines_are_split_by_duckdb_also_where_a_frame_ends_within_quotes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    text = '1,"a\n\nb"\n' * 7
    expected = split(text, tmp_path, MANY)
    monkeypatch.setattr(csv_records.csv, "reader", None)
    assert split(text, tmp_path, 0).equals(expected)


@settings(max_examples=60)
@given(st.text(alphabet='aé"",,\n\n \ufeff', max_size=30), st.integers(1, 3))
def test_duckdb_and_python_split_any_text_alike(
    tmp_path_factory: pytest.TempPathFactory, text: str, width: int
) -> None:
    scratch = tmp_path_factory.getbasetemp()
    assert split(text, scratch, 0, width).equals(split(text, scratch, MANY, width))


@settings(max_examples=60)
@given(
    st.lists(st.lists(FIELDS, min_size=3, max_size=3), min_size=1, max_size=6),
    st.sampled_from([0, MANY]),
    st.sampled_from(",;"),
)
def test_what_the_standard_library_writes_is_split_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], few_bytes: int, delimiter: str
) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    found = split(text.getvalue(), tmp_path_factory.getbasetemp(), few_bytes, 3, delimiter)
    assert found["message"].null_count() == len(rows)
    assert [[cell or "" for cell in row] for row in found.select("^cell:.*$").rows()] == rows
