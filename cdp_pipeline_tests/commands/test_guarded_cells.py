import csv
import io

import pytest
from hypothesis import given, strategies as st

from cdp_pipeline.commands.cells import GUARDED, guarded_row, row_as_sent


@pytest.mark.parametrize("sent", ["=1+1", "+84912345678", "-1", "@SUM(A1)", "\tx", "\r=x", '=HYPERLINK("http://evil")'])
def test_a_cell_that_begins_like_a_formula_is_guarded_and_said_so(sent: str) -> None:
    row = guarded_row({"raw": sent, "message": "wrong"})
    assert row == {"raw": "'" + sent, "message": "wrong", GUARDED: '["raw"]'}
    assert row_as_sent(row) == {"raw": sent, "message": "wrong"}


@pytest.mark.parametrize("sent", ["", "'=1", "'", "1-2", '{"a": "=1"}'])
def test_any_other_cell_stays_and_an_apostrophe_that_was_sent_is_not_taken_for_ours(sent: str) -> None:
    row = guarded_row({"raw": sent})
    assert row == {"raw": sent, GUARDED: ""}
    assert row_as_sent(row) == {"raw": sent}


def test_a_guard_that_a_spreadsheet_removed_is_not_missed() -> None:
    assert row_as_sent({"raw": "+84", GUARDED: '["raw"]'}) == {"raw": "+84"}


@given(st.dictionaries(st.sampled_from(["raw", "message"]), st.text(alphabet="=+-@\t\r\n'\"a,;")))
def test_every_row_comes_back_through_a_csv_file_as_it_was(cells: dict[str, str]) -> None:
    file = io.StringIO(newline="")
    row = guarded_row(cells)
    writer = csv.DictWriter(file, row)
    writer.writeheader()
    writer.writerow(row)
    file.seek(0)
    assert [row_as_sent(read) for read in csv.DictReader(file)] == [cells]
    assert not any(text.startswith(("=", "+", "-", "@", "\t", "\r")) for text in row.values())
