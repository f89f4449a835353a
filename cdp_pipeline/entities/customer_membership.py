"""customer-membership: a member or loyalty card and its points."""

import pandera.polars as pa
import polars as pl
from pandera.polars import PolarsData

from cdp_pipeline.entities import kinds, rules
from cdp_pipeline.entities.entity import Entity, Finding, Identifier, PersonColumns, Reference
from cdp_pipeline.entities.model import PangoModel, column


class CustomerMembership(PangoModel):
    """One row per membership of a source system.

    Sent by CRM and loyalty systems. The card identifies the record; if it references another customer than before, the
    newer reference is used. The points are as sent and need not add up.
    """

    customer_id: str = column(
        "customerId", kinds.PERSON_IDENTIFIER, "The member; this, the e-mail or the phone must be present."
    )
    customer_email: str = column("customerEmail", kinds.EMAIL, "The member's e-mail as sent.")
    customer_phone: str = column("customerPhone", kinds.PHONE, "The member's phone as sent.")
    customer_name: str = column("customerName", kinds.PERSON_NAME, "The member's whole name.")
    membership_id: str = column(
        "membershipId",
        kinds.PERSON_IDENTIFIER,
        "Member or card number; some senders use the phone number.",
        required=True,
    )
    membership_type: str = column("membershipType", kinds.TEXT, "Level of the membership, such as VIP.")
    status: str = column("status", kinds.TEXT, "The membership's state at the sender; not recordStatus.")
    membership_issued_at: int = column(
        "membershipIssuedAt", kinds.EVENT_TIMESTAMP, "When the membership began.", required=True
    )
    membership_updated_at: int = column(
        "membershipUpdatedAt", kinds.EVENT_TIMESTAMP, "When the sender last changed the membership."
    )
    earn_point: int = column("earnPoint", kinds.WHOLE_NUMBER, "Points earned so far.")
    loyalty_point: int = column("loyaltyPoint", kinds.WHOLE_NUMBER, "Points available.")
    redeem_point: int = column("redeemPoint", kinds.WHOLE_NUMBER, "Points spent so far.")

    @pa.dataframe_check(name="CUSTOMER_REF", n_failure_cases=1)
    def names_a_customer(cls, data: PolarsData) -> pl.LazyFrame:
        """One of customerId, customerEmail and customerPhone is needed."""
        return data.lazyframe.select(rules.any_present("customer_id", "customer_email", "customer_phone"))


CUSTOMER_MEMBERSHIP = Entity(
    object_type="customer-membership",
    model=CustomerMembership,
    natural_key=("membership_id",),
    source_id="membership_id",
    business_time=("membership_updated_at", "membership_issued_at"),
    role="contact",
    person=PersonColumns(full_name="customer_name", phone="customer_phone", email="customer_email"),
    identifiers=(
        Identifier("customer_id", "customer_id", "strong"),
        Identifier("phone", "customer_phone_e164", "medium"),
        Identifier("email", "customer_email_normalized", "medium"),
    ),
    references=(Reference("customer_id", ("customer-identity",), "customer_id"),),
    findings=(
        Finding(
            "contradiction:loyaltyPoint",
            "Points earned minus points spent differ from the points available.",
            pl.col("earn_point") - pl.col("redeem_point") != pl.col("loyalty_point"),
        ),
    ),
    supports_ignored_update_cfs=True,
    registers_person=True,
)
