"""Files of text: compressed or not, in any encoding, filled chunk by chunk; and the JSON ones among them.

A file is opened for each chunk and closed again, so a data set of a year needs no more open files than one of a day.
Tables stand in `table_files`.
"""

import zlib
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
import zstandard

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.generator.rows import Broken, Row, WrongEnvelope, entries_of
from cdp_pipeline.generator.sheet import Entry

ENVELOPE_ENTRIES = 50
"""The most entries the source allows in a request."""

ARRAY_ENTRIES = 100_000
"""Entries of a JSON array file; a reader has to hold one whole."""

PAGE_LEADS = 500
"""Leads of one ListLeads response, the API's limit."""


class RowFile(ABC):
    """A file of one entity and day under construction.

    Attributes:
        paths: The files written so far; formats with a natural limit go on in further ones.
    """

    can_break = True
    typed = False

    def __init__(self, stem: Path, ending: str, entity: Entity) -> None:
        """Prepare the file `<stem><ending>`; nothing is written yet."""
        self.stem = stem
        self.ending = ending
        self.entity = entity
        self.paths: list[Path] = []
        stem.parent.mkdir(parents=True, exist_ok=True)

    @abstractmethod
    def write(self, rows: Sequence[Row]) -> None:
        """Append rows."""

    @abstractmethod
    def close(self) -> None:
        """Complete the file."""

    def next_path(self) -> Path:
        """The path of a further file: the second one ends in `-2` before its ending, and so on."""
        number = len(self.paths) + 1
        path = self.stem.with_name(f"{self.stem.name}{'' if number == 1 else f'-{number}'}{self.ending}")
        self.paths.append(path)
        return path


class Stream:
    """Bytes on their way into a file, compressed by the path's ending; the same bytes on every run."""

    def __init__(self, path: Path) -> None:
        """Begin the file, empty."""
        self._path = path
        self._compress: Any = None
        if path.suffix == ".gz":
            # 31 asks for a gzip header, which zlib writes without name and time.
            self._compress = zlib.compressobj(4, zlib.DEFLATED, 31)
        elif path.suffix == ".zst":
            self._compress = zstandard.ZstdCompressor(level=3).compressobj()
        path.write_bytes(b"")

    def write(self, data: bytes) -> None:
        """Append bytes."""
        self._append(self._compress.compress(data) if self._compress else data)

    def close(self) -> None:
        """Write what the compression still holds."""
        if self._compress:
            self._append(self._compress.flush())

    def _append(self, data: bytes) -> None:
        with self._path.open("ab") as file:
            file.write(data)


class JsonLines(RowFile):
    """One entry a line. A broken one is cut off in the middle."""

    def __init__(self, stem: Path, ending: str, entity: Entity) -> None:
        """Begin the file."""
        super().__init__(stem, ending, entity)
        self._stream = Stream(self.next_path())

    def write(self, rows: Sequence[Row]) -> None:
        """Append a line for each row."""
        self._stream.write(b"".join(self._line(row) for row in rows))

    def close(self) -> None:
        """Complete the file."""
        self._stream.close()

    def _line(self, row: Row) -> bytes:
        if isinstance(row, dict):
            return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE)
        if isinstance(row, Broken):
            line = orjson.dumps(row.entry)
            # Cut at a comma, so that no letter of two bytes is cut as well.
            return line[: line.rindex(b",")] + b"\n"
        return b""


class Envelopes(JsonLines):
    """One request envelope a line, for one source system each; every third protects a custom field from updates."""

    _written = 0

    def write(self, rows: Sequence[Row]) -> None:
        """Append as many envelopes as the rows need."""
        by_system: dict[str, list[Entry]] = {}
        for entry in entries_of(rows):
            by_system.setdefault(entry.get("systemName", "CRM"), []).append(entry)
        lines = []
        for system, entries in by_system.items():
            for start in range(0, len(entries), ENVELOPE_ENTRIES):
                lines.append(self._envelope(self.entity.object_type, system, entries[start : start + ENVELOPE_ENTRIES]))
        for row in rows:
            if isinstance(row, WrongEnvelope):
                lines.append(self._envelope(f"{self.entity.object_type}-v2", "CRM", row.entries))
            elif isinstance(row, Broken):
                lines.append(self._line(row))
        self._stream.write(b"".join(lines))

    def _envelope(self, object_type: str, system: str, entries: Sequence[Entry]) -> bytes:
        self._written += 1
        envelope = _envelope(object_type, system, entries)
        if self._written % 3 == 0:
            envelope["ignoredUpdateCfs"] = ["customField01"]
        return orjson.dumps(envelope, option=orjson.OPT_APPEND_NEWLINE)


class EnvelopeFiles(RowFile):
    """One request envelope a file, laid out for reading; each protects a custom field. A broken entry is null."""

    def __init__(self, stem: Path, ending: str, entity: Entity) -> None:
        """Begin with no entry."""
        super().__init__(stem, ending, entity)
        self._waiting: dict[str, list[Entry | None]] = {}

    def write(self, rows: Sequence[Row]) -> None:
        """Hold the rows: only small data sets have such files."""
        for row in rows:
            entry = row if isinstance(row, dict) else None
            system = entry["systemName"] if entry else next(iter(self._waiting), "CRM")
            self._waiting.setdefault(system, []).append(entry)

    def close(self) -> None:
        """Write as many files as the rows need."""
        for system, entries in self._waiting.items():
            for start in range(0, len(entries), ENVELOPE_ENTRIES):
                envelope = _envelope(self.entity.object_type, system, entries[start : start + ENVELOPE_ENTRIES])
                envelope["ignoredUpdateCfs"] = ["customField01"]
                stream = Stream(self.next_path())
                stream.write(orjson.dumps(envelope, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
                stream.close()


def _envelope(object_type: str, system: str, entries: Sequence[Entry | None]) -> Entry:
    """A request envelope; the entries leave the system to it."""
    bare = [entry and {name: value for name, value in entry.items() if name != "systemName"} for entry in entries]
    return {"objectType": object_type, "source": system, "entries": bare}


class JsonArray(RowFile):
    """One array of entries a file. A broken one is null."""

    _stream: Stream | None = None
    _entries = 0

    def write(self, rows: Sequence[Row]) -> None:
        """Append the rows; a full file is completed and the next one begun."""
        if self._stream is None or self._entries + len(rows) > ARRAY_ENTRIES:
            self.close()
            self._stream, self._entries = Stream(self.next_path()), 0
        parts = []
        for row in rows:
            parts.append(b"[\n" if self._entries == 0 else b",\n")
            parts.append(orjson.dumps(row) if isinstance(row, dict) else b"null")
            self._entries += 1
        self._stream.write(b"".join(parts))

    def close(self) -> None:
        """Complete the file."""
        if self._stream is not None:
            self._stream.write(b"\n]\n" if self._entries else b"[]\n")
            self._stream.close()


class LeadPages(RowFile):
    """MoeGo's ListLeads responses, one page a file; only the last one has no next page. A broken lead is null."""

    def __init__(self, stem: Path, ending: str, entity: Entity) -> None:
        """Begin with no page."""
        super().__init__(stem, ending, entity)
        self._waiting: list[Entry | None] = []

    def write(self, rows: Sequence[Row]) -> None:
        """Write the pages that are full and are not the last."""
        self._waiting.extend(row if isinstance(row, dict) else None for row in rows)
        while len(self._waiting) > PAGE_LEADS:
            page, self._waiting = self._waiting[:PAGE_LEADS], self._waiting[PAGE_LEADS:]
            self._write_page(page, str(len(self.paths) + 2))

    def close(self) -> None:
        """Write the last page."""
        self._write_page(self._waiting, "")

    def _write_page(self, leads: Sequence[Entry | None], next_token: str) -> None:
        stream = Stream(self.next_path())
        stream.write(orjson.dumps({"leads": leads, "nextPageToken": next_token}, option=orjson.OPT_INDENT_2))
        stream.close()
