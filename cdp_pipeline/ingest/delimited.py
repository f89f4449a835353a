"""`.csv` and `.tsv` files -> batches.

The delimiter is the one under which the header names most fields of the entity. A header that names too few refuses
the file; one that lacks single fields leaves them null, and validation rejects rows that lack a required one. A row
with more or fewer fields than the header is unreadable.
"""

import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest.batch import Batch, UnreadableFileError, batch_of, refused
from cdp_pipeline.ingest.csv_records import RecordReader, split_record
from cdp_pipeline.ingest.encoding import utf8_chunks
from cdp_pipeline.ingest.engine import Engine
from cdp_pipeline.ingest.formats import DELIMITERS
from cdp_pipeline.ingest.lines import LINES, gathered, line_frames
from cdp_pipeline.ingest.mappings import MatchedHeader, SourceMapping, matched
from cdp_pipeline.ingest.tabular import HEADER_REPEATED, TableReader, cell, check_header

_HINT = re.compile(r'"?sep=([,;|\t])"?')
_NOT_UTF8 = "The row is not UTF-8; expected a file in UTF-8 or UTF-16. Save it as UTF-8 and drop it again."
_HEADER_LINES = 100
_OTHER_TEXT = ("{", "[", "<")


@dataclass(frozen=True)
class _Header:
    delimiter: str
    matched: MatchedHeader
    raw: str
    line: int


def read_delimited(
    path: Path, entity: Entity, engine: Engine, batch_rows: int, delimiter: str, mappings: Sequence[SourceMapping] = ()
) -> Iterator[Batch]:
    """A table in text, UTF-8 or UTF-16.

    Args:
        path: The plain file.
        entity: Whose rows they are.
        engine: The file's database.
        batch_rows: Lines per batch.
        delimiter: The one its ending suggests; used when the header tells none.
        mappings: What headers may mean beside the entity's own field names.

    Raises:
        UnreadableFileError: The header is refused, or the file holds JSON or a web page.
    """
    with path.open("rb") as stream:
        frames = (_without_nuls(lines) for lines in line_frames(utf8_chunks(stream), batch_rows))
        first = _first_lines(frames)
        header = _header(first, entity, delimiter, mappings)
        if header is None:
            return
        table = TableReader(header.matched, entity)
        reader = RecordReader(header.delimiter)
        is_header_to_come = True
        rest = first.filter(pl.col("source_row") >= header.line)
        for lines in gathered(chain([rest], frames), batch_rows):
            records = reader.records(lines)
            if is_header_to_come and records.height:
                records, is_header_to_come = records[1:], False
            yield _batch(records, header, table, entity, engine)
        yield _batch(reader.rest(), header, table, entity, engine)


def _first_lines(frames: Iterator[pl.DataFrame]) -> pl.DataFrame:
    """The lines up to some that are not blank, or up to the end."""
    first = pl.DataFrame(schema=LINES)
    while first.filter(pl.col("raw").str.contains(r"\S")).height < _HEADER_LINES:
        more = next(frames, None)
        if more is None:
            break
        first = pl.concat([first, more])
    return first


def _without_nuls(lines: pl.DataFrame) -> pl.DataFrame:
    """The lines with U+FFFD for the character that no database text can hold."""
    has_nul = lines["raw"].str.contains("\x00", literal=True).any()
    return lines.with_columns(pl.col("raw").str.replace_all("\x00", "\ufffd", literal=True)) if has_nul else lines


def _header(lines: pl.DataFrame, entity: Entity, default: str, mappings: Sequence[SourceMapping]) -> _Header | None:
    """The header under the delimiter that makes most of it; null for a file of blank lines."""
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
    found: list[_Header] = []
    for delimiter in candidates:
        record = RecordReader(delimiter).records(text).head(1)
        headers = split_record(record["raw"][0], delimiter) if record.height else []
        raw = record["raw"][0] if record.height else ""
        found.append(_Header(delimiter, matched(headers, entity, mappings), raw, start))
    # Among delimiters under which nothing is known, the one that splits the line shows its names.
    header = max(found, key=lambda one: (one.matched.known, 0 if one.matched.known else len(one.matched.names)))
    check_header(header.matched, entity)
    return header


def _batch(records: pl.DataFrame, header: _Header, table: TableReader, entity: Entity, engine: Engine) -> Batch:
    """The records as rows, and those that are no rows under this header."""
    width = len(header.matched.names)
    records, repeated = _without_blank_rows(records, header)
    records = records.with_columns(entry_number=pl.lit(1, pl.Int64), fields=_field_counts(records, header.delimiter))
    ragged = pl.format(
        "The row has {} fields, the header {}; expected as many. Put fields that hold the delimiter into quotes, or "
        "add what is missing, and drop the file again.",
        "fields",
        pl.lit(width),
    )
    message = (
        pl.when("is_damaged")
        .then(pl.lit(_NOT_UTF8))
        .when(pl.col("message").is_not_null())
        .then("message")
        .when(pl.col("fields") != width)
        .then(ragged)
    )
    judged = records.with_columns(message=message)
    good = judged.filter(pl.col("message").is_null())
    bad = judged.filter(pl.col("message").is_not_null())
    cells = _filled(_cells(good, header), header) if good.height else good
    batch = table.read(cells, engine) if cells.height else batch_of(entity)
    findings = batch.findings + Counter({HEADER_REPEATED: repeated})
    return batch_of(entity, [batch.rows], [refused(bad, pl.col("message"))], findings, declared=batch.declared)


def _filled(cells: pl.DataFrame, header: _Header) -> pl.DataFrame:
    """The rows without those of which every cell is a pair of quotes with nothing between."""
    suspect = cells["raw"].str.contains(rf'^[\s"{re.escape(header.delimiter)}]*$')
    if not suspect.any():
        return cells
    texts = pl.col(cell(n) for n in range(len(header.matched.names)))
    is_filled = pl.any_horizontal(texts.str.contains(r"\S").fill_null(value=False))
    return cells.filter(~suspect | cells.select(is_filled).to_series())


def _without_blank_rows(records: pl.DataFrame, header: _Header) -> tuple[pl.DataFrame, int]:
    """The records in which something stands, without those that say the header again, and how many those were.

    Spreadsheets export the empty rows below a table as rows of delimiters, and files put together from several have
    the header of each.
    """
    blank = rf"^[\s{re.escape(header.delimiter)}]*$"
    plain = pl.col("raw").str.strip_chars(" \t\ufeff").str.replace_all('"', "", literal=True)
    again = plain == header.raw.strip(" \t\ufeff").replace('"', "")
    kept = records.filter(~pl.col("raw").str.contains(blank))
    rows = kept.filter(~again)
    return rows, kept.height - rows.height


def _field_counts(records: pl.DataFrame, delimiter: str) -> pl.Series:
    """How many fields each record has."""
    unquoted = records["raw"]
    has_quote = unquoted.str.contains('"', literal=True)
    if has_quote.any():
        quoted = unquoted.filter(has_quote).str.replace_all(r'"(?:[^"]|"")*"', "")
        unquoted = unquoted.scatter(has_quote.arg_true(), quoted)
    counts = unquoted.str.count_matches(delimiter, literal=True) + 1
    # Where quotes stand within fields, only splitting tells what is quoted; such records are few.
    odd = (has_quote & ~records["is_plain"] & records["message"].is_null()).arg_true()
    exact = [len(split_record(raw, delimiter)) for raw in records["raw"].gather(odd)]
    return counts.scatter(odd, pl.Series(exact, dtype=counts.dtype)) if odd.len() else counts


def _cells(records: pl.DataFrame, header: _Header) -> pl.DataFrame:
    """Source row, raw and a text column per header; records with quotes within fields are split one by one."""
    schema = {cell(n): pl.String() for n in range(len(header.matched.names))}
    plain = records.filter("is_plain")
    odd = records.filter(~pl.col("is_plain"))
    parts = []
    if plain.height:
        # Below a header line the first record keeps a byte order mark, which Polars would take from the beginning.
        top = header.delimiter.join(str(n) for n in range(len(schema)))
        text = io.BytesIO("\n".join([top, *plain["raw"]]).encode())
        cells = pl.read_csv(text, separator=header.delimiter, infer_schema=False, new_columns=list(schema))
        assert cells.height == plain.height, "Polars split the records in another way."
        parts.append(plain.select("source_row", "raw").hstack(cells))
    if odd.height:
        split = [split_record(raw, header.delimiter) for raw in odd["raw"]]
        cells = pl.DataFrame(split, schema=schema, orient="row")
        cells = cells.with_columns(pl.when(pl.all() != "").then(pl.all()).name.keep())
        parts.append(odd.select("source_row", "raw").hstack(cells))
    return pl.concat(parts).sort("source_row")
