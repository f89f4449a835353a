"""Physical lines of a delimited file -> its records and their cells.

What a record is, Python's `csv` says. DuckDB gives the same of many lines in less time; few lines, those that it
refuses, and those of which its records do not make up every line and sign go to `csv`.

A record is rejected for its own damage and takes no other record with it: a quote that is opened and never properly
closed spoils its own line only, unless nothing closes it up to the end of the file; then all from its line on is one
record. What the fields mean is read in `delimited.py`.
"""

import csv
from collections.abc import Iterator

import duckdb
import polars as pl

from cdp_pipeline.ingest.engine import Engine, quoted
from cdp_pipeline.ingest.entries import is_small
from cdp_pipeline.ingest.lines import LINES, MAX_FRAME_BYTES
from cdp_pipeline.ingest.tabular import cell

_STRAY = (
    "A quote is opened and not closed before a delimiter; expected quotes inside a quoted field to be doubled. Double "
    "them and drop the file again."
)
_UNCLOSED = (
    "A quote is opened and never closed, so all lines from here to the end of the file are one record; expected a "
    "closing quote. Close or remove it and drop the file again."
)

# For one line that DuckDB refuses, Python splits so many.
_LINES_AT_ONCE = 20_000

# Fewer, of few bytes, Python splits in less time than it takes to ask for their columns.
_FEW_LINES = 1000

# A record that is left open is not split again with each further line, but when so many times its lines are there.
_RETRIED_GROWTH = 2
_RETRIED_BYTES = 1024 * 1024

_SOUND = pl.lit(None, pl.String)

Split = tuple[int, list[str], str | None]
"""Of a record the line behind it, its fields, and why it cannot be split."""

# Lines and what is gathered of them are bounded elsewhere; of itself `csv` would fail at 128 kB.
csv.field_size_limit(2**31 - 1)


class RecordReader:
    """Puts lines together to records, frame by frame.

    Each record has `source_row` (its first line), `raw`, `is_damaged` (a line of it is no UTF-8), `is_too_long` (a line
    of it is), `message` (why it cannot be split; null when it can), `fields` (how many it has), and if these are as
    many as asked for, its cells.
    """

    def __init__(self, delimiter: str, width: int, engine: Engine) -> None:
        self._delimiter = delimiter
        self._engine = engine
        self._cells = {cell(n): pl.String() for n in range(width)}
        self._waiting = pl.DataFrame(schema=LINES)
        self._tried_again_at = 0

    def records(self, lines: pl.DataFrame) -> pl.DataFrame:
        """The records that end in these lines; an unfinished one waits for the next."""
        return pl.concat(self._piece(piece) for piece in lines.iter_slices(_LINES_AT_ONCE))

    def rest(self) -> pl.DataFrame:
        """What waits at the end of the file."""
        return self._by_python(self._waiting, is_end=True)

    def _piece(self, lines: pl.DataFrame) -> pl.DataFrame:
        lines = pl.concat([self._waiting, lines])
        size = int(lines["raw"].str.len_bytes().sum())
        if size < self._tried_again_at:
            self._waiting = lines
            return self._by_python(lines.clear())
        self._waiting = lines.clear()
        records = self._split(lines)
        left = int(self._waiting["raw"].str.len_bytes().sum())
        self._tried_again_at = min(_RETRIED_GROWTH * left, MAX_FRAME_BYTES) if left > _RETRIED_BYTES else 0
        return records

    def _split(self, lines: pl.DataFrame) -> pl.DataFrame:
        if is_small(lines["raw"]) and lines.height < _FEW_LINES:
            return self._by_python(lines)
        quotes = lines["raw"].str.count_matches('"', literal=True)
        records = self._by_duckdb(lines, quotes) if quotes.sum() else self._plain(lines)
        return self._by_python(lines) if records is None else records

    def _plain(self, lines: pl.DataFrame) -> pl.DataFrame:
        """Lines without a quote, each of which is a record."""
        fields = lines["raw"].str.count_matches(self._delimiter, literal=True) + 1
        # A line of delimiters alone would be split into millions of cells, and none of them is used.
        fitting = lines["raw"].set(fields != len(self._cells), None)
        split = fitting.str.split(self._delimiter)
        cells = lines.select(split.list.get(n, null_on_oob=True).alias(name) for n, name in enumerate(self._cells))
        return _records(lines, cells, fields)

    def _by_duckdb(self, lines: pl.DataFrame, quotes: pl.Series) -> pl.DataFrame | None:
        """The records as DuckDB splits them; null when these do not account for every line and sign."""
        # Where quotes are sound their number is even at the end of a record; what follows the last one waits.
        whole = (quotes.cum_sum() % 2 == 0).arg_true()
        end = int(whole[-1]) + 1 if whole.len() else 0
        lines, left = lines[:end], lines[end:]
        # Blanks between two quoted parts DuckDB takes for a part of the field.
        if not end or lines["raw"].str.contains('" +"').any():
            return None
        path = self._engine.scratch / "lines.csv"
        # From the first line DuckDB would take off a byte order mark.
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
        if _signs(lines.select("raw")) + lines.height != _signs(cells) + cells.height * cells.width:
            return None
        height = cells.select(1 + pl.sum_horizontal(pl.all().str.count_matches("\n", literal=True))).to_series()
        # DuckDB skips empty lines, and does not tell which.
        if height.sum() != lines.height:
            return None
        self._waiting = left
        return _records(_together(lines, height.cum_sum() - height), cells, pl.lit(cells.width, pl.UInt32))

    def _by_python(self, lines: pl.DataFrame, *, is_end: bool = False) -> pl.DataFrame:
        found = list(split_lines(lines["raw"].to_list(), self._delimiter, is_end=is_end))
        if lines.is_empty():
            return _records(lines, pl.DataFrame(schema=self._cells), pl.lit(0, pl.UInt32))
        lines, self._waiting = lines[: (end := found[-1][0] if found else 0)], lines[end:]
        begun = pl.Series([0, *(end for end, _, _ in found)], dtype=pl.UInt32).head(-1)
        width = len(self._cells)
        rows = [fields if len(fields) == width else [None] * width for _, fields, _ in found]
        cells = pl.DataFrame(rows, self._cells, orient="row")
        fields = pl.Series([len(fields) for _, fields, _ in found], dtype=pl.UInt32)
        message = pl.Series([message for _, _, message in found], dtype=pl.String)
        return _records(_together(lines, begun), cells, fields, message)


def split_lines(lines: list[str], delimiter: str, *, is_end: bool = False) -> Iterator[Split]:
    """The records of these lines; one that is left open is a record at the end of the file only.

    A quote within an unquoted field is part of it.
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
            # No cell is as large; without a limit a single quote would gather the rest of any file in memory.
            if str(error) == "unexpected end of data" and sum(map(len, lines[start:])) <= MAX_FRAME_BYTES:
                if is_end:
                    yield len(lines), [], _UNCLOSED
                return
            start += 1
            yield start, next(csv.reader([lines[start - 1]], delimiter=delimiter)), _STRAY


def _together(lines: pl.DataFrame, begun: pl.Series) -> pl.DataFrame:
    """These lines as records, given the numbers of the lines that begin one."""
    if begun.len() == lines.height:
        return lines
    record = pl.repeat(0, lines.height, dtype=pl.UInt32, eager=True).scatter(begun, 1).cum_sum().set_sorted()
    return (
        lines.group_by(record.alias("record"), maintain_order=True)
        .agg(pl.col("source_row").first(), pl.col("raw"), pl.col("is_damaged", "is_too_long").any())
        .select("source_row", pl.col("raw").list.join("\n"), "is_damaged", "is_too_long")
    )


def _records(
    records: pl.DataFrame, cells: pl.DataFrame, fields: pl.Series | pl.Expr, message: pl.Series | pl.Expr = _SOUND
) -> pl.DataFrame:
    """The records with their cells, null where nothing stands, and where there are more or fewer than columns."""
    texts = pl.col(cells.columns)
    there = pl.when((pl.col("fields") == cells.width) & (texts != "")).then(texts).name.keep()
    return records.with_columns(fields.alias("fields"), message.alias("message")).hstack(cells).with_columns(there)


def _signs(texts: pl.DataFrame) -> int:
    """How many bytes other than quotes stand in the texts."""
    return sum(texts.select((pl.all().str.len_bytes() - pl.all().str.count_matches('"', literal=True)).sum()).row(0))
