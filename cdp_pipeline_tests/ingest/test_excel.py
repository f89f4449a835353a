import io
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime, time
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pytest
import xlsxwriter
from hypothesis import given, settings, strategies as st
from xlsxwriter.utility import xl_rowcol_to_cell

from cdp_pipeline.ingest.batch import Batch, UnreadableFileError
from cdp_pipeline.ingest.excel import sheets_of

Read = Callable[..., Batch]
Sent = Callable[[Batch], list[dict[str, Any]]]

LAST_ROW, LAST_COLUMN = 1_048_575, 16_383


def workbook(*sheets: list[list[Any]], hidden: Sequence[int] = (), **options: Any) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"default_date_format": "yyyy-mm-dd", **options}) as book:
        for place, rows in enumerate(sheets):
            sheet = book.add_worksheet()
            for number, cells in enumerate(rows):
                for column, value in enumerate(cells):
                    if value is not None:
                        sheet.write(number, column, value)
            if place in hidden:
                sheet.hide()
        if 0 in hidden:
            book.worksheets()[1].activate()
    return content.getvalue()


def sheet_of_cells(cells: dict[tuple[int, int], Any]) -> bytes:
    """A workbook whose sheet has these texts and numbers, by row and column from 0."""
    rows: dict[int, list[str]] = {}
    for (row, column), value in sorted(cells.items()):
        text = f'<is><t xml:space="preserve">{escape(str(value))}</t></is>'
        kind, body = ("n", f"<v>{value}</v>") if isinstance(value, int) else ("inlineStr", text)
        rows.setdefault(row, []).append(f'<c r="{xl_rowcol_to_cell(row, column)}" t="{kind}">{body}</c>')
    data = "".join(f'<row r="{row + 1}">{"".join(found)}</row>' for row, found in rows.items())
    return with_xml(workbook([]), lambda text: text.replace("<sheetData/>", f"<sheetData>{data}</sheetData>"))


def with_xml(content: bytes, change: Callable[[str], str], member: str = "xl/worksheets/sheet1.xml") -> bytes:
    changed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(changed, "w") as target:
        for name in source.namelist():
            text = source.read(name)
            target.writestr(name, change(text.decode()) if name == member else text)
    return changed.getvalue()


CUSTOMERS = [["customerId", "phone", "fullName"], ["C1", "0912345678", "An"], ["C2", "0912345679", "Ba"]]


def test_cells_become_text(read: Read, sent: Sent) -> None:
    header = ["Customer ID", "phone", "yob", "dob2", "updatedAt", "identityNo", "status"]
    rows = [
        ["C1", 912345678, 1988, date(2001, 10, 31), 1584507164000, "007", True],
        ["C2", "0912", 3.7, None, None, 1.5],
    ]
    assert sent(read("crm.xlsx", workbook([header, *rows]))) == [
        {
            "source_row": 2,
            "customer_id": "C1",
            "phone": "912345678",
            "yob": "1988",
            "dob_2": "2001-10-31",
            "updated_at": "1584507164000",
            "identity_no": "007",
            "status": "true",
        },
        {"source_row": 3, "customer_id": "C2", "phone": "0912", "yob": "3.7", "identity_no": "1.5"},
    ]


def test_rows_have_the_numbers_that_the_sheet_shows(read: Read) -> None:
    batch = read("crm.xlsx", workbook([[], ["customerId"], ["C1"], [" "], [], ["C2"], [" "], []]))
    assert batch.rows.select("source_row", "customer_id").rows() == [(3, "C1"), (6, "C2")]


def test_every_visible_sheet_with_a_known_header_is_read(read: Read) -> None:
    february = [["phone", "customerId"], ["0912345680", "C3"]]
    batch = read("crm.xlsx", workbook(CUSTOMERS, [], february, [["Tổng", "Tháng"], [2, 1]]))
    assert batch.rows.select("entry_number", "source_row", "customer_id", "phone").rows() == [
        (1, 2, "C1", "0912345678"),
        (3, 2, "C3", "0912345680"),
        (1, 3, "C2", "0912345679"),
    ]
    assert batch.findings == {"workbook:other_sheets": 1}


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_a_hidden_sheet_is_never_read(read: Read, state: str) -> None:
    content = workbook([["customerId"], ["OLD"]], CUSTOMERS, hidden=[0])
    content = with_xml(content, lambda text: text.replace('"hidden"', f'"{state}"'), "xl/workbook.xml")
    batch = read("crm.xlsx", content)
    assert batch.rows.select("entry_number", "customer_id").rows() == [(1, "C1"), (1, "C2")]
    assert not batch.findings


def test_without_any_known_header_the_workbook_is_refused_with_that_of_its_first_sheet(read: Read) -> None:
    batch = read("crm.xlsx", workbook([["a", "b"], [1, 2]], [["c"], [3]]))
    assert batch.rejected.select("source_row", "rules").rows() == [(1, ["unreadable"])]
    assert 'Unknown are "a", "b".' in batch.rejected["message"].item()


def test_a_sheet_that_shares_a_name_or_two_with_the_entity_is_another_table(read: Read) -> None:
    stock = [["item", "shelf", "amount", "address"], ["Tea", 4, 11, "Kho 2"]]
    batch = read("crm.xlsx", workbook([["customerId", "fullName"], ["C1", "Hà"]], stock))
    assert batch.rows["customer_id"].to_list() == ["C1"]
    assert batch.findings == {"workbook:other_sheets": 1}


def test_a_workbook_without_a_visible_cell_is_an_empty_file(read: Read) -> None:
    assert read("crm.xlsx", workbook([])).findings == {"empty_file": 1}
    assert read("crm.xlsx", workbook(CUSTOMERS, [], hidden=[0])).findings == {"empty_file": 1}


@pytest.mark.parametrize(
    "strays",
    [
        [(LAST_ROW, LAST_COLUMN)],
        [(LAST_ROW, 2)],
        [(199_999, 103)],
        [(2, LAST_COLUMN)],
        [(9, column) for column in range(0, LAST_COLUMN, 400)],
        [(row, 1) for row in range(10_000, LAST_ROW, 10_000)],
        [(LAST_ROW, LAST_COLUMN), (2, LAST_COLUMN), (0, 9_000)],
    ],
)
def test_stray_cells_far_away_cost_nothing(read: Read, strays: list[tuple[int, int]]) -> None:
    cells = {(row, column): text for row, line in enumerate(CUSTOMERS) for column, text in enumerate(line)}
    batch = read("crm.xlsx", sheet_of_cells(cells | dict.fromkeys(strays, "x")))
    assert batch.rows.select("source_row", "customer_id", "full_name").rows()[:2] == [(2, "C1", "An"), (3, "C2", "Ba")]
    assert set(batch.rows["source_row"]) == {2, 3} | {row + 1 for row, _ in strays if row > 0}


def test_a_stray_cell_keeps_its_column_number(read: Read) -> None:
    cells = {(row, column): text for row, line in enumerate(CUSTOMERS) for column, text in enumerate(line)}
    batch = read("crm.xlsx", sheet_of_cells({**cells, (2, LAST_COLUMN): "x"}))
    assert batch.rows["extra"].to_list() == [None, '{"column 16384":"x"}']


@pytest.mark.parametrize(
    "cells", [{(n, n): "x" for n in range(LAST_COLUMN)}, {(1, n): "x" for n in range(LAST_COLUMN)}]
)
def test_a_sheet_of_nothing_but_strays_is_one_refused_file(read: Read, cells: dict[tuple[int, int], str]) -> None:
    batch = read("crm.xlsx", sheet_of_cells({(0, 0): "customerId"} | cells))
    assert batch.rejected.height == 1
    assert "16,383 columns" in batch.rejected["message"].item()


def test_error_cells_are_missing_and_counted(read: Read, sent: Sent) -> None:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["customerId", "phone", "fullName"])
        sheet.write_row(1, 0, ["C1", "", "#N/A"])
        for row, error in enumerate(["#N/A", "#REF!", "#DIV/0!"], start=1):
            sheet.write(row, 0, f"C{row}")
            sheet.write_formula(row, 1, "=A1/0", None, error)
    batch = read("crm.xlsx", content.getvalue())
    assert sent(batch) == [
        {"source_row": 2, "customer_id": "C1", "full_name": "#N/A"},
        {"source_row": 3, "customer_id": "C2"},
        {"source_row": 4, "customer_id": "C3"},
    ]
    assert batch.findings == {"workbook:error_cells": 3}


def test_a_repeated_header_row_is_skipped_and_counted(read: Read) -> None:
    again = [[" CustomerID", "phone", "fullName "], ["customerId", "phone", "An"]]
    batch = read("crm.xlsx", workbook(CUSTOMERS + again + CUSTOMERS[:1]))
    assert batch.rows["source_row"].to_list() == [2, 3, 5]
    assert batch.findings == {"header:repeated": 2}


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (123456789012345678, "1.23456789012346E+17"),
        (1e300, "1.00000000000000E+300"),
        (884912345678901, "884912345678901"),
        ("12345678901234567890", "12345678901234567890"),
        ("1.23457E+11", "1.23457E+11"),
        (12.125, "12.1250"),
        (-0.5, "-0.5"),
        (1234.125, "1234.125"),
        ("12.125", "12.125"),
    ],
)
def test_numbers_whose_digits_are_lost_or_ambiguous_are_told_from_texts(read: Read, cell: Any, text: str) -> None:
    # The column before the header is formatted but empty, which shifts no column.
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet()
        sheet.write_blank(1, 0, None, book.add_format({"bold": True}))
        sheet.write_column(0, 1, ["customerId", "C1"])
        sheet.write(0, 3, "identityNo")
        (sheet.write_string if isinstance(cell, str) else sheet.write_number)(1, 3, cell)
    assert read("crm.xlsx", content.getvalue()).rows["identity_no"].to_list() == [text]


@pytest.mark.parametrize("date_1904", [False, True])
@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (date(1990, 5, 1), "1990-05-01"),
        (datetime.fromisoformat("2020-03-18 04:52"), "2020-03-18T04:52:00"),
        (datetime.fromisoformat("2020-03-18 00:00"), "2020-03-18"),
        ("05/06/2020", "05/06/2020"),
    ],
)
def test_dates_of_a_sheet_name_no_time_zone(read: Read, cell: Any, text: str, date_1904: bool) -> None:
    batch = read("crm.xlsx", workbook([["customerId", "updatedAt"], ["C1", cell]], date_1904=date_1904))
    assert batch.rows["updated_at"].to_list() == [text]


def test_a_time_of_day_is_no_number_with_three_decimals(read: Read) -> None:
    content = workbook([["customerId", "city"], ["C1", time(3)]])
    assert read("crm.xlsx", content).rows["city"].to_list() == ["1899-12-31T03:00:00"]


@pytest.mark.parametrize(
    "change",
    [
        lambda text: (
            text.replace("<c ", "<x:c ").replace("</c>", "</x:c>").replace("<worksheet", '<worksheet xmlns:x="M"', 1)
        ),
        lambda text: text.replace('<c r="', '<c\n r="'),
        lambda text: text.replace("</c>", "</c >"),
        lambda text: text.replace('r="A', 'r = "A'),
        lambda text: text.replace('"', "'").replace("<?xml version='1.0'", '<?xml version="1.0"'),
    ],
)
def test_the_way_the_xml_is_written_does_not_matter(read: Read, change: Callable[[str], str]) -> None:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    content = with_xml(workbook(CUSTOMERS), lambda text: change(text).replace('"M"', f'"{main}"'))
    batch = read("crm.xlsx", content)
    assert batch.rows.select("source_row", "customer_id", "full_name").rows() == [(2, "C1", "An"), (3, "C2", "Ba")]


def test_a_stray_cell_is_found_however_its_xml_is_written(read: Read) -> None:
    stray = "<row r='1048576'><c\tr='XFD1048576'><v>1</v></c></row></sheetData>"
    content = with_xml(workbook(CUSTOMERS), lambda text: text.replace("</sheetData>", stray))
    assert read("crm.xlsx", content).rows["source_row"].to_list() == [2, 3, 1_048_576]


def test_escapes_and_rich_text_survive_the_dense_copy(read: Read) -> None:
    name = (
        '<is><r><t xml:space="preserve">An </t></r><r><t>Trần &amp; Co&#13;</t></r>'
        '<rPh sb="0" eb="1"><t>x</t></rPh></is>'
    )
    stray = f'<row r="9"><c r="A9" t="inlineStr">{name}</c></row><row r="900000"><c r="XFD900000"><v>1</v></c></row>'
    content = with_xml(workbook(CUSTOMERS), lambda text: text.replace("</sheetData>", f"{stray}</sheetData>"))
    batch = read("crm.xlsx", content)
    assert batch.rows.select("source_row", "customer_id").rows()[2] == (9, "An Trần & Co\r")


def test_a_name_that_stands_twice_refuses_the_workbook(read: Read) -> None:
    batch = read("crm.xlsx", workbook(CUSTOMERS, [["customerId", "yob", "YOB"], ["C1", 1, 2]]))
    assert "more than once: YOB, yob" in batch.rejected["message"].item()
    assert batch.rows.is_empty()


def test_a_row_without_end_is_read_in_pieces(read: Read) -> None:
    blanks = " " * 40_000_000
    content = with_xml(workbook(CUSTOMERS), lambda text: text.replace("<sheetData>", f"<sheetData>{blanks}"))
    assert read("crm.xlsx", content).rows["customer_id"].to_list() == ["C1", "C2"]


def texts_by_place(content: bytes) -> dict[tuple[int, int], str]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "crm.xlsx"
        path.write_bytes(content)
        return {
            (row["source_row"], column): row[f"cell:{n}"]
            for sheet in sheets_of(path, Path(folder))
            for row in sheet.cells.to_dicts()
            for n, column in enumerate(sheet.columns)
            if row[f"cell:{n}"] is not None
        }


PLACES = st.tuples(
    st.one_of(st.integers(0, 30), st.integers(0, LAST_ROW)), st.one_of(st.integers(0, 9), st.integers(0, LAST_COLUMN))
)
VALUES = st.one_of(st.integers(-999, 999), st.text("aZ9 #<&é\n", min_size=1).map(lambda text: f"x{text}"))


@settings(max_examples=60, deadline=None)
@given(cells=st.dictionaries(PLACES, VALUES, max_size=40))
def test_any_sparse_sheet_gives_each_cell_at_its_place(cells: dict[tuple[int, int], Any]) -> None:
    expected = {(row + 1, column + 1): str(value) for (row, column), value in cells.items()}
    assert texts_by_place(sheet_of_cells(cells)) == expected


@settings(max_examples=150, deadline=None)
@given(noise=st.binary(max_size=60), place=st.integers(0, 20_000), is_cut=st.booleans())
def test_no_damage_of_a_workbook_raises(noise: bytes, place: int, is_cut: bool) -> None:
    sound = workbook(CUSTOMERS, CUSTOMERS)
    place %= len(sound)
    damaged = sound[:place] + noise + (b"" if is_cut else sound[place + len(noise) :])
    for content in (noise, b"PK\x03\x04" + noise, damaged):
        with suppress(UnreadableFileError):
            texts_by_place(content)


@settings(max_examples=150, deadline=None)
@given(
    noise=st.text('<>/"= \nrcAZ19', max_size=20),
    place=st.integers(0, 20_000),
    member=st.sampled_from(["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/worksheets/sheet1.xml"]),
)
def test_no_damage_of_the_xml_raises(noise: str, place: int, member: str) -> None:
    def damage(text: str) -> str:
        at = place % len(text)
        return text[:at] + noise + text[at + len(noise) // 2 :]

    with suppress(UnreadableFileError):
        texts_by_place(with_xml(workbook(CUSTOMERS), damage, member))
