"""A sheet's XML in any dialect -> its used rows and columns, and a copy of the sheet without the others.

For sheets that are sparse, or written in a dialect that the survey in `workbook_xml.py` does not cover.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from cdp_pipeline.ingest.workbook_xml import DamagedWorkbookError, column_letters, column_number, local_name

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
