import csv
import gzip
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from cdp_pipeline.entities.registry import BY_OBJECT_TYPE
from cdp_pipeline.generator import table_files
from cdp_pipeline.generator.files import Broken, RowFile
from cdp_pipeline.generator.table_files import (
    Delimited,
    ParquetParts,
    SemicolonSeparated,
    TabSeparated,
    WideText,
    Workbook,
)

LEAD = BY_OBJECT_TYPE["lead-information"]
ROW = {
    "systemName": "Landing-Page",
    "leadId": "00000000001",
    "phone": "0903118264",
    "fullName": "Nguyễn Thị Minh Anh",
    "tags": ["mèo", "ưu đãi"],
    "prospectLevel": 2,
    "createdAt": 1788224400000,
    "customFieldTexts": {"customField01": "gọi sau 18h"},
}


def written(maker: type[RowFile], folder: Path, ending: str, *chunks: list[Any]) -> Path:
    file = maker(folder / "leads", ending, LEAD)
    for chunk in chunks:
        file.write(chunk)
    file.close()
    return file.paths[0]


def test_a_csv_has_a_column_for_every_declared_field(tmp_path: Path) -> None:
    header = written(Delimited, tmp_path, ".csv", [ROW]).read_text().splitlines()[0].split(",")
    assert set(header) >= {column.source for column in LEAD.columns if column.name != "ref_id"}


def test_a_csv_holds_lists_and_custom_fields_as_json(tmp_path: Path) -> None:
    (row,) = csv.DictReader(written(Delimited, tmp_path, ".csv", [ROW]).read_text().splitlines())
    assert (row["tags"], row["customFieldTexts"]) == ('["mèo","ưu đãi"]', '{"customField01":"gọi sau 18h"}')


def test_a_tsv_holds_them_in_columns_of_their_own_and_with_bars(tmp_path: Path) -> None:
    lines = written(TabSeparated, tmp_path, ".tsv", [ROW]).read_text().splitlines()
    (row,) = csv.DictReader(lines, delimiter="\t")
    assert (row["tags"], row["customFieldTexts.customField01"]) == ("mèo|ưu đãi", "gọi sau 18h")


def test_a_broken_row_has_fields_too_many(tmp_path: Path) -> None:
    rows = list(csv.reader(written(Delimited, tmp_path, ".csv", [ROW, Broken(ROW)]).read_text().splitlines()))
    assert [len(row) for row in rows] == [len(rows[0]), len(rows[0]), len(rows[0]) + 2]


def test_spreadsheet_text_begins_with_its_byte_order_mark_once(tmp_path: Path) -> None:
    wide = written(WideText, tmp_path, ".csv", [ROW], [ROW]).read_bytes()
    assert wide.startswith(b"\xff\xfe")
    assert wide.decode("utf-16").count("Nguyễn Thị Minh Anh") == 2
    office = gzip.decompress(written(SemicolonSeparated, tmp_path, ".csv.gz", [ROW], [ROW]).read_bytes())
    assert office.startswith(b"\xef\xbb\xbftimezoneGmt;")
    assert office.count(b"\r\n") == 3


def test_a_parquet_file_has_the_declared_types(tmp_path: Path) -> None:
    frame = pl.read_parquet(written(ParquetParts, tmp_path, ".parquet", [ROW]))
    types = {name: frame.schema[name] for name in ("leadId", "tags", "prospectLevel", "createdAt", "customFieldTexts")}
    assert list(types.values()) == [pl.String, pl.List(pl.String), pl.Int64, pl.Int64, pl.String]


def test_a_parquet_file_goes_on_in_another_one_when_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_files, "PARQUET_ROWS", 3)
    file = ParquetParts(tmp_path / "leads", ".parquet", LEAD)
    for _ in range(4):
        file.write([ROW, ROW])
    file.close()
    assert [pl.read_parquet(path).height for path in file.paths] == [4, 4]


def test_a_sheet_is_the_same_on_every_run_and_takes_the_zero_from_some_phones(tmp_path: Path) -> None:
    rows = [ROW | {"phone": "0903118266"}, ROW, ROW | {"phone": "+84 903 118 264"}]
    path = written(Workbook, tmp_path / "one", ".xlsx", rows)
    assert path.read_bytes() == written(Workbook, tmp_path / "two", ".xlsx", rows).read_bytes()
    phones = pl.read_excel(path, infer_schema_length=0)["phone"].to_list()
    assert phones == ["903118266", "0903118264", "+84 903 118 264"]
