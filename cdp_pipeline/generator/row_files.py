"""Files under construction: rows on their way into them, compression, and going on in a further file.

A file is opened for each chunk and closed again, so a data set of a year needs no more open files than one of a day.
The formats stand in `json_files` and `table_files`, which file has which format in `plan`.
"""

import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zstandard

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.generator.words import Entry


@dataclass(frozen=True)
class Broken:
    """An entry that arrives damaged: cut off, or with too many fields, as the format allows."""

    entry: Entry


@dataclass(frozen=True)
class WrongEnvelope:
    """Entries in an envelope whose object type does not exist."""

    entries: tuple[Entry, ...]


Row = Entry | Broken | WrongEnvelope


class RowFile(ABC):
    """A file of one entity and day under construction; the same rows give the same bytes on every run.

    Attributes:
        can_break: Whether the format can hold an unreadable row.
        typed: Whether it has typed columns, which hold no text where a number belongs.
        enveloped: Whether its lines are request envelopes.
        paths: The files written so far; formats with a natural limit go on in further ones.
    """

    can_break = True
    typed = False
    enveloped = False

    def __init__(self, stem: Path, ending: str, entity: Entity) -> None:
        """Prepare the file `<stem><ending>`; nothing is written yet."""
        self.stem = stem
        self.ending = ending
        self.entity = entity
        self.paths: list[Path] = []
        self._compressor: Any = None
        stem.parent.mkdir(parents=True, exist_ok=True)

    @abstractmethod
    def write(self, rows: Sequence[Row]) -> None:
        """Append rows."""

    def close(self) -> None:
        """Complete the file: write what the compression still holds."""
        if self._compressor:
            self._save(self._compressor.flush())

    def next_path(self) -> Path:
        """The path of a further file: the second one ends in `-2` before its ending, and so on."""
        number = len(self.paths) + 1
        path = self.stem.with_name(f"{self.stem.name}{'' if number == 1 else f'-{number}'}{self.ending}")
        self.paths.append(path)
        return path

    def begin(self) -> None:
        """Begin a further file, empty, compressed by its ending."""
        path = self.next_path()
        if path.suffix == ".gz":
            # 31 asks for a gzip header, which zlib writes without name and time.
            self._compressor = zlib.compressobj(4, zlib.DEFLATED, 31)
        elif path.suffix == ".zst":
            self._compressor = zstandard.ZstdCompressor(level=3).compressobj()
        path.write_bytes(b"")

    def append(self, data: bytes) -> None:
        """Append bytes to the file begun last; the first one is begun here."""
        if not self.paths:
            self.begin()
        self._save(self._compressor.compress(data) if self._compressor else data)

    def _save(self, data: bytes) -> None:
        with self.paths[-1].open("ab") as file:
            file.write(data)


def entries_of(rows: Iterable[Row]) -> list[Entry]:
    """The rows that are entries, for formats that cannot hold anything else."""
    return [row for row in rows if isinstance(row, dict)]
