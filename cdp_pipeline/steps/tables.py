"""identity and current -> profiles: one builder per published table of persons."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import polars as pl

from cdp_pipeline.entities.customer_product_comment import CUSTOMER_PRODUCT_COMMENT
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.identity.tables import RECORD_PERSONS, SKIPPED_IDENTIFIERS
from cdp_pipeline.lake import Lake
from cdp_pipeline.profiles.activities import PROFILE_ACTIVITIES, build_profile_activities
from cdp_pipeline.profiles.activity_counts import PROFILE_ACTIVITY_COUNTS, build_profile_activity_counts
from cdp_pipeline.profiles.activity_summaries import ActivityParts
from cdp_pipeline.profiles.addresses import PROFILE_ADDRESSES, build_profile_addresses
from cdp_pipeline.profiles.as_of import newest_drop_date
from cdp_pipeline.profiles.campaigns import CAMPAIGNS, build_campaigns
from cdp_pipeline.profiles.consents import CONSENT_COLUMNS, PROFILE_CONSENTS, build_profile_consents
from cdp_pipeline.profiles.contacts import PROFILE_CONTACTS
from cdp_pipeline.profiles.custom_fields import PROFILE_CUSTOM_FIELDS, build_profile_custom_fields
from cdp_pipeline.profiles.engagement import PROFILE_ENGAGEMENT, build_profile_engagement
from cdp_pipeline.profiles.golden import ATTRIBUTES
from cdp_pipeline.profiles.gone_leads import find_gone
from cdp_pipeline.profiles.households import (
    HOUSEHOLD_EVIDENCE,
    HOUSEHOLD_MEMBERS,
    HOUSEHOLDS,
    SharedThings,
    build_household_evidence,
    build_household_members,
    build_households,
)
from cdp_pipeline.profiles.lead_addresses import PROFILE_LEAD_ADDRESSES, build_profile_lead_addresses
from cdp_pipeline.profiles.lead_conversions import find_namings
from cdp_pipeline.profiles.lead_pets import PROFILE_LEAD_PETS, build_profile_lead_pets
from cdp_pipeline.profiles.lead_status_history import (
    PROFILE_LEAD_STATUS_HISTORY,
    build_profile_lead_status_history,
    derived_status_changes,
)
from cdp_pipeline.profiles.leads import PROFILE_LEADS, build_profile_leads
from cdp_pipeline.profiles.memberships import PROFILE_MEMBERSHIPS, build_profile_memberships
from cdp_pipeline.profiles.photos import PROFILE_PHOTOS, build_profile_photos
from cdp_pipeline.profiles.products import PRODUCTS, build_products
from cdp_pipeline.profiles.products_of_persons import PROFILE_PRODUCTS, build_profile_products
from cdp_pipeline.profiles.profiles import PROFILES, ProfileParts, build_profiles, with_activities
from cdp_pipeline.profiles.recency import PROFILE_RECENCY, build_profile_recency
from cdp_pipeline.profiles.records import PROFILE_RECORDS, build_profile_records
from cdp_pipeline.profiles.relationships import PROFILE_RELATIONSHIPS, build_profile_relationships
from cdp_pipeline.profiles.stores import STORES, build_stores
from cdp_pipeline.profiles.subscriptions import PROFILE_SUBSCRIPTIONS, build_profile_subscriptions
from cdp_pipeline.profiles.survivorship import Attribute
from cdp_pipeline.profiles.survivorship_file import read_survivorship
from cdp_pipeline.profiles.values import PROFILE_VALUES, build_profile_values
from cdp_pipeline.profiles.version_order import said_since
from cdp_pipeline.settings import Settings
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

    @property
    def scans(self) -> str:
        """What the lists of leads were like: whether a lead is gone depends on them."""
        lists, refused = lead_scans(self.lake).collect(), refused_leads(self.lake).collect()
        return ":".join(str(part) for rows in (lists, refused) for part in (rows.height, rows.hash_rows(seed=0).sum()))

    def live_versions(self, entity: Entity) -> pl.LazyFrame:
        """All staged versions of an entity's records that were sent several times, tombstones left out."""
        repeated = self.current[entity.name].filter(pl.col("version_count") > 1).select("record_key").collect()
        # A filter by known keys reads a file several times faster than a join.
        is_repeated = pl.col("record_key").is_in(repeated["record_key"].implode())
        return self.versions(entity).filter(~pl.col("is_deleted") & is_repeated)

    def versions(self, entity: Entity) -> pl.LazyFrame:
        """All staged versions of an entity's records."""
        return self.lake.scan_days("staging", entity.name, staging_table(entity).schema)

    def built(self, table: str) -> pl.LazyFrame:
        """A profile table that was built before."""
        return self._of_people(self.lake.scan("profiles", table))

    def _of_people(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows if self.people is None else rows.filter(pl.col("person_id").is_in(self.people.implode()))

    def _identity(self, table: str) -> pl.LazyFrame:
        return self.lake.scan("identity", table)


def _status_history(sources: Sources) -> pl.LazyFrame:
    derived = derived_status_changes(sources.versions(MOEGO_LEAD))
    return build_profile_lead_status_history(sources.current, sources.persons, derived)


def _leads(sources: Sources) -> pl.LazyFrame:
    current = sources.current
    gone = find_gone(current[MOEGO_LEAD.name], lead_scans(sources.lake), refused_leads(sources.lake))
    history = sources.built(PROFILE_LEAD_STATUS_HISTORY.name)
    return build_profile_leads(
        current, sources.persons, history, gone, find_namings(sources.versions(LEAD_INFORMATION))
    )


def _consents(sources: Sources) -> pl.LazyFrame:
    changes = {
        # Collected, as a dozen statements of an entity ask for it.
        entity.name: said_since(sources.live_versions(entity), CONSENT_COLUMNS[entity.name]).collect().lazy()
        for entity in ENTITIES
        if entity.name in CONSENT_COLUMNS
    }
    return build_profile_consents(sources.current, sources.persons, changes)


def _shared_things(sources: Sources) -> SharedThings:
    return SharedThings(
        contacts=sources.built(PROFILE_CONTACTS.name),
        addresses=sources.built(PROFILE_ADDRESSES.name),
        records=sources.built(PROFILE_RECORDS.name),
        skipped_identifiers=sources.skipped,
    )


def _activity_parts(sources: Sources) -> ActivityParts:
    return ActivityParts(
        activities=sources.built(PROFILE_ACTIVITIES.name),
        counts=sources.built(PROFILE_ACTIVITY_COUNTS.name),
        engagement=sources.built(PROFILE_ENGAGEMENT.name),
        products=sources.built(PROFILE_PRODUCTS.name),
        recency=sources.built(PROFILE_RECENCY.name),
    )


def _profiles(sources: Sources) -> pl.LazyFrame:
    parts = ProfileParts(
        records=sources.built(PROFILE_RECORDS.name),
        contacts=sources.built(PROFILE_CONTACTS.name),
        addresses=sources.built(PROFILE_ADDRESSES.name),
        memberships=sources.built(PROFILE_MEMBERSHIPS.name),
        leads=sources.built(PROFILE_LEADS.name),
        activities=_activity_parts(sources),
        subscriptions=sources.built(PROFILE_SUBSCRIPTIONS.name),
        consents=sources.built(PROFILE_CONSENTS.name),
        # All of them, as a household's size counts others.
        household_members=sources.lake.scan("profiles", HOUSEHOLD_MEMBERS.name),
    )
    return build_profiles(sources.current, sources.persons, parts, sources.attributes)


def profiles_with_activities(sources: Sources) -> pl.LazyFrame:
    """The people's profiles as they were built, with what their activities say now."""
    return with_activities(sources.built(PROFILES.name), _activity_parts(sources))


def _values(sources: Sources) -> pl.LazyFrame:
    contacts, addresses = sources.built(PROFILE_CONTACTS.name), sources.built(PROFILE_ADDRESSES.name)
    return build_profile_values(sources.current, sources.persons, contacts, addresses, sources.attributes)


def _with_every_comment(sources: Sources) -> Mapping[str, pl.LazyFrame]:
    """The current tables with all comments, as one may answer somebody else's."""
    return {**sources.current, CUSTOMER_PRODUCT_COMMENT.name: sources.everybody[CUSTOMER_PRODUCT_COMMENT.name]}


BUILDERS: dict[str, Callable[[Sources], pl.LazyFrame]] = {
    PROFILE_RECORDS.name: lambda s: build_profile_records(s.current, s.persons),
    PROFILE_CONTACTS.name: lambda s: PROFILE_CONTACTS.conform(s.lake.scan(*SCOPED_CONTACTS)),
    PROFILE_ADDRESSES.name: lambda s: build_profile_addresses(s.current, s.persons, s.as_of),
    PROFILE_MEMBERSHIPS.name: lambda s: build_profile_memberships(s.current, s.persons),
    PROFILE_LEAD_STATUS_HISTORY.name: _status_history,
    PROFILE_LEADS.name: _leads,
    PROFILE_LEAD_PETS.name: lambda s: build_profile_lead_pets(s.current, s.persons),
    PROFILE_LEAD_ADDRESSES.name: lambda s: build_profile_lead_addresses(s.current, s.persons),
    PROFILE_RELATIONSHIPS.name: lambda s: build_profile_relationships(s.current, s.persons, s.skipped),
    PROFILE_PHOTOS.name: lambda s: build_profile_photos(s.current, s.persons),
    PROFILE_SUBSCRIPTIONS.name: lambda s: build_profile_subscriptions(s.current, s.persons),
    PROFILE_CONSENTS.name: _consents,
    PROFILE_ACTIVITIES.name: lambda s: build_profile_activities(_with_every_comment(s), s.persons, s.currency),
    PROFILE_ACTIVITY_COUNTS.name: lambda s: build_profile_activity_counts(s.built(PROFILE_ACTIVITIES.name), s.as_of),
    PROFILE_ENGAGEMENT.name: lambda s: build_profile_engagement(s.built(PROFILE_ACTIVITIES.name)),
    PROFILE_PRODUCTS.name: lambda s: build_profile_products(s.built(PROFILE_ACTIVITIES.name)),
    PROFILE_RECENCY.name: lambda s: build_profile_recency(s.built(PROFILE_ACTIVITIES.name), s.as_of),
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
    PROFILE_VALUES.name: _values,
}
"""How each table is built, after those it is built from."""

SUMMED_UP = (
    PROFILE_RECORDS.name,
    PROFILE_CONTACTS.name,
    PROFILE_ADDRESSES.name,
    PROFILE_MEMBERSHIPS.name,
    PROFILE_LEADS.name,
    PROFILE_ACTIVITIES.name,
    PROFILE_ACTIVITY_COUNTS.name,
    PROFILE_ENGAGEMENT.name,
    PROFILE_PRODUCTS.name,
    PROFILE_RECENCY.name,
    PROFILE_SUBSCRIPTIONS.name,
    PROFILE_CONSENTS.name,
    HOUSEHOLD_MEMBERS.name,
)
"""The tables that `profiles` reads."""

OF_ACTIVITIES = (
    PROFILE_ACTIVITIES.name,
    PROFILE_ACTIVITY_COUNTS.name,
    PROFILE_ENGAGEMENT.name,
    PROFILE_PRODUCTS.name,
    PROFILE_RECENCY.name,
)
"""Of these, the tables that say what people did."""

HOUSEHOLDS_READ: dict[str, tuple[str, ...]] = {
    HOUSEHOLD_EVIDENCE.name: (PROFILE_CONTACTS.name, PROFILE_ADDRESSES.name, PROFILE_RECORDS.name),
    HOUSEHOLD_MEMBERS.name: (HOUSEHOLD_EVIDENCE.name,),
    HOUSEHOLDS.name: (HOUSEHOLD_EVIDENCE.name,),
}
"""The tables that those of households read."""


VALUES_OF = (PROFILE_CONTACTS.name, PROFILE_ADDRESSES.name)
"""The tables that `profile_values` reads."""


READS: dict[str, tuple[str, ...]] = {
    PROFILES.name: SUMMED_UP,
    PROFILE_VALUES.name: VALUES_OF,
    PROFILE_LEADS.name: (PROFILE_LEAD_STATUS_HISTORY.name,),
    **dict.fromkeys(
        (PROFILE_ACTIVITY_COUNTS.name, PROFILE_ENGAGEMENT.name, PROFILE_PRODUCTS.name, PROFILE_RECENCY.name),
        (PROFILE_ACTIVITIES.name,),
    ),
    **HOUSEHOLDS_READ,
}
"""The tables that a table reads beside the current records."""


def read_attributes(settings: Settings) -> tuple[Attribute, ...]:
    """How golden values are chosen: as declared, with the user's file laid over it.

    Raises:
        SurvivorshipError: The file cannot be used; one line says why.
    """
    return read_survivorship(settings.survivorship)
