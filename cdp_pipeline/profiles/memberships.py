"""profile_memberships: the membership cards of a person, and which one is current.

    current records + record_persons -> profile_memberships

Points are as the source states them; they are never computed from each other.
"""

from collections.abc import Mapping

import polars as pl

from cdp_pipeline.entities.customer_membership import CUSTOMER_MEMBERSHIP
from cdp_pipeline.entities.table import TableColumn
from cdp_pipeline.profiles.columns import FLAG, record_table
from cdp_pipeline.profiles.records import records_of

PROFILE_MEMBERSHIPS = record_table(
    name="profile_memberships",
    description="One row per membership card.",
    entity=CUSTOMER_MEMBERSHIP,
    adds=(
        TableColumn(
            "is_current",
            FLAG,
            "Whether it is the card that the profile shows: of the active ones, or else of all, the one changed last.",
            nullable=False,
        ),
    ),
)


def build_profile_memberships(current: Mapping[str, pl.LazyFrame], record_persons: pl.LazyFrame) -> pl.LazyFrame:
    """One row per live membership with a person; one card of each person is current, ties going to the smallest key.

    The list of statuses is open: a card without one counts as active, one with any other status than Active does not.
    """
    inactive = pl.col("status").fill_null("active").str.strip_chars().str.to_lowercase() != "active"
    changed_at = pl.coalesce("membership_updated_at", "membership_issued_at", "last_seen_at")
    best_first = records_of(CUSTOMER_MEMBERSHIP, current, record_persons).sort(
        "person_id", inactive, changed_at, "record_key", descending=[False, False, True, False], nulls_last=True
    )
    is_current = pl.col("person_id").is_first_distinct()
    return PROFILE_MEMBERSHIPS.conform(best_first.with_columns(is_current.alias("is_current")))
