"""current tables -> the same tables of some people: what the rows of people are renewed from."""

import hashlib
from collections.abc import Iterator, Mapping
from functools import cached_property

import polars as pl

from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.identity.tables import RECORD_PERSONS
from cdp_pipeline.lake import Lake
from cdp_pipeline.steps.persons import identity_mark
from cdp_pipeline.steps.state import current_tables

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

    def __init__(self, lake: Lake, people: pl.Series) -> None:
        self._lake, self._people = lake, people.sort()
        self._mark = _digest(identity_mark(lake) or "")
        told = _digest(f"{people.len()}:{people.hash(seed=0).sum()}")
        self._layer = f"{NARROWED}/{self._mark}-{told}"

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
        keys = self._keys.filter(pl.col("object_type") == _OBJECT_TYPES[name])
        begun = self._begun(name)
        if begun:
            keys = keys.filter(
                ~pl.col("person_id").is_in(self._lake.scan(begun, _PEOPLE).collect()["person_id"].implode())
            )
        # A filter by known keys reads a file several times faster than a join.
        rows = every.filter(pl.col("record_key").is_in(keys["record_key"].implode()))
        return pl.concat([self._lake.scan(begun, name), rows]) if begun else rows

    @cached_property
    def _keys(self) -> pl.DataFrame:
        is_one = pl.col("person_id").is_in(self._people.implode())
        return self._lake.scan("identity", RECORD_PERSONS.name).filter(is_one).collect()

    def _begun(self, name: str) -> str | None:
        """The layer with most people, all of whom are among these, that has this table already."""
        found = []
        for folder in sorted((self._lake.root / NARROWED).glob(f"{self._mark}-*/")):
            layer = f"{NARROWED}/{folder.name}"
            if self._lake.exists(layer, name) and self._lake.exists(layer, _PEOPLE):
                people = self._lake.scan(layer, _PEOPLE).collect()["person_id"]
                if people.is_in(self._people.implode()).all():
                    found.append((people.len(), layer))
        return max(found)[1] if found else None


_OBJECT_TYPES = {entity.name: entity.object_type for entity in ENTITIES}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
