"""List the files below a landing folder, by name and kind; no file is opened.

Links are followed to allowed targets. Each of these is one entry with a refusal: a folder that cannot be listed, a link
to a folder that contains it, and a folder that is too deep or holds too many files.
"""

import heapq
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cdp_pipeline.ingest.regular_files import refused_kind, refused_place

MAX_DEPTH = 8
"""Levels of folders below a landing folder that are listed. A file belongs on the second; deeper files are misplaced,
and links can make the tree endless."""


@dataclass(frozen=True)
class FoundFile:
    """A file or link, or a folder that is not listed.

    Attributes:
        path: Its path.
        size: Bytes; 0 if it must not be opened.
        modified_ns: Modification time; 0 if it must not be opened.
        refusal: Why it must not be opened or listed, and what to do; None for a regular file.
    """

    path: Path
    size: int = 0
    modified_ns: int = 0
    refusal: str | None = None


class _TooManyError(Exception):
    """A folder holds more files than allowed."""


def files_below(folder: Path, roots: Sequence[Path], max_files: int) -> Iterator[FoundFile]:
    """Yield the files below a landing folder, by name.

    Args:
        folder: The landing folder; may be a link.
        roots: Resolved folders that may contain targets of links; the first one is the raw folder.
        max_files: A folder with more names, its subfolders included, is one rejected entry. So an overfull drop date
            does not hide the others.
    """
    if folder.is_symlink() and (refusal := refused_place(folder, roots)):
        yield FoundFile(folder, refusal=refusal)
        return
    above = (roots[0], folder.resolve())
    try:
        entries = _entries(folder, max_files)
    except (OSError, _TooManyError) as error:
        yield FoundFile(folder, refusal=_refusal(error, max_files))
        return
    for entry in entries:
        path = Path(entry.path)
        try:
            found = list(_found(entry, roots, above, max_files))
            if len(found) > max_files:
                raise _TooManyError
        except _TooManyError as error:
            found = [FoundFile(path, refusal=_refusal(error, max_files))]
        yield from found


def _entries(folder: Path, most: int) -> list["os.DirEntry[str]"]:
    """The entries by name."""
    with os.scandir(folder) as entries:
        found = heapq.nsmallest(most + 1, entries, key=lambda entry: entry.name)
    if len(found) > most:
        raise _TooManyError
    return found


def _found(
    entry: "os.DirEntry[str]", roots: Sequence[Path], above: tuple[Path, ...], max_files: int
) -> Iterator[FoundFile]:
    """The file, or the files below the folder, at an entry; at most one more than allowed."""
    path = Path(entry.path)
    refusal = refused_place(path, roots) if entry.is_symlink() else None
    if refusal is None:
        try:
            stat = entry.stat()
            if not entry.is_dir():
                refusal = refused_kind(stat.st_mode)
                yield FoundFile(path, refusal=refusal) if refusal else FoundFile(path, stat.st_size, stat.st_mtime_ns)
                return
            yield from _below(path, roots, above, max_files)
        except OSError as error:
            refusal = _refusal(error, max_files)
    if refusal is not None:
        yield FoundFile(path, refusal=refusal)


def _below(folder: Path, roots: Sequence[Path], above: tuple[Path, ...], max_files: int) -> Iterator[FoundFile]:
    real = folder.resolve()
    if any(one.is_relative_to(real) for one in above):
        refusal = "The link leads back to a folder in which it lies; it was not followed. Remove it."
        yield FoundFile(folder, refusal=refusal)
    elif len(above) > MAX_DEPTH:
        refusal = f"The folder lies more than {MAX_DEPTH} levels deep; nothing below was read. Move its files up."
        yield FoundFile(folder, refusal=refusal)
    else:
        count = 0
        for entry in _entries(folder, max_files):
            for found in _found(entry, roots, (*above, real), max_files):
                yield found
                count += 1
                if count > max_files:
                    raise _TooManyError


def _refusal(error: Exception, max_files: int) -> str:
    if isinstance(error, _TooManyError):
        return (
            f"The folder holds more than {max_files:,} files; nothing of it was read. Expected at most as many in the "
            "folder of a drop date. Put them into fewer files, or raise CDP_MAX_FILES."
        )
    reason = error.strerror if isinstance(error, OSError) else ""
    return f"It cannot be read ({reason}); make it readable or deliver it again."
