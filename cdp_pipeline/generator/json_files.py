"""Files of JSON: lines, arrays, request envelopes in lines or files of their own, and MoeGo's pages of leads."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.generator.row_files import Broken, Row, RowFile, WrongEnvelope, entries_of
from cdp_pipeline.generator.words import Entry

ENVELOPE_ENTRIES = 50
"""The most entries the source allows in a request."""

ARRAY_ENTRIES = 100_000
"""Entries of a JSON array file; a reader has to hold one whole."""

PAGE_LEADS = 500
"""Leads of one ListLeads response, the API's limit."""


class JsonLines(RowFile):
    """One entry a line. A broken one is cut off in the middle."""

    def write(self, rows: Sequence[Row]) -> None:
        """Append a line for each row."""
        self.append(b"".join(map(_line, rows)))


def _line(row: Row) -> bytes:
    if isinstance(row, Broken):
        line = orjson.dumps(row.entry)
        # Cut at a comma, so that no letter of two bytes is cut as well.
        return line[: line.rindex(b",")] + b"\n"
    return orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) if isinstance(row, dict) else b""


class Envelopes(RowFile):
    """One request envelope a line, for one source system each; every third protects a custom field from updates."""

    enveloped = True
    _written = 0

    def write(self, rows: Sequence[Row]) -> None:
        """Append as many envelopes as the rows need."""
        object_type = self.entity.object_type
        lines = [self._line(object_type, *some) for some in _requests(entries_of(rows))]
        for row in rows:
            if isinstance(row, WrongEnvelope):
                lines.append(self._line(f"{object_type}-v2", "CRM", row.entries))
            elif isinstance(row, Broken):
                lines.append(_line(row))
        self.append(b"".join(lines))

    def _line(self, object_type: str, system: str, entries: Sequence[Entry]) -> bytes:
        self._written += 1
        envelope = _envelope(object_type, system, entries, protects=self._written % 3 == 0)
        return orjson.dumps(envelope, option=orjson.OPT_APPEND_NEWLINE)


class Held(RowFile):
    """A file whose rows are held until it is complete: only small data sets have such files. A broken row is null."""

    def __init__(self, stem: Path, ending: str, entity: Entity) -> None:
        """Begin with no entry."""
        super().__init__(stem, ending, entity)
        self.held: list[Entry | None] = []

    def write(self, rows: Sequence[Row]) -> None:
        """Hold the rows."""
        self.held.extend(row if isinstance(row, dict) else None for row in rows)

    def write_file(self, content: Any, option: int) -> None:
        """Write a file of its own."""
        self.next_path().write_bytes(orjson.dumps(content, option=option))


class EnvelopeFiles(Held):
    """One request envelope a file, laid out for reading; each protects a custom field."""

    def close(self) -> None:
        """Write as many files as the rows need."""
        for system, entries in _requests(self.held):
            envelope = _envelope(self.entity.object_type, system, entries, protects=True)
            self.write_file(envelope, orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


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


class LeadPages(Held):
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
        self.write_file({"leads": leads, "nextPageToken": next_token}, orjson.OPT_INDENT_2)
