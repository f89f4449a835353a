"""profile_relationships: whom a customer names as family, and who that is where they are known.

    current records + record_persons + shared_identifiers -> profile_relationships

A relationship is published as it was sent: it is never inverted, and nobody becomes a person by being named in one
(reading Q-13).
"""

from collections.abc import Mapping

import polars as pl

from cdp_pipeline.entities.customer_identity_email import CUSTOMER_IDENTITY_EMAIL
from cdp_pipeline.entities.customer_relationship import CUSTOMER_RELATIONSHIP
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.table import ForeignKey, TableColumn
from cdp_pipeline.profiles.columns import TEXT, record_table
from cdp_pipeline.profiles.contacts import CONTACT_KINDS, contact_statements
from cdp_pipeline.profiles.records import records_of

PROFILE_RELATIONSHIPS = record_table(
    name="profile_relationships",
    description=(
        "One row per relationship record of a person. Names, birth, gender, phone and e-mail are the related person's; "
        "customer_phone and customer_email the person's own."
    ),
    entity=CUSTOMER_RELATIONSHIP,
    adds=(
        TableColumn(
            "related_person_id",
            TEXT,
            "The related person, where their phone and e-mail in the record are one other person's and nobody else's.",
        ),
    ),
    foreign_keys=(ForeignKey(("related_person_id",), "profiles", ("person_id",)),),
    indexes=(("related_person_id",),),
)

# Who says so of themselves; a name in a comment or on a card is no evidence of whose phone it is.
_OWNERS = (*(entity for entity in ENTITIES if entity.role == "person"), CUSTOMER_IDENTITY_EMAIL)


def build_profile_relationships(
    current: Mapping[str, pl.LazyFrame], record_persons: pl.LazyFrame, shared_identifiers: pl.LazyFrame
) -> pl.LazyFrame:
    """One row per live relationship with a person.

    The related person is the only one of the same internal company who holds the phone or e-mail given for them. Null
    when nobody or several do, when phone and e-mail lead to different people, and when they lead back to the person
    themselves.
    """
    records = records_of(CUSTOMER_RELATIONSHIP, current, record_persons)
    given = pl.concat(
        records.select(
            "record_key",
            "person_id",
            "internal_company_id",
            pl.lit(kind).alias("kind"),
            pl.col(column).alias("value"),
        ).filter(pl.col("value").is_not_null())
        for kind, column in zip(CONTACT_KINDS, ("phone_e164", "email_normalized"), strict=True)
    )
    holders = (
        contact_statements(current, record_persons, _OWNERS)
        .select(pl.col("person_id").alias("related_person_id"), "internal_company_id", "kind", "value")
        .unique()
        .join(shared_identifiers.select("kind", "value").unique(), on=["kind", "value"], how="anti")
    )
    found = (
        given.join(holders, on=["internal_company_id", "kind", "value"], nulls_equal=True)
        .group_by("record_key", "person_id")
        .agg(pl.col("related_person_id").n_unique().alias("people"), pl.col("related_person_id").min())
        .filter((pl.col("people") == 1) & (pl.col("related_person_id") != pl.col("person_id")))
        .select("record_key", "related_person_id")
    )
    return PROFILE_RELATIONSHIPS.conform(records.join(found, on="record_key", how="left"))
