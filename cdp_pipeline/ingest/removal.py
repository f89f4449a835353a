"""A raw file + the places of entries -> a copy without these entries, with all else as its sender wrote it.

In files of lines an empty line stays where an entry was, and in a workbook an empty row, so that the numbers of other
rows, by which repairs and lineage name them, stay. Whoever writes a copy reads it again before it takes the place of
the file: only that proves that no other entry is read differently.
"""

import gzip
import io
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

import pyarrow as pa
import pyarrow.parquet as pq
import zstandard

from cdp_pipeline.ingest.bounds import MEGABYTE, Bounds
from cdp_pipeline.ingest.file_access import decompressed
from cdp_pipeline.ingest.formats import Compression, format_of
from cdp_pipeline.ingest.json_removal import UnfaithfulError, without_elements, without_entries
from cdp_pipeline.ingest.lines import HEAD_BYTES, detect_encoding
from cdp_pipeline.ingest.workbook_removal import write_workbook_without
from cdp_pipeline.ingest.workbook_xml import DamagedWorkbookError

_LINE: Final = re.compile(rb"([^\r\n]*)(\r\n|\n|\r)")
_ARROW: Final = b"ARROW:schema"
"""Where Arrow keeps its own types, in words that differ between its versions."""

_AT_ONCE: Final = 8 * MEGABYTE
_MOST_IN_MEMORY: Final = 512 * MEGABYTE
"""A JSON document, or a text in UTF-16, is rewritten in memory."""


@dataclass(frozen=True)
class Entries:
    """Entries of one file.

    Attributes:
        places: By row, the numbers of the entries within it; of a workbook, the numbers of the sheets. Rows of a JSON
            document count its entries.
        lines: By row of a delimited file, how many lines it has.
        comes_in_pages: Whether the entity is sent in pages of a list.
    """

    places: Mapping[int, Collection[int]]
    lines: Mapping[int, int]
    comes_in_pages: bool


def write_without(source: Path, target: Path, name: str, entries: Entries, scratch: Path, bounds: Bounds) -> bool:
    """Write a copy of a raw file without entries; returns whether the places of all others stay.

    Args:
        source: The file.
        target: The file to write.
        name: The file's name, whose ending gives the format.
        entries: What is left out.
        scratch: A folder for parts.
        bounds: The size limits by which it was read.

    Raises:
        UnfaithfulError: The rest cannot be kept as it is; the message gives the reason.
        UnreadableFileError: The file cannot be read.
    """
    form = format_of(name)
    if form.name == "parquet":
        try:
            _write_parquet(source, target, entries)
        except pa.ArrowException as error:
            raise UnfaithfulError("a column of it cannot be written again in its form") from error
        return False
    if form.name == "xlsx":
        sheets: dict[int, list[int]] = {}
        for row, numbers in entries.places.items():
            for sheet in numbers:
                sheets.setdefault(sheet, []).append(row)
        try:
            write_workbook_without(source, target, sheets)
        except (zipfile.BadZipFile, DamagedWorkbookError, KeyError) as error:
            raise UnfaithfulError("it is no plain workbook") from error
        return True
    plain = decompressed(source, form.compression, scratch, bounds) if form.compression else source
    written = scratch / "rewritten" if form.compression else target
    keeps_places = _write_text(plain, written, entries, is_document=form.name == "json", is_table=form.name == "csv")
    if form.compression:
        _compress(written, target, form.compression)
    return keeps_places


def _write_text(source: Path, target: Path, entries: Entries, *, is_document: bool, is_table: bool) -> bool:
    with source.open("rb") as stream:
        encoding, mark = detect_encoding(stream.read(HEAD_BYTES))
        stream.seek(0)
        with target.open("wb") as copy:
            copy.write(stream.read(mark))
            if encoding != "utf-8" or is_document:
                if source.stat().st_size > _MOST_IN_MEMORY:
                    raise UnfaithfulError(f"it has more than {_MOST_IN_MEMORY // MEGABYTE} MB")
                body, keeps_places = _changed_text(stream.read(), encoding, entries, is_document, is_table)
                copy.write(body)
                return keeps_places
            return _write_lines(iter(lambda: stream.read(_AT_ONCE), b""), copy, entries, is_table)


def _changed_text(
    body: bytes, encoding: str, entries: Entries, is_document: bool, is_table: bool
) -> tuple[bytes, bool]:
    try:
        text = body.decode(encoding)
    except UnicodeDecodeError:
        if encoding != "utf-8":
            raise UnfaithfulError(f"it is damaged: not all of it is {encoding.upper()}") from None
        text = None
    if is_document and text is not None:
        changed = without_elements(text, entries.places, comes_in_pages=entries.comes_in_pages)
        if changed is not None:
            return changed.encode(encoding), False
    sent, copy = body if text is None else text.encode(), io.BytesIO()
    keeps_places = _write_lines(iter([sent]), copy, entries, is_table)
    left = copy.getvalue()
    return (left if encoding == "utf-8" else left.decode().encode(encoding)), keeps_places


def _write_lines(chunks: Iterator[bytes], copy: IO[bytes], entries: Entries, is_table: bool) -> bool:
    """Write the lines; an entry leaves the end of its lines. Returns whether the places of others stay."""
    keeps_places = True
    last_removed = 0
    for number, line, end in _lines(chunks):
        if number in entries.places:
            last_removed = number + (entries.lines[number] - 1 if is_table else 0)
            left = None if is_table else _rest_of_line(line, entries, number)
            keeps_places &= left is None
            copy.write((left or b"") + end)
        elif number <= last_removed:
            copy.write(end)
        else:
            copy.write(line + end)
    return keeps_places


def _rest_of_line(line: bytes, entries: Entries, number: int) -> bytes | None:
    """What is left of a line of JSON; a line that is no JSON is one entry."""
    try:
        left = without_entries(line.decode(), entries.places[number], comes_in_pages=entries.comes_in_pages)
    except (UnicodeDecodeError, UnfaithfulError):
        return None
    return left.encode() if left is not None else None


def _lines(chunks: Iterator[bytes]) -> Iterator[tuple[int, bytes, bytes]]:
    """Number, content and end of each line, as the reader counts them; the last may have no end."""
    number, held = 0, b""
    for chunk in chunks:
        piece = held + chunk
        # The LF of a CRLF may come with the next chunk.
        whole = len(piece) - 1 if piece.endswith(b"\r") else len(piece)
        end = 0
        for found in _LINE.finditer(piece, 0, whole):
            number += 1
            end = found.end()
            yield number, found[1], found[2]
        held = piece[end:]
    if held:
        line = held.removesuffix(b"\r")
        yield number + 1, line, held[len(line) :]


def _compress(source: Path, target: Path, compression: Compression) -> None:
    with source.open("rb") as plain, target.open("wb") as packed:
        if compression == "zst":
            zstandard.ZstdCompressor().copy_stream(plain, packed)
            return
        with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as stream:
            while piece := plain.read(_AT_ONCE):
                stream.write(piece)


def _form(file: pq.ParquetFile) -> tuple[object, ...]:
    """The columns of a file with physical type and levels, and its metadata; what Arrow reads is compared beside it."""
    columns = [file.schema.column(n) for n in range(len(file.schema))]
    metadata = {key: value for key, value in (file.metadata.metadata or {}).items() if key != _ARROW}
    return (
        [(c.path, c.physical_type, c.max_definition_level, c.max_repetition_level) for c in columns],
        metadata,
    )


def _write_parquet(source: Path, target: Path, entries: Entries) -> None:
    """Write the row groups without rows, with schema, metadata and compression as they are."""
    with pq.ParquetFile(source) as file:
        about, schema = file.metadata, file.schema_arrow
        columns = [about.row_group(0).column(n) for n in range(about.num_columns)] if about.num_row_groups else []
        codecs = {column.path_in_schema: column.compression.lower() for column in columns}
        writer = pq.ParquetWriter(
            target,
            schema,
            version=about.format_version,
            compression={name: "none" if codec == "uncompressed" else codec for name, codec in codecs.items()} or None,
            use_dictionary=[c.path_in_schema for c in columns if c.has_dictionary_page] or False,
            use_deprecated_int96_timestamps=any(column.physical_type == "INT96" for column in columns),
            store_decimal_as_integer=any(
                c.logical_type.type == "DECIMAL" and c.physical_type.startswith("INT")
                for c in (file.schema.column(n) for n in range(len(file.schema)))
            ),
            store_schema=_ARROW in (about.metadata or {}),
        )
        with writer:
            first = 1
            for group in range(about.num_row_groups):
                table = file.read_row_group(group)
                numbers = range(first, first + table.num_rows)
                first += table.num_rows
                writer.write_table(table.filter(pa.array([number not in entries.places for number in numbers])))
    with pq.ParquetFile(source) as before, pq.ParquetFile(target) as after:
        if _form(before) != _form(after) or not before.schema_arrow.equals(after.schema_arrow, check_metadata=True):
            raise UnfaithfulError("its schema would change, as another program wrote it in a form of its own")
