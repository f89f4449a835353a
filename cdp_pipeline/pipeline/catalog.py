"""Declared layers and tables -> what `make docs` writes of them into README.md and `docs/`, for people.

A document holds each part between two marks of its own; everything else in it is written by hand.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline.diagrams import flow_chart, relation_diagram, table_chart
from cdp_pipeline.pipeline.layer import Layer
from cdp_pipeline.pipeline.layers import LAYERS

ROOT = Path(__file__).parents[2]
_HEAD = ("layer", "what it is", "made of", "rebuilt")
_BEGIN, _END = "<!-- {} made by `make docs` -->\n", "<!-- to here -->"


def layer_table() -> str:
    """One line per layer, in the order of building, as markdown."""
    rows = [_HEAD, tuple("---" for _ in _HEAD), *(_row(layer) for layer in LAYERS)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


PARTS: dict[str, Callable[[], str]] = {
    "layers": layer_table,
    "flow": flow_chart,
    "tables": table_chart,
    "relations": relation_diagram,
}
"""What is made, by the name in its mark."""

DOCUMENTS = (ROOT / "README.md", ROOT / "docs" / "layers.md", ROOT / "docs" / "tables.md")


def written(text: str) -> str:
    """The document with the parts of today between their marks."""
    for name, make in PARTS.items():
        before, begin, rest = text.partition(_BEGIN.format(name))
        if begin:
            text = f"{before}{begin}\n{make().strip()}\n\n{_END}{rest.partition(_END)[2]}"
    return text


def _row(layer: Layer) -> tuple[str, ...]:
    grain = layer.table.description.split(". ")[0].removesuffix(".").replace("|", "\\|")
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
