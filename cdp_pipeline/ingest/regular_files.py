"""Open only regular files whose real path is below an allowed folder.

A FIFO, socket or device could block a reader for ever, and a link may lead to any file of the system. The sender
controls both. So the kind and the real path are checked when a file is listed, and again on the open descriptor.
"""

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

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
