"""Files without some of their entries: all else is byte for byte as it was sent, or the file is refused."""

import gzip
import io
import json
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import fastexcel
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
import zstandard

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import BY_OBJECT_TYPE
from cdp_pipeline.ingest.bounds import USUAL
from cdp_pipeline.ingest.files import RawFile
from cdp_pipeline.ingest.json_removal import UnfaithfulError
from cdp_pipeline.ingest.pipeline import read_files
from cdp_pipeline.ingest.removal import Entries, write_without

PLACES = ["source_file", "source_row", "entry_number"]
RAW = Path(__file__).parents[2] / "data" / "raw"
SAMPLES = sorted(path.relative_to(RAW) for path in RAW.rglob("*.*") if path.is_file())
HEADER = "customerId,systemName,fullName,phone"
AN, MAI, HA = (f'{number},CRM,"{name}",091234500{number}' for number, name in enumerate(("An", "Lê Mai", "Hà"), 1))


@pytest.fixture
def without(tmp_path: Path) -> Callable[..., bytes]:
    """The content of a file without entries; whether the numbers of others stay is in `without.keeps_places`."""

    def build(
        name: str,
        content: bytes | str,
        *places: tuple[int, int],
        lines: dict[int, int] | None = None,
        comes_in_pages: bool = False,
        keeps_places: bool = True,
    ) -> bytes:
        source, target = tmp_path / name, tmp_path / f"copy-{name}"
        source.write_bytes(content.encode() if isinstance(content, str) else content)
        by_row: dict[int, list[int]] = {}
        for row, number in places:
            by_row.setdefault(row, []).append(number)
        entries = Entries(by_row, {row: (lines or {}).get(row, 1) for row in by_row}, comes_in_pages)
        assert write_without(source, target, name, entries, tmp_path, USUAL) == keeps_places
        return target.read_bytes()

    return build


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_row_of_a_table_leaves_an_empty_line_whatever_ends_it(without, end: str, mark: str) -> None:
    lines = [mark + HEADER, AN, MAI, HA]
    assert without("a.csv", end.join(lines), (3, 1)).decode() == end.join([mark + HEADER, AN, "", HA])


def test_the_first_row_the_last_without_a_line_end_and_the_only_one(without) -> None:
    assert without("a.csv", f"{HEADER}\n{AN}\n{HA}\n", (2, 1)).decode() == f"{HEADER}\n\n{HA}\n"
    assert without("a.csv", f"{HEADER}\n{AN}\n{HA}", (3, 1)).decode() == f"{HEADER}\n{AN}\n"
    assert without("a.csv", f"{HEADER}\n{AN}\n", (2, 1)).decode() == f"{HEADER}\n\n"


def test_a_row_over_several_lines_goes_whole_and_that_of_a_neighbour_stays(without) -> None:
    note, other = '1,CRM,"An\nBình\r\nMai",0912', '2,CRM,"Hà\nNội",0913'
    content = f"{HEADER}\n{note}\n{other}\n"
    assert without("a.csv", content, (2, 1), lines={2: 3}).decode() == f"{HEADER}\n\n\r\n\n{other}\n"
    assert without("a.csv", content, (5, 1), lines={5: 2}).decode() == f"{HEADER}\n{note}\n\n\n"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_a_file_in_utf_16_stays_in_its_encoding(without, encoding: str) -> None:
    mark = "\ufeff".encode(encoding)
    content = mark + f"{HEADER}\r\n{AN}\r\n{MAI}".encode(encoding)
    assert without("a.tsv", content, (2, 1)) == mark + f"{HEADER}\r\n\r\n{MAI}".encode(encoding)


def test_bytes_that_are_not_utf_8_stay_in_other_rows(without) -> None:
    content = f"{HEADER}\n{AN}\n".encode() + b"2,CRM,\xff\xfe,1\n"
    assert without("a.csv", content, (2, 1)) == f"{HEADER}\n\n".encode() + b"2,CRM,\xff\xfe,1\n"


def test_a_line_of_json_leaves_an_empty_line(without) -> None:
    content = '{"customerId": 1.50}\n{"customerId":  "2"}\n{broken\n'
    assert without("a.ndjson", content, (2, 1)).decode() == '{"customerId": 1.50}\n\n{broken\n'
    assert without("a.jsonl", content, (3, 1)).decode() == '{"customerId": 1.50}\n{"customerId":  "2"}\n\n'


def test_of_two_people_in_one_line_the_other_stays_as_sent(without) -> None:
    line = '{"source": "Web", "entries": [ {"customerId": "1", "note": "a,b]"} ,\t{"customerId": 2.0}], "x": [1]}'
    left = '{"source": "Web", "entries": [ {"customerId": 2.0}], "x": [1]}'
    assert without("a.ndjson", line, (1, 1), keeps_places=False).decode() == left
    left = '{"source": "Web", "entries": [ {"customerId": "1", "note": "a,b]"}], "x": [1]}'
    assert without("a.ndjson", line + "\n", (1, 2), keeps_places=False).decode() == left + "\n"
    assert without("a.ndjson", line + "\n", (1, 1), (1, 2)).decode() == "\n"


def test_a_page_of_a_list_keeps_its_frame(without) -> None:
    page = '{"leads": [{"id": "L1"}], "nextPageToken": ""}\n'
    found = without("a.ndjson", page, (1, 1), comes_in_pages=True, keeps_places=False)
    assert found.decode() == '{"leads": [], "nextPageToken": ""}\n'


@pytest.mark.parametrize(
    ("sent", "place", "left"),
    [
        ('[{"a": 1},\n {"b": 2.10}]\n', (1, 1), '[{"b": 2.10}]\n'),
        ('[{"a": 1},\n {"b": 2.10}]\n', (2, 1), '[{"a": 1}]\n'),
        (' [ {"a": "é\\u00e9"} ] ', (1, 1), " [  ] "),
        ('[{"entries": [1, 2, 3]}, {"b": 2}]', (2, 2), '[{"entries": [1, 3]}, {"b": 2}]'),
        ('[{"entries": [1, 2]}, {"entries": []}, {"b": 2}]', (3, 1), '[{"entries": [1, 2]}, {"entries": []}]'),
        ('{"entries":[{"a":1},{"b":2}]}', (2, 2), '{"entries":[{"a":1}]}'),
        ('{\n "customerId": 1\n}\n', (1, 1), ""),
    ],
)
def test_a_document_loses_an_element_with_its_comma(without, sent: str, place: tuple[int, int], left: str) -> None:
    assert without("a.json", sent, place, keeps_places=False).decode() == left


def test_a_document_that_holds_lines_is_one_of_lines(without) -> None:
    assert without("a.json", '{"a": 1}\n{"b": 2}\n', (1, 1)).decode() == '\n{"b": 2}\n'


def test_compressed_files_stay_compressed(without) -> None:
    content = f"{HEADER}\n{AN}\n{MAI}\n".encode()
    left = f"{HEADER}\n\n{MAI}\n".encode()
    assert gzip.decompress(without("a.csv.gz", gzip.compress(content), (2, 1))) == left
    packed = without("a.csv.zst", zstandard.compress(content), (2, 1))
    assert zstandard.ZstdDecompressor().decompressobj().decompress(packed) == left


@pytest.mark.parametrize("codec", ["snappy", "zstd", "none"])
def test_parquet_keeps_schema_metadata_row_groups_and_codec(without, tmp_path: Path, codec: str) -> None:
    schema = pa.schema(
        [
            pa.field("customerId", pa.string(), nullable=False, metadata={"unit": "id"}),
            ("at", pa.timestamp("us", "UTC")),
        ],
        metadata={"sender": "CRM"},
    )
    table = pa.table(
        {"customerId": ["1", "2", "3", "4"], "at": [datetime(2026, 11, day, tzinfo=UTC) for day in (1, 2, 3, 4)]},
        schema,
    )
    pq.write_table(table, tmp_path / "sent.parquet", row_group_size=2, compression=codec)
    content = (tmp_path / "sent.parquet").read_bytes()
    left = pq.ParquetFile(io.BytesIO(without("a.parquet", content, (2, 1), keeps_places=False)))
    sent = pq.ParquetFile(io.BytesIO(content))
    assert left.read().column("customerId").to_pylist() == ["1", "3", "4"]
    assert left.schema_arrow.equals(sent.schema_arrow, check_metadata=True)
    assert left.metadata.metadata == sent.metadata.metadata
    assert left.metadata.row_group(1).column(0).compression == sent.metadata.row_group(1).column(0).compression
    assert [left.metadata.row_group(n).num_rows for n in range(2)] == [1, 2]
    none = without("a.parquet", content, *((n, 1) for n in (1, 2, 3, 4)), keeps_places=False)
    assert pq.read_table(io.BytesIO(none)).schema.equals(schema)


def test_parquet_of_another_writer_keeps_its_schema(without) -> None:
    (sent := io.BytesIO()).name = "sent.parquet"
    pl.DataFrame({"customerId": ["1", "2"], "tags": [["a"], ["b"]], "visits": [1, None]}).write_parquet(sent)
    left = without("a.parquet", sent.getvalue(), (1, 1), keeps_places=False)
    assert pl.read_parquet(io.BytesIO(left)).rows() == [("2", ["b"], None)]


def test_parquet_of_a_database_keeps_its_types(without, tmp_path: Path) -> None:
    cells = "'1' AS customerId, DATE '2026-11-16' AS day, 2::TINYINT AS visits, {'a': 1} AS more"
    rows = f"SELECT {cells}, 1.50::DECIMAL(9, 2) AS price"
    duckdb.sql(f"COPY (FROM ({rows}) UNION ALL ({rows})) TO '{tmp_path}/sent.parquet'")
    content = (tmp_path / "sent.parquet").read_bytes()
    left = pq.read_table(io.BytesIO(without("a.parquet", content, (1, 1), keeps_places=False)))
    assert left.num_rows == 1
    assert left.schema.equals(pq.read_schema(io.BytesIO(content)), check_metadata=True)


def workbook(copy: str = "") -> bytes:
    """Two visible sheets and an empty hidden one; `copy` names what may repeat a cell elsewhere."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        for name in ("An", "Mai", "Kho"):
            sheet = book.add_worksheet(name)
            if name == "Kho" and copy != "hidden sheet":
                continue
            sheet.write_row(0, 0, ["customerId", "fullName", "visits"])
            sheet.write_row(1, 0, ["C1", "Trần Văn An", 3])
            sheet.write_row(2, 0, ["C2", f"Lê {name}", 4.5])
            if copy == "formula":
                sheet.write_formula(5, 0, "=SUM(C2:C3)")
            if copy == "filter":
                sheet.autofilter(0, 0, 2, 2)
                sheet.filter_column_list(1, ["Lê Mai"])
            if copy == "list":
                sheet.data_validation(1, 1, 9, 1, {"validate": "list", "source": ["Lê Mai", "Trần Văn An"]})
            if copy == "format":
                rule = {"type": "text", "criteria": "containing", "value": "Mai", "format": book.add_format()}
                sheet.conditional_format(1, 1, 9, 1, rule)
            if copy == "header" and name == "An":
                sheet.set_header("&CLê Mai")
            if copy == "prompt":
                rule = {"validate": "length", "criteria": ">", "value": 1, "input_message": "Lê Mai"}
                sheet.data_validation(1, 1, 9, 1, rule)
        if copy == "name":
            book.define_name("vip", '="Lê Mai"')
        if copy == "property":
            book.set_properties({"title": "Hồ sơ Lê Mai"})
        book.worksheets()[2].hide()
    return content.getvalue()


def test_a_workbook_loses_the_row_and_the_texts_that_only_it_has(without) -> None:
    sent = workbook()
    left = without("a.xlsx", sent, (3, 2))
    sheets = fastexcel.read_excel(left)
    assert sheets.load_sheet("Mai").to_polars().rows() == [("C1", "Trần Văn An", 3.0)]
    assert sheets.load_sheet("An").to_polars().rows() == [("C1", "Trần Văn An", 3.0), ("C2", "Lê An", 4.5)]
    with zipfile.ZipFile(io.BytesIO(sent)) as before, zipfile.ZipFile(io.BytesIO(left)) as after:
        assert after.namelist() == before.namelist()
        changed = [name for name in before.namelist() if before.read(name) != after.read(name)]
        assert changed == ["xl/worksheets/sheet2.xml", "xl/sharedStrings.xml"]
        assert "Lê Mai" not in after.read("xl/sharedStrings.xml").decode()
        assert "Lê An" in after.read("xl/sharedStrings.xml").decode()


@pytest.mark.parametrize("copy", ["formula", "filter", "list", "format"])
def test_a_workbook_that_may_repeat_a_cell_elsewhere_is_refused(without, copy: str) -> None:
    with pytest.raises(UnfaithfulError, match="formulas, links, comments, pictures, filters or lists"):
        without("a.xlsx", workbook(copy), (3, 2))


@pytest.mark.parametrize("copy", ["header", "prompt", "name", "property"])
def test_a_workbook_that_repeats_a_text_of_the_row_around_its_rows_is_refused(without, copy: str) -> None:
    with pytest.raises(UnfaithfulError, match="repeats a text of the row"):
        without("a.xlsx", workbook(copy), (3, 2))
    assert without("a.xlsx", workbook(copy), (3, 1)), "of the other sheet's row nothing is repeated"


def test_a_workbook_with_rows_in_a_hidden_sheet_is_refused(without) -> None:
    with pytest.raises(UnfaithfulError, match="hidden sheets"):
        without("a.xlsx", workbook("hidden sheet"), (3, 2))


def test_a_line_that_no_parser_reads_is_one_entry(without) -> None:
    deep = json.dumps({"entries": [1, 2]})[:-1] + ', "x": ' + "[" * 200_000 + "]" * 200_000 + "}"
    assert without("a.ndjson", deep + "\n", (1, 1)) == b"\n"


def entries_of(path: Path, name: str, entity: Entity) -> pl.DataFrame:
    """All entries of a file as read, with a hash of what they hold."""
    file = RawFile(entity.object_type, None, path, name, path.stat().st_size, 1)
    parts = [part for batch in read_files([file], entity) for part in (batch.rows, batch.rejected)]
    return pl.concat(part.select(*PLACES, "raw", content=part.drop(PLACES).hash_rows()) for part in parts)


def removed(source: Path, target: Path, entity: Entity, some: pl.DataFrame) -> bool:
    by_row: dict[int, list[int]] = {}
    for row, number in some.select("source_row", "entry_number").iter_rows():
        by_row.setdefault(row, []).append(number)
    lines = dict(some.select("source_row", pl.col("raw").str.count_matches("\n") + 1).iter_rows())
    entries = Entries(by_row, lines, entity.comes_in_pages)
    return write_without(source, target, source.name, entries, target.parent, USUAL)


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_sample_file_is_read_as_before_but_for_two_entries(sample: Path, seed: int, tmp_path: Path) -> None:
    file, entity, target = RAW / sample, BY_OBJECT_TYPE[sample.parts[0]], tmp_path / f"copy-{sample.name}"
    sent = entries_of(file, file.name, entity)
    gone = sent.sample(min(2, sent.height), seed=seed)
    keeps_places = removed(file, target, entity, gone)
    compared = [*PLACES, "content"] if keeps_places else ["content"]
    others = sent.join(gone, on=PLACES, how="anti").select(compared).sort(compared)
    assert entries_of(target, file.name, entity).select(compared).sort(compared).equals(others)


def test_damaged_files_are_refused_or_rewritten_and_end_no_call(
    damaged_files: dict[str, tuple[bytes, int, int]], tmp_path: Path
) -> None:
    refused = []
    for name, (content, *_) in damaged_files.items():
        (source := tmp_path / name).write_bytes(content)
        sent = entries_of(source, name, CUSTOMER_IDENTITY).drop_nulls("raw")
        if sent.height:
            try:
                removed(source, tmp_path / f"copy-{name}", CUSTOMER_IDENTITY, sent.head(1))
            except UnfaithfulError:
                refused.append(name)
    assert refused == ["utf16_cut_in_a_character.ndjson"]
