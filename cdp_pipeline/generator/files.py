"""Files under construction, compressed or not, and the JSON ones among them: lines, arrays, envelopes, pages of leads.

A file is opened for each chunk and closed again, so a data set of a year needs no more open files than one of a day.
Tables stand in `table_files`, which file has which format in `plan`.
"""

import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson
import zstandard

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.generator.words import Entry

ENVELOPE_ENTRIES = 50
"""The most entries the source allows in a request."""

ARRAY_ENTRIES = 100_000
"""Entries of a JSON array file; a reader has to hold one whole."""

PAGE_LEADS = 500
"""Leads of one ListLeads response, the API's limit."""


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
    """A file of one entity and day under construction; formats with a natural limit go on in further ones.

    The same rows give the same bytes on every run.
    """

    can_break = True
    """Whether the format can hold an unreadable row."""
    typed = False
    """Whether it has typed columns, which hold no text where a number belongs."""
    enveloped = False
    """Whether its lines are request envelopes."""

    def __init__(self, stem: Path, ending: str, entity: Entity) -> None:
        """Prepare the file `<stem><ending>`; nothing is written yet."""
        self.stem, self.ending, self.entity = stem, ending, entity
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
        """Begin a further file with its head, compressed by its ending."""
        path = self.next_path()
        if path.suffix == ".gz":
            # 31 asks for a gzip header, which zlib writes without name and time.
            self._compressor = zlib.compressobj(4, zlib.DEFLATED, 31)
        elif path.suffix == ".zst":
            self._compressor = zstandard.ZstdCompressor(level=3).compressobj()
        path.write_bytes(b"")
        self.append(self._head())

    def append(self, data: bytes) -> None:
        """Append bytes to the file begun last; the first one is begun here."""
        if not self.paths:
            self.begin()
        self._save(self._compressor.compress(data) if self._compressor else data)

    def _head(self) -> bytes:
        return b""

    def _save(self, data: bytes) -> None:
        with self.paths[-1].open("ab") as file:
            file.write(data)


class HeldRows(RowFile):
    """A file for small data sets, whose rows are held until it is complete. A broken one is null."""

    def __init__(self, stem: Path, ending: str, entity: Entity) -> None:
        """Begin with no row."""
        super().__init__(stem, ending, entity)
        self.held: list[Entry | None] = []

    def write(self, rows: Sequence[Row]) -> None:
        """Hold the rows."""
        self.held.extend(row if isinstance(row, dict) else None for row in rows)


def entries_of(rows: Iterable[Row | None]) -> list[Entry]:
    """The rows that are entries, for formats that cannot hold anything else."""
    return [row for row in rows if isinstance(row, dict)]


class JsonLines(RowFile):
    """One entry a line. A broken one is cut off in the middle."""

    def write(self, rows: Sequence[Row]) -> None:
        """Append a line for each row."""
        self.append(b"".join(self._line(row) for row in rows))

    def _line(self, row: Row) -> bytes:
        if isinstance(row, Broken):
            line = orjson.dumps(row.entry)
            # Cut at a comma, so that no letter of two bytes is cut as well.
            return line[: line.rindex(b",")] + b"\n"
        return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) if isinstance(row, dict) else b""


class Envelopes(JsonLines):
    """One request envelope a line, for one source system each; every third protects a custom field from updates."""

    enveloped = True
    _written = 0

    def write(self, rows: Sequence[Row]) -> None:
        """Append as many envelopes as the rows need."""
        object_type = self.entity.object_type
        lines = [self._envelope(object_type, *some) for some in _requests(entries_of(rows))]
        for row in rows:
            if isinstance(row, WrongEnvelope):
                lines.append(self._envelope(f"{object_type}-v2", "CRM", row.entries))
            elif isinstance(row, Broken):
                lines.append(self._line(row))
        self.append(b"".join(lines))

    def _envelope(self, object_type: str, system: str, entries: Sequence[Entry]) -> bytes:
        self._written += 1
        return self._line(_envelope(object_type, system, entries, protects=self._written % 3 == 0))


class EnvelopeFiles(HeldRows):
    """One request envelope a file, laid out for reading; each protects a custom field."""

    def close(self) -> None:
        """Write as many files as the rows need."""
        for system, entries in _requests(self.held):
            envelope = _envelope(self.entity.object_type, system, entries, protects=True)
            option = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
            self.next_path().write_bytes(orjson.dumps(envelope, option=option))


def _requests(entries: Iterable[Any]) -> Iterator[tuple[str, list[Any]]]:
    """System and entries of each request; null goes with those of the first system."""
    by_system: dict[str, list[Any]] = {}
    for entry in entries:
        system = entry.get("systemName", "CRM") if entry else next(iter(by_system), "CRM")
        by_system.setdefault(system, []).append(entry)
    for system, of_system in by_system.items():
        for start in range(0, len(of_system), ENVELOPE_ENTRIES):
            yield system, of_system[start : start + ENVELOPE_ENTRIES]


def _envelope(object_type: str, system: str, entries: Sequence[Entry | None], *, protects: bool) -> Entry:
    """A request envelope; the entries leave the system to it."""
    bare = [entry and {name: value for name, value in entry.items() if name != "systemName"} for entry in entries]
    envelope = {"objectType": object_type, "source": system, "entries": bare}
    return envelope | ({"ignoredUpdateCfs": ["customField01"]} if protects else {})


class JsonArray(RowFile):
    """One array of entries a file. A broken one is null."""

    _entries = 0

    def write(self, rows: Sequence[Row]) -> None:
        """Append the rows; a full file is completed and the next one begun."""
        if self._entries and self._entries + len(rows) > ARRAY_ENTRIES:
            self.close()
            self.begin()
            self._entries = 0
        lines = b",\n".join(orjson.dumps(row) if isinstance(row, dict) else b"null" for row in rows)
        self.append((b",\n" if self._entries else b"[\n") + lines)
        self._entries += len(rows)

    def close(self) -> None:
        """Complete the file."""
        self.append(b"\n]\n")
        super().close()


class LeadPages(HeldRows):
    """MoeGo's ListLeads responses, one page a file; only the last one has no next page."""

    def write(self, rows: Sequence[Row]) -> None:
        """Write the pages that are full and are not the last."""
        super().write(rows)
        while len(self.held) > PAGE_LEADS:
            page, self.held = self.held[:PAGE_LEADS], self.held[PAGE_LEADS:]
            self._write_page(page, str(len(self.paths) + 2))

    def close(self) -> None:
        """Write the last page."""
        self._write_page(self.held, "")

    def _write_page(self, leads: Sequence[Entry | None], next_token: str) -> None:
        page = {"leads": leads, "nextPageToken": next_token}
        self.next_path().write_bytes(orjson.dumps(page, option=orjson.OPT_INDENT_2))
