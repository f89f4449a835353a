"""profile_relationships: the family members that a customer names, and their persons where these are known.

    current records + record_persons + skipped_identifiers -> profile_relationships

A relationship is published as sent: it is never inverted, and its related person does not become a person by it
(reading Q-13).
"""

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.current import Records
from cdp_pipeline.entities.customer_relationship import CUSTOMER_RELATIONSHIP
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.table import ForeignKey, column
from cdp_pipeline.identity import RecordPersons, SkippedIdentifiers
from cdp_pipeline.profiles.contacts.contacts import CONTACT_KINDS, ContactStatements
from cdp_pipeline.profiles.records.records import records_of
from cdp_pipeline.profiles.shared_columns import OF_PROFILE, RecordOfPerson, record_table
from cdp_pipeline.values.email import match_emails


class ProfileRelationships(
    RecordOfPerson,
    key=("record_key",),
    foreign_keys=(
        *OF_PROFILE,
        ForeignKey(("related_person_id",), "profiles", ("person_id",)),
    ),
    indexes=(("person_id",), ("source_id",), ("related_person_id",)),
):
    """One row per relationship record of a person.

    Names, birth, gender, phone and e-mail are the related person's; customer_phone and customer_email the person's
    own.
    """

    related_person_id: str = column(
        "The related person, if the phone and e-mail in the record belong to exactly one other person."
    )
    related_by: str = column("The contact that identifies the related person: phone, email, or phone and email.")
    related_problem: str = column(
        "Why there is no related person: self (the contact is the person's own), ambiguous (several people "
        "have it, or phone and e-mail are different people's), unknown (no person has it, or there is none); "
        "null where there is one."
    )


PROFILE_RELATIONSHIPS = record_table(ProfileRelationships, CUSTOMER_RELATIONSHIP)

# Entities that state their person's own contacts; a comment or card is no evidence of who holds a phone.
_OWNERS = tuple(entity for entity in ENTITIES if entity.states_contacts_of_person)


def build_profile_relationships(
    current: Records,
    record_persons: LazyFrame[RecordPersons],
    statements: LazyFrame[ContactStatements],
    skipped_identifiers: LazyFrame[SkippedIdentifiers],
) -> LazyFrame[ProfileRelationships]:
    """One row per live relationship with a person, including relationships of a person to themself.

    The related person is the only one of the same internal company who holds the phone or e-mail given for them. If the
    person holds it too, there is none, as the contact may be either's. A skipped contact is ignored: if there is
    another, that one decides; alone it is ambiguous.

    Args:
        current: The current records by entity name.
        record_persons: The person of each record.
        statements: Output of `build_contact_statements`.
        skipped_identifiers: `kind` and `value` of placeholders and of identifiers that too many people hold.
    """
    records = records_of(CUSTOMER_RELATIONSHIP, current, record_persons)
    # Collected, as its few values filter the contacts of all people.
    given = (
        pl.concat(
            records.select(
                "record_key",
                "person_id",
                "internal_company_id",
                pl.lit(kind).alias("kind"),
                pl.col(column).alias("value"),
            ).filter(pl.col("value").is_not_null())
            for kind, column in zip(CONTACT_KINDS, ("phone_e164", "email_normalized"), strict=True)
        )
        .with_columns(_compared())
        .collect()
    )
    is_given = pl.col("value").is_in(given["value"].unique().implode())
    skipped = skipped_identifiers.select("kind", "value", is_skipped=pl.lit(value=True)).unique()
    holders = (
        statements.filter(pl.col("object_type").is_in([entity.object_type for entity in _OWNERS]))
        .select(pl.col("person_id").alias("related_person_id"), "internal_company_id", "kind", _compared())
        .filter(is_given)
        .unique()
        .join(skipped, on=["kind", "value"], how="anti")
    )
    is_held = pl.col("related_person_id").is_not_null()
    found = (
        given.lazy()
        .join(holders, on=["internal_company_id", "kind", "value"], how="left", nulls_equal=True)
        .join(skipped, on=["kind", "value"], how="left")
        .group_by("record_key")
        .agg(
            pl.col("related_person_id").drop_nulls().n_unique().alias("people"),
            pl.col("related_person_id").min(),
            pl.col("is_skipped").any(),
            # phone, email, or both, in this order.
            pl.col("kind").filter(is_held).unique().sort(descending=True).str.join(" and ").alias("related_by"),
        )
    )
    is_one = pl.col("related_problem").is_null()
    return PROFILE_RELATIONSHIPS.conform(
        records.join(found, on="record_key", how="left")
        .with_columns(related_problem=_problem())
        .with_columns(pl.when(is_one).then(pl.col(name)).alias(name) for name in ("related_person_id", "related_by"))
    )


def _compared() -> pl.Expr:
    """The contact in the form that identity compares."""
    is_email = pl.col("kind") == "email"
    return pl.when(is_email).then(match_emails(pl.col("value"))).otherwise("value").alias("value")


def _problem() -> pl.Expr:
    """Why the contacts of a record do not lead to exactly one other person; null if they do."""
    people = pl.col("people").fill_null(0)
    return (
        pl.when((people > 1) | ((people == 0) & pl.col("is_skipped")))
        .then(pl.lit("ambiguous"))
        .when(people == 0)
        .then(pl.lit("unknown"))
        .when(pl.col("related_person_id") == pl.col("person_id"))
        .then(pl.lit("self"))
    )
