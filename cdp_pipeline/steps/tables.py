"""identity and current -> profiles: one builder per published table of persons."""

from collections.abc import Callable, Mapping

import polars as pl

from cdp_pipeline.entities.customer_product_comment import CUSTOMER_PRODUCT_COMMENT
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.profiles.activities import PROFILE_ACTIVITIES, build_profile_activities
from cdp_pipeline.profiles.activity_counts import PROFILE_ACTIVITY_COUNTS, build_profile_activity_counts
from cdp_pipeline.profiles.activity_summaries import ActivityParts
from cdp_pipeline.profiles.addresses import PROFILE_ADDRESSES, build_profile_addresses
from cdp_pipeline.profiles.campaigns import CAMPAIGNS, build_campaigns
from cdp_pipeline.profiles.consents import CONSENT_COLUMNS, PROFILE_CONSENTS, build_profile_consents
from cdp_pipeline.profiles.contacts import PROFILE_CONTACTS
from cdp_pipeline.profiles.custom_fields import PROFILE_CUSTOM_FIELDS, build_profile_custom_fields
from cdp_pipeline.profiles.engagement import PROFILE_ENGAGEMENT, build_profile_engagement
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
    lead_names,
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
from cdp_pipeline.steps.sources import SCOPED_CONTACTS, Sources


def _status_history(sources: Sources) -> pl.LazyFrame:
    derived = derived_status_changes(sources.versions(MOEGO_LEAD))
    return build_profile_lead_status_history(sources.current, sources.persons, derived, lead_names(sources.everybody))


def _leads(sources: Sources) -> pl.LazyFrame:
    history = sources.built(PROFILE_LEAD_STATUS_HISTORY.name)
    namings = find_namings(sources.versions(LEAD_INFORMATION))
    return build_profile_leads(sources.current, sources.persons, history, sources.gone_leads.lazy(), namings)


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

OF_ACTIVITIES = (
    PROFILE_ACTIVITIES.name,
    PROFILE_ACTIVITY_COUNTS.name,
    PROFILE_ENGAGEMENT.name,
    PROFILE_PRODUCTS.name,
    PROFILE_RECENCY.name,
)
"""The tables that say what people did: the timeline first, of which the others are built."""

SUMMED_UP = (
    PROFILE_RECORDS.name,
    PROFILE_CONTACTS.name,
    PROFILE_ADDRESSES.name,
    PROFILE_MEMBERSHIPS.name,
    PROFILE_LEADS.name,
    *OF_ACTIVITIES,
    PROFILE_SUBSCRIPTIONS.name,
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


VALUES_OF = (PROFILE_CONTACTS.name, PROFILE_ADDRESSES.name)
"""The tables that `profile_values` reads."""


READS: dict[str, tuple[str, ...]] = {
    PROFILES.name: SUMMED_UP,
    PROFILE_VALUES.name: VALUES_OF,
    PROFILE_LEADS.name: (PROFILE_LEAD_STATUS_HISTORY.name,),
    **dict.fromkeys(OF_ACTIVITIES[1:], OF_ACTIVITIES[:1]),
    **HOUSEHOLDS_READ,
}
"""The tables that a table reads beside the current records."""


def read_attributes(settings: Settings) -> tuple[Attribute, ...]:
    """How golden values are chosen: as declared, with the user's file laid over it.

    Raises:
        SurvivorshipError: The file cannot be used; one line says why.
    """
    return read_survivorship(settings.survivorship)
