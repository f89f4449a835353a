"""The format of a file by its ending, and the kind of content by its first bytes.

Decides how a file is opened; the reader of the format finds out whether the content is valid.
"""

from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from cdp_pipeline.ingest.batch import UnreadableFileError

FormatName = Literal["ndjson", "json", "csv", "parquet", "xlsx"]
Compression = Literal["gz", "zst"]

_TEXT: dict[str, FormatName] = {".ndjson": "ndjson", ".jsonl": "ndjson", ".json": "json", ".csv": "csv", ".tsv": "csv"}
_BINARY: dict[str, FormatName] = {".parquet": "parquet", ".xlsx": "xlsx"}
_COMPRESSED: dict[str, Compression] = {".gz": "gz", ".zst": "zst"}

DELIMITERS = (",", ";", "\t")
"""Possible field delimiters of a delimited file."""

HINTED_DELIMITER = "|"
"""Another one, which counts only where the first line is `sep=|`."""

_SIGNATURES = (
    (b"PK\x03\x04", "a zip archive or Excel workbook"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an encrypted or old Excel workbook"),
    (b"PAR1", "Parquet"),
    (b"\x1f\x8b", "gzip-compressed data"),
    (b"\x28\xb5\x2f\xfd", "Zstandard-compressed data"),
    (b"\xfd7zXZ\x00", "xz-compressed data"),
    (b"%PDF-", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"SQLite format 3", "a database"),
)
# Control characters that no text holds.
_CONTROLS = bytes(byte for byte in range(32) if byte not in b"\t\n\r\f\v\x1b")
# A damaged line may hold a few control characters; no binary format holds as few.
_BINARY_SHARE = 0.05
_BINARY_COUNT = 16


@dataclass(frozen=True)
class FileFormat:
    """Format and compression of a file.

    Attributes:
        name: The format.
        compression: The compression; None for a plain file.
        delimiter: The delimiter that the ending suggests, for a delimited file.
    """

    name: FormatName
    compression: Compression | None = None
    delimiter: str = ","


def format_of(name: str) -> FileFormat:
    """The format by a file's name.

    Raises:
        UnreadableFileError: No format has this ending.
    """
    suffixes = [suffix.lower() for suffix in PurePath(name).suffixes]
    last = suffixes[-1] if suffixes else ""
    compression = _COMPRESSED.get(last)
    ending = (suffixes[-2] if len(suffixes) > 1 else "") if compression else last
    if ending in _TEXT:
        return FileFormat(_TEXT[ending], compression, "\t" if ending == ".tsv" else ",")
    if ending in _BINARY and compression is None:
        return FileFormat(_BINARY[ending])
    known = ", ".join((*_TEXT, *_BINARY))
    raise UnreadableFileError(
        f"The ending {ending + last if compression else last or '(none)'} is not known; expected {known}, text formats "
        "also with .gz or .zst. Rename the file to what it holds, or convert it, and deliver it again."
    )


def binary_content(head: bytes) -> str | None:
    """The kind of a binary file by its first bytes; None for text in a supported encoding."""
    for signature, what in _SIGNATURES:
        if head.startswith(signature):
            return what
    controls = len(head) - len(head.translate(None, delete=_CONTROLS))
    return "binary data" if controls > max(_BINARY_COUNT, len(head) * _BINARY_SHARE) else None
