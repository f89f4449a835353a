"""customer-relationship: a person related to a customer, such as a child or a husband."""

import pandera.polars as pa
import polars as pl
from pandera.polars import PolarsData

from cdp_pipeline.entities import kinds, rules
from cdp_pipeline.entities.entity import Entity, Finding, Identifier, PersonColumns, Reference, Thresholds
from cdp_pipeline.entities.model import PangoModel, column


class CustomerRelationship(PangoModel):
    """One row per relationship of a customer.

    Sent by CRM systems. The columns that begin with `customer_` identify the customer. Name, phone, e-mail, birth and
    gender belong to the other person, who need not be a customer.
    """

    customer_id: str = column(
        "customerId", kinds.PERSON_IDENTIFIER, "The customer whose relationship this is.", required=True
    )
    customer_email: str = column("customerEmail", kinds.EMAIL, "The customer's e-mail as sent.")
    customer_phone: str = column("customerPhone", kinds.PHONE, "The customer's phone as sent.")
    relationship_id: str = column(
        "relationshipId", kinds.PERSON_IDENTIFIER, "Id of the relationship within the customer.", required=True
    )
    relationship: str = column(
        "relationship",
        kinds.CHOICE,
        "What the other person is to the customer.",
        required=True,
        allowed=("child", "spouse", "husband", "wife", "father", "mother", "parents", "undefined"),
        unknown="undefined",
        personal=True,
    )
    phone: str = column("phone", kinds.PHONE, "The other person's phone as sent.")
    email: str = column("email", kinds.EMAIL, "The other person's e-mail as sent.")
    full_name: str = column(
        "fullName", kinds.PERSON_NAME, "The other person's whole name; or else first and last name must be present."
    )
    first_name: str = column(
        "firstName", kinds.PERSON_NAME, "The other person's first name; in the source often the given name."
    )
    last_name: str = column(
        "lastName", kinds.PERSON_NAME, "The other person's last name; in the source often the family name."
    )
    dob: int = column(
        "dob", kinds.BIRTH_TIMESTAMP, "The other person's birth as a timestamp; its local date is the birth date."
    )
    gender: str = column(
        "gender",
        kinds.CHOICE,
        "The other person's gender.",
        allowed=("male", "female", "undefined"),
        unknown="undefined",
        personal=True,
    )
    status: str = column("status", kinds.TEXT, "The relationship's state at the sender; not recordStatus.")
    created_at: int = column("createdAt", kinds.EVENT_TIMESTAMP, "When the sender created the row.")
    created_by: str = column("createdBy", kinds.TEXT, "Who created it.")
    updated_at: int = column("updatedAt", kinds.EVENT_TIMESTAMP, "When the sender last changed the row.")
    updated_by: str = column("updatedBy", kinds.TEXT, "Who changed it last.")

    @pa.dataframe_check(name="NAME", n_failure_cases=1)
    def has_a_name(cls, data: PolarsData) -> pl.LazyFrame:
        """Of the other person, fullName is needed, or both firstName and lastName."""
        return data.lazyframe.select(rules.has_name())


CUSTOMER_RELATIONSHIP = Entity(
    object_type="customer-relationship",
    model=CustomerRelationship,
    natural_key=("customer_id", "relationship_id"),
    source_id="relationship_id",
    business_time=("updated_at", "created_at"),
    role="child",
    # Only in this entity these columns describe another person than the one to whom the record belongs, so that staging
    # cleans that person's name and birth date. They must never be used in the customer's profile.
    person=PersonColumns(
        full_name="full_name",
        first_name="first_name",
        last_name="last_name",
        gender="gender",
        birth_timestamp="dob",
        phone="phone",
        email="email",
    ),
    # Only identifiers of the customer: a child's phone as an identifier would link child and parent.
    identifiers=(
        Identifier("customer_id", "customer_id", "strong"),
        Identifier("phone", "customer_phone_e164", "medium"),
        Identifier("email", "customer_email_normalized", "medium"),
    ),
    # Relationships are collected in campaigns, not daily.
    thresholds=Thresholds(spared_rows=3, comes_daily=False, fresh_days=30),
    references=(Reference("customer_id", ("customer-identity",), "customer_id"),),
    findings=(
        Finding(
            "self:relationshipId",
            "The related person is the customer, by id; the row is kept and links to no person.",
            pl.col("relationship_id") == pl.col("customer_id"),
        ),
    ),
    supports_ignored_update_cfs=True,
    finds_person_by_contact=True,
)
