"""Rows of a table with a header -> text rows of an entity, for every table format.

Headers are matched here and cells are not interpreted. The reader of each format converts its cells to text.
"""

import json
import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest.batch import Batch, UnreadableEntryError, UnreadableFileError, batch_of
from cdp_pipeline.ingest.bounds import Bounds
from cdp_pipeline.ingest.exact import as_json, parse
from cdp_pipeline.ingest.field_names import FieldNames, drift_rule, field_names, folded, shown_name
from cdp_pipeline.ingest.mappings import (
    MAPPED,
    MatchedHeader,
    conventional,
    declared_columns,
    rewritten,
    with_constants,
)
from cdp_pipeline.values.duckdb_query import Engine
from cdp_pipeline.values.json_text import is_suspect, json_of, object_of
from cdp_pipeline.values.key_text import clean_header

HEADER_REPEATED = "header:repeated"
"""The finding for each row of a table that repeats the header; such rows are skipped."""

# Most headers in a message, and most characters of a header in a finding.
_MOST_HEADERS = 40
_LONGEST_HEADER = 64
# Column names contain no e-mail addresses, long numbers or dates, and are not numbers.
_DATA = re.compile(r"@|\d{5}|\d(?:[\s().-]{0,2}\d){7}|\d{1,4}[/.-]\d{1,2}[/.-]\d|^[-+]?\d[\d.,]*$")

_OBJECTS_SQL = """
    SELECT coalesce(CASE WHEN json_valid(raw) THEN
        json_type(raw) = 'OBJECT' AND len(json_keys(raw)) = list_unique(json_keys(raw))
    END, false) AS sound FROM cells
"""


def explains_rows(header: MatchedHeader, entity: Entity) -> bool:
    """Whether a header is sufficient: half of its names mean fields, or some do and all required fields are present."""
    if not header.known:
        return False
    names = field_names(entity)
    constants = header.mapping.mapping.constants if header.mapping else {}
    present = {meaning.column for field in (*header.fields, *constants) if (meaning := names.meaning(field))}
    lacks_required = any(column.required and column.name not in present for column in entity.columns)
    return not lacks_required or 2 * header.known >= sum(bool(folded(name)) for name in header.names)


def check_width(columns: int, bounds: Bounds) -> None:
    """Reject a header with too many columns, before each column is processed.

    Raises:
        UnreadableFileError: It has more columns than the bounds allow.
    """
    if problem := bounds.too_wide(columns, f"The header has {columns:,} columns, and nothing of the file was read"):
        raise UnreadableFileError(problem)


def check_header(header: MatchedHeader, entity: Entity) -> None:
    """Reject a header with a duplicate name, or one that does not explain its rows.

    Raises:
        UnreadableFileError: The header is rejected. The message lists the unknown names, unless they resemble data.
    """
    counts = Counter(folded(name) for name in header.names if folded(name))
    twice = sorted({name.strip() for name in header.names if counts[folded(name)] > 1})
    if twice:
        raise UnreadableFileError(
            f"The header names a column more than once: {', '.join(map(shown_name, twice))}; nothing of the file was "
            f"read. Expected each field of {entity.object_type} once. Rename or remove the surplus columns and "
            "deliver the file again."
        )
    if not explains_rows(header, entity):
        raise UnreadableFileError(_unknown_header(header, entity))


def _unknown_header(header: MatchedHeader, entity: Entity) -> str:
    names = field_names(entity)
    examples = ", ".join(column.source for column in entity.columns if column.required) or entity.columns[0].source
    unknown = [
        clean_header(name)
        for name, field in zip(header.names, header.fields, strict=True)
        if folded(name) and not names.known_among([field])
    ]
    start = (
        f"The header names {header.known or 'no'} field{'' if header.known == 1 else 's'} of {entity.object_type}; "
        f"nothing of the file was read. Expected a header row with {examples} and other fields, separated by comma, "
        "semicolon or tab where it is text."
    )
    if any(is_data(name) for name in unknown):
        return f"{start} The first row seems to be data: add a header and deliver the file again."
    shown = ", ".join(json.dumps(name, ensure_ascii=False) for name in unknown[:_MOST_HEADERS])
    rest = len(unknown) - _MOST_HEADERS
    more = f" and {rest:,} more" if rest > 0 else ""
    return (
        f"{start} Unknown are {shown}{more}. Draft a mapping with `cdp check-file FILE --entity {entity.object_type}`, "
        "or rename the headers and deliver the file again."
    )


def is_data(header: str) -> bool:
    """Whether a header is a cell of data rather than the name of a column."""
    return _DATA.search(header) is not None


class TableReader:
    """Convert the rows of one table to text rows.

    Rows come with a text column per header, named `cell:0`, `cell:1` and so on, beside `source_row` and `raw`.
    """

    def __init__(self, header: MatchedHeader, entity: Entity, *, as_json: Collection[int] = ()) -> None:
        """Group the columns by their meaning.

        Args:
            header: A header that `check_header` accepts.
            entity: The entity of the rows.
            as_json: Columns whose cells are JSON texts instead of plain ones.
        """
        self.entity = entity
        self._mapping = header.mapping
        self._fields = header.fields
        self._conventional = conventional(header, entity)
        self._names: FieldNames = field_names(entity)
        self._as_json = frozenset(as_json)
        self._columns: dict[str, list[int]] = {}
        self._containers: dict[str, list[int]] = {}
        self._custom_fields: dict[str, dict[str, list[int]]] = {}
        self._unknown: dict[str, int] = {}
        ranked: dict[str, list[tuple[int, int, int]]] = {}
        custom_ranked: dict[tuple[str, str], list[tuple[int, int]]] = {}
        for n, (sent, field) in enumerate(zip(header.names, header.fields, strict=True)):
            name = field.strip()
            place = header.mapping.order(sent) if header.mapping else 0
            if meaning := self._names.meaning(name):
                ranked.setdefault(meaning.column, []).append((meaning.rank, place, n))
            elif container := self._names.container(name):
                self._containers.setdefault(container, []).append(n)
            elif custom := self._names.custom_field(name):
                custom_ranked.setdefault(custom, []).append((place, n))
            else:
                self._unknown[name or f"column {n + 1}"] = n
        self._columns = {column: [n for *_, n in sorted(found)] for column, found in ranked.items()}
        for (container, key), places in custom_ranked.items():
            self._custom_fields.setdefault(container, {})[key] = [n for _, n in sorted(places)]
        self.headers = list(header.names)

    def read(self, rows: pl.DataFrame, engine: Engine) -> Batch:
        """Make one text row of each row."""
        if self._mapping is not None:
            rows = rows.with_columns(
                rewritten(rows[cell(n)], field, self._mapping, self._names, self._conventional).alias(cell(n))
                for n, field in enumerate(self._fields)
                if n not in self._as_json
            )
        rows = rows.with_columns(_filled(n).alias(cell(n)) for n in self._unknown.values())
        rows = self._with_sound_containers(rows, engine)
        text = rows.select(
            "source_row",
            "raw",
            pl.lit(1, pl.Int64).alias("entry_number"),
            *(_first_filled(found).alias(column) for column, found in self._columns.items()),
            self._structured().alias("structured"),
            self._custom_field_objects().alias("custom_fields"),
            object_of(self._leftovers()).alias("extra"),
        )
        batch = batch_of(self.entity, [text], findings=self._drift(rows), headers=self.headers)
        if self._mapping is None:
            return batch
        return replace(
            batch,
            rows=with_constants(batch.rows, self._mapping, self.entity),
            findings=batch.findings + Counter({MAPPED + self._mapping.name: batch.rows.height}),
            declared={c: m for c, m in declared_columns(self._mapping, self.entity).items() if c in self._conventional},
        )

    def _json(self, n: int) -> pl.Expr:
        return pl.col(cell(n)) if n in self._as_json else json_of(pl.col(cell(n)))

    def _with_sound_containers(self, rows: pl.DataFrame, engine: Engine) -> pl.DataFrame:
        """Add for each container column its JSON objects; other cells are kept as unknown."""
        for n in (n for found in self._containers.values() for n in found):
            cells = rows[cell(n)].str.strip_chars()
            cells = cells.set(cells == "", None)
            objects = _json_objects(cells, engine)
            left = cells.set(objects.is_not_null(), None)
            rows = rows.with_columns(objects.alias(f"object:{n}"), left.alias(cell(n)))
        return rows

    def _structured(self) -> pl.Expr:
        """Names of the scalar columns whose cell is a JSON list or object."""
        flags = [
            pl.when(pl.col(cell(n)).str.contains(r"^[\[{]")).then(pl.lit(column))
            for column, found in self._columns.items()
            for n in found
            if n in self._as_json and column in self._names.scalars
        ]
        if not flags:
            return pl.lit(None, pl.List(pl.String))
        names = pl.concat_list(flags).list.drop_nulls()
        return pl.when(names.list.len() > 0).then(names)

    def _custom_field_objects(self) -> pl.Expr:
        containers: dict[str, pl.Expr] = {}
        for container in {**self._containers, **self._custom_fields}:
            single = {
                key: pl.coalesce(self._json_filled(n) for n in found)
                for key, found in self._custom_fields.get(container, {}).items()
            }
            objects = [pl.col(f"object:{n}") for n in self._containers.get(container, [])]
            containers[container] = _merged([*objects, object_of(single)])
        return object_of(containers)

    def _json_filled(self, n: int) -> pl.Expr:
        return pl.when(_filled(n).is_not_null()).then(self._json(n))

    def _leftovers(self) -> Mapping[str, pl.Expr]:
        """JSON of the cells that are used for no column of the entity, by header."""
        left = {name: self._json(n) for name, n in self._unknown.items()}
        several = [*self._columns.values(), *(n for keys in self._custom_fields.values() for n in keys.values())]
        for found in several:
            for place, n in enumerate(found[1:], start=1):
                is_used_before = pl.any_horizontal(_filled(other).is_not_null() for other in found[:place])
                left[self.headers[n]] = pl.when(is_used_before).then(self._json_filled(n))
        for found in self._containers.values():
            left |= {self.headers[n]: self._json(n) for n in found}
        return left

    def _drift(self, rows: pl.DataFrame) -> Counter[str]:
        left = rows.select(value.is_not_null().sum().alias(name) for name, value in self._leftovers().items())
        drift: Counter[str] = Counter()
        for name in left.columns:
            # Unlike a key of a JSON entry, a header is not personal data, unless it matches `_DATA`.
            is_shown = len(name) <= _LONGEST_HEADER and not is_data(name)
            drift[f"drift:{clean_header(name)}" if is_shown else drift_rule(name)] += left[name].item()
        return +drift


def cell(n: int) -> str:
    """Name of the text column of the nth header."""
    return f"cell:{n}"


def raw_of(headers: Sequence[str]) -> pl.Expr:
    """A row as a JSON object of its text cells by header, for formats without a text of their own."""
    names = [name if headers.index(name) == n else f"{name} {n + 1}" for n, name in enumerate(headers)]
    return pl.struct(pl.col(cell(n)).alias(name) for n, name in enumerate(names)).struct.json_encode()


def _json_objects(cells: pl.Series, engine: Engine) -> pl.Series:
    """The cells that are valid JSON objects; null for other cells."""
    present = cells.is_not_null().arg_true()
    if present.is_empty():
        return cells
    sound = present.filter(engine.run(_OBJECTS_SQL, cells=cells.gather(present).alias("raw").to_frame())["sound"])
    objects = cells.clear(cells.len()).scatter(sound, cells.gather(sound))
    # Cells that DuckDB may accept wrongly are parsed one by one; they are few.
    doubtful = is_suspect(objects).fill_null(value=False).arg_true()
    return objects.scatter(doubtful, [_json_object(text) for text in objects.gather(doubtful)])


def _json_object(text: str) -> str | None:
    try:
        return as_json(parse(text))
    except UnreadableEntryError:
        return None


def _filled(n: int) -> pl.Expr:
    """The cell, null if blank."""
    return pl.when(pl.col(cell(n)).str.strip_chars() != "").then(pl.col(cell(n)))


def _first_filled(found: Sequence[int]) -> pl.Expr:
    """The first non-blank cell among the headers of one column; the cell as it is if there is one header."""
    return pl.col(cell(found[0])) if len(found) == 1 else pl.coalesce(_filled(n) for n in found)


def _merged(objects: list[pl.Expr]) -> pl.Expr:
    """One JSON object with the members of several; null if they have none."""
    members = [
        pl.when(inner != "").then(inner) for inner in (o.str.strip_chars().str.head(-1).str.slice(1) for o in objects)
    ]
    together = pl.concat_str(members, separator=",", ignore_nulls=True)
    return pl.when(together != "").then(pl.concat_str(pl.lit("{"), together, pl.lit("}")))
