"""Every table of people that the pipeline makes, each declared once, in the order in which they are built.

Dagster's assets and their dependencies, the tables of the database, the documentation and the affected people of a run
are derived from it. To add a table: declare it beside its builder in `profiles/`, and list it here.
"""

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_photo import CUSTOMER_IDENTITY_PHOTO
from cdp_pipeline.entities.customer_membership import CUSTOMER_MEMBERSHIP
from cdp_pipeline.entities.customer_product_comment import CUSTOMER_PRODUCT_COMMENT
from cdp_pipeline.entities.customer_product_subscriber import CUSTOMER_PRODUCT_SUBSCRIBER
from cdp_pipeline.entities.customer_relationship import CUSTOMER_RELATIONSHIP
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.lead_status_history import LEAD_STATUS_HISTORY
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.registry import BY_NAME, ENTITIES
from cdp_pipeline.identity import RECORD_PERSONS, SKIPPED_IDENTIFIERS
from cdp_pipeline.pipeline.inputs import Inputs
from cdp_pipeline.pipeline.layer import Layer, current_of, versions_of
from cdp_pipeline.profiles.activities import (
    COMMENT_TIES,
    PROFILE_ACTIVITIES,
    PROFILE_ACTIVITY_COUNTS,
    PROFILE_ENGAGEMENT,
    PROFILE_PRODUCTS,
    PROFILE_RECENCY,
    PROFILE_SUBSCRIPTIONS,
    TIMELINE,
    ActivityParts,
    build_comment_ties,
    build_profile_activities,
    build_profile_activity_counts,
    build_profile_engagement,
    build_profile_products,
    build_profile_recency,
    build_profile_subscriptions,
)
from cdp_pipeline.profiles.addresses import (
    ADDRESS_SOURCES,
    HOUSEHOLD_EVIDENCE,
    HOUSEHOLD_MEMBERS,
    HOUSEHOLDS,
    PROFILE_ADDRESSES,
    PROFILE_LEAD_ADDRESSES,
    PROFILE_RELATIONSHIPS,
    HouseholdEvidence,
    HouseholdInputs,
    build_household_evidence,
    build_household_members,
    build_households,
    build_profile_addresses,
    build_profile_lead_addresses,
    build_profile_relationships,
)
from cdp_pipeline.profiles.contacts import (
    CONSENT_COLUMNS,
    CONTACT_STATEMENTS,
    CONTACT_USES,
    PROFILE_CONSENTS,
    PROFILE_CONTACTS,
    STATING,
    TYPING,
    ProfileConsents,
    ProfileContacts,
    build_contact_statements,
    build_contact_uses,
    build_profile_consents,
    build_profile_contacts,
)
from cdp_pipeline.profiles.dimensions import (
    CAMPAIGNS,
    PRODUCT_SOURCES,
    PRODUCTS,
    STORES,
    build_campaigns,
    build_products,
    build_stores,
)
from cdp_pipeline.profiles.golden import (
    CORRECTIONS,
    EVIDENCE,
    GOLDEN_VALUES,
    PROFILE_CORRECTIONS,
    PROFILE_VALUES,
    PROFILES,
    GoldenValues,
    ProfileParts,
    Profiles,
    ProfileValues,
    ValueParts,
    build_golden_values,
    build_profile_corrections,
    build_profile_values,
    build_profiles,
    correct_golden_values,
    find_evidence,
)
from cdp_pipeline.profiles.leads import (
    PROFILE_LEAD_PETS,
    PROFILE_LEAD_STATUS_HISTORY,
    PROFILE_LEADS,
    ProfileLeads,
    ProfileLeadStatusHistory,
    build_profile_lead_pets,
    build_profile_lead_status_history,
    build_profile_leads,
    derived_status_changes,
    find_gone,
    find_named_customers,
    lead_names,
)
from cdp_pipeline.profiles.records import (
    LAST_CHANGES,
    PROFILE_CUSTOM_FIELDS,
    PROFILE_MEMBERSHIPS,
    PROFILE_PHOTOS,
    PROFILE_RECORDS,
    ProfileMemberships,
    build_profile_custom_fields,
    build_profile_memberships,
    build_profile_photos,
    build_profile_records,
    find_last_changes,
)
from cdp_pipeline.staging import staging_table

_EVERY = current_of(*ENTITIES)
_PERSONS = f"identity/{RECORD_PERSONS.name}"
_SKIPPED = f"identity/{SKIPPED_IDENTIFIERS.name}"
_LEADS = tuple(entity for entity in ENTITIES if entity.is_lead)
_MESSAGES = tuple(entity for entity in ENTITIES if entity.is_message)


def _of(*layers: str) -> tuple[str, ...]:
    return tuple(f"profiles/{layer}" for layer in layers)


def _contacts(inputs: Inputs) -> LazyFrame[ProfileContacts]:
    statements, uses = inputs.rows(CONTACT_STATEMENTS), inputs.rows(CONTACT_USES)
    shared = SKIPPED_IDENTIFIERS.named(inputs.skipped.filter(pl.col("reason") == "shared"))
    return build_profile_contacts(statements, uses, inputs.records, inputs.persons, shared)


def _memberships(inputs: Inputs) -> LazyFrame[ProfileMemberships]:
    return build_profile_memberships(inputs.records, inputs.persons, inputs.rows(CONTACT_STATEMENTS))


def _status_history(inputs: Inputs) -> LazyFrame[ProfileLeadStatusHistory]:
    derived = derived_status_changes(inputs.versions(MOEGO_LEAD))
    return build_profile_lead_status_history(inputs.records, inputs.persons, derived, lead_names(inputs.records))


def _leads(inputs: Inputs) -> LazyFrame[ProfileLeads]:
    gone = find_gone(inputs.records[MOEGO_LEAD.name], *inputs.lead_lists(MOEGO_LEAD))
    named = find_named_customers(inputs.versions(LEAD_INFORMATION))
    return build_profile_leads(inputs.records, inputs.persons, inputs.rows(PROFILE_LEAD_STATUS_HISTORY), gone, named)


def _consents(inputs: Inputs) -> LazyFrame[ProfileConsents]:
    changes = {}
    for name, columns in CONSENT_COLUMNS.items():
        # Who was sent once never changed its word; a filter by known keys reads a file faster than a join.
        repeated = inputs.records[name].filter(pl.col("version_count") > 1).select("record_key").collect()
        is_asked = pl.col("record_key").is_in(repeated["record_key"].implode()) & ~pl.col("is_deleted")
        # Collected, as a dozen statements of an entity ask for it.
        asked = staging_table(BY_NAME[name]).named(inputs.versions(BY_NAME[name]).filter(is_asked))
        versions = find_last_changes(asked, columns)
        changes[name] = LAST_CHANGES.named(versions.collect().lazy())
    return build_profile_consents(inputs.records, inputs.persons, changes)


def _household_evidence(inputs: Inputs) -> LazyFrame[HouseholdEvidence]:
    return build_household_evidence(
        HouseholdInputs(
            contacts=inputs.rows(PROFILE_CONTACTS),
            addresses=inputs.rows(PROFILE_ADDRESSES),
            records=inputs.rows(PROFILE_RECORDS),
            skipped_identifiers=inputs.skipped,
        )
    )


def _golden_values(inputs: Inputs) -> LazyFrame[GoldenValues]:
    chosen = build_golden_values(inputs.rows(EVIDENCE), inputs.chosen.attributes)
    return correct_golden_values(chosen, inputs.rows(PROFILE_CORRECTIONS), inputs.chosen.attributes)


def _profiles(inputs: Inputs) -> LazyFrame[Profiles]:
    return build_profiles(
        ProfileParts(
            golden=inputs.rows(GOLDEN_VALUES),
            records=inputs.rows(PROFILE_RECORDS),
            contacts=inputs.rows(PROFILE_CONTACTS),
            addresses=inputs.rows(PROFILE_ADDRESSES),
            memberships=inputs.rows(PROFILE_MEMBERSHIPS),
            leads=inputs.rows(PROFILE_LEADS),
            activities=ActivityParts(
                activities=inputs.rows(PROFILE_ACTIVITIES),
                counts=inputs.rows(PROFILE_ACTIVITY_COUNTS),
                engagement=inputs.rows(PROFILE_ENGAGEMENT),
                products=inputs.rows(PROFILE_PRODUCTS),
                recency=inputs.rows(PROFILE_RECENCY),
            ),
            subscriptions=inputs.rows(PROFILE_SUBSCRIPTIONS),
            consents=inputs.rows(PROFILE_CONSENTS),
            household_members=inputs.rows(HOUSEHOLD_MEMBERS),
        )
    )


def _values(inputs: Inputs) -> LazyFrame[ProfileValues]:
    parts = ValueParts(
        evidence=inputs.rows(EVIDENCE),
        golden=inputs.rows(GOLDEN_VALUES),
        corrections=inputs.rows(PROFILE_CORRECTIONS),
        statements=inputs.rows(CONTACT_STATEMENTS),
        contacts=inputs.rows(PROFILE_CONTACTS),
        addresses=inputs.rows(PROFILE_ADDRESSES),
    )
    return build_profile_values(parts, inputs.chosen.attributes)


LAYERS = (
    Layer(
        PROFILE_RECORDS,
        (*_EVERY, _PERSONS),
        lambda i: build_profile_records(i.records, i.persons),
        by_person=True,
    ),
    Layer(
        CONTACT_STATEMENTS,
        (*current_of(*STATING), _PERSONS),
        lambda i: build_contact_statements(i.records, i.persons),
        by_person=True,
        is_published=False,
    ),
    Layer(
        CONTACT_USES,
        (*current_of(*_MESSAGES), _PERSONS),
        lambda i: build_contact_uses(i.records, i.persons),
        by_person=True,
        is_published=False,
    ),
    Layer(
        PROFILE_CONTACTS,
        (*current_of(*TYPING), _PERSONS, _SKIPPED, *_of("contact_statements", "contact_uses")),
        _contacts,
    ),
    Layer(
        PROFILE_ADDRESSES,
        (*current_of(*(entity for entity, _ in ADDRESS_SOURCES)), _PERSONS),
        lambda i: build_profile_addresses(i.records, i.persons, i.as_of),
        ages=True,
    ),
    Layer(
        PROFILE_MEMBERSHIPS,
        (*current_of(CUSTOMER_MEMBERSHIP, CUSTOMER_IDENTITY), _PERSONS, *_of("contact_statements")),
        _memberships,
    ),
    Layer(
        PROFILE_LEAD_STATUS_HISTORY,
        (*current_of(*_LEADS, LEAD_STATUS_HISTORY), *versions_of(MOEGO_LEAD), _PERSONS),
        _status_history,
    ),
    Layer(
        PROFILE_LEADS,
        (
            *current_of(*_LEADS, CUSTOMER_IDENTITY),
            *versions_of(LEAD_INFORMATION),
            f"rejected/{MOEGO_LEAD.name}",
            _PERSONS,
            *_of("profile_lead_status_history"),
        ),
        _leads,
    ),
    Layer(
        PROFILE_LEAD_PETS, (*current_of(MOEGO_LEAD), _PERSONS), lambda i: build_profile_lead_pets(i.records, i.persons)
    ),
    Layer(
        PROFILE_LEAD_ADDRESSES,
        (*current_of(MOEGO_LEAD), _PERSONS),
        lambda i: build_profile_lead_addresses(i.records, i.persons),
    ),
    Layer(
        PROFILE_RELATIONSHIPS,
        (*current_of(CUSTOMER_RELATIONSHIP), _PERSONS, _SKIPPED, *_of("contact_statements")),
        lambda i: build_profile_relationships(i.records, i.persons, i.rows(CONTACT_STATEMENTS), i.skipped),
    ),
    Layer(
        PROFILE_PHOTOS,
        (*current_of(CUSTOMER_IDENTITY, CUSTOMER_IDENTITY_PHOTO), _PERSONS),
        lambda i: build_profile_photos(i.records, i.persons),
    ),
    Layer(
        PROFILE_SUBSCRIPTIONS,
        (*current_of(CUSTOMER_PRODUCT_SUBSCRIBER), _PERSONS),
        lambda i: build_profile_subscriptions(i.records, i.persons),
    ),
    Layer(
        PROFILE_CONSENTS,
        (
            *current_of(*_LEADS, CUSTOMER_PRODUCT_SUBSCRIBER, *_MESSAGES),
            *versions_of(*(BY_NAME[name] for name in CONSENT_COLUMNS)),
            _PERSONS,
        ),
        _consents,
    ),
    Layer(
        COMMENT_TIES,
        (*current_of(CUSTOMER_PRODUCT_COMMENT), _PERSONS),
        lambda i: build_comment_ties(i.records, i.persons),
        is_published=False,
    ),
    Layer(
        PROFILE_ACTIVITIES,
        (*current_of(*(entity for entity, _ in TIMELINE)), _PERSONS, *_of("comment_ties")),
        lambda i: build_profile_activities(i.records, i.persons, i.rows(COMMENT_TIES), i.chosen.currency),
        by_person=True,
    ),
    Layer(
        PROFILE_ACTIVITY_COUNTS,
        _of("profile_activities"),
        lambda i: build_profile_activity_counts(i.rows(PROFILE_ACTIVITIES), i.as_of),
        ages=True,
    ),
    Layer(
        PROFILE_ENGAGEMENT,
        _of("profile_activities"),
        lambda i: build_profile_engagement(i.rows(PROFILE_ACTIVITIES)),
        by_person=True,
    ),
    Layer(
        PRODUCTS,
        current_of(*(entity for entity, _ in PRODUCT_SOURCES)),
        lambda i: build_products(i.records, i.chosen.currency),
    ),
    Layer(
        PROFILE_PRODUCTS,
        _of("profile_activities"),
        lambda i: build_profile_products(i.rows(PROFILE_ACTIVITIES)),
        by_person=True,
    ),
    Layer(
        PROFILE_RECENCY,
        _of("profile_activities"),
        lambda i: build_profile_recency(i.rows(PROFILE_ACTIVITIES), i.as_of),
        ages=True,
    ),
    Layer(
        PROFILE_CUSTOM_FIELDS,
        ("current/custom_fields", _PERSONS),
        lambda i: build_profile_custom_fields(i.custom_fields, i.persons),
    ),
    Layer(
        HOUSEHOLD_EVIDENCE,
        (_SKIPPED, *_of("profile_contacts", "profile_addresses", "profile_records")),
        _household_evidence,
    ),
    Layer(
        HOUSEHOLD_MEMBERS,
        _of("household_evidence"),
        lambda i: build_household_members(i.rows(HOUSEHOLD_EVIDENCE)),
    ),
    Layer(HOUSEHOLDS, _of("household_evidence"), lambda i: build_households(i.rows(HOUSEHOLD_EVIDENCE))),
    Layer(STORES, current_of(CUSTOMER_IDENTITY, CUSTOMER_PRODUCT_SUBSCRIBER), lambda i: build_stores(i.records)),
    Layer(CAMPAIGNS, current_of(*_MESSAGES), lambda i: build_campaigns(i.records)),
    Layer(
        PROFILE_CORRECTIONS,
        (f"privacy/{CORRECTIONS.name}", _PERSONS),
        lambda i: build_profile_corrections(i.corrections, i.persons),
    ),
    Layer(
        EVIDENCE,
        (*current_of(*(entity for entity in ENTITIES if entity.is_evidence)), _PERSONS),
        lambda i: find_evidence(i.records, i.persons),
        by_person=True,
        is_published=False,
    ),
    Layer(
        GOLDEN_VALUES,
        _of("evidence", "profile_corrections"),
        _golden_values,
        by_person=True,
        is_published=False,
    ),
    Layer(
        PROFILES,
        _of(
            "golden_values", "profile_records", "profile_contacts", "profile_addresses", "profile_memberships",
            "profile_leads", "profile_activities", "profile_activity_counts", "profile_engagement",
            "profile_products", "profile_recency", "profile_subscriptions", "profile_consents", "household_members",
        ),
        _profiles,
        by_person=True,
    ),
    Layer(
        PROFILE_VALUES,
        _of(
            "evidence", "golden_values", "profile_corrections", "contact_statements", "profile_contacts",
            "profile_addresses",
        ),
        _values,
        by_person=True,
    ),
)  # fmt: skip
"""In the order in which they are built: a layer stands after those it reads."""

BY_TABLE = {layer.name: layer for layer in LAYERS}
"""The layers by the name of their table."""
