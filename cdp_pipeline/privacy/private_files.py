"""Files that only their owner may read: folders of mode 0700, and files of lines that survive a kill or power loss.

A file of lines is only appended to, one JSON object a line. A line counts once its newline is written: `append_line`
returns after that, so a last line without one, which a kill leaves, belongs to no call that returned. Readers ignore
it, and the next append cuts it off. Any other line that cannot be read is damage, and an error.
"""

import fcntl
import json
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_FILE = 0o600
_FOLDER = 0o700


class PrivacyError(OSError):
    """Requests, their key or proofs cannot be used; the message gives what was found, expected, and what to do."""


def refuse_others(path: Path) -> None:
    """Refuse a file or folder that others than its owner may read or write.

    Raises:
        PrivacyError: The mode allows it; the message names the command that corrects it.
    """
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & _OTHERS:
        raise PrivacyError(
            f"{path} has the mode {mode:04o}, so others than its owner may use it; expected only its owner. Correct "
            f"it: chmod {_FOLDER if path.is_dir() else _FILE:o} {path}"
        )


def make_folder(folder: Path) -> None:
    """Make a folder for its owner alone, with those above it; one that is there must be so already.

    Raises:
        PrivacyError: Others may use the folder.
    """
    for missing in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        missing.mkdir(mode=_FOLDER, exist_ok=True)
    refuse_others(folder)


def append_line(path: Path, content: dict[str, Any]) -> None:
    """Append one object as a line; it is on disk when this returns. Appends of several processes follow each other.

    Raises:
        PrivacyError: Others may use the file or its folder.
    """
    make_folder(path.parent)
    is_new = not path.exists()
    with _locked(path) as handle:
        whole = _whole_length(path.read_bytes())
        if whole < os.fstat(handle).st_size:
            os.ftruncate(handle, whole)
        _write(handle, _line(content))
        os.fsync(handle)
    if is_new:
        _sync_folder(path.parent)


def rewrite_lines(path: Path, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
    """Replace the lines of a file in one step; lines that other processes append meanwhile follow the new ones.

    Args:
        path: The file, which must be there.
        change: Is given the objects of all whole lines, and gives those to write.

    Raises:
        PrivacyError: Others may use the file, or a line is no JSON object.
    """
    with _locked(path):
        write_private(path, b"".join(map(_line, change([line for _, line in read_lines(path)]))))


@contextmanager
def _locked(path: Path) -> Iterator[int]:
    """The file for appending, made where it is missing, while no other process appends to it or rewrites it."""
    while True:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, _FILE)
        try:
            refuse_others(path)
            fcntl.flock(handle, fcntl.LOCK_EX)
            # Who waited for a rewriting has the file that was replaced.
            if os.fstat(handle).st_ino == path.stat().st_ino:
                yield handle
                return
        finally:
            os.close(handle)


def read_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Number and object of each whole line of a file; none where there is no file.

    Raises:
        PrivacyError: Others may use the file or its folder, or a line is no JSON object.
    """
    if not path.exists():
        return
    refuse_others(path.parent)
    refuse_others(path)
    content = path.read_bytes()
    for number, line in enumerate(content[: _whole_length(content)].splitlines(), start=1):
        try:
            found = json.loads(line)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise damaged_line(path, number, "is no JSON object; expected one a line")
        yield number, found


def damaged_line(path: Path, number: int, symptom: str) -> PrivacyError:
    """The error of a line that cannot be used, whatever wrote it: without it, a request would not be kept."""
    return PrivacyError(
        f"{path}: line {number} {symptom}. Nothing was done, as a request could be lost: restore the file from a "
        "backup, or use the version of the pipeline that wrote it."
    )


def write_private(path: Path, content: bytes, *, is_own_folder: bool = True, is_new: bool = False) -> None:
    """Write a file for its owner alone, in one step: after a kill it is there whole, or as it was before.

    Args:
        path: The file.
        content: All its bytes.
        is_own_folder: Whether its folder must be its owner's alone too.
        is_new: Whether a file that is there is never replaced.

    Raises:
        FileExistsError: It is there, although it must be new.
    """
    if is_own_folder:
        make_folder(path.parent)
    else:
        path.parent.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE)
    try:
        _write(handle, content)
        os.fsync(handle)
    finally:
        os.close(handle)
    if is_new:
        # Fails where another process was faster.
        try:
            path.hardlink_to(partial)
        finally:
            partial.unlink()
    else:
        partial.replace(path)
    _sync_folder(path.parent)


def _line(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _whole_length(content: bytes) -> int:
    """The length of the lines that end with a newline."""
    return content.rfind(b"\n") + 1


def _write(handle: int, content: bytes) -> None:
    while content:
        content = content[os.write(handle, content) :]


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
