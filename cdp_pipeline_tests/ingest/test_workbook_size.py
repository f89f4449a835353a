"""Workbooks that become large when they are loaded are refused before they are."""

import io
import zipfile
from dataclasses import replace

import pytest
import xlsxwriter

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.ingest import bounds, workbooks as workbook_size
from cdp_pipeline.ingest.bounds import MEGABYTE, USUAL
from cdp_pipeline.ingest.pipeline import read_files

LOW = replace(USUAL, max_workbook_mb=1, max_sheet_cells=100, max_columns=50)


def workbook(rows: int, note: str = "x", columns: int = 3) -> bytes:
    """A table of customers whose notes are all one text of the workbook's list."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("Customers")
        sheet.write_row(0, 0, ["customerId", "fullName", "note", *(f"field{n}" for n in range(columns - 3))])
        for row in range(1, rows + 1):
            sheet.write_row(row, 0, [f"C{row}", "Nguyễn Văn An", note, *("y" for _ in range(columns - 3))])
    return content.getvalue()


def with_member(content: bytes, name: str, text: str) -> bytes:
    changed = io.BytesIO(content)
    with zipfile.ZipFile(changed, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, text)
    return changed.getvalue()


@pytest.fixture
def outcome(raw_file):
    """How many rows of a workbook are readable, and what is said where it is refused."""

    def run(content: bytes) -> tuple[int, str]:
        batches = list(read_files([raw_file("crm.xlsx", content)], CUSTOMER_IDENTITY, bounds=LOW))
        messages = [text for batch in batches for text in batch.rejected["message"]]
        return sum(batch.rows.height for batch in batches), "".join(messages)

    return run


def test_a_table_of_too_many_cells_is_refused_and_the_next_smaller_one_read(outcome) -> None:
    assert outcome(workbook(32)) == (32, "")
    found, message = outcome(workbook(33))
    assert (found, "102 cells" in message, "CDP_MAX_SHEET_CELLS" in message) == (0, True, True)


def test_a_table_of_too_many_columns_is_refused(outcome) -> None:
    assert outcome(workbook(1, columns=50)) == (1, "")
    assert "CDP_MAX_COLUMNS" in outcome(workbook(1, columns=51))[1]


def test_one_long_text_that_many_cells_name_is_refused(outcome) -> None:
    assert outcome(workbook(30, "x" * 30_000)) == (30, "")
    found, message = outcome(workbook(32, "x" * 32_767))
    assert (found, "CDP_MAX_WORKBOOK_MB" in message) == (0, True)


@pytest.mark.parametrize("name", ["xl/other.xml", "xl/worksheets/other.xml"])
def test_xml_that_expands_too_far_is_refused(outcome, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    assert "CDP_MAX_WORKBOOK_MB" in outcome(with_member(workbook(2), name, " " * 2 * MEGABYTE))[1]
    monkeypatch.setattr(bounds, "FREE_EXPANDED_BYTES", MEGABYTE)
    assert "CDP_MAX_EXPANSION_RATIO" in outcome(with_member(workbook(2), name, " " * 2 * MEGABYTE))[1]


def test_pictures_and_other_parts_that_are_not_read_do_not_count(outcome) -> None:
    assert outcome(with_member(workbook(2), "xl/media/logo.png", " " * 2 * MEGABYTE)) == (2, "")


def test_a_workbook_of_too_many_parts_is_refused(outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_size, "_MAX_MEMBERS", 5)
    assert "parts; nothing of it was read" in outcome(workbook(2))[1]
