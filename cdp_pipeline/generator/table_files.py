"""Table-shaped files: CSV and TSV in several dialects, Parquet, Excel; a column for every field an entity declares.

JSON files stand in `text_files`.
"""

import csv
import io
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import xlsxwriter

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.generator.rows import CUSTOM_FIELDS, Broken, Row, columns_of_file, entries_of
from cdp_pipeline.generator.sheet import Entry
from cdp_pipeline.generator.text_files import RowFile, Stream

_NO_TIME = datetime(2000, 1, 1)  # noqa: DTZ001 - Excel knows no time zones.

PARQUET_ROWS = 100_000
"""Rows of one Parquet file; so many are held in memory."""


def _as_cell(value: Any) -> Any:
    """A list or map as JSON, a flag in lower case; anything else as it is."""
    if isinstance(value, list | dict):
        return orjson.dumps(value).decode()
    return ("true" if value else "false") if isinstance(value, bool) else value


class Delimited(RowFile):
    """Values separated by a character, after a header row. A broken row has two fields too many.

    Custom fields are one column of JSON each, or with `dotted` a column for each of them. Lists are JSON, or with
    `dotted` separated by `|`.
    """

    delimiter = ","
    encoding = "utf-8"
    line_end = "\n"
    dotted = False

    def __init__(self, stem: Path, ending: str, entity: Entity) -> None:
        """Begin the file with its header."""
        super().__init__(stem, ending, entity)
        columns = columns_of_file(entity)
        plain = [name for name in columns.names if name not in columns.containers]
        self._special = [
            (place, name) for place, name in enumerate(columns.names) if name in columns.lists | columns.flags
        ]
        self._plain, self._containers = plain, columns.containers
        header = list(columns.names)
        if self.dotted:
            header = plain + [f"{box}.{key}" for box in columns.containers for key in CUSTOM_FIELDS[box]]
        self._stream = Stream(self.next_path())
        # A byte-order mark at the beginning only, where the encoding has one.
        mark = {"utf-8-sig": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe"}.get(self.encoding, b"")
        self._codec = "utf-8" if self.encoding == "utf-8-sig" else self.encoding
        self._stream.write(mark + self._encode([header]))

    def write(self, rows: Sequence[Row]) -> None:
        """Append a record for each row."""
        lines: list[list[Any]] = []
        for row in rows:
            if isinstance(row, dict):
                lines.append(self._values(row))
            elif isinstance(row, Broken):
                lines.append([*self._values(row.entry), "thừa", "cột"])
        self._stream.write(self._encode(lines))

    def close(self) -> None:
        """Complete the file."""
        self._stream.close()

    def _values(self, entry: Entry) -> list[Any]:
        get = entry.get
        values = [get(name) for name in self._plain]
        for place, _ in self._special:
            value = values[place]
            if value is not None:
                values[place] = "|".join(value) if self.dotted and isinstance(value, list) else _as_cell(value)
        for box in self._containers:
            fields = get(box)
            if not self.dotted:
                values.append(fields and _as_cell(fields))
            elif fields:
                values.extend(_as_cell(fields.get(key)) for key in CUSTOM_FIELDS[box])
            else:
                values.extend([None] * len(CUSTOM_FIELDS[box]))
        return values

    def _encode(self, lines: list[list[Any]]) -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=self.delimiter, lineterminator=self.line_end).writerows(lines)
        return text.getvalue().encode(self._codec)


class TabSeparated(Delimited):
    """Tabs, dotted custom fields."""

    delimiter = "\t"
    dotted = True


class SemicolonSeparated(Delimited):
    """What a spreadsheet of a European office saves: semicolons, a byte-order mark, carriage returns."""

    delimiter = ";"
    encoding = "utf-8-sig"
    line_end = "\r\n"


class WideText(Delimited):
    """What a spreadsheet saves as Unicode text: UTF-16."""

    encoding = "utf-16-le"


class ParquetParts(RowFile):
    """Typed columns; lists as lists, custom fields as JSON text. Nothing broken fits in here."""

    can_break = False
    typed = True

    def __init__(self, stem: Path, ending: str, entity: Entity) -> None:
        """Begin with no row."""
        super().__init__(stem, ending, entity)
        columns = columns_of_file(entity)
        types = {column.source: column.kind.dtype for column in entity.columns if column.kind.name != "birth_date"}
        self._types = {name: types.get(name, pl.String()) for name in columns.names}
        self._containers = columns.containers
        self._waiting: list[pl.DataFrame] = []

    def write(self, rows: Sequence[Row]) -> None:
        """Hold the rows, as columns; write a file when there are enough."""
        entries = entries_of(rows)
        series = [
            pl.Series(
                name, [_json_or_none(e.get(name)) if name in self._containers else e.get(name) for e in entries], dtype
            )
            for name, dtype in self._types.items()
        ]
        self._waiting.append(pl.DataFrame(series))
        if sum(frame.height for frame in self._waiting) >= PARQUET_ROWS:
            self.close()

    def close(self) -> None:
        """Write the rows held."""
        if self._waiting:
            pl.concat(self._waiting).write_parquet(self.next_path(), compression="zstd")
            self._waiting = []


def _json_or_none(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


class Workbook(RowFile):
    """An Excel sheet; some phones lose their leading zero, as they do when typed into a cell."""

    can_break = False

    def __init__(self, stem: Path, ending: str, entity: Entity) -> None:
        """Begin with the header."""
        super().__init__(stem, ending, entity)
        self._names = columns_of_file(entity).names
        self._phones = {column.source for column in entity.columns if column.kind.name == "phone"}
        self._rows: list[list[Any]] = [list(self._names)]

    def write(self, rows: Sequence[Row]) -> None:
        """Hold the rows: only small files are sheets."""
        self._rows.extend([self._cell(name, entry.get(name)) for name in self._names] for entry in entries_of(rows))

    def close(self) -> None:
        """Write the sheet."""
        with xlsxwriter.Workbook(self.next_path(), {"strings_to_urls": False}) as workbook:
            # A time of its own keeps the time of writing out of the file: a seed gives the same bytes on every run.
            workbook.set_properties({"created": _NO_TIME})
            sheet = workbook.add_worksheet(self.entity.object_type[:31])
            for number, row in enumerate(self._rows):
                sheet.write_row(number, 0, row)

    def _cell(self, name: str, value: Any) -> Any:
        # Decided by the number itself, so that one person's phone looks alike in every row of the file.
        if name in self._phones and isinstance(value, str) and value.isdigit() and int(value) % 3 == 0:
            return int(value)
        return value if isinstance(value, bool) else _as_cell(value)


Maker = Callable[[Path, str, Entity], RowFile]
