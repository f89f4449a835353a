"""Write a decompressed or transcoded copy of a file into a scratch folder, complete or not at all.

compressed file -> plain file. No row of a truncated file may be accepted, so a file is decompressed to disk before it
is read.
"""

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path

import zstandard

from cdp_pipeline.ingest.batch import UnreadableFileError
from cdp_pipeline.ingest.bounds import USUAL, Bounds
from cdp_pipeline.ingest.encoding import utf8_chunks
from cdp_pipeline.ingest.formats import Compression

_PIECE_BYTES = 1024 * 1024
# Four bytes of a zst file can expand to 128 kB, and the library returns the whole expansion of a chunk at once.
_ZST_PIECE_BYTES = 2048


def decompressed(path: Path, compression: Compression, scratch: Path, bounds: Bounds = USUAL) -> Path:
    """Write a plain copy of a compressed file.

    Raises:
        UnreadableFileError: It is truncated, damaged, not compressed in this way, or expands beyond the bounds.
    """
    plain = scratch / "decompressed"
    size, length = path.stat().st_size, 0
    most = bounds.expanded_bytes(size)
    try:
        with plain.open("wb") as copy:
            for piece in _unpacked_gz(path) if compression == "gz" else _unpacked_zst(path):
                length += len(piece)
                if length > most:
                    raise UnreadableFileError(bounds.too_expanded(size, "The file"))
                copy.write(piece)
    except (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError) as error:
        raise UnreadableFileError(
            f"The file is truncated, damaged or not a .{compression} file; nothing of it was read. Deliver it again."
        ) from error
    return plain


def _unpacked_gz(path: Path) -> Iterator[bytes]:
    with gzip.open(path) as packed:
        while piece := packed.read(_PIECE_BYTES):
            yield piece


def _unpacked_zst(path: Path) -> Iterator[bytes]:
    """The content of one or more frames; unlike the library's own stream, a truncated frame raises EOFError."""
    with path.open("rb") as packed:
        frame = None
        rest = b""
        while piece := rest or packed.read(_ZST_PIECE_BYTES):
            frame = frame or zstandard.ZstdDecompressor().decompressobj(write_size=_PIECE_BYTES)
            yield frame.decompress(piece)
            rest = frame.unused_data if frame.eof else b""
            frame = None if frame.eof else frame
        if frame is not None:
            raise EOFError("The last frame is not complete.")


def as_utf8(path: Path, scratch: Path) -> Path:
    """Write a copy of a text file in UTF-8 without byte order mark."""
    copy = scratch / "utf8"
    with path.open("rb") as source, copy.open("wb") as target:
        target.writelines(utf8_chunks(source))
    return copy
