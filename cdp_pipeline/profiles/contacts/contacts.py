"""profile_contacts: every phone and e-mail of a person, and the primary one of each kind.

    current records + record_persons -> contact_statements: who holds a phone or e-mail, equal statements in one row
    contact_statements + contact_uses + shared_identifiers -> profile_contacts

Reads the columns that entities declare as a person's phone and e-mail. A value that could not be normalised is not a
contact. `contact_use.py` counts the messages to each contact.
"""

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.current import Records
from cdp_pipeline.entities.entity import Entity, Identifier
from cdp_pipeline.entities.kinds import TextList, Timestamp
from cdp_pipeline.entities.registry import ENTITIES
from cdp_pipeline.entities.table import TableModel, column, table_of
from cdp_pipeline.identity import RecordPersons, SkippedIdentifiers
from cdp_pipeline.profiles.contacts.contact_use import (
    USE_COUNTS,
    ContactEvents,
    ContactUses,
    ContactVerification,
    verification,
)
from cdp_pipeline.profiles.records.records import FURTHER_RECORD_KEYS, RECORD_COUNT, group_records, records_of
from cdp_pipeline.profiles.shared_columns import (
    FIRST_SEEN_AT,
    INTERNAL_COMPANY_ID,
    LAST_SEEN_AT,
    OBJECT_TYPE,
    OF_PROFILE,
    PERSON_ID,
    RECORD_KEY,
)
from cdp_pipeline.values.email import match_emails
from cdp_pipeline.values.placeholders import is_listed, read_placeholders


class ProfileContacts(
    ContactEvents,
    ContactVerification,
    key=("person_id", "kind", "value"),
    foreign_keys=OF_PROFILE,
    indexes=(("kind", "value"),),
):
    """One row per phone number and e-mail address of a person, from the records of all entities."""

    person_id: str = PERSON_ID
    kind: str = column("phone or email.", nullable=False)
    value: str = column("Phone in E.164 form, or e-mail address in lower case.", personal=True, nullable=False)
    is_primary: bool = column("Whether it is the person's main phone or e-mail.", nullable=False)
    is_shared: bool = column("Whether another person of the company holds it too.", nullable=False)
    is_placeholder: bool = column("Whether it is a placeholder that reaches no person, such as noemail@ or 0999999999.")
    contact_type: str = column("Business or Personal, where a customer-identity-email record states it.")
    record_count: int = column("Records of the person that hold it, of all entities.", nullable=False)
    first_seen_at: Timestamp = FIRST_SEEN_AT
    last_seen_at: Timestamp = LAST_SEEN_AT
    record_key: str = column(
        "The record that ranks highest among those that state it, ties to the smallest key; null if only "
        "messages use it."
    )


PROFILE_CONTACTS = table_of(ProfileContacts)


class ContactStatements(TableModel, key=("person_id", "object_type", "internal_company_id", "kind", "value", "rank")):
    """One row per person, entity, company, phone or e-mail and rank, with the records of the entity that state it.

    Only usable contacts that a record states for its own person count.
    """

    person_id: str = PERSON_ID
    record_key: str = RECORD_KEY
    object_type: str = OBJECT_TYPE
    internal_company_id: str = INTERNAL_COMPANY_ID
    kind: str = column("phone or email.", nullable=False)
    value: str = column("Phone in E.164 form, or e-mail address in lower case.", personal=True, nullable=False)
    rank: pl.Int8 = column("Rank of the statement; the lowest wins.", nullable=False)
    first_seen_at: Timestamp = FIRST_SEEN_AT
    last_seen_at: Timestamp = LAST_SEEN_AT
    record_count: int = RECORD_COUNT
    further_record_keys: TextList = FURTHER_RECORD_KEYS


CONTACT_STATEMENTS = table_of(ContactStatements)

CONTACT_KINDS = ("phone", "email")

STATING = tuple(
    entity
    for entity in ENTITIES
    if not entity.is_message and any(identifier.kind in CONTACT_KINDS for identifier in entity.identifiers)
)
"""The entities whose records state who holds a phone or e-mail."""

TYPING = tuple(entity for entity in STATING if any(identifier.type_column for identifier in entity.identifiers))
"""Of these, the entities whose records state its type."""

# The scopes of shared_identifiers that are not a company id: records without a company, and all companies.
_NO_COMPANY, _EVERY_COMPANY = "-", "*"

# Ranks of statements; the lowest wins. Reading Q-29 for e-mails: the declared primary, then the identity's, then the
# latest; phones likewise.
_DECLARED_PRIMARY, _OF_IDENTITY, _OTHER, _FURTHER = 0, 1, 2, 3


def build_contact_statements(
    current: Records, record_persons: LazyFrame[RecordPersons]
) -> LazyFrame[ContactStatements]:
    """One row per person, entity, company, usable phone or e-mail and rank.

    Equal statements are aggregated, because orders and comments repeat them millions of times. Interactions state
    nothing: a message uses an address, but does not state who holds it. A value that occurs several times in a cell
    counts once.

    Args:
        current: The current records by entity name.
        record_persons: The person of each record.
    """
    stated = [
        (entity, identifier, records_of(entity, current, record_persons))
        for entity in STATING
        for identifier in entity.identifiers
        if identifier.kind in CONTACT_KINDS
    ]
    first = [
        _statements(entity, identifier.kind, identifier.column, _rank(entity, identifier), records)
        for entity, identifier, records in stated
    ]
    return CONTACT_STATEMENTS.conform(pl.concat(first + [_further(*statement) for statement in stated]))


def build_profile_contacts(
    statements: LazyFrame[ContactStatements],
    uses: LazyFrame[ContactUses],
    current: Records,
    record_persons: LazyFrame[RecordPersons],
    shared_identifiers: LazyFrame[SkippedIdentifiers],
) -> LazyFrame[ProfileContacts]:
    """One row per person, kind and value that a record states or a message was sent to.

    One value of each kind is primary; a placeholder only if no other value is known (`is_placeholder`).

    E-mail (reading Q-29): declared primary in an e-mail record, ties to the one declared last; else of a customer
    identity, ties to the latest; else the one stated last. Phone: not shared, if there is another; then of a customer
    identity; then the first number of a cell before its further numbers; then the one stated last. Remaining ties go to
    a value that is not shared, then to the smallest value. Bounces and a shared primary e-mail do not change the
    choice; `verification` and `is_shared` show them.

    Args:
        statements: Output of `build_contact_statements`.
        uses: Output of `build_contact_uses`.
        current: The current records that state the type of a contact, by entity name.
        record_persons: The person of each record.
        shared_identifiers: `scope`, `kind` and `value` of identifiers held by too many people.
    """
    stated = statements.group_by("person_id", "kind", "value", "rank").agg(
        pl.col("internal_company_id").min().alias("scope"),
        pl.col("record_key").min(),
        pl.col("record_count").sum(),
        pl.col("last_seen_at").max().alias("stated_at"),
        pl.col("first_seen_at").min(),
        pl.col("last_seen_at").max(),
    )
    best = pl.col("rank") == pl.col("rank").min()
    contacts = (
        pl.concat([stated, uses], how="diagonal")
        .group_by("person_id", "kind", "value")
        .agg(
            pl.col("scope").min().fill_null(_NO_COMPANY),
            pl.col("rank").min(),
            pl.col("stated_at").filter(best).max(),
            pl.col("record_key").filter(best).min(),
            pl.col("first_seen_at").min(),
            pl.col("last_seen_at", "last_used_at", "last_bounced_at").max(),
            pl.col("record_count", *USE_COUNTS).sum(),
        )
    )
    rated = _with_shared(contacts, shared_identifiers).join(
        _contact_types(current, record_persons), on=["person_id", "kind", "value"], how="left"
    )
    rated = rated.with_columns(is_placeholder=is_listed("kind", "value", read_placeholders()))
    is_shared_phone = pl.col("is_shared") & (pl.col("kind") == "phone")
    best_first = rated.sort(
        "person_id", "kind", "is_placeholder", is_shared_phone, "rank", "stated_at", "is_shared", "value",
        descending=[False, False, False, False, False, True, False, False],
        nulls_last=True,
    )  # fmt: skip
    is_primary = pl.struct("person_id", "kind").is_first_distinct()
    marked = best_first.with_columns(is_primary.alias("is_primary"), verification().alias("verification"))
    return PROFILE_CONTACTS.conform(marked)


def compared_value() -> pl.Expr:
    """`value` of a frame with `kind` in the form that identity compares: `match_emails` of e-mails, others as is."""
    return pl.when(pl.col("kind") == "email").then(match_emails(pl.col("value"))).otherwise("value").alias("value")


def _rank(entity: Entity, identifier: Identifier) -> pl.Expr:
    """Rank of the first value of a cell."""
    rank = pl.lit(_OF_IDENTITY if entity.is_customer else _OTHER)
    if identifier.main_column is None:
        return rank
    return pl.when(pl.col(identifier.main_column)).then(_DECLARED_PRIMARY).otherwise(rank)


def _statements(entity: Entity, kind: str, column: str, rank: pl.Expr, records: pl.LazyFrame) -> pl.LazyFrame:
    stated = records.filter(pl.col(column).is_not_null()).select(
        "person_id",
        "internal_company_id",
        pl.col(column).alias("value"),
        rank.cast(pl.Int8).alias("rank"),
        "record_key",
        "first_seen_at",
        "last_seen_at",
    )
    return group_records(stated, ("person_id", "internal_company_id", "value", "rank")).with_columns(
        kind=pl.lit(kind), object_type=pl.lit(entity.object_type)
    )


def _further(entity: Entity, identifier: Identifier, records: pl.LazyFrame) -> pl.LazyFrame:
    """Second and later values of cells that hold several; they rank after the first values of other records."""
    column = identifier.further_column
    assert column is not None, "every contact has one"
    several = records.filter(pl.col(column).is_not_null()).with_columns(pl.col(column).list.unique()).explode(column)
    others = several.filter(pl.col(column).ne_missing(pl.col(identifier.column)))
    return _statements(entity, identifier.kind, column, pl.lit(_FURTHER), others)


def _with_shared(contacts: pl.LazyFrame, shared_identifiers: pl.LazyFrame) -> pl.LazyFrame:
    """Add `is_shared`: held by several people of the company, or by too many people to identify the holder."""
    shared = shared_identifiers.filter(pl.col("kind").is_in(CONTACT_KINDS)).select("scope", "kind", "value")
    everywhere = shared.filter(pl.col("scope") == _EVERY_COMPANY).select("kind", "value", everywhere=pl.lit(value=True))
    here = shared.select("scope", "kind", "value", here=pl.lit(value=True))
    several = pl.len().over("scope", "kind", "value") > 1
    return (
        contacts.with_columns(compared_value().alias("compared"))
        .join(here, left_on=["scope", "kind", "compared"], right_on=["scope", "kind", "value"], how="left")
        .join(everywhere, left_on=["kind", "compared"], right_on=["kind", "value"], how="left")
        .with_columns((pl.coalesce("here", "everywhere", pl.lit(value=False)) | several).alias("is_shared"))
    )


def _contact_types(current: Records, record_persons: LazyFrame[RecordPersons]) -> pl.LazyFrame:
    """One row per person and contact with a known type: the type in its latest record."""
    typed = [
        records_of(entity, current, record_persons).select(
            "person_id",
            pl.lit(identifier.kind).alias("kind"),
            pl.col(identifier.column).alias("value"),
            pl.col(identifier.type_column).alias("contact_type"),
            "last_seen_at",
            "record_key",
        )
        for entity in TYPING
        for identifier in entity.identifiers
        if identifier.type_column is not None
    ]
    return (
        pl.concat(typed)
        .drop_nulls(["value", "contact_type"])
        .sort("last_seen_at", "record_key", descending=[True, False])
        .group_by("person_id", "kind", "value")
        .agg(pl.col("contact_type").first())
    )
