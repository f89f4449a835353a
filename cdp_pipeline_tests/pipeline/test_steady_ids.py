"""Days in any order: no person's id changes untold, and whoever has the same records as the day before has the same id.

Records of people and of contacts are looked at. Others, such as relationships, name a person and have no id of their
own: one whose customer comes later is of that customer from then on, and no person has changed.

The default suite does it with three days, shuffled, `make thorough` with thirty, in order and shuffled.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from cdp_pipeline.deliveries.days import process_days
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.generator import generate
from cdp_pipeline.pipeline.current import update_current
from cdp_pipeline.pipeline.identity import read_choices, update_persons
from cdp_pipeline.settings import Settings
from cdp_pipeline.store.lake import Lake

NOW = datetime(2026, 11, 18, tzinfo=UTC)
SEED = 20261118
PEOPLE = 120
OF_PEOPLE = [entity.object_type for entity in ENTITIES if entity.role in ("person", "contact")]


@dataclass(frozen=True)
class Ids:
    """Who is who after a run.

    Attributes:
        of: node_key or record_key (`key`) and person_id, of all that have one.
        people: person_id by the records that the person has.
        told: old_person_id, person_id, change and changed_at of every change up to this run.
    """

    of: pl.DataFrame
    people: dict[frozenset[str], str]
    told: pl.DataFrame

    @classmethod
    def read(cls, lake: Lake) -> "Ids":
        of_people = lake.scan("identity", "record_persons").filter(pl.col("object_type").is_in(OF_PEOPLE))
        records = of_people.select(key="record_key", person_id="person_id").collect()
        nodes = lake.scan("identity", "person_ids").filter("is_present").select(key="node_key", person_id="person_id")
        sets = records.group_by("person_id").agg("key").rows()
        told = lake.scan("identity", "person_id_history").drop("reason").collect()
        of = pl.concat([records, nodes.collect()]).unique()
        return cls(of, {frozenset(keys): person for person, keys in sets}, told)

    def untold_since(self, before: "Ids") -> list[tuple[str, ...]]:
        """Keys with the id they had and the one they have, of which no new row of the history tells."""
        new = self.told.join(before.told, on=self.told.columns, how="anti").filter(
            pl.col("change").is_in(["merged", "split"])
        )
        changed = before.of.join(self.of, on="key", suffix="_now").filter(
            pl.col("person_id") != pl.col("person_id_now")
        )
        ends = {"left_on": ["person_id", "person_id_now"], "right_on": ["old_person_id", "person_id"]}
        return changed.join(new, how="anti", **ends).sort("key").rows()

    def renamed_since(self, before: "Ids") -> list[list[str]]:
        """The records of people who have the same as before, and another id."""
        both = before.people.keys() & self.people.keys()
        return sorted(sorted(keys) for keys in both if before.people[keys] != self.people[keys])


@dataclass(frozen=True)
class Drop:
    """Generated days."""

    raw: Path
    days: list[str]

    def ids_after_each(self, days: list[str], folder: Path) -> Iterator[Ids]:
        """Take in one day after the other, up to who is who."""
        settings = Settings(_env_file=None, raw_dir=self.raw, lake_dir=folder / "lake")
        lake = Lake(settings.lake_dir)
        for number, day in enumerate(days):
            for entity in ENTITIES:
                process_days(lake, entity, settings, f"run-{number}", days=[day], reprocess=True, log=lambda _: None)
                update_current(lake, entity)
            update_persons(lake, ENTITIES, read_choices(settings), NOW + timedelta(hours=number))
            yield Ids.read(lake)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param((PEOPLE, 3), id="small"),
        pytest.param((PEOPLE, 30), id="thirty days", marks=pytest.mark.thorough),
    ],
)
def drop(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Drop:
    people, days = request.param
    made = generate(tmp_path_factory.mktemp("steady_ids") / "raw", people, days, seed=7)
    return Drop(made.directory, [day.isoformat() for day in made.days])


@pytest.mark.parametrize("order", ["shuffled", pytest.param("in order", marks=pytest.mark.thorough)])
def test_every_change_of_an_id_is_told_and_whoever_has_the_same_records_keeps_theirs(
    drop: Drop, order: str, tmp_path: Path
) -> None:
    days = drop.days if order == "in order" else random.Random(SEED).sample(drop.days, len(drop.days))
    every = list(drop.ids_after_each(days, tmp_path))
    for day, before, after in zip(days[1:], every, every[1:], strict=False):
        assert after.untold_since(before) == [], day
        assert after.renamed_since(before) == [], day
    assert "merged" in every[-1].told["change"] or order == "in order"
