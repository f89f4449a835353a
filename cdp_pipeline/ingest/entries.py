"""JSON entries of one entity -> a batch of text rows: whole frames at once in DuckDB, odd entries one by one.

What an entry means is defined by `exact.py`; this module gives the same answers for the entries whose form is plain,
and hands it the others. Envelopes are taken apart before (`envelopes.py`).
"""

from collections import Counter

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest.batch import Batch, UnreadableEntryError, batch_of, refused, text_schema
from cdp_pipeline.ingest.engine import MALFORMED, Engine, quoted
from cdp_pipeline.ingest.exact import MAX_NESTING, as_object, read_entry
from cdp_pipeline.ingest.field_names import drift_rule
from cdp_pipeline.ingest.json_text import is_suspect
from cdp_pipeline.ingest.keys import CELL, Keys

ENTRIES = pl.Schema(
    {
        "source_row": pl.Int64(),
        "entry_number": pl.Int64(),
        "raw": pl.String(),
        "envelope_source": pl.String(),
        "ignored_update_cfs": pl.List(pl.String()),
    }
)
"""One row per entry: its place, its text and what its envelope said."""


class EntryReader:
    """Reads the entries of one file; learns the keys that its entries have beside the known ones."""

    def __init__(self, entity: Entity, engine: Engine) -> None:
        self._entity = entity
        self._engine = engine
        self._keys = Keys(entity)

    def read(self, entries: pl.DataFrame) -> Batch:
        """One row or one rejected row per entry.

        Args:
            entries: Has the columns of `ENTRIES`.
        """
        numbered = entries.with_row_index("index").with_columns(
            pl.col("raw").str.count_matches(r"[\[{]").alias("brackets")
        )
        plain = self._plain(numbered["raw"], numbered["brackets"])
        if not plain.any():
            return self._read_exactly(numbered)
        cells = self._cells(numbered.filter(plain))
        odd = self._is_odd(cells)
        cells = cells.filter(~odd) if odd.any() else cells
        columns = cells.select(*self._keys.columns(), *self._keys.objects())
        if cells.height == numbered.height:
            return batch_of(self._entity, [columns.hstack(numbered)], findings=self._drift(cells))
        places = numbered.join(cells, on="index", how="semi", maintain_order="left")
        exact = self._read_exactly(numbered.join(cells, on="index", how="anti", maintain_order="left"))
        rows = [columns.hstack(places), exact.rows]
        return batch_of(self._entity, rows, [exact.rejected], self._drift(cells) + exact.findings)

    def _plain(self, raw: pl.Series, brackets: pl.Series) -> pl.Series:
        """Which entries DuckDB reads as they were sent."""
        if self._keys.names.nested:
            # These are MoeGo's: pages of some hundred leads, so that reading them one by one costs little.
            return pl.repeat(value=False, n=raw.len(), eager=True)
        return ~is_suspect(raw) & (brackets <= MAX_NESTING)

    def _cells(self, entries: pl.DataFrame) -> pl.DataFrame:
        """A row per entry that is JSON without a key standing twice: a column per known or learned key."""
        cells = self._extract(entries)
        present = pl.sum_horizontal(pl.col(f"^{CELL}.*$").is_not_null())
        unexplained = cells.filter(pl.col("key_count") != present).select("index", "shape")
        if unexplained.is_empty():
            return cells
        # Keys sent as null, unknown keys, or keys standing twice: the list of keys tells, and many entries share one.
        told = unexplained.join(self._shapes(unexplained, entries), on="shape", how="left", maintain_order="left")
        again = told.filter(pl.col("is_new") & ~pl.col("is_odd"))
        left = told.filter("is_odd")
        if left.height + again.height:
            cells = cells.join(pl.concat([left, again]), on="index", how="anti", maintain_order="left")
        if again.height:
            more = self._extract(entries.join(again, on="index", how="semi", maintain_order="left"))
            cells = pl.concat([cells, more], how="diagonal").sort("index")
        # A key may have been learned from entries that are all odd.
        missing = [CELL + key for key in self._keys.all if CELL + key not in cells.columns]
        return cells.with_columns(pl.lit(None, pl.String).alias(name) for name in missing)

    def _extract(self, entries: pl.DataFrame) -> pl.DataFrame:
        """The entries that are JSON: their list of keys by number and by hash (`shape`), and their cells."""
        groups = self._keys.groups()
        structs = ", ".join(f"from_json(raw, {quoted(spec)}) AS struct_{n}" for n, spec in enumerate(groups))
        sql = (
            f"SELECT * EXCLUDE keys, len(keys) AS key_count, hash(keys) AS shape "
            f"FROM (SELECT index, brackets, json_keys(raw) AS keys, {structs} FROM entries)"
        )
        entries = entries.select("index", "brackets", "raw")
        try:
            found = self._engine.run(sql, entries=entries)
        except MALFORMED:
            # One damaged entry fails the query, and asking each whether it is sound costs a parse more.
            sound = self._engine.run("SELECT json_valid(raw) AS sound FROM entries", entries=entries)["sound"]
            found = self._engine.run(sql, entries=entries.filter(sound))
        cells = [pl.col(f"struct_{n}").struct.field("*").name.prefix(CELL) for n in range(len(groups))]
        return found.select("index", "brackets", "key_count", "shape", *cells)

    def _shapes(self, unexplained: pl.DataFrame, entries: pl.DataFrame) -> pl.DataFrame:
        """For each list of keys among the unexplained entries: whether it is odd, or has keys learned just now."""
        firsts = (
            unexplained.unique("shape", keep="first", maintain_order=True)
            .join(entries, on="index", how="left", maintain_order="left")
            .select("shape", "raw")
        )
        lists = self._engine.run("SELECT shape, json_keys(raw) AS keys FROM firsts", firsts=firsts)
        new = self._keys.learn(lists["keys"].explode().drop_nulls().unique(maintain_order=True).to_list())
        keys = pl.col("keys")
        is_known = keys.list.eval(pl.element().is_in(self._keys.all)).list.all()
        return lists.select(
            "shape",
            is_odd=(keys.list.n_unique() != keys.list.len()) | ~is_known,
            is_new=keys.list.eval(pl.element().is_in(new)).list.any(),
        )

    def _is_odd(self, cells: pl.DataFrame) -> pl.Series:
        """Which entries need a closer look than their text in columns gives."""
        odd = cells.select(self._keys.is_ambiguous() | (pl.col("key_count") == 0)).to_series()
        return odd | self._has_structured_cells(cells) | self._has_doubled_custom_fields(cells)

    def _has_structured_cells(self, cells: pl.DataFrame) -> pl.Series:
        """Which entries may hold a list or object in a scalar column."""
        begins = pl.col(self._keys.json_cells()).str.contains(r"^[\[{]")
        # Looking at every cell of every entry costs a fifth of the reading; the number of brackets tells most apart.
        possible = cells.select(pl.col("brackets") > 1 + pl.sum_horizontal(begins.fill_null(value=False))).to_series()
        if not possible.any():
            return possible
        scalars = pl.col(self._keys.scalar_cells()).str.contains(r"^[\[{]")
        found = cells.filter(possible).select(pl.any_horizontal(scalars.fill_null(value=False))).to_series()
        return possible.scatter(possible.arg_true(), found)

    def _has_doubled_custom_fields(self, cells: pl.DataFrame) -> pl.Series:
        """Which entries have a custom field standing twice in its container."""
        doubled = pl.repeat(value=False, n=cells.height, eager=True)
        for name in self._keys.container_cells():
            there = cells[name].is_not_null()
            if there.any():
                sql = "SELECT len(keys) <> list_unique(keys) AS twice FROM (SELECT json_keys(raw) AS keys FROM found)"
                twice = self._engine.run(sql, found=cells.filter(there).select(raw=name))["twice"]
                doubled = doubled.scatter(there.arg_true(), doubled.filter(there) | twice)
        return doubled

    def _drift(self, cells: pl.DataFrame) -> Counter[str]:
        """Entries by unknown key."""
        drift: Counter[str] = Counter()
        for key, name in self._keys.unknown_cells().items():
            drift[drift_rule(key)] += cells[name].count()
        return +drift

    def _read_exactly(self, entries: pl.DataFrame) -> Batch:
        """Runs Python per entry: each of these is damaged or odd in a way that only parsing it tells."""
        read: list[dict[str, object]] = []
        reasons: list[str | None] = []
        drift: Counter[str] = Counter()
        for raw in entries["raw"]:
            try:
                entry = read_entry(raw, self._entity)
            except UnreadableEntryError as error:
                reasons.append(f"{error} Correct the entry and drop the file again.")
                continue
            reasons.append(None)
            drift.update({drift_rule(key) for key in entry.extra})
            read.append(
                entry.cells
                | {
                    "custom_fields": as_object(entry.custom_fields),
                    "extra": as_object(entry.extra),
                    "structured": entry.structured or None,
                }
            )
        judged = entries.with_columns(message=pl.Series(reasons, dtype=pl.String))
        place = judged.filter(pl.col("message").is_null()).select(ENTRIES.names())
        schema = {name: dtype for name, dtype in text_schema(self._entity).items() if name not in ENTRIES}
        rows = pl.concat([pl.DataFrame(read, schema=schema), place], how="horizontal") if read else place
        bad = judged.filter(pl.col("message").is_not_null())
        return batch_of(self._entity, [rows], [refused(bad, pl.col("message"))], drift)
