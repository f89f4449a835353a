"""List the raw files of the landing folders, with entity and drop date, and the misplaced ones.

landing folders -> `Landing`. Only names and locations are used; `read.py` handles endings and contents. No file is
opened, changed, moved or deleted.
"""

import errno
import re
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from cdp_pipeline.ingest.folder_walk import FoundFile, files_below
from cdp_pipeline.ingest.regular_files import NotRegularFileError, opened
from cdp_pipeline.values.mask import mask_contacts

MAX_FILES = 100_000
"""Greatest number of files in a drop date's folder, and of names in a landing folder; far more than a sender needs, and
few enough to list in seconds."""

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
    unknown: list[str] = []
    unfinished: list[str] = []
    for folder in sorted(raw_dir.iterdir()):
        if folder.name not in object_types:
            if folder.is_dir() and not _is_unfinished(folder.name):
                unknown.append(_readable(folder.name))
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
    return Landing(tuple(files), tuple(unknown), tuple(sorted(unfinished)))


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
