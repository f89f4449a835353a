"""Raw files of the landing folders: which there are, of which entity and day, and which lie in the wrong place.

landing folders -> `Landing`. Only names and places are looked at here; endings and contents are the
reader's business (`read.py`). Nothing is opened, changed, moved or deleted.
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
"""So many files in a drop date's folder, or names in a landing folder, are looked at: far more than any sender needs,
and few enough to be listed in seconds."""

_DAY_FOLDER = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DAY_IN_NAME = re.compile(r"(?<!\d)(?:(\d{4})-(\d{2})-(\d{2})|(\d{4})(\d{2})(\d{2}))(?!\d)", re.ASCII)
_UNFINISHED_STARTS = (".", "_")
_UNFINISHED_ENDS = (".tmp", ".part")


@dataclass(frozen=True)
class RawFile:
    """One file of an entity's landing folder.

    Attributes:
        object_type: The entity's landing folder.
        drop_date: The day of the drop; null for a misplaced file.
        path: Where it lies.
        source_file: Its path below the raw folder, with forward slashes.
        size: Bytes, when it was found.
        modified_ns: Its time of change, when it was found.
        problem: Why it is misplaced or refused, and what to do; None when it is to be read.
        is_refused: Whether it must not be opened: it is no regular file, leads elsewhere, or cannot be looked at.
        roots: Resolved folders below which its real place must lie when it is opened; empty for anywhere.
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
        """A path under which readers find the content, see `regular_files.opened`.

        Raises:
            OSError: It must not or cannot be opened.
        """
        if self.is_refused:
            raise NotRegularFileError(errno.EINVAL, str(self.problem))
        return opened(self.path, self.roots)

    def stamp(self) -> "Stamp | None":
        """How it lies there now; None when it cannot be looked at, or must not be opened."""
        try:
            stat = self.path.stat()
        except OSError:
            return None
        if self.is_refused:
            return None
        return Stamp(stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns)


@dataclass(frozen=True)
class Stamp:
    """What a file shows from outside: two equal stamps, before and after a read, mean that one content was read.

    Attributes:
        size: Bytes.
        modified_ns: Its time of change, which senders may set.
        changed_ns: The system's own time of change, which nobody can set.
    """

    size: int
    modified_ns: int
    changed_ns: int


@dataclass(frozen=True)
class Landing:
    """What lies in the landing folders.

    Attributes:
        files: The files to read, by object type, day (misplaced ones first) and name.
        unknown_folders: Folders of the raw folder that belong to no entity.
        unfinished: Files still being written, left for a later run, as paths below the raw folder.
    """

    files: tuple[RawFile, ...]
    unknown_folders: tuple[str, ...]
    unfinished: tuple[str, ...]


def discover_files(
    raw_dir: Path, object_types: Collection[str], link_roots: Sequence[Path] = (), max_files: int = MAX_FILES
) -> Landing:
    """Every file of the entities' landing folders, each exactly once; nothing when there is no raw folder.

    A file is misplaced when it lies deeper than a day's folder, in a folder that is no day, or directly in its
    entity's folder with no date or with several in its name. What is no regular file, and a folder that is not looked
    into, is a refused file of the day in whose place it lies.

    Args:
        raw_dir: The landing folders.
        object_types: The names of the entities' landing folders.
        link_roots: Folders other than the raw folder below which targets of links may lie.
        max_files: A drop date's folder with more files is one refused file.
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
    """The name without the stand-ins for bytes that are not UTF-8, which no table can hold."""
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
    """The day a file belongs to, or what is wrong with its place."""
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
        return None, f"The file lies in {folder}/, which is no day; {expected}. Move it into its day's folder."
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
