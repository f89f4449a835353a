"""Files damaged in every way the readers know, each with how many entries it has and how many cannot be read.

The entries that can be read are sound customers, so that validation accepts them too. For `customer-identity`.
"""

import gzip
import io
import json
from typing import NamedTuple

import polars as pl
import xlsxwriter
import zstandard


class DamagedFile(NamedTuple):
    """A file's content, the entries it counts as, and how many of them are rejected on reading."""

    content: bytes
    read: int
    rejected: int


def customer(number: int) -> dict[str, object]:
    return {"customerId": f"C{number:06d}", "fullName": "Nguyễn Thị Hà", "phone": f"09123{number:05d}"}


def line(number: int) -> bytes:
    return json.dumps(customer(number), ensure_ascii=False).encode()


def row(number: int) -> bytes:
    return ",".join(str(value) for value in customer(number).values()).encode()


def envelope(entries: object, **others: object) -> bytes:
    return json.dumps({"objectType": "customer-identity", "source": "CRM", **others, "entries": entries}).encode()


HEADER = b"customerId,fullName,phone"


def _ndjson(*damaged: bytes) -> bytes:
    """The damaged lines, each between two sound ones."""
    lines = [line(1)]
    for number, bad in enumerate(damaged, start=2):
        lines += [bad, line(number)]
    return b"\n".join(lines) + b"\n"


def _csv(*rows: bytes) -> bytes:
    return b"\n".join([HEADER, *rows]) + b"\n"


def _parquet() -> bytes:
    content = io.BytesIO()
    pl.DataFrame([customer(1), customer(2)]).write_parquet(content)
    return content.getvalue()


def _workbook(*rows: list[str]) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as workbook:
        sheet = workbook.add_worksheet()
        for number, cells in enumerate(rows):
            sheet.write_row(number, 0, cells)
    return content.getvalue()


def damaged_files() -> dict[str, DamagedFile]:
    """Damaged files by name."""
    return _damaged_lines() | _damaged_documents() | _damaged_envelopes() | _damaged_tables() | _damaged_wholes()


def _damaged_lines() -> dict[str, DamagedFile]:
    half_pair = b'{"customerId":"\\ud800"}'
    deep = b'{"customerId":' + b"[" * 5000 + b"]" * 5000 + b"}"
    return {
        "garbage.ndjson": DamagedFile(_ndjson(b"garbage"), 3, 1),
        "cut_line.ndjson": DamagedFile(_ndjson(line(9)[:-7]), 3, 1),
        "cut_last_line.ndjson": DamagedFile(line(1) + b"\n" + line(2)[:-7], 2, 1),
        "two_objects_on_a_line.ndjson": DamagedFile(_ndjson(line(8) + line(9)), 3, 1),
        "no_entries.ndjson": DamagedFile(_ndjson(b"null", b"42", b'"C1"', b"[1, 2]", b"true"), 11, 5),
        "key_twice.ndjson": DamagedFile(_ndjson(b'{"customerId":"C1","customerId":"C2"}'), 3, 1),
        "unknown_key_twice.ndjson": DamagedFile(_ndjson(b'{"customerId":"C1","a":1,"a":null}'), 3, 1),
        "custom_field_twice.ndjson": DamagedFile(
            _ndjson(b'{"customerId":"C1","customFieldTexts":{"customField01":"a","customField01":"b"}}'), 3, 1
        ),
        "trailing_comma.ndjson": DamagedFile(_ndjson(b'{"customerId":"C1",}'), 3, 1),
        "not_a_number.ndjson": DamagedFile(_ndjson(b'{"yob":NaN}', b'{"yob":-Infinity}', b'{"yob":inf}'), 7, 3),
        "half_a_surrogate_pair.ndjson": DamagedFile(_ndjson(half_pair), 3, 1),
        "not_utf8.ndjson": DamagedFile(_ndjson(b'{"fullName":"Nguy\xe1n"}', b"\xff\xfe"), 5, 2),
        "control_character.ndjson": DamagedFile(_ndjson(b'{"fullName":"a\tb"}', b'{"fullName":"a\x00b"}'), 5, 2),
        "nested_too_deeply.ndjson": DamagedFile(_ndjson(deep), 3, 1),
        "blank_lines.ndjson": DamagedFile(b"\n\n  \n" + _ndjson(b"", b"\t") + b"\n\n", 3, 0),
        "crlf.ndjson": DamagedFile(_ndjson(b"garbage").replace(b"\n", b"\r\n"), 3, 1),
        "lone_cr.jsonl": DamagedFile(_ndjson(b"garbage").replace(b"\n", b"\r"), 3, 1),
        "byte_order_mark.ndjson": DamagedFile(b"\xef\xbb\xbf" + _ndjson(b"garbage"), 3, 1),
        "marks_within.ndjson": DamagedFile(b"\xef\xbb\xbf" + line(1) + b"\n\xef\xbb\xbf" + line(2), 2, 0),
        "utf16.ndjson": DamagedFile(_ndjson(b"garbage").decode().encode("utf-16"), 3, 1),
        "utf16_cut_in_a_character.ndjson": DamagedFile(line(1).decode().encode("utf-16") + b"\n\x00}", 2, 1),
    }


def _damaged_documents() -> dict[str, DamagedFile]:
    array = b"[" + line(1) + b",\n" + line(2) + b"]"
    return {
        "array.json": DamagedFile(array, 2, 0),
        "array_with_odd_elements.json": DamagedFile(array[:-1] + b", null, 7, [], {" + line(3)[1:] + b"]", 6, 3),
        "cut_array.json": DamagedFile(array[:-9], 1, 1),
        "array_with_garbage.json": DamagedFile(array[:-1] + b", garbage]", 1, 1),
        "array_and_more.json": DamagedFile(array + b" ]", 1, 1),
        "array_not_utf8.json": DamagedFile(array[:-1] + b',{"fullName":"\xff"}]', 1, 1),
        "utf16_array.json": DamagedFile(array.decode().encode("utf-16"), 2, 0),
        "entry.json": DamagedFile(json.dumps(customer(1), indent=2).encode(), 1, 0),
        "cut_entry.json": DamagedFile(json.dumps(customer(1), indent=2).encode()[:-4], 1, 1),
        "scalar.json": DamagedFile(b"42\n", 1, 1),
        "lines_in_json.json": DamagedFile(_ndjson(b"garbage"), 3, 1),
        "web_page.json": DamagedFile(b"<html><body>502 Bad Gateway</body></html>", 1, 1),
        "empty_array.json": DamagedFile(b"[ ]", 0, 0),
    }


def _damaged_envelopes() -> dict[str, DamagedFile]:
    entries = [customer(1), customer(2)]
    many = [customer(number) for number in range(101)]
    return {
        "envelope.json": DamagedFile(envelope(entries), 2, 0),
        "envelope_with_odd_entries.ndjson": DamagedFile(envelope([*entries, None, 5]) + b"\n" + line(3), 5, 2),
        "envelope_of_another_type.ndjson": DamagedFile(
            envelope(entries, objectType="sms-interaction") + b"\n" + line(3), 3, 2
        ),
        "envelope_without_entries.ndjson": DamagedFile(
            envelope(None) + b"\n" + envelope({"a": 1}) + b"\n" + line(3), 3, 2
        ),
        "envelope_too_large.ndjson": DamagedFile(envelope(many) + b"\n" + line(200), 102, 101),
        "envelope_without_source.ndjson": DamagedFile(envelope(entries, source=" ") + b"\n" + line(3), 3, 2),
        "envelope_with_bad_list.ndjson": DamagedFile(
            envelope(entries, ignoredUpdateCfs="customField01") + b"\n" + line(3), 3, 2
        ),
        "cut_envelope.json": DamagedFile(envelope(entries)[:-9], 1, 1),
    }


def _damaged_tables() -> dict[str, DamagedFile]:
    quoted = b'C9,"Nguy\xe1\xbb\x85n\nTh\xe1\xbb\x8b H\xc3\xa0",0912345678'
    return {
        "ragged.csv": DamagedFile(_csv(row(1), row(2) + b",surplus", b"C3,too few", row(4)), 4, 2),
        "quoted_line_break.csv": DamagedFile(_csv(row(1), quoted, row(2)), 3, 0),
        "open_quote.csv": DamagedFile(_csv(row(1), b'C2,"Tran,0912', row(3), row(4)), 2, 1),
        "stray_quote.csv": DamagedFile(_csv(row(1), b'C2,"Tran "T" Ha",0912345678', row(3)), 3, 1),
        "quote_closed_by_another.csv": DamagedFile(
            _csv(row(1), b'C2,"Tran,0912', b'C3,"T""H",0912345678', row(4)), 4, 1
        ),
        "not_utf8.csv": DamagedFile(_csv(row(1), b"C2,Nguy\xe1n,0912345678", row(3)), 3, 1),
        "blank_lines.csv": DamagedFile(b"\n\n" + _csv(row(1), b"", b"  ", row(2)), 2, 0),
        "semicolons.csv": DamagedFile(_csv(row(1), b"garbage", row(2)).replace(b",", b";"), 3, 1),
        "utf16_tabs.tsv": DamagedFile(_csv(row(1), b"garbage").replace(b",", b"\t").decode().encode("utf-16"), 2, 1),
        "no_header.csv": DamagedFile(row(1) + b"\n" + row(2), 1, 1),
        "unknown_delimiter.csv": DamagedFile(_csv(row(1), row(2)).replace(b",", b"|"), 1, 1),
        "name_twice.csv": DamagedFile(b"customerId,phone,Phone\nC1,1,2\nC2,1,2\n", 1, 1),
        "only_a_header.csv": DamagedFile(HEADER, 0, 0),
        "json_in_it.csv": DamagedFile(_ndjson(), 1, 1),
        "blank_rows.xlsx": DamagedFile(_workbook(list(customer(1)), [], *_cells(1), [], *_cells(2)), 2, 0),
        "no_header.xlsx": DamagedFile(_workbook(["a", "b"], *_cells(1)), 1, 1),
    }


def _cells(number: int) -> list[list[str]]:
    return [[str(value) for value in customer(number).values()]]


def _damaged_wholes() -> dict[str, DamagedFile]:
    lines = _ndjson() * 1000
    return {
        "empty.ndjson": DamagedFile(b"", 0, 0),
        "empty.csv": DamagedFile(b"", 0, 0),
        "empty.xlsx": DamagedFile(b"", 0, 0),
        "blank.json": DamagedFile(b"\n \n", 0, 0),
        "sound.NDJSON.GZ": DamagedFile(gzip.compress(_ndjson(b"garbage")), 3, 1),
        "sound.csv.zst": DamagedFile(zstandard.compress(_csv(row(1))), 1, 0),
        "cut.ndjson.gz": DamagedFile(gzip.compress(lines)[:-12], 1, 1),
        "cut.ndjson.zst": DamagedFile(zstandard.compress(lines)[:-5], 1, 1),
        "not_compressed.ndjson.gz": DamagedFile(_ndjson(), 1, 1),
        "compressed.ndjson": DamagedFile(gzip.compress(lines), 1, 1),
        "table.ndjson": DamagedFile(_csv(row(1), row(2)), 1, 1),
        "array.ndjson": DamagedFile(b"[" + line(1) + b",\n" + line(2) + b"]", 1, 1),
        "parquet.csv": DamagedFile(_parquet(), 1, 1),
        "sound.parquet": DamagedFile(_parquet(), 2, 0),
        "cut.parquet": DamagedFile(_parquet()[:-30], 1, 1),
        "text.parquet": DamagedFile(_ndjson(), 1, 1),
        "text.xlsx": DamagedFile(_csv(row(1)), 1, 1),
        "cut.xlsx": DamagedFile(_workbook(list(customer(1)), *_cells(1))[:-200], 1, 1),
        "encrypted.xlsx": DamagedFile(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), 1, 1),
        "unknown.txt": DamagedFile(_ndjson(), 1, 1),
        "no_ending": DamagedFile(_ndjson(), 1, 1),
    }
