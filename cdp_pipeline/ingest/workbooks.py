"""Before a workbook is loaded: its size against the bounds, and copies of its sheets without unused cells.

The file size is no measure of it: the XML is compressed, and each of millions of cells may get a copy of one shared
text. Copies are made of sheets that are sparse, or written in a dialect that the survey in `workbook_xml.py` does not
cover.
"""

import re
import zipfile
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

import polars as pl

from cdp_pipeline.ingest.batch import UnreadableFileError
from cdp_pipeline.ingest.bounds import MEGABYTE, Bounds
from cdp_pipeline.ingest.workbook_xml import (
    DamagedWorkbookError,
    SheetPart,
    Survey,
    column_letters,
    column_number,
    local_name,
)

_PIECE_BYTES = MEGABYTE
# Excel writes some ten, and one per sheet, picture and chart.
_MAX_MEMBERS = 10_000
_TEXT_END = b"</si>"
_VALUE = re.compile(rb"<v(?:\s[^>]*)?>([^<&]*)</v>")


def check_archive(archive: zipfile.ZipFile, size: int, bounds: Bounds) -> None:
    """Reject a workbook with too many members or too much XML.

    Args:
        archive: The workbook.
        size: Bytes of the file.
        bounds: Limits for XML.

    Raises:
        UnreadableFileError: It is beyond the bounds.
        zipfile.BadZipFile: A member is longer than the archive declares.
    """
    members = archive.infolist()
    if len(members) > _MAX_MEMBERS:
        raise UnreadableFileError(
            f"The workbook has {len(members):,} parts; nothing of it was read. Expected at most {_MAX_MEMBERS:,}. Save "
            "it again and deliver it again."
        )
    xml = [member for member in members if member.filename.lower().endswith((".xml", ".rels"))]
    expanded = sum(member.file_size for member in xml)
    if expanded > bounds.expanded_bytes(size):
        raise UnreadableFileError(bounds.too_expanded(size, "The workbook"))
    if expanded > bounds.max_workbook_mb * MEGABYTE:
        raise UnreadableFileError(_too_large(expanded, bounds))
    # Reading a member verifies its declared length. Sheets are read later, by the survey.
    for member in xml:
        if "worksheets/" not in member.filename.lower():
            for _ in _pieces(archive, member):
                pass


def check_texts(
    archive: zipfile.ZipFile, parts: Sequence[SheetPart], surveys: Sequence[Survey], bounds: Bounds
) -> None:
    """Reject a workbook whose cells refer to too much text.

    Args:
        archive: The workbook.
        parts: Its visible sheets.
        surveys: The surveys of their cells.
        bounds: Limit for text, the same as for XML.

    Raises:
        UnreadableFileError: It is beyond the bounds.
    """
    lengths = _text_lengths(archive)
    longest, most = max(lengths, default=0), bounds.max_workbook_mb * MEGABYTE
    if sum(survey.cells for survey in surveys) * longest <= most:
        return
    of_text = pl.Series(lengths, dtype=pl.Int64)
    total = 0
    for part in parts:
        held = b""
        for piece in _pieces(archive, part.member):
            held += piece
            end = held.rfind(b"</v>") + 4
            if end > 3:
                total += _named_length(held[:end], of_text, longest)
                held = held[end:]
            if total > most:
                raise UnreadableFileError(_too_large(total, bounds))


def _named_length(xml: bytes, of_text: pl.Series, longest: int) -> int:
    """Upper bound of the bytes of text to which the cells of a part of a sheet refer.

    Each number counts as a reference to a text. A cell in an unusual form counts as the longest text.
    """
    values = pl.Series(_VALUE.findall(xml), dtype=pl.Binary)
    numbers = values.cast(pl.String, strict=False).str.strip_chars().cast(pl.UInt32, strict=False).drop_nulls()
    numbers = numbers.filter(numbers < of_text.len())
    unclear = max(xml.count(b"<v") - values.len(), 0)
    return int(of_text.gather(numbers).sum()) + unclear * longest


def _text_lengths(archive: zipfile.ZipFile) -> "array[int]":
    """Bytes of each text in the workbook's list of shared texts, markup included."""
    lengths = array("q")
    for member in archive.namelist():
        if not member.replace("\\", "/").lower().endswith("/sharedstrings.xml"):
            continue
        started, tail = 0, b""
        for piece in _pieces(archive, member):
            # The end of a text may be cut by the end of a piece.
            texts = (tail + piece).split(_TEXT_END)
            for text in texts[:-1]:
                lengths.append(started + len(text))
                started = 0
            tail = texts[-1][-len(_TEXT_END) + 1 :]
            started += len(texts[-1]) - len(tail)
        if started + len(tail):
            lengths.append(started + len(tail))
    return lengths


def _pieces(archive: zipfile.ZipFile, member: str | zipfile.ZipInfo) -> Iterator[bytes]:
    with archive.open(member) as stream:
        while piece := stream.read(_PIECE_BYTES):
            yield piece


def _too_large(size: int, bounds: Bounds) -> str:
    return (
        f"The workbook becomes at least {size // MEGABYTE:,} MB of cells and texts; nothing of it was read. Expected "
        f"at most {bounds.max_workbook_mb:,} MB, as it is loaded whole. Send it as .csv, or raise CDP_MAX_WORKBOOK_MB."
    )


_CHUNK_BYTES = 1 << 20
_MAX_CELL_CHARACTERS = 16 * _CHUNK_BYTES
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_KEPT_TAGS = frozenset({"v", "is", "t", "r", "rPh"})


@dataclass(frozen=True)
class Grid:
    """The used rows (from 1) and columns (from 0) of a sheet, each sorted."""

    rows: list[int]
    columns: list[int]


def used_grid(stream: IO[bytes]) -> Grid:
    """The rows and columns of a sheet that hold a value.

    Raises:
        DamagedWorkbookError: The sheet is not XML.
    """
    rows: set[int] = set()
    columns: set[int] = set()

    def note(row: int, column: int, _attributes: dict[str, str], _body: str) -> None:
        rows.add(row)
        columns.add(column)

    _CellParser(note).parse(stream)
    return Grid(sorted(rows), sorted(columns))


def rewrite_sheet(stream: IO[bytes], grid: Grid, target: IO[bytes]) -> None:
    """Write the sheet with its used cells only; rows and columns are renumbered without gaps.

    Raises:
        DamagedWorkbookError: The sheet is not XML.
    """
    row_numbers = {row: n for n, row in enumerate(grid.rows, start=1)}
    letters = {column: column_letters(n) for n, column in enumerate(grid.columns)}
    current = 0

    def write(row: int, column: int, attributes: dict[str, str], body: str) -> None:
        nonlocal current
        if row != current:
            target.write(f'{"</row>" if current else ""}<row r="{row_numbers[row]}">'.encode())
            current = row
        kept = "".join(f" {name}={quoteattr(attributes[name])}" for name in ("s", "t") if name in attributes)
        target.write(f'<c r="{letters[column]}{row_numbers[row]}"{kept}>{body}</c>'.encode())

    target.write(
        b'<?xml version="1.0" encoding="UTF-8"?>'
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    )
    _CellParser(write).parse(stream)
    target.write(b"</row></sheetData></worksheet>" if current else b"</sheetData></worksheet>")


class _CellParser:
    """Call back for each cell with a value: row (from 1), column (from 0), attributes, and its content as XML.

    A cell or row without a reference follows the one before it.
    """

    def __init__(self, on_cell: Callable[[int, int, dict[str, str], str], None]) -> None:
        self._on_cell = on_cell
        self._row = 0
        self._column = -1
        self._attributes: dict[str, str] | None = None
        self._body: list[str] = []
        self._open: list[str] = []
        self._size = 0

    def parse(self, stream: IO[bytes]) -> None:
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        # A sheet has no document type; rejecting one prevents entities that expand without end.
        parser.StartDoctypeDeclHandler = _refuse_doctype
        try:
            while chunk := stream.read(_CHUNK_BYTES):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise DamagedWorkbookError(str(error)) from error

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local_name(tag)
        if self._attributes is not None:
            if name in _KEPT_TAGS:
                self._keep(f'<{name} xml:space="preserve">' if name == "t" else f"<{name}>")
            self._open.append(name)
        elif name == "row":
            number = attributes.get("r", "")
            self._row = int(number) if number.isdecimal() and len(number) < 8 else self._row + 1
            self._column = -1
        elif name == "c":
            place = _REFERENCE.fullmatch(attributes.get("r", "").upper().replace("$", ""))
            if place:
                self._row, self._column = int(place[2]), column_number(place[1])
            else:
                self._column += 1
            self._attributes, self._body, self._size = attributes, [], 0

    def _end(self, tag: str) -> None:
        name = local_name(tag)
        if self._attributes is None:
            return
        if self._open:
            self._open.pop()
            if name in _KEPT_TAGS:
                self._keep(f"</{name}>")
            return
        body = "".join(self._body)
        if body:
            self._on_cell(self._row, self._column, self._attributes, body)
        self._attributes = None

    def _text(self, text: str) -> None:
        if self._open and self._open[-1] in ("v", "t"):
            self._keep(escape(text, {"\r": "&#13;"}))

    def _keep(self, text: str) -> None:
        self._size += len(text)
        if self._size > _MAX_CELL_CHARACTERS:
            raise DamagedWorkbookError("a cell is too large")
        self._body.append(text)


def _refuse_doctype(*_: Any) -> None:
    raise DamagedWorkbookError("a document type")
