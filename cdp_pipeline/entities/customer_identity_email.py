"""customer-identity-email: further e-mail addresses of a customer, beside the one of the customer record."""

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity, Identifier, PersonColumns, Reference
from cdp_pipeline.entities.model import PangoModel, column


class CustomerIdentityEmail(PangoModel):
    """One row per e-mail address of a customer.

    Sent by CRM systems, without any timestamp. The address identifies the record, ignoring letter case; a malformed
    address is rejected. A customer may have several addresses marked as primary.
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
