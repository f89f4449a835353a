"""Small worlds for the oracle of refreshing: some people of one company each, and what senders do to their deliveries.

Many worlds share a lake, each in an internal company of its own: reading a file and starting a step cost the same for
one of them as for twenty, and most of them are left alone by a day, as it is in life.
"""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl

from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.generator import Entry, generate_rows
from cdp_pipeline.pipeline.layers import LAYERS
from cdp_pipeline.privacy.correction_list import Correction, CorrectionList
from cdp_pipeline.settings import Settings
from cdp_pipeline.store.lake import Lake

FIRST_DAY, DAYS, PEOPLE = date(2026, 9, 1), 3, 4
Place = tuple[str, date]
"""An entity's folder and a drop date."""


@dataclass
class World:
    """The deliveries of one company.

    Attributes:
        landed: What lies in the folders.
        awaited: What is still to come; it may come late.
    """

    dice: random.Random
    company: str
    landed: dict[Place, list[Entry]] = field(default_factory=dict)
    awaited: dict[Place, list[Entry]] = field(default_factory=dict)

    @classmethod
    def of(cls, seed: int) -> "World":
        """The world of a seed, of whose deliveries half have come."""
        dice, company = random.Random(seed), f"W{seed}"
        days = [FIRST_DAY + timedelta(days=n) for n in range(DAYS)]
        world = cls(dice, company)
        for object_type, by_day in generate_rows(PEOPLE, days, seed).items():
            for day, entries in zip(days, by_day, strict=True):
                field_of_company = "companyId" if object_type == "moego-lead" else "internalCompanyId"
                whole = [{**entry, field_of_company: company} for entry in entries]
                if whole:
                    (world.landed if dice.random() < 0.5 else world.awaited)[object_type, day] = whole
        return world

    def edit(self) -> str:
        """Do one thing that senders do; says what."""
        kinds: dict[str, Callable[[], None]] = {
            "new or late": self._arrive,
            "delivered again": self._repeat,
            "replaced by less": self._shrink,
            "deleted": lambda: self._state("Deleted"),
            "revived": lambda: self._state("Active"),
            "removed": self._remove,
        }
        what = self.dice.choice(list(kinds) if self.landed else ["new or late"])
        kinds[what]()
        return what

    def _some(self, places: dict[Place, list[Entry]]) -> Place:
        return self.dice.choice(sorted(places))

    def _arrive(self) -> None:
        if self.awaited:
            place = self._some(self.awaited)
            self._add(place, self.awaited.pop(place))

    def _repeat(self) -> None:
        place = self._some(self.landed)
        self._add((place[0], FIRST_DAY + timedelta(days=DAYS + 1)), self.landed[place])

    def _shrink(self) -> None:
        place = self._some(self.landed)
        self.landed[place] = [entry for entry in self.landed[place] if self.dice.random() < 0.6]

    def _state(self, status: str) -> None:
        place = self._some(self.landed)
        if self.landed[place] and place[0] != "moego-lead":
            entry = {**self.dice.choice(self.landed[place]), "recordStatus": status}
            self._add((place[0], FIRST_DAY + timedelta(days=DAYS + 2)), [entry])

    def _remove(self) -> None:
        del self.landed[self._some(self.landed)]

    def _add(self, place: Place, entries: list[Entry]) -> None:
        self.landed[place] = [*self.landed.get(place, []), *entries]


def land(worlds: list[World], raw: Path) -> None:
    """Write the landing folders as all worlds say, a file per entity and day; one without rows is empty."""
    places: dict[Place, list[Entry]] = {}
    for world in worlds:
        for place, entries in world.landed.items():
            places.setdefault(place, []).extend(entries)
    there = {(path.parent.parent.name, date.fromisoformat(path.parent.name)) for path in raw.rglob("*.ndjson")}
    for object_type, day in sorted({*places, *there}):
        path = raw / object_type / day.isoformat() / "part.ndjson"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps(entry, ensure_ascii=False) for entry in places.get((object_type, day), [])]
        text = "".join(line + "\n" for line in lines)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def other_choices(settings: Settings, lake: Lake, dice: random.Random, folder: Path) -> Settings:
    """The settings with a user's files that change who is who, or who survives."""
    persons = lake.scan("identity", "record_persons").filter(pl.col("object_type") == "customer-identity").collect()
    keys = sorted(persons["record_key"])
    folder.mkdir(exist_ok=True)
    overrides = folder / "overrides.csv"
    lines = ["record_key_a,record_key_b,decision,by,why,when"]
    for _ in range(3):
        one, other = dice.sample(keys, 2)
        lines.append(f"{one},{other},{dice.choice(['same', 'different'])},Mai,phoned,2026-11-17")
    overrides.write_text("\n".join(lines) + "\n", encoding="utf-8")
    rules = folder / "rules.toml"
    rules.write_text(f"[limits]\nphone = {dice.randint(1, 4)}\n", encoding="utf-8")
    survivorship = folder / "survivorship.toml"
    survivorship.write_text(f'[language]\nstrategy = "{dice.choice(["oldest", "most_frequent"])}"\n', encoding="utf-8")
    chosen = dice.choice([{"identity_overrides": overrides}, {"identity_rules": rules}, {"survivorship": survivorship}])
    return settings.model_copy(update=chosen)


CORRECTED = {
    "birth_date": ("1990-01-02", None),
    "birth_year": ("1991",),
    "display_name": ("Trần Thị Đúng", None),
    "first_name": ("Đúng",),
    "gender": ("female", "male"),
    "nick_names": ('["Tí", "Tèo"]', None),
}
"""Columns that are corrected, and right values."""


def correct_some(settings: Settings, lake: Lake, dice: random.Random, number: int) -> str:
    """Correct values of some people, or of people who were corrected before, and revoke a correction; says what."""
    listed, persons = CorrectionList(settings.privacy_dir), lake.scan("identity", "record_persons").collect()
    keys = persons.sort("person_id", "record_key").group_by("person_id", maintain_order=True).agg("record_key")
    known = listed.corrections()
    if known and dice.random() < 0.5:
        listed.end([dice.choice(known).request_id])
    for place in range(4):
        column = dice.choice(sorted(CORRECTED))
        own = dice.choice(known).record_keys if known and dice.random() < 0.3 else dice.choice(keys["record_key"])
        at = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=dice.randint(1, 9))
        right = dice.choice(CORRECTED[column])
        listed.add(Correction(f"r-{number}-{place}", column, right, at, tuple(dice.sample(list(own), len(own)))))
    return f"corrections {[(one.request_id, one.column_name) for one in listed.corrections()]}"


OF_HISTORY = ("assigned_at", "resolved_at", "is_present")
IDENTITY = (
    "identifiers", "links", "skipped_identifiers", "household_relations", "record_persons",
    "unlinked_records",
)  # fmt: skip


def told(lake: Lake) -> Iterator[tuple[str, pl.DataFrame]]:
    """Every table of people and of identity, in order, with people and households named by their first record."""
    persons = lake.scan("identity", "record_persons").group_by("person_id").agg(name=pl.col("record_key").min())
    names = dict(persons.collect().iter_rows())
    homes = lake.scan("profiles", "household_members").select("household_id", pl.col("person_id").replace(names))
    names |= dict(homes.group_by("household_id").agg(pl.col("person_id").min()).collect().iter_rows())
    places = [("profiles", layer.name) for layer in LAYERS] + [("identity", table) for table in IDENTITY]
    for group, table in places:
        yield f"{group}/{table}", _named(lake.scan(group, table).collect(), names)


def _named(rows: pl.DataFrame, names: dict[str, str]) -> pl.DataFrame:
    renamed = [
        pl.col(name).replace(names)
        if dtype == pl.String
        else pl.col(name).list.eval(pl.element().replace(names).sort())
        for name, dtype in rows.schema.items()
        if name.endswith(("person_id", "person_id_a", "person_id_b", "person_ids", "household_id"))
    ]
    rows = rows.with_columns(renamed)
    if {"person_id_a", "person_id_b"} <= set(rows.columns):
        one, other = pl.min_horizontal("person_id_a", "person_id_b"), pl.max_horizontal("person_id_a", "person_id_b")
        rows = rows.with_columns(person_id_a=one, person_id_b=other)
    return rows.sort([name for name, dtype in rows.schema.items() if not isinstance(dtype, pl.List)], nulls_last=True)


def only_in_one(refreshed: pl.DataFrame, made: pl.DataFrame) -> list[dict[str, object]]:
    """Some of the rows in which two frames differ, each with the frame that has it."""
    both = [refreshed.with_columns(of=pl.lit("refreshed")), made.with_columns(of=pl.lit("made from nothing"))]
    columns = [name for name, dtype in refreshed.schema.items() if not isinstance(dtype, pl.List)]
    every = pl.concat(both)
    return every.filter(~every.select(columns).is_duplicated()).head(6).to_dicts()


ALL_ENTITIES = [entity.object_type for entity in ENTITIES]
