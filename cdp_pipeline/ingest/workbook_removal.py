"""An Excel workbook + numbers of rows -> the workbook without these rows, every other part of the archive as it is.

A removed row leaves an empty one, so that the numbers of other rows stay. Texts that only removed cells refer to are
emptied. A workbook that may hold a copy of a cell elsewhere is refused: in formulas, pivots, comments, links, drawings,
filters, lists of allowed values, rules of formats, and hidden sheets; and so is one that repeats a text of the row
outside its rows, such as in a header, a defined name, or its properties.
"""

import re
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from cdp_pipeline.ingest.json_removal import UnfaithfulError
from cdp_pipeline.ingest.workbook_xml import visible_sheets

_TEXTS: Final = "xl/sharedStrings.xml"
_KNOWN: Final = re.compile(
    r"\[Content_Types\]\.xml|_rels/\.rels|docProps/(app|core|custom)\.xml|xl/workbook\.xml|xl/styles\.xml|"
    r"xl/sharedStrings\.xml|xl/_rels/workbook\.xml\.rels|xl/theme/theme\d+\.xml|xl/worksheets/[^/]+\.xml|"
    r"xl/metadata\.xml|xl/printerSettings/.*"
)
"""The parts whose content is known."""

_ROW: Final = re.compile(rb"<row\b([^>]*?)(?:/>|>(.*?)</row>)", re.DOTALL)
_NUMBER: Final = re.compile(rb'\br="(\d+)"')
_TEXT_CELL: Final = re.compile(rb'<c\b[^>]*\bt="s"[^>]*>\s*<v>\s*(\d+)\s*</v>')
_OWN_TEXT: Final = re.compile(rb"<t\b[^>]*>([^<]*\w[^<]*)</t>")
_SHORTEST: Final = 4
"""Shorter texts, such as numbers of rows, stand in every workbook."""

_TEXT: Final = re.compile(rb"<si\b[^>]*?(?:/>|>.*?</si>)", re.DOTALL)
_COPIES: Final = (
    b"<f>", b"<f ", b"<f/>", b"<hyperlink", b"<legacyDrawing", b"<drawing", b"<oleObject",
    b"<filter ", b"<customFilter ", b'<formula1>"', b"<formula1>&quot;", b"<formula>",
)  # fmt: skip


def write_workbook_without(source: Path, target: Path, rows: Mapping[int, Collection[int]]) -> None:
    """Write a workbook without rows.

    Args:
        source: The workbook.
        target: The file to write.
        rows: By number of the visible sheet, from 1, the physical rows, from 1.

    Raises:
        UnfaithfulError: It holds parts that may copy a cell, or its rows are written in another form.
    """
    with zipfile.ZipFile(source) as archive:
        content = {name: archive.read(name) for name in archive.namelist()}
        others = [name for name in content if not _KNOWN.fullmatch(name) and not name.endswith("/")]
        if others:
            raise UnfaithfulError(f"it has parts that may hold copies of the row, such as {others[0]}")
        sheets = {name: part for name, part in content.items() if name.startswith("xl/worksheets/")}
        if any(mark in xml for xml in sheets.values() for mark in _COPIES):
            raise UnfaithfulError(
                "it holds formulas, links, comments, pictures, filters or lists, which may hold copies of the row"
            )
        parts = {number: part.member for number, part in enumerate(visible_sheets(archive), start=1)}
        if any(b"<c " in xml for name, xml in sheets.items() if name not in parts.values()):
            raise UnfaithfulError("it has hidden sheets, which may hold copies of the row")
        changed: dict[str, bytes] = {}
        removed: set[int] = set()
        own: set[bytes] = set()
        for number, of_sheet in rows.items():
            changed[parts[number]], texts, inline = _without_rows(sheets[parts[number]], set(of_sheet))
            removed |= texts
            own |= inline - _long_texts(changed[parts[number]])
        used = {int(found) for xml in (sheets | changed).values() for found in _TEXT_CELL.findall(xml)}
        if removed - used:
            changed[_TEXTS], shared = _without_texts(content[_TEXTS], removed - used)
            own |= shared
        content |= changed
        for name, part in content.items():
            around = _ROW.sub(b"", part) if name != _TEXTS else b""
            if any(text in around for text in own):
                raise UnfaithfulError(f"it repeats a text of the row in {name}, outside its rows")
        with zipfile.ZipFile(target, "w") as copy:
            copy.comment = archive.comment
            for member in archive.infolist():
                copy.writestr(member, content[member.filename])


def _without_rows(xml: bytes, numbers: set[int]) -> tuple[bytes, set[int], set[bytes]]:
    """The XML of a sheet without rows, the numbers of the texts to which their cells referred, and their own texts."""
    texts: set[int] = set()
    own: set[bytes] = set()
    left = set(numbers)

    def replaced(found: re.Match[bytes]) -> bytes:
        number = _NUMBER.search(found[1])
        if number is None or int(number[1]) not in numbers:
            return found[0]
        left.discard(int(number[1]))
        texts.update(int(text) for text in _TEXT_CELL.findall(found[2] or b""))
        own.update(_long_texts(found[2] or b""))
        return b""

    changed = _ROW.sub(replaced, xml)
    if left:
        raise UnfaithfulError("its rows are not written in the usual form")
    return changed, texts, own


def _long_texts(xml: bytes) -> set[bytes]:
    """The texts in it by which a copy can be recognised."""
    return {text for text in map(bytes.strip, _OWN_TEXT.findall(xml)) if len(text.decode()) >= _SHORTEST}


def _without_texts(xml: bytes, numbers: set[int]) -> tuple[bytes, set[bytes]]:
    """The XML of the shared texts with some of them empty, and what these were."""
    place = -1
    own: set[bytes] = set()

    def replaced(found: re.Match[bytes]) -> bytes:
        nonlocal place
        place += 1
        if place not in numbers:
            return found[0]
        own.update(_long_texts(found[0]))
        return b"<si><t/></si>"

    changed = _TEXT.sub(replaced, xml)
    if place < max(numbers):
        raise UnfaithfulError("its texts are not written in the usual form")
    return changed, own
