"""JSON texts and lines -> batches: envelopes opened, entries read, nothing lost.

Used for line formats, whose rows are numbered by line, and for JSON documents, whose rows are numbered by entry.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest.batch import Batch, batch_of, refused
from cdp_pipeline.ingest.encoding import utf8_chunks
from cdp_pipeline.ingest.engine import Engine
from cdp_pipeline.ingest.entries import EntryReader
from cdp_pipeline.ingest.envelopes import open_envelopes
from cdp_pipeline.ingest.lines import line_frames

_NOT_UTF8 = "It is not UTF-8, or too long for an entry; expected JSON in UTF-8 or UTF-16. Send the entry again."


def read_lines(path: Path, entity: Entity, engine: Engine, batch_rows: int) -> Iterator[Batch]:
    """A text file with an entry or an envelope per line; blank lines are skipped."""
    with path.open("rb") as stream:
        yield from read_texts(line_frames(utf8_chunks(stream), batch_rows), entity, engine)


def read_texts(
    frames: Iterable[pl.DataFrame], entity: Entity, engine: Engine, *, by_entry: bool = False
) -> Iterator[Batch]:
    """One batch per frame of JSON texts.

    Args:
        frames: Have `source_row`, `raw` and `is_damaged`.
        entity: Whose entries they are.
        engine: The file's database.
        by_entry: Number rows by entry, whatever envelope it stands in, and not by text.
    """
    reader = EntryReader(entity, engine)
    before = 0
    for frame in frames:
        # Files put together from several may have a byte order mark at the beginning of each.
        raw = pl.col("raw").str.strip_prefix("\ufeff")
        texts = frame.with_columns(raw).filter(raw.str.contains(r"\S"))
        damaged = texts.filter("is_damaged").with_columns(entry_number=pl.lit(1, pl.Int64))
        opened = open_envelopes(texts.filter(~pl.col("is_damaged")), entity, engine)
        entries, rejected = opened.entries, opened.rejected
        if by_entry:
            entries, rejected = _numbered(entries, rejected, before)
            before += entries.height + rejected.height
        batch = reader.read(entries)
        yield batch_of(
            entity,
            [batch.rows],
            [batch.rejected, rejected, refused(damaged, _NOT_UTF8)],
            batch.findings + opened.findings,
            opened.pages,
        )


def _numbered(entries: pl.DataFrame, rejected: pl.DataFrame, before: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Both with `source_row` counting entries over all texts."""
    place = ["source_row", "entry_number"]
    numbers = (
        pl.concat([entries.select(place), rejected.select(place)])
        .sort(place)
        .with_row_index("number", offset=before + 1)
        .with_columns(pl.col("number").cast(pl.Int64))
    )
    first, second = (
        frame.join(numbers, on=place, how="left", maintain_order="left")
        .with_columns(source_row="number")
        .drop("number")
        for frame in (entries, rejected)
    )
    return first, second
