"""JSON entries of one entity -> a batch of text rows.

DuckDB parses whole frames of plain entries. `exact.py` defines the result and parses the rest one by one: damaged or
unusual entries, and frames of a few entries, for which a DuckDB query would cost more. `envelopes.py` opens envelopes
before.
"""

import re
from collections import Counter

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest.batch import Batch, UnreadableEntryError, batch_of, rejected_entries, text_schema
from cdp_pipeline.ingest.bounds import USUAL, Bounds
from cdp_pipeline.ingest.cell_text import THREE_DECIMALS
from cdp_pipeline.ingest.exact import MAX_NESTING, as_object, read_entry
from cdp_pipeline.ingest.field_names import REPAIRS, drift_rule, field_names
from cdp_pipeline.ingest.keys import CELL, Keys, Meanings
from cdp_pipeline.values.duckdb_query import MALFORMED, Engine, quoted
from cdp_pipeline.values.json_text import is_suspect

ENTRIES = pl.Schema(
    {
        "source_file": pl.String(),
        "source_row": pl.Int64(),
        "entry_number": pl.Int64(),
        "raw": pl.String(),
        "envelope_source": pl.String(),
        "ignored_update_cfs": pl.List(pl.String()),
    }
)
"""One row per entry: its location, its text and the values of its envelope."""

PLACE = ("source_file", "source_row", "entry_number")
"""The columns that locate an entry."""


FEW_BYTES = 48 * 1024
"""Below this size, parsing entries one by one is faster than a DuckDB query."""


class EntryReader:
    """Read the entries of some files; learn their unknown keys."""

    def __init__(self, entity: Entity, engine: Engine, bounds: Bounds = USUAL) -> None:
        self._entity = entity
        self._engine = engine
        self._bounds = bounds
        self._names = field_names(entity)
        self._places: dict[str, Keys] = {"": Keys(self._names)}

    def read(self, entries: pl.DataFrame) -> Batch:
        """Make one row or one rejected row of each entry.

        Args:
            entries: Has the columns of `ENTRIES`.
        """
        if is_small(entries["raw"]):
            return self._read_exactly(entries)
        numbered = entries.with_row_index("index").with_columns(
            pl.col("raw").str.count_matches(r"[\[{]").alias("brackets")
        )
        # Each key has a colon; an entry with more colons than allowed keys is parsed exactly.
        colons = numbered["raw"].str.count_matches(":", literal=True)
        plain = ~is_suspect(numbered["raw"]) & (numbered["brackets"] <= MAX_NESTING)
        plain &= numbered["raw"].str.contains(r"^\s*\{") & colons.is_between(1, self._bounds.max_columns)
        if not plain.any():
            return self._read_exactly(numbered)
        cells = self._cells(numbered.filter(plain), self._places[""])
        meanings = Meanings(self._entity, self._names, list(self._places.values()))
        # A path may occur only in entries that are left out.
        missing = [name for keys in self._places.values() for name in keys.cells() if name not in cells.columns]
        cells = cells.with_columns(pl.lit(None, pl.String).alias(name) for name in missing)
        needs_exact = self._needs_exact(cells, meanings)
        cells = cells.filter(~needs_exact) if needs_exact.any() else cells
        columns = cells.select(*meanings.columns(), *meanings.objects())
        if cells.height == numbered.height:
            return batch_of(self._entity, [columns.hstack(numbered)], findings=self._drift(cells, meanings))
        places = numbered.join(cells, on="index", how="semi", maintain_order="left")
        exact = self._read_exactly(numbered.join(cells, on="index", how="anti", maintain_order="left"))
        rows = [columns.hstack(places), exact.rows]
        return batch_of(self._entity, rows, [exact.rejected], self._drift(cells, meanings) + exact.findings)

    def _cells(self, objects: pl.DataFrame, keys: Keys) -> pl.DataFrame:
        """One row per plain JSON object, with a column per known or learned key.

        Objects with a duplicate key or with keys that cannot be extracted are left out. Nested objects that hold
        further columns are opened in the same way; if one of them is left out, its entry is too.

        Args:
            objects: Have `index`, `brackets` and `raw`.
            keys: The keys at the path of the objects.
        """
        cells = self._extract(objects, keys)
        present = pl.sum_horizontal(pl.col(f"^{re.escape(CELL)}.*$").is_not_null())
        unexplained = cells.filter(pl.col("key_count") != present).select("index", "shape")
        if unexplained.height:
            # Keys sent as null, unknown or duplicate keys: inspect the list of keys, which many entries share.
            shapes = self._shapes(unexplained, objects, keys)
            with_shapes = unexplained.join(shapes, on="shape", how="left", maintain_order="left")
            incomplete = with_shapes.filter(pl.col("is_new") & ~pl.col("is_irregular"))
            irregular = with_shapes.filter("is_irregular")
            if irregular.height + incomplete.height:
                cells = cells.join(pl.concat([irregular, incomplete]), on="index", how="anti", maintain_order="left")
            if incomplete.height:
                more = self._extract(objects.join(incomplete, on="index", how="semi", maintain_order="left"), keys)
                cells = pl.concat([cells, more], how="diagonal").sort("index")
        for path in keys.parents():
            cells = self._opened(cells, path)
        return cells

    def _opened(self, cells: pl.DataFrame, path: str) -> pl.DataFrame:
        """Add the cells of the objects at a path, and set these objects to null."""
        name = CELL + path
        if name not in cells.columns:
            return cells
        inner = cells.select("index", "brackets", raw=name).filter(pl.col("raw").str.starts_with("{"))
        if inner.is_empty():
            return cells
        keys = self._places.setdefault(path + ".", Keys(self._names, path + "."))
        found = self._cells(inner, keys).select("index", pl.col(f"^{re.escape(CELL)}.*$"))
        if found.height < inner.height:
            bad = inner.join(found, on="index", how="anti")
            cells = cells.join(bad, on="index", how="anti", maintain_order="left")
        is_object = pl.col(name).str.starts_with("{")
        return cells.with_columns(pl.when(~is_object).then(pl.col(name))).join(
            found, on="index", how="left", maintain_order="left"
        )

    def _extract(self, objects: pl.DataFrame, keys: Keys) -> pl.DataFrame:
        """The objects that are JSON, with the number and the hash (`shape`) of their keys, and their cells."""
        groups = keys.groups()
        structs = ", ".join(f"from_json(raw, {quoted(spec)}) AS struct_{n}" for n, spec in enumerate(groups))
        sql = (
            f"SELECT * EXCLUDE keys, len(keys) AS key_count, hash(keys) AS shape "
            f"FROM (SELECT index, brackets, json_keys(raw) AS keys, {structs} FROM entries)"
        )
        entries = objects.select("index", "brackets", "raw")
        try:
            found = self._engine.run(sql, entries=entries)
        except MALFORMED:
            # One damaged entry fails the whole query; validating all entries first would cost another parse.
            sound = self._engine.run("SELECT json_valid(raw) AS sound FROM entries", entries=entries)["sound"]
            found = self._engine.run(sql, entries=entries.filter(sound))
        cells = [pl.col(f"struct_{n}").struct.field("*").name.prefix(CELL + keys.above) for n in range(len(groups))]
        return found.select("index", "brackets", "key_count", "shape", *cells)

    def _shapes(self, unexplained: pl.DataFrame, objects: pl.DataFrame, known: Keys) -> pl.DataFrame:
        """For each list of keys: whether its objects need `exact`, and whether it has keys learned in this call."""
        firsts = (
            unexplained.unique("shape", keep="first", maintain_order=True)
            .join(objects, on="index", how="left", maintain_order="left")
            .select("shape", "raw")
        )
        lists = self._engine.run("SELECT shape, json_keys(raw) AS keys FROM firsts", firsts=firsts)
        new = known.learn(lists["keys"].explode().drop_nulls().unique(maintain_order=True).to_list())
        keys = pl.col("keys")
        is_known = keys.list.eval(pl.element().is_in(known.all)).list.all()
        return lists.select(
            "shape",
            is_irregular=(keys.list.n_unique() != keys.list.len()) | ~is_known,
            is_new=keys.list.eval(pl.element().is_in(new)).list.any(),
        )

    def _needs_exact(self, cells: pl.DataFrame, meanings: Meanings) -> pl.Series:
        """Which entries need `exact`, because their cells as text are not sufficient."""
        # Cells as text do not show whether 12.125 was sent as a number or as text, which may mean twelve thousand.
        grouped = pl.col(meanings.fraction_cells()).str.contains(THREE_DECIMALS).fill_null(value=False)
        is_doubtful = meanings.is_ambiguous() | (pl.col("key_count") == 0) | pl.any_horizontal(grouped)
        needs_exact = cells.select(is_doubtful).to_series()
        return (
            needs_exact | self._has_structured_cells(cells, meanings) | self._has_doubled_custom_fields(cells, meanings)
        )

    def _has_structured_cells(self, cells: pl.DataFrame, meanings: Meanings) -> pl.Series:
        """Which entries may hold a list or object in a scalar column."""
        begins = pl.col(meanings.json_cells()).str.contains(r"^[\[{]")
        # Testing every cell takes a fifth of the reading time; the number of brackets excludes most entries.
        possible = cells.select(pl.col("brackets") > 1 + pl.sum_horizontal(begins.fill_null(value=False))).to_series()
        if not possible.any():
            return possible
        scalars = pl.col(meanings.scalar_cells()).str.contains(r"^[\[{]")
        found = cells.filter(possible).select(pl.any_horizontal(scalars.fill_null(value=False))).to_series()
        return possible.scatter(possible.arg_true(), found)

    def _has_doubled_custom_fields(self, cells: pl.DataFrame, meanings: Meanings) -> pl.Series:
        """Which entries have a duplicate custom field in a container."""
        doubled = pl.repeat(value=False, n=cells.height, eager=True)
        for name in meanings.container_cells():
            present = cells[name].is_not_null()
            if present.any():
                sql = "SELECT len(keys) <> list_unique(keys) AS twice FROM (SELECT json_keys(raw) AS keys FROM found)"
                twice = self._engine.run(sql, found=cells.filter(present).select(raw=name))["twice"]
                doubled = doubled.scatter(present.arg_true(), doubled.filter(present) | twice)
        return doubled

    def _drift(self, cells: pl.DataFrame, meanings: Meanings) -> Counter[str]:
        """Number of entries by unknown key."""
        drift: Counter[str] = Counter()
        for key, name in meanings.unknown_cells().items():
            if key != REPAIRS:
                drift[drift_rule(key)] += cells[name].count()
        return +drift

    def _read_exactly(self, entries: pl.DataFrame) -> Batch:
        """Parse each distinct text once in Python."""
        read: list[dict[str, object]] = []
        drift: Counter[str] = Counter()
        reasons: dict[str, str | None] = {}
        numbers: dict[str, int | None] = {}
        for raw, times in Counter(entries["raw"]).items():
            try:
                entry = read_entry(raw, self._entity, self._bounds)
            except UnreadableEntryError as error:
                reasons[raw], numbers[raw] = f"{error} Correct the entry.", None
                continue
            reasons[raw], numbers[raw] = None, len(read)
            drift.update(dict.fromkeys({drift_rule(key) for key in entry.extra if key != REPAIRS}, times))
            read.append(
                entry.cells
                | {
                    "custom_fields": as_object(entry.custom_fields),
                    "extra": as_object(entry.extra),
                    "structured": entry.structured or None,
                }
            )
        checked = entries.with_columns(message=pl.Series([reasons[raw] for raw in entries["raw"]], dtype=pl.String))
        good = checked.filter(pl.col("message").is_null()).select(ENTRIES.names())
        schema = {name: dtype for name, dtype in text_schema(self._entity).items() if name not in ENTRIES}
        rows = pl.DataFrame(read, schema=schema)
        if len(read) < good.height:
            rows = rows[[numbers[raw] for raw in good["raw"]]]
        bad = checked.filter(pl.col("message").is_not_null())
        return batch_of(
            self._entity, [good.hstack(rows)] if read else [good], [rejected_entries(bad, pl.col("message"))], drift
        )


def is_small(raw: pl.Series) -> bool:
    """Whether the texts are so short that parsing them one by one is fastest."""
    return int(raw.str.len_bytes().sum()) < FEW_BYTES
