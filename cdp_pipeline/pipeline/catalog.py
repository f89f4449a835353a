"""Declared layers and tables -> what `make docs` writes of them into `docs/`, for people.

A document holds each part between two marks of its own; everything else in it is written by hand.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.table import Table, TableColumn
from cdp_pipeline.pipeline.diagrams import flow_chart, relation_diagram, table_chart, type_name
from cdp_pipeline.pipeline.layer import Layer
from cdp_pipeline.pipeline.layers import LAYERS
from cdp_pipeline.pipeline.published import PUBLISHED_TABLES

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
    words = {"current": "records", "versions": "versions", "rejected": "refused rows", "identity": "", "profiles": ""}
    every = [f"`{entity.name}`" for entity in ENTITIES]
    return "; ".join(
        f"{words[group]} {'of every entity' if tables == every else ', '.join(tables)}".strip()
        for group, tables in groups.items()
    )


if __name__ == "__main__":
    for document in DOCUMENTS:
        document.write_text(written(document.read_text(encoding="utf-8")), encoding="utf-8")
        sys.stdout.write(f"{document.relative_to(ROOT)} is as it is declared.\n")
