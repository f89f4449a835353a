"""The keys of a file's JSON entries and what each means: known ones from the start, others learned as they appear.

Keys -> the query that extracts their cells, and the expressions that make an entity's columns of the cells.
"""

from collections.abc import Sequence

import orjson
import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest.field_names import FieldNames, field_names
from cdp_pipeline.ingest.json_text import object_of

CELL = "cell:"
"""What the column that holds a key's cells is called: this and the key."""

# A sender with more unknown keys than this makes up its keys; such entries are read one by one.
_MAX_LEARNED_KEYS = 200


class Keys:
    """The keys met so far, in the order of their appearance.

    Attributes:
        names: What the keys mean.
        all: The keys whose cells are extracted.
    """

    def __init__(self, entity: Entity) -> None:
        self.names: FieldNames = field_names(entity)
        self.all: list[str] = list(self.names.known)
        self._entity = entity
        self._known = len(self.all)

    def learn(self, keys: Sequence[str]) -> list[str]:
        """Extract these keys from now on; gives those that are new, without the ones that cannot be extracted."""
        room = _MAX_LEARNED_KEYS + self._known - len(self.all)
        # DuckDB refuses the empty key.
        new = [key for key in keys if key and key not in self.all][:room]
        self.all.extend(new)
        return new

    def groups(self) -> list[str]:
        """Structures for DuckDB's `from_json`; several when keys differ in case alone, which it takes for equal."""
        groups: list[dict[str, str]] = []
        taken: list[set[str]] = []
        for key in self.all:
            group = next((n for n, keys in enumerate(taken) if key.lower() not in keys), len(groups))
            if group == len(groups):
                groups.append({})
                taken.append(set())
            groups[group][key] = "VARCHAR" if self.names.meaning(key) else "JSON"
            taken[group].add(key.lower())
        return [orjson.dumps(group).decode() for group in groups]

    def columns(self) -> list[pl.Expr]:
        """The entity's columns: each the cell of the key that means it most exactly."""
        by_column = self._by_column()
        return [
            pl.coalesce(CELL + key for key in by_column[column.name]).alias(column.name)
            if column.name in by_column
            else pl.lit(None, pl.String).alias(column.name)
            for column in self._entity.columns
        ]

    def objects(self) -> list[pl.Expr]:
        """The columns `custom_fields` and `extra`."""
        containers: dict[str, pl.Expr] = {}
        for container, keys in self._by_container().items():
            sent = pl.coalesce(CELL + key for key in keys)
            containers[container] = pl.when(sent != "{}").then(sent)
        unknown = {key: pl.col(name) for key, name in self.unknown_cells().items()}
        return [object_of(containers).alias("custom_fields"), object_of(unknown).alias("extra")]

    def is_ambiguous(self) -> pl.Expr:
        """Whether an entry has two keys for one column or container, or a container that is no object."""
        rivals = [keys for keys in (*self._by_column().values(), *self._by_container().values()) if len(keys) > 1]
        doubts = [pl.sum_horizontal(pl.col(CELL + key).is_not_null() for key in keys) > 1 for keys in rivals]
        doubts += [~pl.col(name).str.starts_with("{") for name in self.container_cells()]
        return pl.any_horizontal(doubt.fill_null(value=False) for doubt in doubts)

    def container_cells(self) -> list[str]:
        """The cells that hold custom fields."""
        return [CELL + key for keys in self._by_container().values() for key in keys]

    def scalar_cells(self) -> list[str]:
        """The cells in which a list or object is out of place."""
        return [CELL + key for key in self.all if (m := self.names.meaning(key)) and m.column in self.names.scalars]

    def json_cells(self) -> list[str]:
        """The cells that may hold a list or object."""
        scalars = set(self.scalar_cells())
        return [CELL + key for key in self.all if CELL + key not in scalars]

    def unknown_cells(self) -> dict[str, str]:
        """The cells of unknown keys, by key."""
        return {key: CELL + key for key in self.all if not self.names.meaning(key) and not self.names.container(key)}

    def _by_column(self) -> dict[str, list[str]]:
        found: dict[str, list[tuple[int, str]]] = {}
        for key in self.all:
            if meaning := self.names.meaning(key):
                found.setdefault(meaning.column, []).append((meaning.rank, key))
        return {
            column: [key for _, key in sorted(keys, key=lambda ranked: ranked[0])] for column, keys in found.items()
        }

    def _by_container(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for key in self.all:
            if not self.names.meaning(key) and (container := self.names.container(key)):
                found.setdefault(container, []).append(key)
        return found
