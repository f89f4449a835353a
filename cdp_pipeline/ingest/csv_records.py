"""Physical lines of a delimited file -> its records, with quoted line breaks put together and damage kept apart.

A record is rejected for its own damage and takes no other record with it: a quote that is opened and never properly
closed spoils its own line only, unless nothing closes it up to the end of the file; then all from its line on is one
record. What the fields mean is read in `delimited.py`.
"""

import re
from bisect import bisect_right
from enum import Enum

import polars as pl

from cdp_pipeline.ingest.lines import LINES, MAX_FRAME_BYTES

_CLOSING = re.compile(r'(?:[^"]|"")*+"')
_QUOTED = re.compile(r'"(?:[^"]|"")*+"')
_STRAY = (
    "A quote is opened and not closed before a delimiter; expected quotes inside a quoted field to be doubled. Double "
    "them and drop the file again."
)
_UNCLOSED = (
    "A quote is opened and never closed, so all lines from here to the end of the file are one record; expected a "
    "closing quote. Close or remove it and drop the file again."
)


class _State(Enum):
    COMPLETE = "complete"
    OPEN = "open"
    STRAY = "stray"


class RecordReader:
    """Puts lines together to records, frame by frame.

    Each record has `source_row` (its first line), `raw`, `is_damaged` (a line of it is no UTF-8), `is_plain` (every
    quote stands where it should) and `message` (why it cannot be split; null when it can).
    """

    def __init__(self, delimiter: str) -> None:
        self._delimiter = delimiter
        d = re.escape(delimiter)
        field = rf'(?:[^"{d}]*|"(?:[^"]|"")*")'
        self._plain = rf"^{field}(?:{d}{field})*$"
        self._waiting = pl.DataFrame(schema=LINES)

    def records(self, lines: pl.DataFrame) -> pl.DataFrame:
        """The records that end in these lines; an unfinished one waits for the next."""
        lines = pl.concat([self._waiting, lines])
        has_quote = lines["raw"].str.contains('"', literal=True)
        quotes = has_quote.arg_true().to_list()
        plain = ~has_quote | lines["raw"].str.contains(self._plain)
        stray: list[int] = []
        spans: list[tuple[int, int]] = []
        end = 0
        # Runs Python over the lines that are no records by themselves; all lines before such a line are.
        for start in (~plain).arg_true():
            if start < end:
                continue
            state, end = self._end(lines["raw"], quotes, start)
            if state is _State.OPEN:
                self._waiting = lines[start:]
                return self._assembled(lines[:start], plain[:start], spans, stray)
            if state is _State.STRAY:
                stray.append(start)
            elif end > start + 1:
                spans.append((start, end))
        self._waiting = lines.clear()
        return self._assembled(lines, plain, spans, stray)

    def rest(self) -> pl.DataFrame:
        """The record that the end of the file leaves open, if there is one."""
        lines, self._waiting = self._waiting, self._waiting.clear()
        spans = [(0, lines.height)] if lines.height > 1 else []
        records = self._assembled(lines, pl.repeat(value=False, n=lines.height, eager=True), spans, [])
        return records.with_columns(message=pl.lit(_UNCLOSED))

    def _end(self, raw: pl.Series, quotes: list[int], start: int) -> tuple[_State, int]:
        """How the record that begins in a line ends, and the line behind it.

        Args:
            raw: The lines.
            quotes: Which of them hold a quote; the others cannot close one.
            start: Where the record begins.
        """
        state = self._scan(raw[start], is_open=False)
        if state is not _State.OPEN:
            return state, start + 1
        for line in quotes[bisect_right(quotes, start) :]:
            state = self._scan(raw[line], is_open=True)
            if state is _State.STRAY:
                return state, start + 1
            if state is _State.COMPLETE:
                return state, line + 1
        # No cell is as large; without a limit a single quote would gather the rest of any file in memory.
        too_large = int(raw[start:].str.len_bytes().sum()) > MAX_FRAME_BYTES
        return (_State.STRAY, start + 1) if too_large else (_State.OPEN, start)

    def _scan(self, line: str, *, is_open: bool) -> _State:
        """How a line leaves the quotes, given how it finds them."""
        at, size = 0, len(line)
        while is_open or at < size:
            if is_open or line[at] == '"':
                closed = (_CLOSING if is_open else _QUOTED).match(line, at)
                if closed is None:
                    return _State.OPEN
                at, is_open = closed.end(), False
                if at < size and line[at] != self._delimiter:
                    return _State.STRAY
            else:
                at = line.find(self._delimiter, at)
                if at < 0:
                    return _State.COMPLETE
            at += 1
        return _State.COMPLETE

    def _assembled(
        self, lines: pl.DataFrame, plain: pl.Series, spans: list[tuple[int, int]], stray: list[int]
    ) -> pl.DataFrame:
        lines = lines.with_columns(is_plain=plain, message=pl.lit(None, pl.String))
        if stray:
            lines = lines.with_columns(message=lines["message"].scatter(stray, _STRAY))
        if not spans:
            return lines.filter(pl.col("raw").str.contains(r"\S"))
        span = pl.Series([start for start, end in spans for _ in range(start, end)], dtype=pl.UInt32)
        inside = pl.concat([pl.int_range(start, end, dtype=pl.UInt32, eager=True) for start, end in spans])
        several = (
            lines[inside]
            .group_by(span.alias("span"), maintain_order=True)
            .agg(
                pl.col("source_row").first(),
                pl.col("raw").str.join("\n"),
                pl.col("is_damaged").any(),
                pl.col("raw").str.join("\n").str.contains(self._plain).alias("is_plain"),
                pl.lit(None, pl.String).alias("message"),
            )
            .drop("span")
        )
        single = lines.with_row_index().filter(
            ~pl.col("index").is_in(inside.implode()), pl.col("raw").str.contains(r"\S")
        )
        return pl.concat([single.drop("index"), several]).sort("source_row")


def split_record(raw: str, delimiter: str) -> list[str]:
    """The fields of a record without open or stray quotes; a quote within an unquoted field is part of it."""
    fields: list[str] = []
    at = 0
    while at <= len(raw):
        quoted = _QUOTED.match(raw, at)
        if quoted:
            fields.append(quoted.group()[1:-1].replace('""', '"'))
            at = quoted.end() + 1
            continue
        end = raw.find(delimiter, at)
        end = len(raw) if end < 0 else end
        fields.append(raw[at:end])
        at = end + 1
    return fields
