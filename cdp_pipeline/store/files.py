"""Single files of the lake: sealed with a checksum, verified, and durable on disk.

A Parquet file carries the checksum of all its other bytes between its last page and its footer, which no reader reads;
so hard links and copies carry it too. A report carries that of its text as its first entry. Files
without one, of earlier versions, are checked by their two ends and their footer.
"""

import json
import os
import zlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final

import pyarrow as pa
import pyarrow.parquet as pq

_MAGIC: Final = b"PAR1"
_MARK: Final = b"cdpcrc32"
_SEAL: Final = len(_MARK) + 4
_TAIL: Final = 4 + len(_MAGIC)
"""What ends a Parquet file: the length of its footer, and its magic."""

_AT_ONCE: Final = 1 << 20
_SYNCING: Final = 8
"""Files made durable at a time: a journal writes several together as fast as one."""

_REPORT: Final = '{"checksum": "'
_DIGITS: Final = 8
_FORMER: Final = ("{\n", "{}")
"""Begins a report without a checksum."""


class BrokenFileError(Exception):
    """A file is not as it was written; the message gives the symptom in a few words."""


def seal(path: Path) -> None:
    """Write the checksum into a Parquet file that has no readers yet."""
    with path.open("r+b") as file:
        begin = _footer_at(file)
        file.seek(begin)
        footer = file.read()
        checksum = zlib.crc32(footer, _checksum(file, begin))
        file.seek(begin)
        file.write(_MARK + checksum.to_bytes(4, "little") + footer)


def check_ends(path: Path) -> None:
    """Check that a Parquet file has its first and its last bytes, without reading those between.

    Raises:
        BrokenFileError: It is missing, cannot be read, or is cut off.
    """
    try:
        with path.open("rb", buffering=0) as file:
            _footer_at(file)
    except OSError as error:
        raise BrokenFileError(_reason(error)) from None


def check_whole(path: Path) -> None:
    """Read a file of the lake and compare it with its checksum.

    Raises:
        BrokenFileError: It is missing, cannot be read, or is not what was written.
    """
    try:
        if path.suffix == ".json":
            report_of(path.read_text(encoding="utf-8"))
            return
        with path.open("rb") as file:
            begin = _footer_at(file)
            file.seek(max(begin - _SEAL, 0))
            seal_of = file.read(_SEAL)
            if not seal_of.startswith(_MARK):
                pq.read_metadata(path)
            elif zlib.crc32(file.read(), _checksum(file, begin - _SEAL)) != int.from_bytes(seal_of[-4:], "little"):
                raise BrokenFileError("its bytes are not those that were written")
    except (OSError, UnicodeDecodeError, pa.ArrowException) as error:
        raise BrokenFileError(_reason(error)) from None


def report_text(report: dict[str, Any]) -> str:
    """A report as it is written, with its checksum."""
    body = json.dumps(report, ensure_ascii=False, sort_keys=True, indent=1)[1:]
    return f'{_REPORT}{_text_checksum(body)}"{"," if report else ""}{body}'


def report_of(text: str) -> dict[str, Any]:
    """The report that was written as a text.

    Raises:
        BrokenFileError: The text is not what was written.
    """
    if not text.startswith(_FORMER):
        body = text[len(_REPORT) + _DIGITS + 1 :].removeprefix(",")
        if not text.startswith(f'{_REPORT}{_text_checksum(body)}"'):
            raise BrokenFileError("it is cut off, or its bytes are not those that were written")
        text = "{" + body
    try:
        report: dict[str, Any] = json.loads(text)
    except json.JSONDecodeError:
        raise BrokenFileError("it is cut off") from None
    return report


def make_durable(paths: Iterable[Path]) -> None:
    """Have files, and the names under which they lie, survive the machine's loss of power; those that are gone do."""
    files = sorted(set(paths))
    folders = sorted({path.parent for path in files})
    with ThreadPoolExecutor(_SYNCING) as threads:
        for some in (files, folders):
            # All of the files before any of the names.
            list(threads.map(_sync, some))


def _sync(path: Path) -> None:
    with suppress(FileNotFoundError):
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _footer_at(file: IO[bytes]) -> int:
    """Where the footer begins."""
    size = file.seek(0, os.SEEK_END)
    if size < len(_MAGIC) + _TAIL:
        raise BrokenFileError(f"it is cut off after {size} bytes")
    file.seek(size - _TAIL)
    tail = file.read(_TAIL)
    begin = size - _TAIL - int.from_bytes(tail[:4], "little")
    file.seek(0)
    if tail[4:] != _MAGIC or file.read(len(_MAGIC)) != _MAGIC or begin < len(_MAGIC):
        raise BrokenFileError("it is cut off, or no Parquet file")
    return begin


def _checksum(file: IO[bytes], length: int) -> int:
    """The checksum of the first bytes of a file, whose place is left as it was."""
    place = file.tell()
    file.seek(0)
    checksum = 0
    while length > 0 and (read := file.read(min(length, _AT_ONCE))):
        checksum = zlib.crc32(read, checksum)
        length -= len(read)
    file.seek(place)
    return checksum


def _text_checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):0{_DIGITS}x}"


def _reason(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror and error.strerror.lower()) or "it cannot be read"
