"""Current records of a few believable people, and who they turn out to be."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest

from cdp_pipeline.backend.local import Workspace
from cdp_pipeline.current.latest import latest_versions
from cdp_pipeline.current.tables import current_table
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.identity.configuration.overrides import Overrides, no_overrides
from cdp_pipeline.identity.configuration.rules import IdentityRules, read_rules
from cdp_pipeline.identity.matching.model import Model
from cdp_pipeline.identity.pipeline import Choices, Resolution, resolve_persons
from cdp_pipeline.identity.tables import PERSON_IDS
from cdp_pipeline.staging.pipeline import StagingContext, stage_rows
from cdp_pipeline.validation.tables import accepted_table


def collected(resolution: Resolution) -> Resolution:
    """The resolution with its tables in memory."""
    tables = {name: value for name, value in vars(resolution).items() if isinstance(value, pl.LazyFrame)}
    return replace(resolution, **dict(zip(tables, pl.collect_all(list(tables.values())), strict=True)))


@dataclass
class World:
    """Records as they were accepted, by the name a test gives them."""

    rows: dict[str, tuple[Entity, dict[str, Any]]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    resolution: Resolution | None = None
    rules: IdentityRules = field(default_factory=lambda: read_rules(None))
    said: list[dict[str, Any]] = field(default_factory=list)
    model: Model | None = None

    def say(self, decision: str, a: str, b: str, when: datetime | None = None) -> None:
        """A line of the overrides file about two records by their names, which were resolved before."""
        first, second = sorted((self.keys[a], self.keys[b]))
        line = {"line": len(self.said) + 2, "record_key_a": first, "record_key_b": second, "decision": decision}
        self.said.append({**line, "by": "Mai", "why": "checked by phone", "decided_at": when})

    def add(self, name: str, entity: Entity, **columns: Any) -> None:
        """A record; what is not named is null, the system is CRM."""
        self.rows[name] = (entity, {"system_name": "CRM", "is_deleted": False, **columns})

    def remove(self, name: str) -> None:
        """Take a record away."""
        del self.rows[name]

    def change(self, name: str, **columns: Any) -> None:
        """Give a record other values."""
        self.rows[name][1].update(columns)

    def resolve(self, scope: str = "company", at: datetime = datetime(2026, 11, 16, tzinfo=UTC)) -> dict[str, str]:
        """The person id of each record that has one, by name; ids are kept from one call to the next."""
        before = self.resolution.person_ids if self.resolution else PERSON_IDS.empty()
        overrides = Overrides(self.statements(), no_overrides().problems)
        choices = Choices(scope, self.rules, overrides, 0.8, 0.5, self.model)
        with TemporaryDirectory() as folder:
            found = resolve_persons(Workspace(Path(folder)), self.current(), ENTITIES, before.lazy(), choices, at)
            self.resolution = collected(found)
        persons = dict(self.resolution.record_persons.select("record_key", "person_id").iter_rows())
        return {name: persons[key] for name, key in self.keys.items() if key in persons}

    def statements(self) -> pl.DataFrame:
        """What was said, as the overrides file says it."""
        return pl.DataFrame(self.said, schema=no_overrides().decisions.schema)

    def groups(self, **options: Any) -> set[frozenset[str]]:
        """Which records are one person, by name."""
        found: dict[str, set[str]] = {}
        for name, person in self.resolve(**options).items():
            found.setdefault(person, set()).add(name)
        return {frozenset(names) for names in found.values()}

    def reasons(self) -> dict[str, str]:
        """Why records have no person, by name."""
        assert self.resolution is not None
        why = dict(self.resolution.unlinked_records.select("record_key", "reason").iter_rows())
        return {name: why[key] for name, key in self.keys.items() if key in why}

    def current(self) -> Mapping[str, pl.LazyFrame]:
        """The current tables of all entities."""
        self.keys = {}
        return {entity.name: self._current_of(entity) for entity in ENTITIES}

    def _current_of(self, entity: Entity) -> pl.LazyFrame:
        named = {name: row for name, (owner, row) in self.rows.items() if owner is entity}
        if not named:
            return current_table(entity).empty().lazy()
        schema = accepted_table(entity).schema
        rows = [
            {**dict.fromkeys(schema), "source_file": "drop.ndjson", "source_row": number, "entry_number": 1, **row}
            for number, row in enumerate(named.values(), start=1)
        ]
        context = StagingContext("VN", 7, {}, date(2026, 11, 16))
        staged = stage_rows(pl.DataFrame(rows, schema=schema), entity, context).rows
        self.keys.update(zip(named, staged["record_key"], strict=True))
        return current_table(entity).conform(latest_versions(staged.lazy(), entity))


@pytest.fixture
def world() -> World:
    return World()
