"""What `make docs` writes from the declarations: tables, layers and diagrams.

A document holds each generated part between two marks of its own; everything else in it is written by hand.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import polars as pl

from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.table import ForeignKey, Table, TableColumn
from cdp_pipeline.identity import IDENTITY_TABLES
from cdp_pipeline.pipeline.layer import Layer
from cdp_pipeline.pipeline.layers import LAYERS
from cdp_pipeline.pipeline.snapshot import PUBLISHED_TABLES
from cdp_pipeline.values.display_text import count_of

_FLOW = (
    ("raw", "staging"),
    ("raw", "rejected"),
    ("staging", "current"),
    ("current", "identity"),
    ("current", "profiles"),
    ("identity", "profiles"),
    ("profiles", "serving"),
    ("identity", "serving"),
    ("rejected", "serving"),
)


def flow_chart() -> str:
    """The layers from raw files to the database, each with what it holds and of how many tables it is."""
    holds = {
        "raw": "files of any format<br>by entity and day",
        "staging": "accepted rows, typed and cleaned<br>by entity and day",
        "rejected": "refused rows and every rule they broke<br>by entity and day",
        "current": "the latest version of each record<br>by entity",
        "identity": f"who is who<br>{count_of(len(IDENTITY_TABLES), 'table')}",
        "profiles": f"golden records and what belongs to them<br>{count_of(len(LAYERS), 'table')}",
        "serving": f"SQLite or PostgreSQL, and Parquet<br>{count_of(len(PUBLISHED_TABLES), 'table')}",
    }
    return _mermaid(
        "flowchart LR",
        [
            *(f'  {layer}["<b>{layer}</b><br>{what}"]' for layer, what in holds.items()),
            *(f"  {source} --> {target}" for source, target in _FLOW),
        ],
    )


def table_chart(tables: Sequence[Table] = PUBLISHED_TABLES) -> str:
    """The tables of the database that name rows of others, in one box where they name those of the same tables."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for table in tables:
        parents = tuple(sorted({key.table for key in table.foreign_keys}))
        if parents:
            groups.setdefault(parents, []).append(table.name)
    lines = []
    # Small boxes first, so that no line runs behind the large one.
    for number, (parents, names) in enumerate(sorted(groups.items(), key=lambda group: (len(group[1]), group))):
        lines.append(f'  group{number}["{"<br>".join(names)}"]')
        lines += [f"  {parent} --- group{number}" for parent in parents]
    return _mermaid("flowchart LR", lines)


def relation_diagram(tables: Sequence[Table] = PUBLISHED_TABLES) -> str:
    """All tables of the database with their keys, and which rows their foreign keys name, as an ER diagram."""
    return _mermaid(
        "erDiagram",
        [
            # Side by side they would be too small to read.
            "  direction LR",
            *(line for table in tables for line in _entity(table)),
            *(_relation(table, key) for table in tables for key in table.foreign_keys),
        ],
    )


def _entity(table: Table) -> list[str]:
    named = {name for key in table.foreign_keys for name in key.columns}
    shown = [column for column in table.columns if column.name in table.key or column.name in named]
    return [f"  {table.name} {{", *(f"    {_attribute(column, table, named)}" for column in shown), "  }"]


def _attribute(column: TableColumn, table: Table, named: set[str]) -> str:
    marks = [mark for mark, is_so in (("PK", column.name in table.key), ("FK", column.name in named)) if is_so]
    return f"{type_name(column.dtype)} {column.name} {', '.join(marks)}"


def type_name(dtype: pl.DataType) -> str:
    """The name of a column's type, as the pictures and the data dictionary show it."""
    return str(dtype.base_type()).lower()


def _relation(table: Table, key: ForeignKey) -> str:
    """From the row that is named, which may be none where the column may be null, to those that name it."""
    by_name = {column.name: column for column in table.columns}
    parent = "|o" if any(by_name[name].nullable for name in key.columns) else "||"
    child = "o|" if set(table.key) <= set(key.columns) else "o{"
    return f"  {key.table} {parent}--{child} {table.name} : {'_'.join(key.columns)}"


def _mermaid(kind: str, lines: Iterable[str]) -> str:
    return "\n".join(["```mermaid", kind, *lines, "```"])


ROOT = Path(__file__).parents[2]
_HEAD = ("layer", "what it is", "made of", "rebuilt")
_COLUMN_HEAD = ("column", "type", "null", "personal", "what it holds")
_BEGIN, _END = "<!-- {} made by `make docs` -->\n", "<!-- to here -->"


def layer_table() -> str:
    """One line per layer, in the order of building, as markdown."""
    return _markdown_table(_HEAD, (_row(layer) for layer in LAYERS))


def data_dictionary(tables: Sequence[Table] = PUBLISHED_TABLES) -> str:
    """A heading, the description and one line per column of each table, as markdown."""
    return "\n".join(
        f"### {table.name}\n\n{_text(table.description)}\n\n"
        + _markdown_table(_COLUMN_HEAD, (_column_row(column, table) for column in table.columns))
        for table in tables
    )


PARTS: dict[str, Callable[[], str]] = {
    "layers": layer_table,
    "flow": flow_chart,
    "tables": table_chart,
    "relations": relation_diagram,
    "dictionary": data_dictionary,
}
"""What is made, by the name in its mark."""

DOCUMENTS = tuple(ROOT / "docs" / f"{name}.md" for name in ("layers", "database", "tables"))


def written(text: str) -> str:
    """The document with the parts of today between their marks."""
    for name, make in PARTS.items():
        before, begin, rest = text.partition(_BEGIN.format(name))
        if begin:
            text = f"{before}{begin}\n{make().strip()}\n\n{_END}{rest.partition(_END)[2]}"
    return text


def _markdown_table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, tuple("---" for _ in head), *rows))


def _column_row(column: TableColumn, table: Table) -> tuple[str, ...]:
    """One line of the dictionary; columns of the key and of foreign keys are marked as such behind their name."""
    notes = ["key"] if column.name in table.key else []
    notes += [f"names a row of `{key.table}`" for key in table.foreign_keys if column.name in key.columns]
    shown = f"`{column.name}`" + (f" ({', '.join(notes)})" if notes else "")
    kind = "json" if column.json else type_name(column.dtype)
    return shown, kind, "yes" if column.nullable else "", "yes" if column.personal else "", _text(column.description)


def _text(description: str) -> str:
    """A description on one line, without what a markdown table would take for its own."""
    return " ".join(description.split()).replace("|", "\\|").replace("<", "\\<")


def _row(layer: Layer) -> tuple[str, ...]:
    grain = _text(layer.table.description.split(". ")[0].removesuffix("."))
    rebuilt = "people whose inputs changed" if layer.by_person else "whole"
    if layer.ages:
        rebuilt += ", and on every new drop date"
    return f"`{layer.name}`{'' if layer.is_published else ' (lake only)'}", f"{grain}.", _reads(layer), rebuilt


def _reads(layer: Layer) -> str:
    """What a layer reads, group by group."""
    groups: dict[str, list[str]] = {}
    for read in layer.reads:
        group, _, table = read.partition("/")
        groups.setdefault(group, []).append(f"`{table}`")
    words = {"current": "records", "versions": "versions", "rejected": "refused rows", "privacy": "requests"}
    every = [f"`{entity.name}`" for entity in ENTITIES]
    return "; ".join(
        f"{words.get(group, '')} {'of every entity' if tables == every else ', '.join(tables)}".strip()
        for group, tables in groups.items()
    )


if __name__ == "__main__":
    for document in DOCUMENTS:
        document.write_text(written(document.read_text(encoding="utf-8")), encoding="utf-8")
        sys.stdout.write(f"{document.relative_to(ROOT)} is as it is declared.\n")
