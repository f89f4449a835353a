"""What the builders of the tables of persons read, as it lies in the lake: of everybody, or of some people."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property

import polars as pl

from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.identity.tables import RECORD_PERSONS, SKIPPED_IDENTIFIERS
from cdp_pipeline.lake import Lake
from cdp_pipeline.profiles.as_of import newest_drop_date
from cdp_pipeline.profiles.golden import ATTRIBUTES
from cdp_pipeline.profiles.gone_leads import find_gone
from cdp_pipeline.profiles.survivorship import Attribute
from cdp_pipeline.staging.tables import staging_table
from cdp_pipeline.steps.lead_scans import lead_scans, refused_leads
from cdp_pipeline.steps.narrowing import Narrowed
from cdp_pipeline.steps.state import current_tables

SCOPED_CONTACTS = ("profiles_state", "scoped_contacts")
"""The contacts with their scopes: what decides whether people share one."""


@dataclass(frozen=True)
class Sources:
    """What the builders read, as it lies in the lake."""

    lake: Lake
    currency: str
    attributes: tuple[Attribute, ...] = ATTRIBUTES
    people: pl.Series | None = None
    """To whom all of it is narrowed; null means everybody."""
    _whole: "Sources | None" = None
    """What it was narrowed from, which keeps what was found out of everybody."""

    def of(self, people: pl.Series) -> "Sources":
        """The same of these people only."""
        return replace(self, people=people, _whole=self)

    @cached_property
    def _narrowed(self) -> Narrowed | None:
        return None if self.people is None else Narrowed(self.lake, self.people)

    @property
    def current(self) -> Mapping[str, pl.LazyFrame]:
        """The current tables by entity name, of the people's records."""
        return self._narrowed or self.everybody

    @property
    def everybody(self) -> Mapping[str, pl.LazyFrame]:
        """The current tables by entity name."""
        return current_tables(self.lake, ENTITIES)

    @property
    def persons(self) -> pl.LazyFrame:
        """The person of each record."""
        return self._narrowed.persons if self._narrowed else self._identity(RECORD_PERSONS.name)

    @property
    def shared(self) -> pl.LazyFrame:
        """Identifiers that link nobody, as too many people hold them."""
        return self.skipped.filter(pl.col("reason") == "shared")

    @property
    def skipped(self) -> pl.LazyFrame:
        """Identifiers that link nobody, as too many people hold them or they are nobody's."""
        return self._identity(SKIPPED_IDENTIFIERS.name)

    @property
    def as_of(self) -> date:
        """The day that summaries and periods are judged by: the newest drop date; long ago where there is none."""
        return newest_drop_date(self.everybody) or date.min

    @cached_property
    def gone_leads(self) -> pl.DataFrame:
        """The leads of anybody that are gone, as GONE_LEADS."""
        if self._whole:
            return self._whole.gone_leads
        return find_gone(self.everybody[MOEGO_LEAD.name], lead_scans(self.lake), refused_leads(self.lake)).collect()

    def live_versions(self, entity: Entity) -> pl.LazyFrame:
        """The staged versions of the people's records that were sent several times, tombstones left out."""
        repeated = self.current[entity.name].filter(pl.col("version_count") > 1)
        return self._versions_of(entity, repeated).filter(~pl.col("is_deleted"))

    def versions(self, entity: Entity) -> pl.LazyFrame:
        """The staged versions of the people's records."""
        return self._staged(entity) if self.people is None else self._versions_of(entity, self.current[entity.name])

    def built(self, table: str) -> pl.LazyFrame:
        """A profile table that was built before."""
        return self._of_people(self.lake.scan("profiles", table))

    def _versions_of(self, entity: Entity, records: pl.LazyFrame) -> pl.LazyFrame:
        keys = records.select("record_key").collect()["record_key"]
        # A filter by known keys reads a file several times faster than a join.
        return self._staged(entity).filter(pl.col("record_key").is_in(keys.implode()))

    def _staged(self, entity: Entity) -> pl.LazyFrame:
        return self.lake.scan_days("staging", entity.name, staging_table(entity).schema)

    def _of_people(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows if self.people is None else rows.filter(pl.col("person_id").is_in(self.people.implode()))

    def _identity(self, table: str) -> pl.LazyFrame:
        return self.lake.scan("identity", table)
