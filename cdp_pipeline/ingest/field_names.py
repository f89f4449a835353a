"""Resolve a key or header to a column or custom field container, whatever its spelling.

Exact source names have precedence over aliases, and both over names that are equal except for case, spaces, `_`, `-`
and dots.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.values.key_text import clean_header
from cdp_pipeline.values.mask import holds_contact
from cdp_pipeline.values.nearest_name import nearest_names

DRIFT = "drift:"
"""Prefix of the finding for an unknown key."""

REPAIRS = "_repairs"
"""The key with which an entry names the rejected row that it repairs; known, though it is no field of an entity."""

NO_IDENTIFIER = "(not an identifier)"
"""Stands in findings for all keys that are not shown."""

_CONTAINER = re.compile(r"customField[A-Z][A-Za-z]*")
_SPELLING = re.compile(r"[\s_\-.]+")
_IDENTIFIER = re.compile(r"[A-Za-z_][\w.\-]{0,63}", re.ASCII)

# Similarity by `difflib`, at most 1: two letters of eight may differ. Below it, Vorname would match sourceName.
_LEAST_SIMILARITY = 0.75
_LETTERS = 2

_SOURCE, _ALIAS, _LOOSE = range(3)


@dataclass(frozen=True)
class Meaning:
    """The column that a key means, and how exactly: of several keys for one column the lowest rank is used."""

    column: str
    rank: int


@lru_cache(maxsize=10_000)
def folded(name: str) -> str:
    """The name without case, spaces, `_`, `-` and dots."""
    return _SPELLING.sub("", clean_header(name)).casefold()


def drift_rule(key: str) -> str:
    """The finding that counts rows with an unknown key.

    A key that is no identifier is not shown, because it may be a phone number or a name.
    """
    return DRIFT + (key if _is_identifier(key) else NO_IDENTIFIER)


def shown_name(name: str) -> str:
    """A key or header as a message may quote it; hidden if it may be a phone number or a name."""
    return name if _is_identifier(name) else "(hidden: no field's name)"


class FieldNames:
    """Names of the fields of an entity in files.

    Attributes:
        scalars: Columns that hold no JSON list or object.
    """

    def __init__(self, entity: Entity) -> None:
        self._exact: dict[str, Meaning] = {}
        self._loose: dict[str, Meaning] = {}
        for column in entity.columns:
            self._exact[column.source] = Meaning(column.name, _SOURCE)
            for alias in column.aliases:
                self._exact.setdefault(alias, Meaning(column.name, _ALIAS))
        for name, meaning in self._exact.items():
            self._loose.setdefault(folded(name), Meaning(meaning.column, _LOOSE))
        self._containers = (*kinds.CUSTOM_FIELD_CONTAINERS, *entity.further_containers)
        self._loose_containers = {folded(name): name for name in self._containers}
        parts = [name.split(".") for name in self._exact]
        self._parents = {folded(".".join(part[:depth])) for part in parts for depth in range(1, len(part))}
        self.scalars = frozenset(
            column.name
            for column in entity.columns
            if column.kind != kinds.STRUCTURE and not isinstance(column.kind.dtype, pl.List)
        )

    def known_at(self, above: str) -> tuple[str, ...]:
        """Keys that mean a column, a container or an object with columns, in the order of the declaration.

        Args:
            above: The path of the object that holds the keys, with a trailing dot; empty for the entry itself.
        """
        below = (name.removeprefix(above) for name in self._exact if name.startswith(above))
        return tuple(dict.fromkeys([*(name.partition(".")[0] for name in below), *(() if above else self._containers)]))

    def meaning(self, key: str) -> Meaning | None:
        """The column that a key, header or dotted path means."""
        return self._exact.get(key) or self._exact.get(clean_header(key)) or self._loose.get(folded(key))

    def nearest(self, header: str, count: int = 3) -> list[str]:
        """The source names most similar to an unknown header, best first; empty if none is similar."""
        by_folded = {folded(name): name for name in reversed(self._exact)}
        return [by_folded[name] for name in nearest(folded(header), by_folded, count)]

    def container(self, key: str) -> str | None:
        """The custom field container that a key names, in the source's spelling."""
        key = clean_header(key)
        return key if _CONTAINER.fullmatch(key) else self._loose_containers.get(folded(key))

    def custom_field(self, header: str) -> tuple[str, str] | None:
        """Container and key of a header such as `customFieldTexts.customField01`."""
        head, dot, key = clean_header(header).partition(".")
        container = self.container(head.strip()) if dot else None
        return (container, clean_header(key)) if container and clean_header(key) else None

    def key(self, field: str) -> object:
        """A field in canonical form: its column, or a custom field as container and key."""
        meaning = self.meaning(field)
        return meaning.column if meaning else self.custom_field(field)

    def is_parent(self, path: str) -> bool:
        """Whether the object at this path holds columns."""
        return folded(path) in self._parents

    def known_among(self, headers: Iterable[str]) -> int:
        """How many of a table's headers have a meaning."""
        return sum(bool(self.meaning(h) or self.container(h) or self.custom_field(h)) for h in headers)


def nearest(name: str, known: Iterable[str], count: int) -> list[str]:
    """The known names most similar to a name, best first; none for names of one or two letters."""
    return nearest_names(name, known, count, _LEAST_SIMILARITY) if len(name) > _LETTERS else []


@lru_cache
def field_names(entity: Entity) -> FieldNames:
    """The names of the fields of an entity, cached."""
    return FieldNames(entity)


def _is_identifier(key: str) -> bool:
    return bool(_IDENTIFIER.fullmatch(key)) and not holds_contact(key)
