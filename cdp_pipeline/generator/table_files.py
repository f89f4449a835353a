"""Table-shaped files: CSV and TSV in several dialects, Parquet, Excel; a column for every field an entity declares."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

import orjson
import polars as pl
import xlsxwriter

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.generator.row_files import Broken, Row, RowFile, entries_of
from cdp_pipeline.generator.words import Entry

CUSTOM_FIELDS: dict[str, tuple[str, ...]] = {
    "customFieldTexts": ("customField01", "customField02", "customField03"),
    "customFieldNumbers": ("customField01",),
    "customFieldBooleans": ("customField02",),
}
"""The custom fields the generator fills, by container."""

DRIFT_COLUMNS = {"lead-information": ("utmCampaign",)}
"""Fields that are sent though no entity declares them."""

PARQUET_ROWS = 100_000
"""Rows of one Parquet file; so many are held in memory."""

_NO_TIME = datetime(2000, 1, 1)  # noqa: DTZ001 - Excel knows no time zones.


def columns_of(entity: Entity) -> tuple[list[str], tuple[str, ...]]:
    """Every column the entity declares but the sender's reference, then drift; and the containers of custom fields."""
    declared = [column.source for column in entity.columns if column.name != "ref_id"]
    declared.extend(DRIFT_COLUMNS.get(entity.object_type, ()))
    return declared, tuple(CUSTOM_FIELDS) if entity.has_custom_fields else ()


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
    mark = ""
    line_end = "\n"
    dotted = False

    def __init__(self, stem: Path, ending: str, entity: Entity) -> None:
        """Begin the file with its header, after the byte-order mark of encodings that have one."""
        super().__init__(stem, ending, entity)
        self._plain, self._containers = columns_of(entity)
        boxes = [[f"{box}.{key}" for key in CUSTOM_FIELDS[box]] if self.dotted else [box] for box in self._containers]
        self.append(self.mark.encode(self.encoding) + self._encode([[*self._plain, *chain.from_iterable(boxes)]]))

    def write(self, rows: Sequence[Row]) -> None:
        """Append a record for each row."""
        lines = []
        for row in rows:
            if isinstance(row, dict):
                lines.append(self._values(row))
            elif isinstance(row, Broken):
                lines.append([*self._values(row.entry), "thừa", "cột"])
        self.append(self._encode(lines))

    def _values(self, entry: Entry) -> list[Any]:
        values = [None if (value := entry.get(name)) is None else self._cell(value) for name in self._plain]
        for box in self._containers:
            fields = entry.get(box)
            if self.dotted:
                values.extend(_as_cell((fields or {}).get(key)) for key in CUSTOM_FIELDS[box])
            else:
                values.append(fields and _as_cell(fields))
        return values

    def _cell(self, value: Any) -> Any:
        return "|".join(value) if self.dotted and isinstance(value, list) else _as_cell(value)

    def _encode(self, lines: list[list[Any]]) -> bytes:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=self.delimiter, lineterminator=self.line_end).writerows(lines)
        return text.getvalue().encode(self.encoding)


class TabSeparated(Delimited):
    """Tabs, dotted custom fields."""

    delimiter, dotted = "\t", True


class SemicolonSeparated(Delimited):
    """What a spreadsheet of a European office saves: semicolons, a byte-order mark, carriage returns."""

    delimiter, mark, line_end = ";", "\ufeff", "\r\n"


class WideText(Delimited):
    """What a spreadsheet saves as Unicode text: UTF-16."""

    encoding, mark = "utf-16-le", "\ufeff"


class ParquetParts(RowFile):
    """Typed columns; lists as lists, custom fields as JSON text. Nothing broken fits in here."""

    can_break = False
    typed = True

    def __init__(self, stem: Path, ending: str, entity: Entity) -> None:
        """Begin with no row."""
        super().__init__(stem, ending, entity)
        types = {column.source: column.kind.dtype for column in entity.columns if column.kind.name != "birth_date"}
        plain, self._containers = columns_of(entity)
        self._types = {name: types.get(name, pl.String()) for name in (*plain, *self._containers)}
        self._held: list[pl.DataFrame] = []

    def write(self, rows: Sequence[Row]) -> None:
        """Hold the rows, as columns; write a file when there are enough."""
        entries = entries_of(rows)
        columns = {
            name: [_as_cell(e.get(name)) if name in self._containers else e.get(name) for e in entries]
            for name in self._types
        }
        self._held.append(pl.DataFrame([pl.Series(name, columns[name], dtype) for name, dtype in self._types.items()]))
        if sum(frame.height for frame in self._held) >= PARQUET_ROWS:
            self.close()

    def close(self) -> None:
        """Write the rows held."""
        if self._held:
            pl.concat(self._held).write_parquet(self.next_path(), compression="zstd")
            self._held = []


class Workbook(RowFile):
    """An Excel sheet; some phones lose their leading zero, as they do when typed into a cell."""

    can_break = False

    def __init__(self, stem: Path, ending: str, entity: Entity) -> None:
        """Begin with the header."""
        super().__init__(stem, ending, entity)
        plain, containers = columns_of(entity)
        self._names = [*plain, *containers]
        self._phones = {column.source for column in entity.columns if column.kind.name == "phone"}
        self._rows: list[list[Any]] = [self._names]

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
