"""Which records changed from one state of an entity to the next, so that later steps can do as little as that.

A state has a mark: its lineage, new whenever the state is made from nothing, and its number within it. Each number has
the keys of the records that it touched and, of those that were known before, the rows as they were. A step that
remembers the mark it saw last asks what came after it.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from cdp_pipeline.current.tables import current_table
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.identity.touched import Touched
from cdp_pipeline.lake import Lake

KEPT = 60
"""So many numbers are kept: a step that has not run for two months of daily runs starts anew."""

_KEYS, _BEFORE, _PERSONS = "changed_records", "changed_records_before", "changed_persons"
_SCHEMA = pl.Schema({"record_key": pl.String()})


@dataclass(frozen=True)
class Mark:
    """What tells one state of an entity from every other."""

    lineage: str
    number: int

    @classmethod
    def anew(cls) -> "Mark":
        """The first state of a lineage."""
        return cls(secrets.token_hex(8), 0)

    @classmethod
    def read(cls, text: str) -> "Mark":
        """A mark as `str` writes it."""
        lineage, _, number = text.partition(":")
        return cls(lineage, int(number or 0))

    def next(self) -> "Mark":
        """The state after this one."""
        return Mark(self.lineage, self.number + 1)

    def __str__(self) -> str:
        return f"{self.lineage}:{self.number}"


def touched_since(lake: Lake, entity: Entity, seen: Mark, now: Mark) -> Touched | None:
    """What changed after the state `seen` up to the state `now`; null where that is not known: all may have changed."""
    if seen.lineage != now.lineage or seen.number > now.number:
        return None
    wanted = [_name(now, number) for number in range(seen.number + 1, now.number + 1)]
    if not set(wanted) <= set(lake.days(_KEYS, entity.name)):
        return None
    keys = [pl.scan_parquet(lake.path(_KEYS, entity.name, name)) for name in wanted]
    before = [pl.scan_parquet(lake.path(_BEFORE, entity.name, name)) for name in wanted]
    return Touched(
        pl.concat([pl.LazyFrame(schema=_SCHEMA), *keys]).unique().sort("record_key").collect(),
        pl.concat([pl.LazyFrame(schema=current_table(entity).schema), *before]),
    )


def all_touched_since(
    lake: Lake, entities: tuple[Entity, ...], seen: Mapping[str, str], now: Mapping[str, str]
) -> dict[str, Touched] | None:
    """What changed in every entity, by its name; null where that is not known of one of them."""
    found = {}
    for entity in entities:
        if entity.name not in seen or entity.name not in now:
            return None
        touched = touched_since(lake, entity, Mark.read(seen[entity.name]), Mark.read(now[entity.name]))
        if touched is None:
            return None
        found[entity.name] = touched
    return found


def note_persons(lake: Lake, of: str, mark: Mark, persons: pl.Series) -> None:
    """Keep whom a renewal of a table or layer touched, and forget what is too old to be asked for."""
    lake.write(_PERSONS, of, pl.DataFrame({"person_id": persons}), _name(mark, mark.number))
    for name in lake.days(_PERSONS, of):
        lineage, _, number = name.partition("-")
        if lineage != mark.lineage or int(number) <= mark.number - KEPT:
            lake.forget_day(_PERSONS, of, name)


def persons_since(lake: Lake, of: str, seen: Mark, now: Mark) -> pl.Series | None:
    """Whom renewals touched after the state `seen` up to the state `now`; null where it may be anybody."""
    wanted = [_name(now, number) for number in range(seen.number + 1, now.number + 1)]
    known = set(lake.days(_PERSONS, of))
    if seen.lineage != now.lineage or seen.number > now.number or not set(wanted) <= known:
        return None
    parts = [pl.read_parquet(lake.path(_PERSONS, of, name)) for name in wanted]
    return pl.concat([pl.DataFrame(schema={"person_id": pl.String}), *parts])["person_id"].unique().sort()


def _name(mark: Mark, number: int) -> str:
    return f"{mark.lineage}-{number:08d}"
