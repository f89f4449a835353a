"""current tables -> the same tables of some people: what the rows of people are renewed from."""

import hashlib
from collections.abc import Callable, Iterator, Mapping

import polars as pl

from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.identity.tables import RECORD_PERSONS
from cdp_pipeline.lake import Lake
from cdp_pipeline.steps.persons import identity_mark
from cdp_pipeline.steps.state import current_tables, state_marks

NARROWED = "narrowed"
"""The layer of current tables of the people whose rows are renewed."""

_PEOPLE = "people"


class Narrowed(Mapping[str, pl.LazyFrame]):
    """The current tables, by entity name, of the records of these people; each is written when it is first asked for.

    Steps of a run need nearly the same people, and may run beside each other. So the people are put together from
    groups that were picked before and one of those left over; a group is named after its people and the state of the
    records, so that whoever picks it writes the same.
    """

    def __init__(self, lake: Lake, people: pl.Series) -> None:
        # Rows of before would be mistaken for those of now.
        state = _digest(f"{identity_mark(lake)}:{state_marks(lake, ENTITIES)}")
        self._groups = _groups_of(lake, state, people.unique().sort())

    @property
    def persons(self) -> pl.LazyFrame:
        """The person of each of their records, as RECORD_PERSONS."""
        return pl.concat(group.persons for group in self._groups)

    def __getitem__(self, name: str) -> pl.LazyFrame:
        return pl.concat(group.records(name) for group in self._groups)

    def __iter__(self) -> Iterator[str]:
        return iter(entity.name for entity in ENTITIES)

    def __len__(self) -> int:
        return len(ENTITIES)


class _Group:
    """Some people, and what was picked of them so far."""

    def __init__(self, lake: Lake, layer: str, people: pl.Series) -> None:
        self._lake, self._layer, self.people = lake, layer, people

    @property
    def persons(self) -> pl.LazyFrame:
        """The person of each of their records."""
        every = self._lake.scan("identity", RECORD_PERSONS.name)
        return self._picked(RECORD_PERSONS.name, every, "person_id", lambda: self.people)

    def records(self, name: str) -> pl.LazyFrame:
        """Their records of an entity."""
        own = self.persons.filter(pl.col("object_type") == _OBJECT_TYPES[name]).select("record_key")
        every = current_tables(self._lake, ENTITIES)[name]
        return self._picked(name, every, "record_key", lambda: own.collect()["record_key"])

    def _picked(self, name: str, every: pl.LazyFrame, column: str, keys: Callable[[], pl.Series]) -> pl.LazyFrame:
        if not self._lake.exists(self._layer, name):
            # A filter by known keys reads a file several times faster than a join.
            some = every.filter(pl.col(column).is_in(keys().implode()))
            self._lake.write(self._layer, name, some)
        return self._lake.scan(self._layer, name)


def _groups_of(lake: Lake, state: str, people: pl.Series) -> list[_Group]:
    """Groups without a person in common that are all these people together, those of most people first."""
    layers = [f"{NARROWED}/{folder.name}" for folder in (lake.root / NARROWED).glob(f"{state}-*/")]
    known = [
        _Group(lake, layer, lake.scan(layer, _PEOPLE).collect()["person_id"])
        for layer in sorted(layers)
        if lake.exists(layer, _PEOPLE)
    ]
    groups: list[_Group] = []
    left = people
    for group in sorted(known, key=lambda group: -group.people.len()):
        if group.people.len() and group.people.is_in(left.implode()).all():
            groups.append(group)
            left = left.filter(~left.is_in(group.people.implode()))
    if left.len() or not groups:
        told = _digest(f"{left.len()}:{left.hash(seed=0).sum()}")
        layer = f"{NARROWED}/{state}-{told}"
        group = _Group(lake, layer, left)
        # Nobody asks for rows of an earlier state again.
        lake.keep_only(NARROWED, state)
        lake.write(layer, _PEOPLE, pl.DataFrame({"person_id": left}))
        groups.append(group)
    return groups


_OBJECT_TYPES = {entity.name: entity.object_type for entity in ENTITIES}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
