"""Record and membership columns of the profile: child tables -> one row per person.

A person without rows in a table has no row in its summary. `lead_summaries.py` summarizes leads,
`activity_summaries.py` activities; `consent_decisions.py` decides on consent.
"""

import polars as pl

from cdp_pipeline.entities.kinds import TextList, Timestamp
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.table import TableModel, column


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
