import pytest

from cdp_pipeline.ingest.batch import UnreadableFileError
from cdp_pipeline.ingest.formats import FileFormat, binary_content, format_of


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("crm.ndjson", FileFormat("ndjson")),
        ("crm.2026-03-01.JSONL", FileFormat("ndjson")),
        ("page.Json", FileFormat("json")),
        ("crm.csv", FileFormat("csv")),
        ("crm.tsv.gz", FileFormat("csv", "gz", "\t")),
        ("crm.ndjson.ZST", FileFormat("ndjson", "zst")),
        ("crm.parquet", FileFormat("parquet")),
        ("crm.XLSX", FileFormat("xlsx")),
    ],
)
def test_the_ending_in_any_case_says_how_a_file_is_read(name: str, form: FileFormat) -> None:
    assert format_of(name) == form


@pytest.mark.parametrize("name", ["crm", "crm.txt", "crm.xls", "crm.gz", "crm.parquet.gz", "crm.csv.bz2", ".csv"])
def test_an_ending_nobody_knows_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(UnreadableFileError, match=r"not known; expected \.ndjson, .*\.xlsx"):
        format_of(name)


@pytest.mark.parametrize("head", [b"PK\x03\x04..", b"PAR1", b"%PDF-1.7", b"\x1f\x8b\x08", b"ab" + bytes(range(9)) * 9])
def test_binary_content_is_recognised(head: bytes) -> None:
    assert binary_content(head) is not None


def test_damaged_text_is_still_text() -> None:
    assert binary_content('{"fullName":"Nguyễn"}\n'.encode() + b'{"a":"\x00\xff"}\n' * 2 + b"x" * 100) is None
