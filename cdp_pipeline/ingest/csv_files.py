"""`.csv` and `.tsv` files -> batches.

The delimiter is the one under which the header matches most fields of the entity. A header that explains too little
rejects the file. If single fields are missing from the header they are null, and validation rejects rows that lack a
required field. A row with more or fewer fields than the header is unreadable.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest.batch import Batch, UnreadableFileError, batch_of, rejected_entries
from cdp_pipeline.ingest.bounds import USUAL, Bounds
from cdp_pipeline.ingest.csv_records import RecordReader, split_lines
from cdp_pipeline.ingest.formats import DELIMITERS, HINTED_DELIMITER
from cdp_pipeline.ingest.lines import LINES, gathered, line_frames, utf8_chunks
from cdp_pipeline.ingest.mappings import MatchedHeader, SourceMapping, matched
from cdp_pipeline.ingest.tabular import HEADER_REPEATED, TableReader, check_header, check_width, explains_rows
from cdp_pipeline.values.duckdb_query import Engine

_HINT = re.compile(r'"?sep=([,;|\t])"?')
_NOT_UTF8 = "The row is not UTF-8; expected a file in UTF-8 or UTF-16. Save it as UTF-8 and deliver it again."
_HEADER_LINES = 100
_OTHER_TEXT = ("{", "[", "<")


@dataclass(frozen=True)
class _Header:
    delimiter: str
    matched: MatchedHeader
    raw: str
    line: int


def read_delimited(
    path: Path,
    entity: Entity,
    engine: Engine,
    batch_rows: int,
    delimiter: str,
    mappings: Sequence[SourceMapping] = (),
    bounds: Bounds = USUAL,
) -> Iterator[Batch]:
    """Read a delimited text file in UTF-8 or UTF-16.

    Args:
        path: The plain file.
        entity: The entity of the rows.
        engine: The database for this file.
        batch_rows: Lines per batch.
        delimiter: The delimiter that the file ending suggests; used when the header matches none better.
        mappings: Meanings of headers in addition to the entity's own field names.
        bounds: Limits for columns and rows.

    Raises:
        UnreadableFileError: The header is rejected, or the file holds JSON or a web page.
    """
    with path.open("rb") as stream:
        # Databases cannot store NUL in text.
        text = pl.col("raw").str.replace_all("\x00", "\ufffd", literal=True)
        frames = (
            lines.with_columns(text) for lines in line_frames(utf8_chunks(stream), batch_rows, bounds.entry_bytes)
        )
        first = _first_lines(frames)
        header = _header(first, entity, delimiter, mappings, bounds)
        if header is None:
            return
        table = TableReader(header.matched, entity)
        reader = RecordReader(header.delimiter, len(header.matched.names), engine)
        rest = first.filter(pl.col("source_row") >= header.line)
        for lines in gathered(chain([rest], frames), batch_rows):
            # Records held for a closing quote may be more than a batch.
            for records in reader.records(lines).iter_slices(batch_rows):
                yield _batch(records, header, table, entity, engine, bounds)
        if (unfinished := reader.rest()).height:
            yield _batch(unfinished, header, table, entity, engine, bounds)


def _first_lines(frames: Iterator[pl.DataFrame]) -> pl.DataFrame:
    """Lines from the first non-blank one, enough for a header; the other lines stay in `frames`."""
    first = pl.DataFrame(schema=LINES)
    for more in frames:
        first = pl.concat([first, more])
        # A file may begin with millions of blank lines.
        filled = first["raw"].str.contains(r"\S").arg_true()
        first = first[filled[0] :] if filled.len() else first.clear()
        if first.height > _HEADER_LINES:
            break
    return first


def _header(
    lines: pl.DataFrame, entity: Entity, default: str, mappings: Sequence[SourceMapping], bounds: Bounds
) -> _Header | None:
    """The header under the delimiter with most known fields; None for a file of blank lines."""
    filled = lines.filter(pl.col("raw").str.contains(r"\S"))
    if filled.is_empty():
        return None
    hint = _HINT.fullmatch(filled["raw"][0].strip())
    start = filled["source_row"][1 if hint and filled.height > 1 else 0]
    candidates = [hint[1]] if hint else sorted(DELIMITERS, key=lambda delimiter: delimiter != default)
    text = lines.filter(pl.col("source_row") >= start).head(_HEADER_LINES)
    if text["raw"][0].lstrip().startswith(_OTHER_TEXT):
        raise UnreadableFileError(
            "The file holds JSON or a web page, not a table; nothing of it was read. Expected a header row and one row "
            "per entry. Give it the ending of what it holds, or export it again."
        )
    if text["is_too_long"][0]:
        raise UnreadableFileError(f"The header has more than {bounds.max_entry_mb} MB. {bounds.too_long}")
    texts = text["raw"].to_list()
    found: list[_Header] = []
    for delimiter in candidates:
        end, headers, _ = next(split_lines(texts, delimiter), (0, [], None))
        check_width(len(headers), bounds)
        found.append(_Header(delimiter, matched(headers, entity, mappings), "\n".join(texts[:end]), start))
    # If no delimiter gives known names, the one that splits the header most shows its names in the message.
    header = max(found, key=lambda one: (one.matched.known, 0 if one.matched.known else len(one.matched.names)))
    _check_quotes(header)
    if not header.matched.known:
        _check_delimiter(texts, entity, mappings)
    check_header(header.matched, entity)
    return header


def _check_quotes(header: _Header) -> None:
    """Reject a header in which rows seem to stand: a name of several lines is usual, a delimiter within it is not.

    Raises:
        UnreadableFileError: A quoted name holds both.
    """
    if any("\n" in name and header.delimiter in name for name in header.matched.names):
        raise UnreadableFileError(
            f"A quoted name of the header runs over several lines and holds the delimiter, so that rows seem to stand "
            f"in it; nothing of the file was read. The header ends at line {header.line + header.raw.count(chr(10))}; "
            "expected every quote to be closed where its name ends. Correct the quotes and deliver the file again."
        )


def _check_delimiter(texts: list[str], entity: Entity, mappings: Sequence[SourceMapping]) -> None:
    """Reject a header that is separated by a sign that was not tried.

    Raises:
        UnreadableFileError: Under that sign its names are known.
    """
    _, headers, _ = next(split_lines(texts, HINTED_DELIMITER), (0, [], None))
    if explains_rows(matched(headers, entity, mappings), entity):
        raise UnreadableFileError(
            f"The header names no fields of {entity.object_type}; nothing of the file was read. Its names are "
            f"separated by {HINTED_DELIMITER}; expected a comma, semicolon or tab. Write sep={HINTED_DELIMITER} on a "
            "line of its own above the header, or export the file with one of these, and deliver it again."
        )


def _batch(
    records: pl.DataFrame, header: _Header, table: TableReader, entity: Entity, engine: Engine, bounds: Bounds
) -> Batch:
    """Make a batch of the records; records that do not fit the header are rejected."""
    records, repeated = _without_blank_rows(records, header)
    records = records.with_columns(entry_number=pl.lit(1, pl.Int64))
    width = len(header.matched.names)
    ragged = pl.format(
        "The row has {} fields, the header {}; expected as many. Put fields that hold the delimiter into quotes, or "
        "add what is missing, and deliver the file again.",
        "fields",
        pl.lit(width),
    )
    message = (
        pl.when(pl.col("is_too_long") | (pl.col("raw").str.len_bytes() > bounds.entry_bytes))
        .then(pl.lit(bounds.too_long))
        .when("is_damaged")
        .then(pl.lit(_NOT_UTF8))
        .when(pl.col("message").is_not_null())
        .then("message")
        .when(pl.col("fields") != width)
        .then(ragged)
    )
    checked = records.with_columns(message=message)
    bad = checked.filter(pl.col("message").is_not_null())
    good = checked.filter(pl.col("message").is_null())
    batch = table.read(good, engine) if good.height else batch_of(entity)
    findings = batch.findings + Counter({HEADER_REPEATED: repeated})
    rejected = [rejected_entries(bad, pl.col("message"))]
    return batch_of(entity, [batch.rows], rejected, findings, declared=batch.declared, headers=batch.headers)


def _without_blank_rows(records: pl.DataFrame, header: _Header) -> tuple[pl.DataFrame, int]:
    """Remove blank records and repeated headers; also return the number of repeated headers.

    Spreadsheets export the empty rows below a table as rows of delimiters, and concatenated files repeat the header.
    """
    raw = records["raw"]
    delimiter = re.escape(header.delimiter)
    is_left_out = raw.str.contains(rf'^(?:\s*|"\s*")(?:{delimiter}(?:\s*|"\s*"))*$')
    sent = header.raw.strip(" \t\ufeff")
    repeats = raw.str.contains(max(re.split(f'["{delimiter}]', sent), key=len), literal=True).arg_true()
    plain = raw.gather(repeats).str.strip_chars(" \t\ufeff").str.replace_all('"', "", literal=True)
    repeats = repeats.filter((plain == sent.replace('"', "")) & (records["source_row"].gather(repeats) != header.line))
    is_left_out = (is_left_out | (records["source_row"] == header.line)).scatter(repeats, values=True)
    return records.filter(~is_left_out), repeats.len()
