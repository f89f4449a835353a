"""profiles: the golden record, one row per person.

    evidence + child tables -> profiles

Only puts together: each value is chosen or counted where its module says (`golden.py`, `contacts.py`, `addresses.py`,
`summaries.py`, `consent_decisions.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from cdp_pipeline.entities.table import Table, TableColumn
from cdp_pipeline.profiles.addresses import ADDRESS_PARTS, PROFILE_ADDRESSES
from cdp_pipeline.profiles.columns import FLAG, PERSON_ID, TEXT
from cdp_pipeline.profiles.consent_decisions import decide_consents
from cdp_pipeline.profiles.golden import ATTRIBUTES, GOLDEN_COLUMNS, find_evidence
from cdp_pipeline.profiles.households import HOUSEHOLD_SUMMARY, summarize_households
from cdp_pipeline.profiles.summaries import (
    ACTIVITY_SUMMARY,
    LEAD_SUMMARY,
    MEMBERSHIP_SUMMARY,
    RECORD_SUMMARY,
    summarize_activities,
    summarize_leads,
    summarize_memberships,
    summarize_records,
)
from cdp_pipeline.profiles.survivorship import choose_survivors

_ADDRESS_COLUMNS = ("address_type", *ADDRESS_PARTS)

PROFILES = Table(
    name="profiles",
    description="One row per person: the best known value of each attribute, and what child tables say in short.",
    columns=(
        PERSON_ID,
        TableColumn(
            "kind",
            TEXT,
            "customer with a customer identity, else lead with a lead, else contact: only named in other records.",
            nullable=False,
        ),
        *GOLDEN_COLUMNS,
        TableColumn("primary_phone", TEXT, "Main phone in E.164 form; see profile_contacts.", personal=True),
        TableColumn("primary_email", TEXT, "Main e-mail; see profile_contacts.", personal=True),
        *(
            replace(c, nullable=True, description=f"{c.description} Of the golden address, see profile_addresses.")
            for c in PROFILE_ADDRESSES.columns
            if c.name in _ADDRESS_COLUMNS
        ),
        *RECORD_SUMMARY,
        *MEMBERSHIP_SUMMARY,
        *LEAD_SUMMARY,
        *ACTIVITY_SUMMARY,
        *HOUSEHOLD_SUMMARY,
        TableColumn(
            "can_email", FLAG, "Whether the person consents to marketing by e-mail; null is unknown: not allowed."
        ),
        TableColumn("can_sms", FLAG, "Whether the person consents to marketing by SMS; null is unknown: not allowed."),
    ),
    key=("person_id",),
    indexes=(("primary_phone",), ("primary_email",), ("kind",), ("household_id",)),
)

_COUNTS = tuple(c.name for c in PROFILES.columns if c.name.endswith("_count"))


@dataclass(frozen=True)
class ProfileParts:
    """The child tables that a profile summarises, as their builders give them."""

    records: pl.LazyFrame
    contacts: pl.LazyFrame
    addresses: pl.LazyFrame
    memberships: pl.LazyFrame
    leads: pl.LazyFrame
    activities: pl.LazyFrame
    consents: pl.LazyFrame
    household_members: pl.LazyFrame


def build_profiles(
    current: Mapping[str, pl.LazyFrame], record_persons: pl.LazyFrame, parts: ProfileParts
) -> pl.LazyFrame:
    """One row per person with at least one record in `parts.records`.

    Args:
        current: The current records by entity name.
        record_persons: The person of each record.
        parts: The child tables.
    """
    evidence = find_evidence(current, record_persons)
    profiles = summarize_records(parts.records)
    for said in (
        choose_survivors(evidence, ATTRIBUTES),
        _primary(parts.contacts, "phone"),
        _primary(parts.contacts, "email"),
        parts.addresses.filter("is_primary").select("person_id", *_ADDRESS_COLUMNS),
        summarize_memberships(parts.memberships),
        summarize_leads(parts.leads),
        summarize_activities(parts.activities),
        decide_consents(parts.consents),
        summarize_households(parts.household_members),
    ):
        profiles = profiles.join(said, on="person_id", how="left")
    return PROFILES.conform(
        profiles.with_columns(
            # A date says the year too, and better than a year that another record gives.
            pl.coalesce(pl.col("birth_date").dt.year().cast(pl.Int64), "birth_year").alias("birth_year"),
            pl.col(_COUNTS).fill_null(0),
        )
    )


def _primary(contacts: pl.LazyFrame, kind: str) -> pl.LazyFrame:
    return contacts.filter((pl.col("kind") == kind) & pl.col("is_primary")).select(
        "person_id", pl.col("value").alias(f"primary_{kind}")
    )
