"""Size of a loaded workbook -> rejection before it is loaded, if the size is beyond the bounds.

The file size is no measure of it: the XML is compressed, and each of millions of cells may get a copy of one shared
text.
"""

import re
import zipfile
from array import array
from collections.abc import Iterator, Sequence

import polars as pl

from cdp_pipeline.ingest.batch import UnreadableFileError
from cdp_pipeline.ingest.bounds import MEGABYTE, Bounds
from cdp_pipeline.ingest.workbook_xml import SheetPart, Survey

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
