"""current tables -> the same tables of some people: what the rows of people are renewed from."""

import hashlib
from collections.abc import Iterator, Mapping
from functools import cached_property

import polars as pl

from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.lake import Lake
from cdp_pipeline.steps.persons import identity_mark
from cdp_pipeline.steps.state import current_tables, state_marks

NARROWED = "narrowed"
"""The layer of current tables of the people whose rows are renewed."""

NARROWED_KEPT = 4
"""So many choices of people are kept, for the steps of a run that need the same ones."""

_PEOPLE = "people"


class Narrowed(Mapping[str, pl.LazyFrame]):
    """The current tables, by entity name, of the records of these people; each is written when it is first asked for.

    Steps that run beside each other may need other people, so each choice has a layer of its own. One that holds all
    people of another begins with that one's rows.
    """

    def __init__(self, lake: Lake, people: pl.Series, persons: pl.LazyFrame) -> None:
        """People are those whose records are wanted, `persons` the person of each of their records."""
        self._lake, self._people, self._persons = lake, people.sort(), persons
        # Rows of before would be mistaken for those of now.
        self._state = _digest(f"{identity_mark(lake)}:{state_marks(lake, ENTITIES)}")
        told = _digest(f"{people.len()}:{people.hash(seed=0).sum()}")
        self._layer = f"{NARROWED}/{self._state}-{told}"

    def __getitem__(self, name: str) -> pl.LazyFrame:
        every = current_tables(self._lake, ENTITIES)[name]
        if not self._lake.exists(self._layer, name):
            if not self._lake.exists(self._layer, _PEOPLE):
                self._lake.keep_newest(NARROWED, NARROWED_KEPT)
                self._lake.write(self._layer, _PEOPLE, pl.DataFrame({"person_id": self._people}))
            self._lake.write(self._layer, name, self._rows(name, every))
        return self._lake.scan(self._layer, name)

    def __iter__(self) -> Iterator[str]:
        return iter(entity.name for entity in ENTITIES)

    def __len__(self) -> int:
        return len(ENTITIES)

    def _rows(self, name: str, every: pl.LazyFrame) -> pl.LazyFrame:
        records = self._persons.filter(pl.col("object_type") == _OBJECT_TYPES[name])
        begun = next(((layer, of) for layer, of in self._smaller if self._lake.exists(layer, name)), None)
        if begun:
            records = records.filter(~pl.col("person_id").is_in(begun[1].implode()))
        keys = records.select("record_key").collect()["record_key"]
        # A filter by known keys reads a file several times faster than a join.
        rows = every.filter(pl.col("record_key").is_in(keys.implode()))
        return pl.concat([self._lake.scan(begun[0], name), rows]) if begun else rows

    @cached_property
    def _smaller(self) -> list[tuple[str, pl.Series]]:
        """The layers of people who are all among these, with them, those of most people first."""
        layers = [f"{NARROWED}/{folder.name}" for folder in (self._lake.root / NARROWED).glob(f"{self._state}-*/")]
        people = {
            layer: self._lake.scan(layer, _PEOPLE).collect()["person_id"]
            for layer in sorted(layers)
            if layer != self._layer and self._lake.exists(layer, _PEOPLE)
        }
        smaller = [(layer, of) for layer, of in people.items() if of.is_in(self._people.implode()).all()]
        return sorted(smaller, key=lambda one: -one[1].len())


_OBJECT_TYPES = {entity.name: entity.object_type for entity in ENTITIES}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
