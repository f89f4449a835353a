"""JSON texts -> batches: open envelopes, then read the entries.

Texts are the lines of line formats and the documents or array elements of `.json` files; texts of several small files
are read together.
"""

from collections import Counter

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest.batch import Batch, batch_of, rejected_entries
from cdp_pipeline.ingest.bounds import USUAL, Bounds
from cdp_pipeline.ingest.entries import PLACE, EntryReader
from cdp_pipeline.ingest.envelopes import open_envelopes
from cdp_pipeline.values.duckdb_query import Engine

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
