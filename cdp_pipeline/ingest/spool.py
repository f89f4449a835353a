"""Compressed or transcoded copies of a file in a scratch folder: whole and sound, or not at all.

compressed file -> plain file. A file is only read once its whole content is known to be there, because a truncated
one must give no rows; so it is decompressed to disk first.
"""

import gzip
import shutil
import zlib
from collections.abc import Iterator
from pathlib import Path

import zstandard

from cdp_pipeline.ingest.batch import UnreadableFileError
from cdp_pipeline.ingest.encoding import utf8_chunks
from cdp_pipeline.ingest.formats import Compression

_PIECE_BYTES = 1024 * 1024


def decompressed(path: Path, compression: Compression, scratch: Path) -> Path:
    """A plain copy of a compressed file.

    Raises:
        UnreadableFileError: It is truncated, damaged, or not compressed in this way.
    """
    plain = scratch / "decompressed"
    try:
        if compression == "gz":
            with gzip.open(path) as packed, plain.open("wb") as copy:
                shutil.copyfileobj(packed, copy, _PIECE_BYTES)
        else:
            with plain.open("wb") as copy:
                copy.writelines(_unpacked_zst(path))
    except (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError) as error:
        raise UnreadableFileError(
            f"The file is truncated or no sound .{compression} file; nothing of it was read. Drop it again."
        ) from error
    return plain


def _unpacked_zst(path: Path) -> Iterator[bytes]:
    """The content of one or more frames; the library's own stream takes a truncated frame for a short one."""
    with path.open("rb") as packed:
        frame = None
        rest = b""
        while piece := rest or packed.read(_PIECE_BYTES):
            frame = frame or zstandard.ZstdDecompressor().decompressobj(write_size=_PIECE_BYTES)
            yield frame.decompress(piece)
            rest = frame.unused_data if frame.eof else b""
            frame = None if frame.eof else frame
        if frame is not None:
            raise EOFError("The last frame is not complete.")


def as_utf8(path: Path, scratch: Path) -> Path:
    """A copy of a text file in UTF-8 without byte order mark."""
    copy = scratch / "utf8"
    with path.open("rb") as source, copy.open("wb") as target:
        target.writelines(utf8_chunks(source))
    return copy
