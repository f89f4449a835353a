"""Declared layers and tables -> pictures of the flow and of the database as Mermaid text, which GitHub draws.

`catalog.py` puts them into the documents.
"""

from collections.abc import Iterable, Sequence

import polars as pl

from cdp_pipeline.entities.table import ForeignKey, Table, TableColumn
from cdp_pipeline.identity.tables import IDENTITY_TABLES
from cdp_pipeline.pipeline.layers import LAYERS
from cdp_pipeline.pipeline.published import PUBLISHED_TABLES
from cdp_pipeline.values.counted import count_of

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
