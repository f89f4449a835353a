"""Table-shaped files: CSV and TSV in several dialects, Parquet, Excel; a column for every field an entity declares."""

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

import orjson
import polars as pl
import xlsxwriter

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.generator.files import Broken, HeldRows, Row, RowFile, entries_of
from cdp_pipeline.generator.versions import DELIVERIES
from cdp_pipeline.generator.words import Entry

CUSTOM_FIELDS: dict[str, list[str]] = DELIVERIES["custom_fields"]
PARQUET_ROWS = 100_000
"""Rows of one Parquet file; so many are held in memory."""

_NO_TIME = datetime(2000, 1, 1)  # noqa: DTZ001 - Excel knows no time zones.


def columns_of(entity: Entity) -> tuple[list[str], list[str]]:
    """Every column the entity declares but the sender's reference, then drift; and the containers of custom fields."""
    declared = [column.source for column in entity.columns if column.name != "ref_id"]
    drift = DELIVERIES["drift"].get(entity.object_type, [])
    return declared + drift, list(CUSTOM_FIELDS) if entity.has_custom_fields else []


def _as_cell(value: Any) -> Any:
    """A list or map as JSON, a flag in lower case; anything else as it is."""
    if isinstance(value, list | dict):
        return orjson.dumps(value).decode()
    return ("true" if value else "false") if isinstance(value, bool) else value


class Delimited(RowFile):
    """Values separated by a character, after a header row. A broken row has two fields too many.

    Custom fields are one column of JSON each, or with `dotted` a column for each of them. Lists are JSON, or with
    `dotted` separated by `|`. A byte-order mark stands before the header only.
    """

    delimiter, encoding, mark, line_end, dotted = ",", "utf-8", "", "\n", False

    @cached_property
    def _columns(self) -> tuple[list[str], list[str]]:
        return columns_of(self.entity)

    @cached_property
    def _places(self) -> list[int]:
        """Where lists and flags stand; all other values are written as they are."""
        kinds = ("text_list", "person_name_list", "flag")
        special = {column.source for column in self.entity.columns if column.kind.name in kinds}
        return [place for place, name in enumerate(self._columns[0]) if name in special]

    def _head(self) -> bytes:
        header, containers = self._columns
        for box in containers:
            header = header + ([f"{box}.{key}" for key in CUSTOM_FIELDS[box]] if self.dotted else [box])
        return self.mark.encode(self.encoding) + self._lines([header])

    def write(self, rows: Sequence[Row]) -> None:
        """Append a record for each row."""
        self.append(self._lines([self._values(row) for row in rows if isinstance(row, dict | Broken)]))

    def _values(self, row: Entry | Broken) -> list[Any]:
        entry = row.entry if isinstance(row, Broken) else row
        plain, containers = self._columns
        values: list[Any] = list(map(entry.get, plain))
        for place in self._places:
            value = values[place]
            values[place] = "|".join(value) if self.dotted and isinstance(value, list) else _as_cell(value)
        for box in containers:
            fields = entry.get(box)
            if self.dotted:
                values.extend(_as_cell((fields or {}).get(key)) for key in CUSTOM_FIELDS[box])
            else:
                values.append(_as_cell(fields))
        return [*values, "thừa", "cột"] if isinstance(row, Broken) else values

    def _lines(self, lines: list[list[Any]]) -> bytes:
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

    can_break, typed = False, True
    _frame: pl.DataFrame | None = None

    def write(self, rows: Sequence[Row]) -> None:
        """Hold the rows, as columns; write a file when there are enough."""
        entries, (plain, containers) = entries_of(rows), columns_of(self.entity)
        types = {c.source: c.kind.dtype for c in self.entity.columns if c.kind.name != "birth_date"}
        columns: list[list[Any]] = [[entry.get(name) for entry in entries] for name in plain]
        columns += [[_as_cell(entry.get(name)) for entry in entries] for name in containers]
        named = zip((*plain, *containers), columns, strict=True)
        frame = pl.DataFrame([pl.Series(name, values, types.get(name, pl.String())) for name, values in named])
        self._frame = frame if self._frame is None else self._frame.vstack(frame)
        if self._frame.height >= PARQUET_ROWS:
            self.close()

    def close(self) -> None:
        """Write the rows held."""
        if self._frame is not None:
            self._frame.rechunk().write_parquet(self.next_path(), compression="zstd")
            self._frame = None


class Workbook(HeldRows):
    """An Excel sheet; some phones lose their leading zero, as they do when typed into a cell."""

    can_break = False

    def close(self) -> None:
        """Write the sheet."""
        plain, containers = columns_of(self.entity)
        names = plain + containers
        phones = {column.source for column in self.entity.columns if column.kind.name == "phone"}
        with xlsxwriter.Workbook(self.next_path(), {"strings_to_urls": False}) as workbook:
            # A time of its own keeps the time of writing out of the file: a seed gives the same bytes on every run.
            workbook.set_properties({"created": _NO_TIME})
            sheet = workbook.add_worksheet(self.entity.object_type[:31])
            sheet.write_row(0, 0, names)
            for number, entry in enumerate(entries_of(self.held), start=1):
                sheet.write_row(number, 0, [_sheet_cell(entry.get(name), name in phones) for name in names])


def _sheet_cell(value: Any, is_phone: bool) -> Any:
    # Decided by the number itself, so that one person's phone looks alike in every row of the file.
    if is_phone and isinstance(value, str) and value.isdigit() and int(value) % 3 == 0:
        return int(value)
    return value if isinstance(value, bool) else _as_cell(value)
