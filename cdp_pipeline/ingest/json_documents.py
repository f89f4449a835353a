"""A `.json` or `.ndjson` file -> JSON texts of entries, envelopes and pages of leads -> batches.

DuckDB streams an array and returns each element as sent, but it only validates the file as a whole. So an array with
any invalid part is one unreadable entry, which is known before its first row is returned. Rows count entries, except in
a file that turns out to hold a JSON text per line. Texts of several small files are read together.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import orjson
import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest.batch import Batch, UnreadableFileError, batch_of, rejected_entries
from cdp_pipeline.ingest.bounds import MEGABYTE, USUAL, Bounds
from cdp_pipeline.ingest.entries import PLACE, EntryReader
from cdp_pipeline.ingest.envelopes import open_envelopes
from cdp_pipeline.ingest.field_names import field_names
from cdp_pipeline.ingest.file_access import as_utf8
from cdp_pipeline.ingest.formats import DELIMITERS
from cdp_pipeline.ingest.lines import HEAD_BYTES, LINES, gathered, is_plain_utf8, line_frames, utf8_chunks, utf8_head
from cdp_pipeline.values.duckdb_query import MALFORMED, Engine, linked, quoted

_ROWS_AT_ONCE = 2048
_MOST_BYTES_AT_ONCE = 256 * MEGABYTE
# Rejecting a hundred million numbers one by one takes longer than reading a file of that size; records are longer.
_MANY_ENTRIES = 1_000_000
_SHORTEST_ENTRY = 8
_SAMPLED_LINES = 1000
_OPENINGS = ("[", "{", ",", ":")


@dataclass(frozen=True)
class Texts:
    """Frames of the JSON texts of a file, and whether its rows are numbered by entry or by text."""

    frames: Iterator[pl.DataFrame]
    by_entry: bool


def lines_of(path: Path, batch_rows: int, bounds: Bounds = USUAL) -> Texts:
    """Read a text file with an entry or an envelope per line."""
    return Texts(_lines(path, batch_rows, bounds), by_entry=False)


def document_of(path: Path, engine: Engine, batch_rows: int, scratch: Path, bounds: Bounds = USUAL) -> Texts:
    """Read a plain `.json` file in UTF-8 or UTF-16.

    Raises:
        UnreadableFileError: It is a damaged array, one of its entries is too large, or it has millions of entries too
            short for records.
    """
    with path.open("rb") as stream:
        plain = path if is_plain_utf8(stream.read(HEAD_BYTES)) else as_utf8(path, scratch)
    first = _first_character(plain)
    if not first:
        return Texts(iter(()), by_entry=True)
    link = linked(plain, scratch, "document.json")
    if first == b"[" and _is_array(link, engine, bounds):
        return Texts(gathered(_elements(link, engine, bounds), batch_rows), by_entry=True)
    if _holds_lines(plain, bounds):
        return lines_of(plain, batch_rows, bounds)
    if first == b"[":
        raise UnreadableFileError(
            "The file begins like a JSON array and cannot be parsed as one; nothing of it was read. Expected "
            "comma-separated entries in UTF-8 between [ and ]. Repair it or send the entries one per line, as .ndjson."
        )
    return Texts(iter([_whole(plain, bounds)]), by_entry=True)


def check_lines(path: Path, entity: Entity, engine: Engine, scratch: Path, bounds: Bounds = USUAL) -> None:
    """Reject a file of lines that is something else as a whole.

    Raises:
        UnreadableFileError: It is one JSON array, a delimited table or a web page.
    """
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    text = utf8_head(head).decode("utf-8", "ignore").lstrip()
    names = field_names(entity)
    first_line = text.partition("\n")[0]
    if text.startswith("<"):
        found = "a web page or XML"
    elif any(names.known_among(first_line.split(delimiter)) > 1 for delimiter in DELIMITERS):
        found = "a table with a header"
    elif (
        text.startswith("[") and is_plain_utf8(head) and _is_array(linked(path, scratch, "array.json"), engine, bounds)
    ):
        found = "one JSON array"
    else:
        return
    raise UnreadableFileError(
        f"The file holds {found}; nothing of it was read. Expected an entry or envelope per line, each a JSON object. "
        "Give the file the ending of what it holds and deliver it again."
    )


def _lines(path: Path, batch_rows: int, bounds: Bounds) -> Iterator[pl.DataFrame]:
    with path.open("rb") as stream:
        yield from line_frames(utf8_chunks(stream), batch_rows, bounds.entry_bytes)


def _first_character(path: Path) -> bytes:
    with path.open("rb") as stream:
        while piece := stream.read(HEAD_BYTES):
            if text := piece.lstrip():
                return text[:1]
    return b""


def _objects(link: Path, bounds: Bounds) -> str:
    return (
        f"read_json_objects({quoted(str(link))}, format = 'array', compression = 'none', "
        f"maximum_object_size = {bounds.entry_bytes})"
    )


def _is_array(link: Path, engine: Engine, bounds: Bounds) -> bool:
    """Whether the file as a whole is a JSON array.

    Raises:
        UnreadableFileError: One of its entries is too large, or it has millions of entries too short for records.
    """
    query = f"SELECT count(json), max(strlen(json)), sum(strlen(json)) FROM {_objects(link, bounds)}"
    try:
        ((count, longest, total),) = engine.connection.sql(query).fetchall()
    except MALFORMED as error:
        if "maximum_object_size" in str(error):
            raise UnreadableFileError(f"{bounds.too_long} Nothing of the file was read.") from None
        return False
    # DuckDB enforces its limit only from 32 MB on.
    if (longest or 0) > bounds.entry_bytes:
        raise UnreadableFileError(f"{bounds.too_long} Nothing of the file was read.")
    if count > _MANY_ENTRIES and total < count * _SHORTEST_ENTRY:
        raise UnreadableFileError(
            f"The file is one JSON array of {count:,} entries of {total / count:.0f} bytes on average; nothing of it "
            "was read. Expected objects, each a customer's record. Export it again."
        )
    # DuckDB returns this many elements at once, whatever their size.
    if min(total or 0, min(count, _ROWS_AT_ONCE) * (longest or 0)) > _MOST_BYTES_AT_ONCE:
        raise UnreadableFileError(
            f"The file is one JSON array with entries of up to {longest:,} bytes, too many of them to be read at once; "
            "nothing of it was read. Send the entries one per line, as .ndjson."
        )
    return True


def _elements(link: Path, engine: Engine, bounds: Bounds) -> Iterator[pl.DataFrame]:
    # A separate cursor, because another query on the same cursor would end the stream.
    with engine.connection.cursor() as cursor:
        first = 1
        for batch in cursor.sql(f"SELECT json FROM {_objects(link, bounds)}").to_arrow_reader(_ROWS_AT_ONCE):
            raw = pl.Series(batch.column(0)).cast(pl.String)
            numbers = pl.int_range(first, first + raw.len(), eager=True, dtype=pl.Int64)
            first += raw.len()
            yield pl.DataFrame({"source_row": numbers, "raw": raw}).with_columns(
                is_damaged=pl.lit(value=False), is_too_long=pl.lit(value=False)
            )


def _holds_lines(path: Path, bounds: Bounds) -> bool:
    """Whether the file holds a JSON text per line, some of them perhaps damaged.

    The first line of a document of several lines, whole or cut off, does not end where a text could end.
    """
    with path.open("rb") as stream:
        sample = next(
            line_frames(iter(lambda: stream.read(HEAD_BYTES), b""), _SAMPLED_LINES, bounds.entry_bytes),
            pl.DataFrame(schema=LINES),
        )
    sample = sample.filter(pl.col("raw").str.contains(r"\S"))
    if sample.height < 2:
        return False
    if _is_json(sample["raw"][0]):
        return True
    ends_open = sample["raw"][0].rstrip().endswith(_OPENINGS)
    return not ends_open and 2 * sum(map(_is_json, sample["raw"])) >= sample.height


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return False
    return True


def _whole(path: Path, bounds: Bounds) -> pl.DataFrame:
    if (size := path.stat().st_size) > bounds.entry_bytes:
        raise UnreadableFileError(
            f"The file is one JSON text of {size:,} bytes; expected one entry or one envelope of at most "
            f"{bounds.max_entry_mb} MB. Send the entries one per line, as .ndjson, or raise CDP_MAX_ENTRY_MB."
        )
    sent = path.read_bytes()
    text = sent.decode("utf-8", "replace")
    return pl.DataFrame(
        {"source_row": [1], "raw": [text], "is_damaged": [text.encode() != sent], "is_too_long": [False]}, schema=LINES
    )


_NOT_UTF8 = "It is not UTF-8; expected JSON in UTF-8 or UTF-16. Send the entry again."


class TextReader:
    """Read the JSON texts of some files of one entity."""

    def __init__(self, entity: Entity, engine: Engine, bounds: Bounds = USUAL) -> None:
        self._entity = entity
        self._engine = engine
        self._bounds = bounds
        self._entries = EntryReader(entity, engine, bounds)
        self._numbered: Counter[str] = Counter()

    def read(self, texts: pl.DataFrame) -> Batch:
        """Read the entries of some texts; blank texts are skipped.

        Args:
            texts: Have `source_file`, `source_row`, `raw`, `is_damaged`, `is_too_long`, and `by_entry`: whether the
                rows of their file are numbered by entry, across envelopes, and not by text.
        """
        # Concatenated files may have a byte order mark at the beginning of each part.
        raw = pl.col("raw").str.strip_chars_start("\ufeff")
        texts = texts.with_columns(raw).filter(raw.str.contains(r"\S"))
        damaged = texts.filter("is_damaged").with_columns(entry_number=pl.lit(1, pl.Int64))
        opened = open_envelopes(texts.filter(~pl.col("is_damaged")), self._entity, self._engine)
        entries, rejected = opened.entries, opened.rejected
        message = pl.when("is_too_long").then(pl.lit(self._bounds.too_long)).otherwise(pl.lit(_NOT_UTF8))
        by_entry = texts.filter("by_entry")["source_file"].unique()
        if by_entry.len():
            entries, rejected = self._by_entry(entries, rejected, by_entry)
        batch = self._entries.read(entries)
        return batch_of(
            self._entity,
            [batch.rows],
            [batch.rejected, rejected, rejected_entries(damaged, message)],
            batch.findings + opened.findings,
            opened.pages,
        )

    def _by_entry(
        self, entries: pl.DataFrame, rejected: pl.DataFrame, files: pl.Series
    ) -> tuple[pl.DataFrame, pl.DataFrame]:
        """Both frames with `source_row` counting the entries of a file over all its texts, for the given files."""
        places = pl.concat([entries.select(PLACE), rejected.select(PLACE)])
        numbers = (
            places.filter(pl.col("source_file").is_in(files.implode()))
            .sort(PLACE)
            .with_columns(
                number=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over("source_file")
                + pl.col("source_file").replace_strict(dict(self._numbered), default=0, return_dtype=pl.Int64)
            )
        )
        self._numbered.update(dict(numbers.group_by("source_file").len().iter_rows()))
        first, second = (
            frame.join(numbers, on=PLACE, how="left", maintain_order="left")
            .with_columns(source_row=pl.coalesce("number", "source_row"))
            .drop("number")
            for frame in (entries, rejected)
        )
        return first, second
