"""List the raw files of the landing folders, with entity and drop date, and the misplaced ones; no file is opened.

Only names and locations are used; `pipeline.py` handles endings and contents. Links are followed to allowed targets.
Each of these is one entry with a refusal: a folder that cannot be listed, a link to a folder that contains it, and a
folder that is too deep or holds too many files.
"""

import errno
import heapq
import os
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cdp_pipeline.ingest.bounds import MAX_FILES
from cdp_pipeline.ingest.file_access import NotRegularFileError, opened, refused_kind, refused_place
from cdp_pipeline.values.mask import mask_contacts

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


_DAY_FOLDER = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DAY_IN_NAME = re.compile(r"(?<!\d)(?:(\d{4})-(\d{2})-(\d{2})|(\d{4})(\d{2})(\d{2}))(?!\d)", re.ASCII)
_UNFINISHED_STARTS = (".", "_")
_UNFINISHED_ENDS = (".tmp", ".part")


@dataclass(frozen=True)
class RawFile:
    """One file of an entity's landing folder.

    Attributes:
        object_type: The entity's landing folder.
        drop_date: The date of delivery; None for a misplaced file.
        path: Its path.
        source_file: Its path below the raw folder, with forward slashes.
        size: Bytes, when it was listed.
        modified_ns: Modification time, when it was listed.
        problem: Why it is misplaced or rejected, and what to do; None for a file to read.
        is_refused: Whether it must not be opened: it is no regular file, leads elsewhere, or its status cannot be read.
        roots: Resolved folders; one must contain its real path when it is opened. Empty for no restriction.
    """

    object_type: str
    drop_date: date | None
    path: Path
    source_file: str
    size: int
    modified_ns: int
    problem: str | None = None
    is_refused: bool = False
    roots: tuple[Path, ...] = ()

    def opened(self) -> AbstractContextManager[Path]:
        """A path at which readers find the content, see `regular_files.opened`.

        Raises:
            OSError: It must not or cannot be opened.
        """
        if self.is_refused:
            raise NotRegularFileError(errno.EINVAL, str(self.problem))
        return opened(self.path, self.roots)

    def stamp(self) -> "Stamp | None":
        """The current status of the file; None if it cannot be read or the file must not be opened."""
        try:
            stat = self.path.stat()
        except OSError:
            return None
        if self.is_refused:
            return None
        return Stamp(stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)


@dataclass(frozen=True)
class Stamp:
    """File status: equal stamps before and after a read mean that one content was read.

    Attributes:
        size: Bytes.
        modified_ns: Modification time, which senders may set.
        changed_ns: Change time of the system (ctime), which no program can set.
    """

    size: int
    modified_ns: int
    changed_ns: int


@dataclass(frozen=True)
class Landing:
    """Content of the landing folders.

    Attributes:
        files: The files to read, by object type, drop date (misplaced files first) and name.
        unknown_folders: Folders of the raw folder that belong to no entity.
        unfinished: Files still being written, left for a later run, as paths below the raw folder.
    """

    files: tuple[RawFile, ...]
    unknown_folders: tuple[str, ...]
    unfinished: tuple[str, ...]


def discover_files(
    raw_dir: Path, object_types: Collection[str], link_roots: Sequence[Path] = (), max_files: int = MAX_FILES
) -> Landing:
    """List every file of the entities' landing folders once; empty if there is no raw folder.

    A file is misplaced if it is deeper than a drop date's folder, in a folder whose name is no date, or directly in its
    entity's folder with no date or several dates in its name. An irregular file, and a folder that is not listed, is a
    rejected file of the drop date at that path.

    Args:
        raw_dir: The landing folders.
        object_types: The names of the entities' landing folders.
        link_roots: Folders other than the raw folder that may contain targets of links.
        max_files: A drop date's folder with more files is one rejected file.
    """
    if not raw_dir.is_dir():
        return Landing((), (), ())
    roots = (raw_dir.resolve(), *(root.resolve() for root in link_roots))
    files: list[RawFile] = []
    unfinished: list[str] = []
    for folder in sorted(raw_dir.iterdir()):
        if folder.name not in object_types:
            continue
        if not folder.is_dir() and not folder.is_symlink():
            continue
        for found in files_below(folder, roots, max_files):
            parts = found.path.relative_to(folder).parts
            if any(_is_unfinished(part) for part in parts):
                unfinished.append(_readable(found.path.relative_to(raw_dir).as_posix()))
            else:
                files.append(_raw_file(raw_dir, folder.name, found, parts, roots))
    files.sort(key=lambda file: (file.object_type, file.drop_date or date.min, file.source_file))
    return Landing(tuple(files), unknown_folders(raw_dir, object_types), tuple(sorted(unfinished)))


def unknown_folders(raw_dir: Path, object_types: Collection[str]) -> tuple[str, ...]:
    """The folders of the raw folder that belong to no entity, by name; none if there is no raw folder."""
    folders = sorted(raw_dir.iterdir()) if raw_dir.is_dir() else []
    return tuple(
        _readable(folder.name)
        for folder in folders
        if folder.name not in object_types and folder.is_dir() and not _is_unfinished(folder.name)
    )


def _is_unfinished(name: str) -> bool:
    return name.startswith(_UNFINISHED_STARTS) or name.lower().endswith(_UNFINISHED_ENDS)


def _readable(name: str) -> str:
    """The name with U+FFFD in place of bytes that are not UTF-8, because tables cannot store surrogates."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _raw_file(
    raw_dir: Path, object_type: str, found: FoundFile, parts: tuple[str, ...], roots: tuple[Path, ...]
) -> RawFile:
    day, problem = _placement(object_type, parts) if parts else (None, None)
    return RawFile(
        object_type,
        day,
        found.path,
        _readable(found.path.relative_to(raw_dir).as_posix()),
        found.size,
        found.modified_ns,
        found.refusal or problem,
        is_refused=found.refusal is not None,
        roots=roots,
    )


def _placement(object_type: str, parts: tuple[str, ...]) -> tuple[date | None, str | None]:
    """The drop date of a file, or why it is misplaced."""
    expected = f"a file belongs in {object_type}/<YYYY-MM-DD>/, or in {object_type}/ with one date in its name"
    if len(parts) == 1:
        days = _days_in(parts[0])
        if len(days) == 1:
            return days.pop(), None
        found = f"its name holds {len(days)} different dates" if days else "its name holds no date"
        return None, f"The file lies directly in {object_type}/ and {found}; {expected}. Move it into its day's folder."
    day = _day(parts[0]) if _DAY_FOLDER.fullmatch(parts[0]) else None
    folder = mask_contacts(_readable("/".join(parts[:-1])))
    if day is None:
        return None, f"The file lies in {folder}/, which is not a date; {expected}. Move it into its day's folder."
    if len(parts) > 2:
        return None, f"The file lies too deep, in {folder}/; {expected}. Move it up into {mask_contacts(parts[0])}/."
    return day, None


def _days_in(name: str) -> set[date]:
    found = ("-".join(part for part in match.groups() if part) for match in _DAY_IN_NAME.finditer(name))
    return {day for text in found if (day := _day(text))}


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
