"""Physical lines of a delimited file -> records and their cells.

Python's `csv` defines what a record is. DuckDB gives the same result faster for many lines. `csv` splits the rest: few
lines, lines that DuckDB rejects, and lines whose records do not account for every line and character.

A record is rejected for its own damage only. A quote that is opened and not properly closed spoils its own line. If no
quote closes it up to the end of the file, all lines from its line are one record. `csv_files.py` interprets the fields.
"""

import csv
from collections.abc import Iterator

import duckdb
import polars as pl

from cdp_pipeline.ingest.entries import is_small
from cdp_pipeline.ingest.lines import LINES, MAX_FRAME_BYTES
from cdp_pipeline.ingest.tabular import cell
from cdp_pipeline.values.duckdb_query import Engine, quoted

_STRAY = (
    "A quote is opened and not closed before a delimiter; expected quotes inside a quoted field to be doubled. Double "
    "them and deliver the file again."
)
_UNCLOSED = (
    "A quote is opened and never closed, so all lines from here to the end of the file are one record; expected a "
    "closing quote. Close or remove it and deliver the file again."
)

# Python splits this many lines if DuckDB rejects one of them.
_LINES_AT_ONCE = 20_000

# Python splits fewer and short lines faster than a DuckDB query starts.
_FEW_LINES = 1000

# An unfinished record is split again only once its lines have grown by this factor, not with each further line.
_RETRIED_GROWTH = 2
_RETRIED_BYTES = 1024 * 1024

_SOUND = pl.lit(None, pl.String)

Split = tuple[int, list[str], str | None]
"""A record: the number of the line after it, its fields, and why it cannot be split (None if it can)."""

# The size of lines and frames is limited elsewhere; the default limit of `csv` is 128 kB.
csv.field_size_limit(2**31 - 1)


class RecordReader:
    """Combine lines into records, frame by frame.

    Each record has `source_row` (its first line), `raw`, `is_damaged` (one of its lines is not UTF-8), `is_too_long`
    (one of its lines is), `message` (why it cannot be split, else null) and `fields` (how many it has). Its cells are
    filled if it has the expected number of fields.
    """

    def __init__(self, delimiter: str, width: int, engine: Engine) -> None:
        self._delimiter = delimiter
        self._engine = engine
        self._cells = {cell(n): pl.String() for n in range(width)}
        self._waiting = pl.DataFrame(schema=LINES)
        self._retry_bytes = 0

    def records(self, lines: pl.DataFrame) -> pl.DataFrame:
        """The records that end in these lines; an unfinished one is held for the next call."""
        return pl.concat(self._piece(piece) for piece in lines.iter_slices(_LINES_AT_ONCE))

    def rest(self) -> pl.DataFrame:
        """The unfinished record at the end of the file."""
        return self._by_python(self._waiting, is_end=True)

    def _piece(self, lines: pl.DataFrame) -> pl.DataFrame:
        lines = pl.concat([self._waiting, lines])
        size = int(lines["raw"].str.len_bytes().sum())
        if size < self._retry_bytes:
            self._waiting = lines
            return self._by_python(lines.clear())
        self._waiting = lines.clear()
        records = self._split(lines)
        held = int(self._waiting["raw"].str.len_bytes().sum())
        self._retry_bytes = min(_RETRIED_GROWTH * held, MAX_FRAME_BYTES) if held > _RETRIED_BYTES else 0
        return records

    def _split(self, lines: pl.DataFrame) -> pl.DataFrame:
        if is_small(lines["raw"]) and lines.height < _FEW_LINES:
            return self._by_python(lines)
        quotes = lines["raw"].str.count_matches('"', literal=True)
        records = self._by_duckdb(lines, quotes) if quotes.sum() else self._plain(lines)
        return self._by_python(lines) if records is None else records

    def _plain(self, lines: pl.DataFrame) -> pl.DataFrame:
        """Split lines without a quote; each is a record."""
        fields = lines["raw"].str.count_matches(self._delimiter, literal=True) + 1
        # Avoids splitting a line of delimiters into millions of cells that are not used.
        fitting = lines["raw"].set(fields != len(self._cells), None)
        split = fitting.str.split(self._delimiter)
        cells = lines.select(split.list.get(n, null_on_oob=True).alias(name) for n, name in enumerate(self._cells))
        return _records(lines, cells, fields)

    def _by_duckdb(self, lines: pl.DataFrame, quotes: pl.Series) -> pl.DataFrame | None:
        """Split with DuckDB; None if the records do not account for every line and character."""
        # If quotes are sound, their count is even at the end of a record; lines after the last such end are held.
        whole = (quotes.cum_sum() % 2 == 0).arg_true()
        end = int(whole[-1]) + 1 if whole.len() else 0
        lines, held = lines[:end], lines[end:]
        # DuckDB reads blanks between two quoted parts as part of the field.
        if not end or lines["raw"].str.contains('" +"').any():
            return None
        path = self._engine.scratch / "lines.csv"
        # DuckDB strips a byte order mark from the first line, so a header is written above.
        top = pl.DataFrame({"raw": [self._delimiter.join(self._cells)]})
        pl.concat([top, lines.select("raw")]).write_csv(path, include_header=False, quote_style="never")
        columns = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in self._cells)
        try:
            cells = self._engine.run(
                f"FROM read_csv({quoted(str(path))}, columns = {{{columns}}}, auto_detect = false, header = true, "
                f"delim = {quoted(self._delimiter)}, quote = '\"', escape = '\"', strict_mode = true)"
            )
        except (duckdb.Error, UnicodeDecodeError):
            return None
        if _byte_count(lines.select("raw")) + lines.height != _byte_count(cells) + cells.height * cells.width:
            return None
        height = cells.select(1 + pl.sum_horizontal(pl.all().str.count_matches("\n", literal=True))).to_series()
        # DuckDB skips empty lines and does not report them.
        if height.sum() != lines.height:
            return None
        self._waiting = held
        return _records(_joined(lines, height.cum_sum() - height), cells, pl.lit(cells.width, pl.UInt32))

    def _by_python(self, lines: pl.DataFrame, *, is_end: bool = False) -> pl.DataFrame:
        found = list(split_lines(lines["raw"].to_list(), self._delimiter, is_end=is_end))
        if lines.is_empty():
            return _records(lines, pl.DataFrame(schema=self._cells), pl.lit(0, pl.UInt32))
        lines, self._waiting = lines[: (end := found[-1][0] if found else 0)], lines[end:]
        first_lines = pl.Series([0, *(end for end, _, _ in found)], dtype=pl.UInt32).head(-1)
        width = len(self._cells)
        rows = [fields if len(fields) == width else [None] * width for _, fields, _ in found]
        cells = pl.DataFrame(rows, self._cells, orient="row")
        fields = pl.Series([len(fields) for _, fields, _ in found], dtype=pl.UInt32)
        message = pl.Series([message for _, _, message in found], dtype=pl.String)
        return _records(_joined(lines, first_lines), cells, fields, message)


def split_lines(lines: list[str], delimiter: str, *, is_end: bool = False) -> Iterator[Split]:
    """Split lines into records; yields an unfinished record only at the end of the file.

    A quote within an unquoted field is part of the field.
    """
    start = 0
    while start < len(lines):
        first = start
        reader = csv.reader((lines[n] + "\n" for n in range(first, len(lines))), delimiter=delimiter, strict=True)
        try:
            for fields in reader:
                start = first + reader.line_num
                yield start, fields, None
        except csv.Error as error:
            # Without a limit, a single quote would collect the rest of any file in memory.
            if str(error) == "unexpected end of data" and sum(map(len, lines[start:])) <= MAX_FRAME_BYTES:
                if is_end:
                    yield len(lines), [], _UNCLOSED
                return
            start += 1
            yield start, next(csv.reader([lines[start - 1]], delimiter=delimiter)), _STRAY


def _joined(lines: pl.DataFrame, first_lines: pl.Series) -> pl.DataFrame:
    """Join lines into records, given the index of the first line of each record."""
    if first_lines.len() == lines.height:
        return lines
    record = pl.repeat(0, lines.height, dtype=pl.UInt32, eager=True).scatter(first_lines, 1).cum_sum().set_sorted()
    return (
        lines.group_by(record.alias("record"), maintain_order=True)
        .agg(pl.col("source_row").first(), pl.col("raw"), pl.col("is_damaged", "is_too_long").any())
        .select("source_row", pl.col("raw").list.join("\n"), "is_damaged", "is_too_long")
    )


def _records(
    records: pl.DataFrame, cells: pl.DataFrame, fields: pl.Series | pl.Expr, message: pl.Series | pl.Expr = _SOUND
) -> pl.DataFrame:
    """Add the cells to the records: null if empty, and all null if the record has another number of fields."""
    texts = pl.col(cells.columns)
    present = pl.when((pl.col("fields") == cells.width) & (texts != "")).then(texts).name.keep()
    return records.with_columns(fields.alias("fields"), message.alias("message")).hstack(cells).with_columns(present)


def _byte_count(texts: pl.DataFrame) -> int:
    """Number of bytes in the texts, quotes excluded."""
    return sum(texts.select((pl.all().str.len_bytes() - pl.all().str.count_matches('"', literal=True)).sum()).row(0))
