import io
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import xlsxwriter

from cdp_pipeline.ingest.batch import Batch

Read = Callable[..., Batch]


def workbook(*sheets: list[list[Any]]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"default_date_format": "yyyy-mm-dd"}) as book:
        for rows in sheets:
            sheet = book.add_worksheet()
            for number, cells in enumerate(rows):
                for place, value in enumerate(cells):
                    if value is not None:
                        sheet.write(number, place, value)
    return content.getvalue()


def test_cells_become_text(read: Read, sent: Callable[[Batch], list[dict[str, Any]]]) -> None:
    header = ["Customer ID", "phone", "yob", "dob2", "updatedAt", "identityNo", "status"]
    rows = [
        ["C1", 912345678, 1988, date(2001, 10, 31), 1584507164000, "007", True],
        ["C2", "0912", 3.7, None, None, 1.5],
    ]
    assert sent(read("crm.xlsx", workbook([header, *rows]))) == [
        {
            "source_row": 1,
            "customer_id": "C1",
            "phone": "912345678",
            "yob": "1988",
            "dob_2": "2001-10-31 00:00:00",
            "updated_at": "1584507164000",
            "identity_no": "007",
            "status": "true",
        },
        {"source_row": 2, "customer_id": "C2", "phone": "0912", "yob": "3.7", "identity_no": "1.5"},
    ]


def test_rows_are_numbered_below_the_header_blank_ones_included(read: Read) -> None:
    batch = read("crm.xlsx", workbook([[], ["customerId"], ["C1"], [" "], [], ["C2"]]))
    assert batch.rows.select("source_row", "customer_id").rows() == [(1, "C1"), (4, "C2")]


def test_only_the_first_sheet_is_read_and_the_others_are_counted(read: Read) -> None:
    batch = read("crm.xlsx", workbook([["customerId"], ["C1"]], [["customerId"], ["C2"]], []))
    assert batch.rows["customer_id"].to_list() == ["C1"]
    assert batch.findings == {"workbook:other_sheets": 2}


def test_a_workbook_without_a_cell_is_an_empty_file(read: Read) -> None:
    assert read("crm.xlsx", workbook([])).findings == {"empty_file": 1}


def test_moments_of_a_spreadsheet_stay_text_as_they_name_no_time_zone(read: Read) -> None:
    batch = read(
        "crm.xlsx", workbook([["customerId", "updatedAt"], ["C1", datetime.fromisoformat("2020-03-18 04:52")]])
    )
    assert batch.rows["updated_at"].to_list() == ["2020-03-18 04:52:00"]


def test_a_name_that_stands_twice_refuses_the_workbook(read: Read) -> None:
    batch = read("crm.xlsx", workbook([["customerId", "yob", "YOB"], ["C1", 1, 2]]))
    assert "more than once: YOB, yob" in batch.rejected["message"].item()
