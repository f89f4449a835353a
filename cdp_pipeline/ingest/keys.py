"""The keys of JSON entries and their meanings: known keys from the start, other keys learned as they appear.

Keys -> the query that extracts their cells, and the expressions that map cells to an entity's columns.
"""

from collections.abc import Sequence

import orjson
import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.ingest.field_names import FieldNames
from cdp_pipeline.values.json_text import object_of

CELL = "cell:"
"""Prefix of the columns that hold cells; the key follows."""

# A sender with more unknown keys generates its keys; such entries are read one by one.
_MAX_LEARNED_KEYS = 200


class Keys:
    """The keys of the objects at one path of an entry, in the order of their appearance.

    Attributes:
        above: The path of those objects, with a trailing dot; empty for the entry itself.
        all: The keys whose cells are extracted.
    """

    def __init__(self, names: FieldNames, above: str = "") -> None:
        self.above = above
        self.all: list[str] = list(names.known_at(above))
        self._names = names
        self._known = len(self.all)

    def learn(self, keys: Sequence[str]) -> list[str]:
        """Extract these keys from now on; return the new ones, without keys that cannot be extracted."""
        remaining = _MAX_LEARNED_KEYS + self._known - len(self.all)
        # DuckDB rejects the empty key.
        new = [key for key in keys if key and key not in self.all][:remaining]
        self.all.extend(new)
        return new

    def groups(self) -> list[str]:
        """Structures for DuckDB's `from_json`; several if keys differ only in case, because DuckDB ignores case."""
        groups: list[dict[str, str]] = []
        lowered: list[set[str]] = []
        for key in self.all:
            group = next((n for n, keys in enumerate(lowered) if key.lower() not in keys), len(groups))
            if group == len(groups):
                groups.append({})
                lowered.append(set())
            groups[group][key] = "VARCHAR" if self._names.meaning(self.above + key) else "JSON"
            lowered[group].add(key.lower())
        return [orjson.dumps(group).decode() for group in groups]

    def cells(self) -> list[str]:
        """The columns that hold cells."""
        return [CELL + self.above + key for key in self.all]

    def parents(self) -> list[str]:
        """The paths of nested objects that hold further columns."""
        paths = [self.above + key for key in self.all]
        return [path for path in paths if not self._names.meaning(path) and self._names.is_parent(path)]


class Meanings:
    """Expressions that map the cells of entries, at every path, to an entity's columns."""

    def __init__(self, entity: Entity, names: FieldNames, places: Sequence[Keys]) -> None:
        self._entity = entity
        self._names = names
        self._paths = [keys.above + key for keys in places for key in keys.all]
        # Containers stand at the top of an entry only.
        self._top = frozenset(key for keys in places if not keys.above for key in keys.all)

    def columns(self) -> list[pl.Expr]:
        """The entity's columns: each from the key that means it most exactly."""
        by_column = self._by_column()
        return [
            pl.coalesce(CELL + path for path in by_column[column.name]).alias(column.name)
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
        unknown = {path: pl.col(name) for path, name in self.unknown_cells().items()}
        return [object_of(containers).alias("custom_fields"), object_of(unknown).alias("extra")]

    def is_ambiguous(self) -> pl.Expr:
        """Whether an entry has two keys for one column or container, or a container that is no object."""
        rivals = [paths for paths in (*self._by_column().values(), *self._by_container().values()) if len(paths) > 1]
        doubts = [pl.sum_horizontal(pl.col(CELL + path).is_not_null() for path in paths) > 1 for paths in rivals]
        doubts += [~pl.col(name).str.starts_with("{") for name in self.container_cells()]
        return pl.any_horizontal(doubt.fill_null(value=False) for doubt in doubts)

    def container_cells(self) -> list[str]:
        """The cells that hold custom fields."""
        return [CELL + key for keys in self._by_container().values() for key in keys]

    def scalar_cells(self) -> list[str]:
        """The cells of scalar columns."""
        found = ((path, self._names.meaning(path)) for path in self._paths)
        return [CELL + path for path, meaning in found if meaning and meaning.column in self._names.scalars]

    def json_cells(self) -> list[str]:
        """The cells that may hold a list or object."""
        scalars = set(self.scalar_cells())
        return [CELL + path for path in self._paths if CELL + path not in scalars]

    def fraction_cells(self) -> list[str]:
        """The cells of columns that hold numbers with a fraction."""
        found = ((path, self._names.meaning(path)) for path in self._paths)
        by_name = self._entity.by_name
        return [CELL + path for path, meaning in found if meaning and by_name[meaning.column].kind.dtype.is_float()]

    def unknown_cells(self) -> dict[str, str]:
        """The cells of unknown keys, by path."""
        return {
            path: CELL + path
            for path in self._paths
            if not self._names.meaning(path) and not (path in self._top and self._names.container(path))
        }

    def _by_column(self) -> dict[str, list[str]]:
        found: dict[str, list[tuple[int, str]]] = {}
        for path in self._paths:
            if meaning := self._names.meaning(path):
                found.setdefault(meaning.column, []).append((meaning.rank, path))
        return {
            column: [path for _, path in sorted(paths, key=lambda ranked: ranked[0])] for column, paths in found.items()
        }

    def _by_container(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for key in self._paths:
            if key in self._top and not self._names.meaning(key) and (container := self._names.container(key)):
                found.setdefault(container, []).append(key)
        return found
