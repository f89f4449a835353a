"""The registry of layers -> the table in `docs/layers.md`, for people.

make docs
"""

import sys
from pathlib import Path

from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.pipeline.layer import Layer
from cdp_pipeline.pipeline.layers import LAYERS

DOCUMENT = Path(__file__).parents[2] / "docs" / "layers.md"
_HEAD = ("layer", "what it is", "made of", "built anew")
_BEGIN, _END = "<!-- made by `make docs` -->\n", "<!-- to here -->"


def layer_table() -> str:
    """One line per layer, in the order of building, as markdown."""
    rows = [_HEAD, tuple("---" for _ in _HEAD), *(_row(layer) for layer in LAYERS)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def written(text: str) -> str:
    """The document with the table of today between its two marks."""
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n{layer_table()}\n{_END}{after}"


def _row(layer: Layer) -> tuple[str, ...]:
    grain = layer.table.description.split(". ")[0].removesuffix(".").replace("|", "\\|")
    anew = "whose things changed" if layer.by_person else "whole"
    if layer.ages:
        anew += ", and on every new drop date"
    return f"`{layer.name}`{'' if layer.is_published else ' (lake only)'}", f"{grain}.", _reads(layer), anew


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
    DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{DOCUMENT} is as the registry says.\n")
