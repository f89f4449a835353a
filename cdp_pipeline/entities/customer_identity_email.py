"""customer-identity-email: the e-mail addresses a customer has beside the one on the customer itself."""

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity, Identifier, PersonColumns, Reference
from cdp_pipeline.entities.model import PangoModel, column


class CustomerIdentityEmail(PangoModel):
    """One row per e-mail address of a customer.

    Sent by CRM systems, without any time. The address is the record: in other letter case it is the same row, and one
    that cannot be an address is refused. Nothing stops a sender from marking several as primary.
    """

    customer_id: str = column(
        "customerId", kinds.PERSON_IDENTIFIER, "The customer whose address this is.", required=True
    )
    email: str = column("email", kinds.EMAIL, "E-mail address as sent.", required=True, unusable="reject")
    email_type: str = column(
        "emailType",
        kinds.CHOICE,
        "What the customer uses it for.",
        required=True,
        allowed=("Business", "Personal"),
        unknown="reject",
    )
    primary: bool = column("primary", kinds.FLAG, "Whether it is the customer's main address.")


CUSTOMER_IDENTITY_EMAIL = Entity(
    object_type="customer-identity-email",
    model=CustomerIdentityEmail,
    natural_key=("customer_id", "email_normalized"),
    source_id="customer_id",
    business_time=(),
    role="child",
    person=PersonColumns(email="email"),
    identifiers=(
        Identifier("customer_id", "customer_id", "strong"),
        Identifier("email", "email_normalized", "medium", main_column="primary", type_column="email_type"),
    ),
    references=(Reference("customer_id", ("customer-identity",), "customer_id"),),
    has_custom_fields=False,
    adds_contacts_of_customer=True,
)
