"""`.parquet` files -> batches, one row per row of the file, numbered from 1.

The file is decoded twice, because a damaged page is found only when it is decoded, and no row of a damaged file may be
accepted. `cell_text.py` converts typed cells to text.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import polars as pl
import polars.selectors as cs
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest.batch import Batch, UnreadableFileError
from cdp_pipeline.ingest.bounds import MEGABYTE, USUAL, Bounds
from cdp_pipeline.ingest.cell_text import decoded, text_of, without_nuls
from cdp_pipeline.ingest.field_names import field_names
from cdp_pipeline.ingest.lines import gathered
from cdp_pipeline.ingest.mappings import MatchedHeader, SourceMapping, matched
from cdp_pipeline.ingest.tabular import TableReader, cell, check_header, check_width, raw_of
from cdp_pipeline.values.duckdb_query import Engine

_ROWS_AT_ONCE = 8192
_BYTES_AT_ONCE = 32 * MEGABYTE
_DAMAGED = (
    "The file is encrypted, truncated, damaged or not Parquet; nothing of it was read. Expected plain Parquet. Write "
    "it again and deliver it again."
)
_NO_JSON = (
    "A column of the file has a type that JSON cannot show, such as a map from numbers or a struct with two fields of "
    "one name; nothing of it was read. Expected texts, numbers, timestamps, lists and structs. Write it again "
    "and deliver it again."
)


def read_parquet(
    path: Path,
    entity: Entity,
    engine: Engine,
    batch_rows: int,
    mappings: Sequence[SourceMapping] = (),
    bounds: Bounds = USUAL,
) -> Iterator[Batch]:
    """Read a Parquet file; maps, structs and lists become JSON.

    Raises:
        UnreadableFileError: It is damaged, expands beyond the bounds, has a type without a JSON form, or its header is
            rejected.
    """
    try:
        rows_at_once = _checked(path, bounds)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise UnreadableFileError(_DAMAGED) from error
    with pq.ParquetFile(path) as file:
        header = matched([str(name) for name in file.schema_arrow.names], entity, mappings)
        check_header(header, entity)
        nested = {n for n, field in enumerate(file.schema_arrow) if pa.types.is_nested(field.type)}
        # Polars panics at bytes within a list or struct, which would end the run. Of two fields with one name JSON, and
        # Polars in some types, would keep the last.
        types = [file.schema_arrow.field(n).type for n in nested]
        if any("binary" in str(dtype) or _repeats_a_name(dtype) for dtype in types):
            raise UnreadableFileError(_NO_JSON)
        table = TableReader(header, entity, as_json=nested)
        yield from (
            table.read(frame, engine) for frame in gathered(_texts(file, header, entity, rows_at_once), batch_rows)
        )


def _repeats_a_name(dtype: pa.DataType) -> bool:
    """Whether a struct, at any depth of the type, has two fields of one name."""
    fields = [dtype.field(n) for n in range(dtype.num_fields)]
    is_repeated = pa.types.is_struct(dtype) and len({field.name for field in fields}) < len(fields)
    return is_repeated or any(_repeats_a_name(field.type) for field in fields)


def _checked(path: Path, bounds: Bounds) -> int:
    """Decode the whole file once; return the number of its rows that fit into memory at once.

    Texts are decoded as dictionaries, because a page of a few bytes may repeat a long text many times.
    """
    size = path.stat().st_size
    with pq.ParquetFile(path) as file:
        about = file.metadata
        check_width(about.num_columns, bounds)
        expanded = sum(about.row_group(n).total_byte_size for n in range(about.num_row_groups))
        # As text, a row has at least a byte per column, however well it is compressed.
        if max(expanded, about.num_rows * about.num_columns) > bounds.expanded_bytes(size):
            raise UnreadableFileError(bounds.too_expanded(size, "The file"))
        texts = [
            field.name
            for field in file.schema_arrow
            if pa.types.is_string(field.type) or pa.types.is_binary(field.type)
        ]
    widest, rows = _BYTES_AT_ONCE // _ROWS_AT_ONCE, 0
    with pq.ParquetFile(path, read_dictionary=texts) as file:
        for batch in file.iter_batches(_ROWS_AT_ONCE):
            widest = max(widest, sum(_longest_text(column) for column in batch.columns))
            rows += batch.num_rows
    if rows != about.num_rows:
        # A damaged page may look like the end of its column.
        raise UnreadableFileError(_DAMAGED)
    return max(1, _BYTES_AT_ONCE // widest)


def _longest_text(column: pa.Array) -> int:
    """Bytes of the longest text of a column; 0 for other columns, whose cells are short or stored one by one.

    Raises:
        pa.ArrowInvalid: A cell refers to a text that its page lacks, which Arrow notices only when it builds texts.
    """
    if not pa.types.is_dictionary(column.type):
        return 0
    ends = pc.min_max(column.indices).as_py()
    if ends["max"] is not None and not 0 <= ends["min"] <= ends["max"] < len(column.dictionary):
        raise pa.ArrowInvalid("A cell names a text that is not there.")
    return int(pc.max(pc.binary_length(column.dictionary)).as_py() or 0) if len(column.dictionary) else 0


def _texts(file: pq.ParquetFile, header: MatchedHeader, entity: Entity, rows_at_once: int) -> Iterator[pl.DataFrame]:
    names = field_names(entity)
    meanings = [names.meaning(field.strip()) for field in header.fields]
    columns = [entity.by_name[meaning.column] if meaning else None for meaning in meanings]
    first = 1
    for batch in file.iter_batches(rows_at_once):
        batch = _sound(batch).rename_columns([cell(n) for n in range(len(header.names))])
        try:
            frame = pl.from_arrow(batch)
            assert isinstance(frame, pl.DataFrame)
            frame = frame.with_columns(decoded(sent) for sent in frame.select(cs.binary()))
            texts = frame.select(
                without_nuls(text_of(name, dtype, column)).alias(name)
                for (name, dtype), column in zip(frame.schema.items(), columns, strict=True)
            )
        except pl.exceptions.PolarsError as error:
            raise UnreadableFileError(_NO_JSON) from error
        numbers = pl.int_range(first, first + frame.height, eager=True, dtype=pl.Int64)
        first += frame.height
        yield texts.with_columns(raw_of(header.names).alias("raw"), numbers.alias("source_row"))


def _sound(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Cast text columns that are not UTF-8 to bytes, because Polars assumes UTF-8 without a check."""
    try:
        batch.validate(full=True)
    except pa.ArrowInvalid:
        columns = [column.view(pa.binary()) if pa.types.is_string(column.type) else column for column in batch.columns]
        batch = pa.RecordBatch.from_arrays(columns, names=batch.schema.names)
        try:
            batch.validate(full=True)
        except pa.ArrowInvalid as error:
            raise UnreadableFileError(_DAMAGED) from error
    return batch
