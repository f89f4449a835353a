"""Open only regular files below an allowed folder; write decompressed copies into a scratch folder.

A FIFO, socket or device could block a reader for ever, and a link may lead to any file of the system. The sender
controls both. So the kind and the real path are checked when a file is listed, and again on the open descriptor. No row
of a truncated file may be accepted, so a compressed file is decompressed to disk before it is read.
"""

import errno
import gzip
import os
import stat
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import zstandard

from cdp_pipeline.ingest.batch import UnreadableFileError
from cdp_pipeline.ingest.bounds import USUAL, Bounds
from cdp_pipeline.ingest.formats import Compression
from cdp_pipeline.ingest.lines import utf8_chunks

_KINDS = (
    (stat.S_ISFIFO, "a named pipe (FIFO)"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISDIR, "a folder"),
)
_OPEN_FILES = Path("/proc/self/fd")
_LEADS_OUT = (
    "The link leads out of the landing folders; nothing of its target was read. Expected a target below the raw folder "
    "or below a folder that CDP_RAW_LINK_ROOTS names. Deliver the file itself, or add the target's folder there."
)
_LEADS_NOWHERE = (
    "The link leads nowhere, or in a circle; expected an existing file. Deliver the file itself or remove it."
)


class NotRegularFileError(OSError):
    """A path that must not be opened; the message gives its kind and what to do."""


def refused_place(path: Path, roots: Sequence[Path]) -> str | None:
    """Why the target of a link must not be used; None if it is below one of the folders.

    Args:
        path: The link.
        roots: Resolved folders; empty for no restriction.
    """
    try:
        real = Path(os.path.realpath(path, strict=True))
    except OSError:
        return _LEADS_NOWHERE
    return None if _is_inside(real, roots) else _LEADS_OUT


def _is_inside(real: Path, roots: Sequence[Path]) -> bool:
    return not roots or any(real.is_relative_to(root) for root in roots)


def refused_kind(mode: int) -> str | None:
    """Why a file with this mode must not be opened; None for a regular file."""
    if stat.S_ISREG(mode):
        return None
    found = next((kind for is_kind, kind in _KINDS if is_kind(mode)), "no regular file")
    return f"It is {found}; it was not opened. Expected a regular file. Replace it with one, or remove it."


@contextmanager
def opened(path: Path, roots: Sequence[Path]) -> Iterator[Path]:
    """Open a file; yield a path that keeps its content even if the file is replaced meanwhile.

    If the system has no paths for open files, it is the real path of the file.

    Args:
        path: The file, or a link to it.
        roots: Resolved folders; one must contain the file. Empty for no restriction.

    Raises:
        NotRegularFileError: It is no regular file, or outside of the folders.
        OSError: It cannot be opened.
    """
    real = Path(os.path.realpath(path, strict=True))
    if not _is_inside(real, roots):
        raise NotRegularFileError(errno.EINVAL, _LEADS_OUT)
    # Opening alone can block, so the kind is checked before. The flags cover a file that is replaced in between.
    if problem := refused_kind(real.lstat().st_mode):
        raise NotRegularFileError(errno.EINVAL, problem)
    descriptor = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if problem := refused_kind(os.fstat(descriptor).st_mode):
            raise NotRegularFileError(errno.EINVAL, problem)
        reopened = _OPEN_FILES / str(descriptor)
        is_named = reopened.exists()
        if is_named and not _is_inside(reopened.readlink(), roots):
            raise NotRegularFileError(errno.EINVAL, _LEADS_OUT)
        yield reopened if is_named else real
    finally:
        os.close(descriptor)


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
