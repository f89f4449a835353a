import csv
import io

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdp_pipeline.ingest import csv_records
from cdp_pipeline.ingest.csv_records import RecordReader, split_record
from cdp_pipeline.ingest.lines import line_frames

FIELDS = st.text(alphabet='a",;\n ', max_size=5)


def records(text: str, delimiter: str = ",", frame_rows: int = 1000) -> list[tuple[int, str, bool]]:
    """First line, text, and whether it can be split."""
    reader = RecordReader(delimiter)
    parts = [reader.records(frame) for frame in line_frames([text.encode()], frame_rows)] + [reader.rest()]
    return pl.concat(parts).select("source_row", "raw", pl.col("message").is_null()).rows()


def test_a_quoted_line_break_does_not_end_a_record() -> None:
    assert records('1,"a\n\nb",2\n\n3,c,4\n') == [(1, '1,"a\n\nb",2', True), (5, "3,c,4", True)]


def test_a_quote_within_an_unquoted_field_is_part_of_it() -> None:
    assert records('1,5" pipe,2\n3,b,4') == [(1, '1,5" pipe,2', True), (2, "3,b,4", True)]
    assert split_record('1,5" pipe,2', ",") == ["1", '5" pipe', "2"]


def test_a_stray_quote_spoils_its_own_record_only() -> None:
    assert records('1,"a"b\n2,b\n3,"c,d\n4,"e""f",g\n5,h') == [
        (1, '1,"a"b', False),
        (2, "2,b", True),
        (3, '3,"c,d', False),
        (4, '4,"e""f",g', True),
        (5, "5,h", True),
    ]


def test_a_quote_that_the_next_quoted_field_closes_wrongly_spoils_its_own_line_only() -> None:
    assert records('1,"a,b\n2,c\n3,"d",e\n4,f') == [
        (1, '1,"a,b', False),
        (2, "2,c", True),
        (3, '3,"d",e', True),
        (4, "4,f", True),
    ]


def test_a_quote_never_closed_takes_the_rest_of_the_file() -> None:
    assert records('1,a\n2,"b\n3,c\n4,d') == [(1, "1,a", True), (2, '2,"b\n3,c\n4,d', False)]


def test_a_quote_open_for_longer_than_any_cell_spoils_its_own_line_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(csv_records, "MAX_FRAME_BYTES", 20)
    assert records('1,"a\n' + "2,b\n" * 8)[:2] == [(1, '1,"a', False), (2, "2,b", True)]


@given(
    st.lists(st.lists(FIELDS, min_size=2, max_size=3), min_size=1, max_size=6), st.integers(1, 4), st.sampled_from(",;")
)
def test_what_the_standard_library_writes_is_split_as_it_was(
    rows: list[list[str]], frame_rows: int, delimiter: str
) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter, lineterminator="\n", quoting=csv.QUOTE_ALL).writerows(rows)
    found = records(text.getvalue(), delimiter, frame_rows)
    assert all(is_sound for _, _, is_sound in found)
    assert [split_record(raw, delimiter) for _, raw, _ in found] == rows
