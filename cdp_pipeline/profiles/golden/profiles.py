"""profiles: the golden record, one row per person, with summaries of records and memberships.

    golden_values + child tables -> profiles

Joins only: each value is chosen in `attributes.py` or counted by its own subject (`contacts/`, `addresses/`, `leads/`,
`activities/`). A person without rows in a table has no row in its summary.
"""

from dataclasses import dataclass

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.entities.kinds import TextList, Timestamp
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.table import TableModel, column, table_of
from cdp_pipeline.profiles.activities.activity_counts import ActivityParts, ActivitySummary, summarize_activities
from cdp_pipeline.profiles.activities.subscriptions import (
    ProfileSubscriptions,
    SubscriptionSummary,
    summarize_subscriptions,
)
from cdp_pipeline.profiles.addresses.addresses import ProfileAddresses
from cdp_pipeline.profiles.addresses.households import HouseholdMembers, HouseholdSummary, summarize_households
from cdp_pipeline.profiles.contacts.consent_decisions import ConsentSummary, decide_consents
from cdp_pipeline.profiles.contacts.consents import ProfileConsents
from cdp_pipeline.profiles.contacts.contacts import ProfileContacts
from cdp_pipeline.profiles.golden.attributes import (
    CHILD_ATTRIBUTES,
    GoldenAddress,
    GoldenColumns,
    GoldenSources,
    GoldenValues,
    PrimaryContacts,
)
from cdp_pipeline.profiles.leads.leads import LeadSummary, ProfileLeads, summarize_leads
from cdp_pipeline.profiles.records.memberships import ProfileMemberships
from cdp_pipeline.profiles.records.records import ProfileRecords
from cdp_pipeline.profiles.shared_columns import PERSON_ID, WHOLE


class RecordSummary(TableModel):
    """The record columns of a profile, as `summarize_records` returns them."""

    record_count: int = column("Source records of the person.", nullable=False)
    system_count: int = column("Source systems that know the person.", nullable=False)
    customer_ids: TextList = column("Customer ids of the person's identities.", personal=True, json=True)
    lead_ids: TextList = column("Lead ids of the person's leads.", personal=True, json=True)
    first_seen_at: Timestamp = column("Earliest evidence of the person.")
    last_seen_at: Timestamp = column("Latest evidence of the person.")


class MembershipSummary(TableModel):
    """The membership columns of a profile, as `summarize_memberships` returns them."""

    membership_count: int = column("Membership cards.", nullable=False)
    membership_id: str = column("The current card.", personal=True)
    membership_type: str = column("Its type, such as VIP.")
    membership_status: str = column("Its status.")
    membership_issued_at: Timestamp = column("When it was issued.")
    earn_point: int = column("Points earned on it, as the source states them.")
    redeem_point: int = column("Points spent of it, as the source states them.")
    loyalty_point: int = column("Points available on it, as the source states them.")


_CUSTOMERS = tuple(entity.object_type for entity in ENTITIES if entity.is_customer)
_LEADS = tuple(entity.object_type for entity in ENTITIES if entity.is_lead)


def summarize_records(records: pl.LazyFrame) -> pl.LazyFrame:
    """One row per person of `profile_records`: the columns of RecordSummary, and `kind`.

    A person is a customer with an identity record, else a lead with a lead record, else a contact.
    """
    is_identity = pl.col("object_type").is_in(_CUSTOMERS)
    is_lead = pl.col("object_type").is_in(_LEADS)
    kind = pl.when("has_identity").then(pl.lit("customer")).when("has_lead").then(pl.lit("lead"))
    people = records.group_by("person_id").agg(
        pl.len().alias("record_count"),
        pl.col("first_seen_at").min(),
        pl.col("last_seen_at").max(),
        is_identity.any().alias("has_identity"),
        is_lead.any().alias("has_lead"),
    )
    # Apart from the counts: distinct lists within them take several times as long, as most records are neither.
    systems = records.filter(pl.col("system_name").is_not_null()).select("person_id", "system_name").unique()
    return (
        people.join(systems.group_by("person_id").agg(system_count=pl.len()), on="person_id", how="left")
        .join(_source_ids(records.filter(is_identity), "customer_ids"), on="person_id", how="left")
        .join(_source_ids(records.filter(is_lead), "lead_ids"), on="person_id", how="left")
        .with_columns(kind.otherwise(pl.lit("contact")).alias("kind"), pl.col("system_count").fill_null(0))
    )


def _source_ids(records: pl.LazyFrame, name: str) -> pl.LazyFrame:
    """One row per person of these records: their ids at the source, each once, sorted."""
    ids = pl.col("source_id").unique().sort()
    return records.filter(pl.col("source_id").is_not_null()).group_by("person_id").agg(ids.alias(name))


def summarize_memberships(memberships: pl.LazyFrame) -> pl.LazyFrame:
    """One row per person of `profile_memberships`: how many cards, and the current one."""
    return memberships.group_by("person_id").agg(
        pl.len().alias("membership_count"),
        *(
            pl.col(column).filter("is_current").first().alias(name)
            for column, name in (
                ("membership_id", "membership_id"),
                ("membership_type", "membership_type"),
                ("status", "membership_status"),
                ("membership_issued_at", "membership_issued_at"),
                ("earn_point", "earn_point"),
                ("redeem_point", "redeem_point"),
                ("loyalty_point", "loyalty_point"),
            )
        ),
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
