"""profile_memberships: the membership cards of a person, and which one is current.

    current records + record_persons -> profile_memberships

Points are as the source states them; they are never computed from each other, only compared.
"""

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.current import Records
from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_membership import CUSTOMER_MEMBERSHIP
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.table import column
from cdp_pipeline.identity import RecordPersons
from cdp_pipeline.profiles.contacts.contacts import ContactStatements, compared_value
from cdp_pipeline.profiles.records.records import records_of
from cdp_pipeline.profiles.shared_columns import OF_PROFILE, RecordOfPerson, record_table


class ProfileMemberships(
    RecordOfPerson, key=("record_key",), foreign_keys=OF_PROFILE, indexes=(("person_id",), ("source_id",))
):
    """One row per membership card."""

    is_current: bool = column(
        "Whether it is the card that the profile shows: of the active ones, or else of all, the one changed last.",
        nullable=False,
    )
    points_add_up: bool = column(
        "Whether points earned less points spent equal the points available; null where one of them is missing."
    )
    referred_by: str = column(
        "The contact or id by which the card refers to its person: customer_id, else email, else phone, the "
        "first that a customer or lead of the person has; null where none has it."
    )


PROFILE_MEMBERSHIPS = record_table(ProfileMemberships, CUSTOMER_MEMBERSHIP)

# The ids and contacts of a card's person, the strongest first.
_NAMED_BY = {"customer_id": "customer_id", "email": "customer_email_normalized", "phone": "customer_phone_e164"}

# Entities that state their person's own contacts: another card with the same e-mail is not the card's customer.
_OWNERS = tuple(entity for entity in ENTITIES if entity.states_contacts_of_person)


def build_profile_memberships(
    current: Records, record_persons: LazyFrame[RecordPersons], statements: LazyFrame[ContactStatements]
) -> LazyFrame[ProfileMemberships]:
    """One row per live membership with a person; one card of each person is current, ties going to the smallest key.

    The list of statuses is open: a card without a status counts as active, a card with any status but Active does not.
    A card of an unknown customer is a card of the contact that it names; its `referred_by` is null.

    Args:
        current: The current records by entity name.
        record_persons: The person of each record.
        statements: Output of `build_contact_statements`.
    """
    cards = records_of(CUSTOMER_MEMBERSHIP, current, record_persons)
    inactive = pl.col("status").fill_null("active").str.strip_chars().str.to_lowercase() != "active"
    changed_at = pl.coalesce("membership_updated_at", "membership_issued_at", "last_seen_at")
    best_first = cards.join(
        _references(cards, records_of(CUSTOMER_IDENTITY, current, record_persons), statements),
        on="record_key",
        how="left",
    ).sort("person_id", inactive, changed_at, "record_key", descending=[False, False, True, False], nulls_last=True)
    return PROFILE_MEMBERSHIPS.conform(
        best_first.with_columns(
            pl.col("person_id").is_first_distinct().alias("is_current"),
            (pl.col("earn_point") - pl.col("redeem_point") == pl.col("loyalty_point")).alias("points_add_up"),
        )
    )


def _references(cards: pl.LazyFrame, customers: pl.LazyFrame, statements: pl.LazyFrame) -> pl.LazyFrame:
    """One row per card with an id or contact that a customer or lead of its person has: record_key, referred_by.

    E-mails are compared as identity compares them.
    """
    ids = customers.select("person_id", pl.lit("customer_id").alias("kind"), pl.col("customer_id").alias("value"))
    is_known = pl.col("object_type").is_in([entity.object_type for entity in _OWNERS])
    contacts = statements.filter(is_known).select("person_id", "kind", compared_value())
    named = pl.concat(
        cards.select("record_key", "person_id", pl.lit(kind).alias("kind"), pl.col(column).alias("value"))
        for kind, column in _NAMED_BY.items()
    )
    known = named.with_columns(compared_value()).join(
        pl.concat([ids, contacts]), on=["person_id", "kind", "value"], how="semi"
    )
    strength = pl.col("kind").replace_strict({kind: rank for rank, kind in enumerate(_NAMED_BY)}, return_dtype=pl.Int8)
    return known.group_by("record_key").agg(pl.col("kind").min_by(strength).alias("referred_by"))
