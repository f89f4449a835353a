"""identity and current -> profiles: one builder per published table of persons."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.identity.tables import RECORD_PERSONS, SKIPPED_IDENTIFIERS
from cdp_pipeline.lake import Lake
from cdp_pipeline.profiles.activities import PROFILE_ACTIVITIES, build_profile_activities
from cdp_pipeline.profiles.addresses import PROFILE_ADDRESSES, build_profile_addresses
from cdp_pipeline.profiles.campaigns import CAMPAIGNS, build_campaigns
from cdp_pipeline.profiles.consents import PROFILE_CONSENTS, build_profile_consents
from cdp_pipeline.profiles.contacts import PROFILE_CONTACTS, build_profile_contacts
from cdp_pipeline.profiles.custom_fields import PROFILE_CUSTOM_FIELDS, build_profile_custom_fields
from cdp_pipeline.profiles.households import (
    HOUSEHOLD_EVIDENCE,
    HOUSEHOLD_MEMBERS,
    HOUSEHOLDS,
    SharedThings,
    build_household_evidence,
    build_household_members,
    build_households,
)
from cdp_pipeline.profiles.lead_status_history import (
    PROFILE_LEAD_STATUS_HISTORY,
    build_profile_lead_status_history,
    derived_status_changes,
)
from cdp_pipeline.profiles.leads import PROFILE_LEADS, build_profile_leads
from cdp_pipeline.profiles.memberships import PROFILE_MEMBERSHIPS, build_profile_memberships
from cdp_pipeline.profiles.photos import PROFILE_PHOTOS, build_profile_photos
from cdp_pipeline.profiles.products import PRODUCTS, build_products
from cdp_pipeline.profiles.profiles import PROFILES, ProfileParts, build_profiles
from cdp_pipeline.profiles.records import PROFILE_RECORDS, build_profile_records
from cdp_pipeline.profiles.relationships import PROFILE_RELATIONSHIPS, build_profile_relationships
from cdp_pipeline.profiles.stores import STORES, build_stores
from cdp_pipeline.profiles.subscriptions import PROFILE_SUBSCRIPTIONS, build_profile_subscriptions
from cdp_pipeline.staging.tables import staging_table
from cdp_pipeline.steps.state import current_tables


@dataclass(frozen=True)
class Sources:
    """What the builders read, as it lies in the lake."""

    lake: Lake
    currency: str

    @property
    def current(self) -> Mapping[str, pl.LazyFrame]:
        """The current tables by entity name."""
        return current_tables(self.lake, ENTITIES)

    @property
    def persons(self) -> pl.LazyFrame:
        """The person of each record."""
        return self._identity(RECORD_PERSONS.name)

    @property
    def shared(self) -> pl.LazyFrame:
        """Identifiers that link nobody, as too many people hold them."""
        return self.skipped.filter(pl.col("reason") == "shared")

    @property
    def skipped(self) -> pl.LazyFrame:
        """Identifiers that link nobody, as too many people hold them or they are nobody's."""
        return self._identity(SKIPPED_IDENTIFIERS.name)

    def built(self, table: str) -> pl.LazyFrame:
        """A profile table that was built before."""
        return self.lake.scan("profiles", table)

    def _identity(self, table: str) -> pl.LazyFrame:
        return self.lake.scan("identity", table)


def _status_history(sources: Sources) -> pl.LazyFrame:
    versions = sources.lake.scan_days("staging", MOEGO_LEAD.name, staging_table(MOEGO_LEAD).schema)
    return build_profile_lead_status_history(sources.current, sources.persons, derived_status_changes(versions))


def _shared_things(sources: Sources) -> SharedThings:
    return SharedThings(
        contacts=sources.built(PROFILE_CONTACTS.name),
        addresses=sources.built(PROFILE_ADDRESSES.name),
        records=sources.built(PROFILE_RECORDS.name),
        skipped_identifiers=sources.skipped,
    )


def _profiles(sources: Sources) -> pl.LazyFrame:
    parts = ProfileParts(
        records=sources.built(PROFILE_RECORDS.name),
        contacts=sources.built(PROFILE_CONTACTS.name),
        addresses=sources.built(PROFILE_ADDRESSES.name),
        memberships=sources.built(PROFILE_MEMBERSHIPS.name),
        leads=sources.built(PROFILE_LEADS.name),
        activities=sources.built(PROFILE_ACTIVITIES.name),
        consents=sources.built(PROFILE_CONSENTS.name),
        household_members=sources.built(HOUSEHOLD_MEMBERS.name),
    )
    return build_profiles(sources.current, sources.persons, parts)


BUILDERS: dict[str, Callable[[Sources], pl.LazyFrame]] = {
    PROFILE_RECORDS.name: lambda s: build_profile_records(s.current, s.persons),
    PROFILE_CONTACTS.name: lambda s: build_profile_contacts(s.current, s.persons, s.shared),
    PROFILE_ADDRESSES.name: lambda s: build_profile_addresses(s.current, s.persons),
    PROFILE_MEMBERSHIPS.name: lambda s: build_profile_memberships(s.current, s.persons),
    PROFILE_LEADS.name: lambda s: build_profile_leads(s.current, s.persons),
    PROFILE_LEAD_STATUS_HISTORY.name: _status_history,
    PROFILE_RELATIONSHIPS.name: lambda s: build_profile_relationships(s.current, s.persons, s.skipped),
    PROFILE_PHOTOS.name: lambda s: build_profile_photos(s.current, s.persons),
    PROFILE_SUBSCRIPTIONS.name: lambda s: build_profile_subscriptions(s.current, s.persons),
    PROFILE_CONSENTS.name: lambda s: build_profile_consents(s.current, s.persons),
    PROFILE_ACTIVITIES.name: lambda s: build_profile_activities(s.current, s.persons, s.currency),
    PROFILE_CUSTOM_FIELDS.name: lambda s: build_profile_custom_fields(
        s.lake.scan("current", "custom_fields"), s.persons
    ),
    HOUSEHOLD_EVIDENCE.name: lambda s: build_household_evidence(_shared_things(s)),
    HOUSEHOLD_MEMBERS.name: lambda s: build_household_members(s.built(HOUSEHOLD_EVIDENCE.name)),
    HOUSEHOLDS.name: lambda s: build_households(s.built(HOUSEHOLD_EVIDENCE.name)),
    PRODUCTS.name: lambda s: build_products(s.current, s.currency),
    STORES.name: lambda s: build_stores(s.current),
    CAMPAIGNS.name: lambda s: build_campaigns(s.current),
    PROFILES.name: _profiles,
}
"""How each table is built, after those it is built from."""

SUMMED_UP = (
    PROFILE_RECORDS.name,
    PROFILE_CONTACTS.name,
    PROFILE_ADDRESSES.name,
    PROFILE_MEMBERSHIPS.name,
    PROFILE_LEADS.name,
    PROFILE_ACTIVITIES.name,
    PROFILE_CONSENTS.name,
    HOUSEHOLD_MEMBERS.name,
)
"""The tables that `profiles` reads."""

HOUSEHOLDS_READ: dict[str, tuple[str, ...]] = {
    HOUSEHOLD_EVIDENCE.name: (PROFILE_CONTACTS.name, PROFILE_ADDRESSES.name, PROFILE_RECORDS.name),
    HOUSEHOLD_MEMBERS.name: (HOUSEHOLD_EVIDENCE.name,),
    HOUSEHOLDS.name: (HOUSEHOLD_EVIDENCE.name,),
}
"""The tables that those of households read."""


def build_table(lake: Lake, table: str, currency: str) -> int:
    """Build one table of persons and write it to the lake; returns its rows."""
    return lake.write("profiles", table, BUILDERS[table](Sources(lake, currency)))
