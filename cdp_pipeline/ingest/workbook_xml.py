"""`.xlsx` files -> their visible sheets and the cells these use, without loading a sheet.

fastexcel allocates the whole rectangle from the first to the last used cell, so one stray cell at the end of the grid
would end the process. The XML is therefore surveyed first, in pieces. A sheet that is sparse, or written in a dialect
that the survey's byte search does not cover, is rewritten: used rows and columns numbered without gaps, plain tags.
"""

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from posixpath import join, normpath
from typing import IO, Any
from xml.etree import ElementTree
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

_CHUNK_BYTES = 1 << 20
_MAX_ROW_BYTES = 16 * _CHUNK_BYTES
_MAX_INDEX_BYTES = 64 * _CHUNK_BYTES

# A rectangle that is this much larger than the cells in it is not worth its memory.
_CELLS_PER_USED = 8
_FREE_CELLS = 20_000
_FREE_COLUMNS = 64

_CELL = re.compile(rb'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"')
_FILLED_CELL = re.compile(rb'<c r="([A-Z]{1,3})([1-9][0-9]{0,6})"(?:[^>]*[^/>])?>')
_ERROR_CELL = re.compile(rb'<c r="[^>]*\st="e"')
# Numbers whose text needs the cell's type: 16 digits or more, an exponent, exactly three decimals.
_TYPED_NUMBER = rb"[+-]?(?:[0-9]{16}[0-9.]*|[0-9.]+[eE]\+?[0-9]{2,3}|[0-9]{1,3}\.[0-9]{3})"
_HAS_TYPED_NUMBER = re.compile(rb"<v>" + _TYPED_NUMBER + rb"</v>")
_NUMBER_CELL = re.compile(
    rb'<c r="([A-Z]{1,3})([0-9]+)"([^>]*)>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)?<v>(' + _TYPED_NUMBER + rb")</v>"
)
_OTHER_DIALECT = (b"<c\n", b"<c\t", b"<c\r", b"<c/", b"</c ", b"</c\n", b"</c\t", b"</c\r")
_REFERENCE = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
_KEPT_TAGS = frozenset({"v", "is", "t", "r", "rPh"})


class DamagedWorkbookError(Exception):
    """The file is no workbook, or its parts contradict each other."""


@dataclass(frozen=True)
class SheetPart:
    """A visible worksheet.

    Attributes:
        name: The name on its tab.
        index: Its place among all sheets of the workbook, from 0.
        member: The member of the archive that holds its XML.
    """

    name: str
    index: int
    member: str


@dataclass
class Survey:
    """What a sheet's XML says about its cells.

    Attributes:
        is_plain: Whether the survey understood each cell; the other attributes are incomplete otherwise.
        cells: Number of cells with content; formatted ones without are left out, as fastexcel does.
        height: The last row with a cell; a lower row of as many digits if the rows do not ascend.
        columns: Numbers of the columns with a cell, from 0.
        errors: Number of cells that hold an error such as `#N/A`.
        numbers: Row and column (from 0) and text of the numbers whose text depends on the cell being a number.
    """

    is_plain: bool = True
    cells: int = 0
    height: int = 0
    columns: set[int] = field(default_factory=set)
    errors: int = 0
    numbers: list[tuple[int, int, str]] = field(default_factory=list)

    @property
    def is_sparse(self) -> bool:
        """Whether the rectangle around the cells is far larger than their number."""
        if not self.columns:
            return False
        width = max(self.columns) - min(self.columns) + 1
        is_wide = width > len(self.columns) + _FREE_COLUMNS
        return is_wide or self.height * width > _CELLS_PER_USED * self.cells + _FREE_CELLS


@dataclass(frozen=True)
class Grid:
    """The used rows (from 1) and columns (from 0) of a sheet, each sorted."""

    rows: list[int]
    columns: list[int]


def column_number(letters: str) -> int:
    """`A` is 0, `AA` is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


def column_letters(number: int) -> str:
    """0 is `A`, 26 is `AA`."""
    letters = ""
    while number >= 0:
        number, rest = divmod(number, 26)
        letters = chr(65 + rest) + letters
        number -= 1
    return letters


def visible_sheets(archive: zipfile.ZipFile) -> list[SheetPart]:
    """The visible worksheets in the order of their tabs; chart sheets are left out.

    Raises:
        DamagedWorkbookError: A part that names the sheets is missing or is not XML.
    """
    members = {name.replace("\\", "/").lstrip("/").lower(): name for name in archive.namelist()}
    try:
        book = _small_xml(archive, members["xl/workbook.xml"])
        links = {
            link.get("Id"): link
            for link in _small_xml(archive, members["xl/_rels/workbook.xml.rels"])
            if link.get("Id")
        }
    except KeyError as error:
        raise DamagedWorkbookError(f"no part {error}") from error
    sheets = [element for element in book.iter() if _local(element.tag) == "sheet"]
    parts = []
    for index, sheet in enumerate(sheets):
        link = links.get(next((value for key, value in sheet.attrib.items() if key.endswith("}id")), ""))
        if link is None or not link.get("Type", "").endswith("/worksheet"):
            continue
        if sheet.get("state", "visible") != "visible":
            continue
        target = link.get("Target", "").replace("\\", "/")
        path = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
        if path.lower() not in members:
            raise DamagedWorkbookError(f"no part {path}")
        parts.append(SheetPart(sheet.get("name", ""), index, members[path.lower()]))
    return parts


def survey_of(stream: IO[bytes]) -> Survey:
    """Survey a sheet's XML, piece by piece, by searching its bytes."""
    survey = Survey()
    for piece in _pieces(stream):
        if piece is None or not _is_plain(piece) or not _count_cells(piece, survey):
            survey.is_plain = False
            return survey
        if b't="e"' in piece:
            survey.errors += len(_ERROR_CELL.findall(piece))
        if _HAS_TYPED_NUMBER.search(piece):
            survey.numbers += [
                (int(row) - 1, column_number(name.decode()), number.decode())
                for name, row, attributes, number in _NUMBER_CELL.findall(piece)
                if b' t="' not in attributes or b' t="n"' in attributes
            ]
    return survey


def _is_plain(piece: bytes) -> bool:
    """Whether all cells are written as `<c r="...` and closed by `</c>` or `/>`; counting is cheaper than parsing."""
    opened, closed = piece.count(b'<c r="'), piece.count(b"</c>")
    if opened != piece.count(b"<c ") or closed != piece.count(b"c>"):
        return False
    if opened == 0 and b"\x00" in piece:
        return False
    return opened == closed == piece.count(b"</c") or not any(mark in piece for mark in _OTHER_DIALECT)


def _count_cells(piece: bytes, survey: Survey) -> bool:
    """Add the piece's cells with content to the survey; False if a reference is not understood."""
    opened, closed = piece.count(b'<c r="'), piece.count(b"</c>")
    if not closed:
        return True
    survey.cells += closed
    if opened == closed and survey.columns:
        places = _new_places(piece, survey)
    else:
        places = (_CELL if opened == closed else _FILLED_CELL).findall(piece)
        if len(places) != closed:
            return False
    if not places:
        return True
    letters, rows = zip(*places, strict=True)
    if not all(letters):
        return False
    survey.columns.update(column_number(name.decode()) for name in set(letters))
    survey.height = max(survey.height, *map(int, set(rows)))
    return True


def _new_places(piece: bytes, survey: Survey) -> list[tuple[bytes, bytes]]:
    """The last cell, and the cells in columns not seen before or in rows with more digits than the last one.

    Rows usually ascend, so that the last one is the highest. A reference that is not understood gives empty letters.
    """
    last = _CELL.match(piece, piece.rindex(b'<c r="'))
    if last is None:
        return [(b"", b"0")]
    digits = len(str(max(survey.height, int(last[2]))))
    known = b"|".join(sorted(column_letters(n).encode() for n in survey.columns))
    others = re.findall(rb'<c r="(?!(?:%s)[1-9][0-9]{0,%d}")([^"]*")' % (known, digits - 1), piece)
    found = [_CELL.match(b'<c r="' + other) for other in set(others)]
    return [(last[1], last[2]), *((place[1], place[2]) if place else (b"", b"0") for place in found)]


def used_grid(stream: IO[bytes]) -> Grid:
    """The rows and columns of a sheet in any dialect that hold a value.

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
    """Write the sheet with only its used cells, rows and columns renumbered without gaps.

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
    """Calls back for each cell with a value: row (from 1), column (from 0), attributes, and its content as XML.

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
        # A sheet has no document type; refusing one refuses entities that expand without end.
        parser.StartDoctypeDeclHandler = _refuse_doctype
        try:
            while chunk := stream.read(_CHUNK_BYTES):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise DamagedWorkbookError(str(error)) from error

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = _local(tag)
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
        name = _local(tag)
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
        if self._size > _MAX_ROW_BYTES:
            raise DamagedWorkbookError("a cell is too large")
        self._body.append(text)


def _refuse_doctype(*_: Any) -> None:
    raise DamagedWorkbookError("a document type")


def _pieces(stream: IO[bytes]) -> Iterator[bytes | None]:
    """The XML in pieces that end where a row ends; None when a row is too long for a piece."""
    held = b""
    while chunk := stream.read(_CHUNK_BYTES):
        held += chunk
        end = held.rfind(b"</row>") + 6
        if end > 5:
            yield held[:end]
            held = held[end:]
        elif len(held) > _MAX_ROW_BYTES:
            yield None
            return
    yield held


def _small_xml(archive: zipfile.ZipFile, member: str) -> ElementTree.Element:
    with archive.open(member) as stream:
        text = stream.read(_MAX_INDEX_BYTES + 1)
    if len(text) > _MAX_INDEX_BYTES or b"<!DOCTYPE" in text:
        raise DamagedWorkbookError(f"{member} is no list of sheets")
    try:
        return ElementTree.fromstring(text)
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise DamagedWorkbookError(str(error)) from error


def _local(tag: str) -> str:
    """The tag without prefix or namespace."""
    return re.split(r"[:}]", tag)[-1]
