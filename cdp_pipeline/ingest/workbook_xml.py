"""`.xlsx` files -> their visible sheets and a survey of the used cells, without loading a sheet.

fastexcel allocates the whole rectangle from the first to the last used cell, so one stray cell at the end of the grid
would exhaust the memory. Therefore the XML is surveyed first, in chunks.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from posixpath import join, normpath
from typing import IO
from xml.etree import ElementTree

_CHUNK_BYTES = 1 << 20
_MAX_ROW_BYTES = 16 * _CHUNK_BYTES
_MAX_INDEX_BYTES = 64 * _CHUNK_BYTES

# Sheets whose rectangle is this much larger than their cells are copied without the empty cells.
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


class DamagedWorkbookError(Exception):
    """The file is no workbook, or its parts contradict each other."""


@dataclass(frozen=True)
class SheetPart:
    """A visible worksheet.

    Attributes:
        name: The name on its tab.
        index: Its position among all sheets of the workbook, from 0.
        member: The member of the archive that holds its XML.
    """

    name: str
    index: int
    member: str


@dataclass
class Survey:
    """Facts about the cells of a sheet, from its XML.

    Attributes:
        is_plain: Whether every cell has the expected form; otherwise the other attributes are incomplete.
        cells: Number of cells with content; formatted cells without content are left out, as in fastexcel.
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
        DamagedWorkbookError: A part with the list of sheets is missing or is not XML.
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
    sheets = [element for element in book.iter() if local_name(element.tag) == "sheet"]
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
    """Survey a sheet's XML, chunk by chunk, with byte searches."""
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
    """Add the chunk's cells with content to the survey; False if a reference has an unexpected form."""
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

    Rows usually ascend, so the last row is the highest. A reference in an unexpected form gives empty letters.
    """
    last = _CELL.match(piece, piece.rindex(b'<c r="'))
    if last is None:
        return [(b"", b"0")]
    digits = len(str(max(survey.height, int(last[2]))))
    known = b"|".join(sorted(column_letters(n).encode() for n in survey.columns))
    others = re.findall(rb'<c r="(?!(?:%s)[1-9][0-9]{0,%d}")([^"]*")' % (known, digits - 1), piece)
    found = [_CELL.match(b'<c r="' + other) for other in set(others)]
    return [(last[1], last[2]), *((place[1], place[2]) if place else (b"", b"0") for place in found)]


def _pieces(stream: IO[bytes]) -> Iterator[bytes | None]:
    """The XML in chunks that end at the end of a row; None if a row is too long for a chunk."""
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
        raise DamagedWorkbookError(f"{member} is not a list of sheets")
    try:
        return ElementTree.fromstring(text)
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise DamagedWorkbookError(str(error)) from error


def local_name(tag: str) -> str:
    """The tag without prefix or namespace."""
    return re.split(r"[:}]", tag)[-1]
