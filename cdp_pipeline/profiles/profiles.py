"""profiles: the golden record, one row per person.

    golden_values + child tables -> profiles

Joins only: each value is chosen or counted in its own module (`golden.py`, `contacts.py`, `addresses.py`,
`summaries.py`, `lead_summaries.py`, `activity_summaries.py`, `consent_decisions.py`).
"""

from dataclasses import dataclass

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.entities.table import column, table_of
from cdp_pipeline.profiles.activity_summaries import ActivityParts, ActivitySummary, summarize_activities
from cdp_pipeline.profiles.addresses import ProfileAddresses
from cdp_pipeline.profiles.columns import PERSON_ID, WHOLE
from cdp_pipeline.profiles.consent_decisions import ConsentSummary, decide_consents
from cdp_pipeline.profiles.consents import ProfileConsents
from cdp_pipeline.profiles.contacts import ProfileContacts
from cdp_pipeline.profiles.golden import (
    CHILD_ATTRIBUTES,
    GoldenAddress,
    GoldenColumns,
    GoldenSources,
    GoldenValues,
    PrimaryContacts,
)
from cdp_pipeline.profiles.households import HouseholdMembers, HouseholdSummary, summarize_households
from cdp_pipeline.profiles.lead_summaries import LeadSummary, summarize_leads
from cdp_pipeline.profiles.leads import ProfileLeads
from cdp_pipeline.profiles.memberships import ProfileMemberships
from cdp_pipeline.profiles.records import ProfileRecords
from cdp_pipeline.profiles.subscriptions import ProfileSubscriptions, SubscriptionSummary, summarize_subscriptions
from cdp_pipeline.profiles.summaries import (
    MembershipSummary,
    RecordSummary,
    summarize_memberships,
    summarize_records,
)


class Profiles(
    GoldenColumns,
    PrimaryContacts,
    GoldenAddress,
    RecordSummary,
    MembershipSummary,
    LeadSummary,
    ActivitySummary,
    SubscriptionSummary,
    ConsentSummary,
    HouseholdSummary,
    GoldenSources,
    key=("person_id",),
    indexes=(("primary_phone",), ("primary_email",), ("kind",), ("household_id",)),
):
    """One row per person: the best known value of each attribute, and summaries of the child tables."""

    person_id: str = PERSON_ID
    kind: str = column(
        "customer with a customer identity, else lead with a lead, else contact: only named in other records.",
        nullable=False,
    )


PROFILES = table_of(Profiles)

_ADDRESS_COLUMNS = next(attribute.column_names for attribute in CHILD_ATTRIBUTES if attribute.name == "address")
# 0 for people without rows in the child table.
_COUNTS = tuple(c.name for c in PROFILES.columns if c.dtype == WHOLE and not c.nullable)


@dataclass(frozen=True)
class ProfileParts:
    """The golden values and child tables of profiles, as their builders return them."""

    golden: LazyFrame[GoldenValues]
    records: LazyFrame[ProfileRecords]
    contacts: LazyFrame[ProfileContacts]
    addresses: LazyFrame[ProfileAddresses]
    memberships: LazyFrame[ProfileMemberships]
    leads: LazyFrame[ProfileLeads]
    activities: ActivityParts
    subscriptions: LazyFrame[ProfileSubscriptions]
    consents: LazyFrame[ProfileConsents]
    household_members: LazyFrame[HouseholdMembers]


def build_profiles(parts: ProfileParts) -> LazyFrame[Profiles]:
    """One row per person with at least one record in `parts.records`."""
    profiles = summarize_records(parts.records)
    for columns in (
        _primary(parts.contacts, "phone"),
        _primary(parts.contacts, "email"),
        parts.addresses.filter("is_primary").select("person_id", *_ADDRESS_COLUMNS),
        summarize_memberships(parts.memberships),
        summarize_leads(parts.leads),
        summarize_activities(parts.activities),
        summarize_subscriptions(parts.subscriptions),
        decide_consents(parts.consents),
        summarize_households(parts.household_members),
        # The widest frame goes last, as every join copies the columns before it.
        parts.golden,
    ):
        profiles = profiles.join(columns, on="person_id", how="left")
    return PROFILES.conform(profiles.with_columns(pl.col(_COUNTS).fill_null(0)))


def _primary(contacts: pl.LazyFrame, kind: str) -> pl.LazyFrame:
    return contacts.filter((pl.col("kind") == kind) & pl.col("is_primary")).select(
        "person_id", pl.col("value").alias(f"primary_{kind}")
    )
