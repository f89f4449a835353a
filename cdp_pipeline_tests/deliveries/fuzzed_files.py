"""Files of every format, with rows that say odd things, whole or damaged as senders, networks and disks damage them.

Each row bears a mark that stands nowhere else, so that a row that was written and that nobody tells of is seen.
"""

import gzip
import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter
import zstandard
from hypothesis import strategies as st

from cdp_pipeline.entities.entity import Entity

Cells = dict[str, Any]
MARK = re.compile(rb"M[0-9]{6}W")

HOSTILE = [
    "", " ", "\x00", "\x1b[2J", "\x1b]8;;http://evil\x07x", "\x9b2J", "\u202egpj.exe", "\u2028", "\ufeff", "\ufffd",
    "x[/b]y", "[bold]", "[/x]", ":bomb:", "![x](http://evil)", "<img src=x onerror=alert(1)>", "=cmd|'/c calc'!A1",
    "@SUM(A1)", "'; DROP TABLE x; --", '"', '""', '"x', "a\nb", "a\r\nb", "\r", "\t", ",", ";", "|", "sep=;", "\\",
    "\\\\u0000", "null", "true", "NaN", "1e999999", "-0", "9" * 400, "12.125", "1.234,56", "0912345678",
    "+84 (0)91-234-5678", "an@example.com", "a@b@c", "2026-02-30", "31/12/1990", "05/06/1990", "9999-12-31T23:59:59Z",
    "-9999999999999", "253402300800000", "[1,2]", '{"a":1}', '{"a":{"a":1}}', "Nguyễn Văn An", "Nguye\u0302\u0303n",
    "𝒳", "x" * 2_000, "[" * 300, "Deleted", "Active",
]  # fmt: skip
PIECES = [
    b"\x00", b"\n", b"\r", b"\r\n\r\n", b'"', b'""', b",", b";", b"\t", b"{", b"}", b"[", b"]", b":", b"\\", b"\xff",
    b"\xef\xbb\xbf", b"\xff\xfe", b"\xc0\xaf", b"\xed\xa0\x80", b"\x1b[2J", b"null", b"{}", b"[[]]", b'"\\ud800"',
    b"1e999", b"<", b"<html>", b"&", b"&#0;", b"</c>", b"<row>", b'<c r="XFD1048576"><v>1</v></c>', b'<c r="A0">',
    b"PAR1", b"PK\x03\x04", b"\x1f\x8b", b"\x28\xb5\x2f\xfd",
    b'{"objectType":"customer-identity","source":"x","entries":[1]}', b"customerId,fullName\n",
]  # fmt: skip

SCALARS = (
    st.sampled_from(HOSTILE) | st.text(max_size=12) | st.none() | st.booleans() | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
)  # fmt: skip
CELLS = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(HOSTILE), inner, max_size=3),
    max_leaves=4,
)


@dataclass(frozen=True)
class FuzzedFile:
    """A file as it lies in the landing folder.

    Attributes:
        name: Its name.
        content: Its bytes.
        text: The text that it was made of, damaged where damage came before packing; None where it holds no lines.
        entries: How many it holds, a workbook once or twice; None where it was damaged.
    """

    name: str
    content: bytes
    text: bytes | None
    entries: tuple[int, ...] | None


def rows_of(entity: Entity) -> st.SearchStrategy[list[Cells]]:
    """Up to six entries, each with some of the entity's fields and now and then one that nobody declared."""
    sources = [column.source.split(".")[0] for column in entity.columns]
    names = st.sampled_from(sources) | st.sampled_from([*sources, *HOSTILE, "customFieldTexts"])
    rows = st.lists(st.dictionaries(names, CELLS, max_size=7), max_size=6)
    return rows.map(lambda found: [{**row, "mark": f"M{n:06}W"} for n, row in enumerate(found)])


def _as_json(row: Cells, *, ascii_only: bool) -> str:
    return json.dumps(row, ensure_ascii=ascii_only)


def _lines(rows: list[Cells], dice: Any) -> bytes:
    end, ascii_only = dice.choice(["\n", "\r\n", "\n\n"]), dice.random() < 0.5
    return "".join(_as_json(row, ascii_only=ascii_only) + end for row in rows).encode("utf-8", "surrogatepass")


def _array(rows: list[Cells], dice: Any) -> bytes:
    return json.dumps(rows, indent=dice.choice([None, 1]), ensure_ascii=dice.random() < 0.5).encode(
        "utf-8", "surrogatepass"
    )


def _envelope(entity: Entity) -> Callable[[list[Cells], Any], bytes]:
    def build(rows: list[Cells], dice: Any) -> bytes:
        envelope = {"objectType": entity.object_type, "source": "CRM", "entries": rows}
        return json.dumps(envelope, ensure_ascii=dice.random() < 0.5).encode("utf-8", "surrogatepass") + b"\n"

    return build


def _table(entity: Entity, rows: list[Cells]) -> list[list[Any]]:
    """A header that explains the rows, and their cells."""
    known = [column.source for column in entity.columns if column.required]
    header = list(
        dict.fromkeys([*known, entity.columns[0].source, *(name for row in rows for name in row if name.strip())])
    )
    return [header, *([row.get(name) for name in header] for row in rows)]


def _text(cell: Any) -> str:
    text = "" if cell is None else cell if isinstance(cell, str) else json.dumps(cell)
    return text.encode("utf-8", "replace").decode()


def _delimited(entity: Entity, delimiter: str) -> Callable[[list[Cells], Any], bytes]:
    def build(rows: list[Cells], dice: Any) -> bytes:
        end, encoding = dice.choice(["\n", "\r\n"]), dice.choice(["utf-8", "utf-8", "utf-8-sig", "utf-16"])

        def quoted(cell: Any) -> str:
            text = _text(cell)
            must = any(sign in text for sign in ('"', delimiter, "\n", "\r")) or text[:1].isspace()
            return '"' + text.replace('"', '""') + '"' if must or dice.random() < 0.1 else text

        lines = [delimiter.join(map(quoted, row)) + end for row in _table(entity, rows)]
        return ("".join(lines)).encode(encoding)

    return build


def _workbook(entity: Entity) -> Callable[[list[Cells], Any], bytes]:
    def build(rows: list[Cells], dice: Any) -> bytes:
        content = io.BytesIO()
        with xlsxwriter.Workbook(content, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
            # Without it the file says when it was made, and one seed would give several.
            book.set_properties({"created": datetime(2026, 11, 16, tzinfo=UTC)})
            for _ in range(dice.choice([1, 1, 2])):
                sheet = book.add_worksheet()
                for number, row in enumerate(_table(entity, rows)):
                    for column, cell in enumerate(row):
                        is_number = isinstance(cell, (int, float)) and abs(cell) < 1e300 and dice.random() < 0.5
                        (sheet.write_number if is_number else sheet.write_string)(
                            number, column, cell if is_number else _text(cell)
                        )
        return content.getvalue()

    return build


def _parquet(entity: Entity) -> Callable[[list[Cells], Any], bytes]:
    def build(rows: list[Cells], dice: Any) -> bytes:
        header, *lines = _table(entity, rows)
        columns = [_column([line[n] for line in lines], dice) for n in range(len(header))]
        content = io.BytesIO()
        table = pa.Table.from_arrays(columns, names=list(map(_text, header)))
        pq.write_table(table, content, compression=dice.choice(["none", "snappy", "zstd", "gzip"]), row_group_size=2)
        return content.getvalue()

    return build


def _column(cells: list[Any], dice: Any) -> pa.Array:
    """The cells as Arrow would type them, or as text."""
    texts = pa.array(map(_text, cells), dice.choice([pa.string(), pa.large_string()]))
    try:
        typed = pa.array(cells)
        pq.write_table(pa.table({"typed": typed}), io.BytesIO())
    except (pa.ArrowException, OverflowError, UnicodeEncodeError):
        return texts
    return typed if dice.random() < 0.5 else texts


def forms_of(entity: Entity) -> dict[str, Callable[[list[Cells], Any], bytes]]:
    """How the content of a file is written, by the ending of its name."""
    return {
        "ndjson": _lines,
        "array.json": _array,
        "envelope.json": _envelope(entity),
        "envelope.ndjson": _envelope(entity),
        "csv": _delimited(entity, ","),
        "semicolons.csv": _delimited(entity, ";"),
        "tsv": _delimited(entity, "\t"),
        "xlsx": _workbook(entity),
        "parquet": _parquet(entity),
        "ndjson.gz": _lines,
        "csv.gz": _delimited(entity, ","),
        "array.json.gz": _array,
        "ndjson.zst": _lines,
        "csv.zst": _delimited(entity, ","),
    }


def _packed(content: bytes, ending: str, dice: Any) -> bytes:
    if ending.endswith(".gz"):
        return gzip.compress(content, mtime=0)
    if ending.endswith(".zst"):
        return zstandard.ZstdCompressor(write_checksum=dice.random() < 0.5).compress(content)
    return content


Damage = Callable[[bytes, Any], bytes]


def _flip(content: bytes, dice: Any) -> bytes:
    changed = bytearray(content)
    for _ in range(dice.choice([1, 1, 4])):
        changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def _cut(content: bytes, dice: Any) -> bytes:
    return content[: dice.randrange(len(content))]


def _lose(content: bytes, dice: Any) -> bytes:
    begin = dice.randrange(len(content))
    return content[:begin] + content[begin + dice.choice([1, 4, 40, 400]) :]


def _repeat(content: bytes, dice: Any) -> bytes:
    begin, count = dice.randrange(len(content)), dice.choice([1, 16, 300])
    return content[:begin] + content[begin : begin + count] * 2 + content[begin + count :]


def _insert(content: bytes, dice: Any) -> bytes:
    place = dice.randrange(len(content) + 1)
    return content[:place] + dice.choice(PIECES) * dice.choice([1, 1, 1, 50]) + content[place:]


def _overwrite(content: bytes, dice: Any) -> bytes:
    begin, piece = dice.randrange(len(content)), dice.choice(PIECES)
    return content[:begin] + piece + content[begin + len(piece) :]


DAMAGES: tuple[Damage, ...] = (_flip, _cut, _lose, _repeat, _insert, _overwrite)


def _damaged(content: bytes, dice: Any) -> bytes:
    for _ in range(dice.choice([1, 1, 2, 5])):
        content = dice.choice(DAMAGES)(content, dice) if content else content
    return content


def _damaged_inside(content: bytes, dice: Any) -> bytes:
    """A workbook with damage in the XML of one part, packed anew, so that its archive is sound."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(target, "w") as written:
        hit = dice.choice(archive.namelist())
        for name in archive.namelist():
            part = archive.read(name)
            written.writestr(zipfile.ZipInfo(name), _damaged(part, dice) if name == hit else part)
    return target.getvalue()


@st.composite
def fuzzed_files(draw: st.DrawFn, entity: Entity, ending: str) -> FuzzedFile:
    """A file of the form of an ending: whole, damaged before it is packed, or damaged as it lies there."""
    rows, dice = draw(rows_of(entity)), draw(st.randoms(use_true_random=False))
    how = draw(st.sampled_from(["whole", "inside", "outside", "outside"]))
    content = forms_of(entity)[ending](rows, dice)
    is_text = not ending.endswith(("xlsx", "parquet"))
    if how == "inside" and ending == "xlsx":
        content = _damaged_inside(content, dice)
    elif how == "inside" or (how == "outside" and is_text and not ending.endswith((".gz", ".zst"))):
        content = _damaged(content, dice)
    text = content if is_text else None
    content = _packed(content, ending, dice)
    if how == "outside" and (not is_text or ending.endswith((".gz", ".zst"))):
        content, text = _damaged(content, dice), None
    entries = tuple(len(rows) * sheets for sheets in (1, 2)[: 2 if ending == "xlsx" else 1])
    return FuzzedFile(f"any.{ending}", content, text, entries if how == "whole" else None)
