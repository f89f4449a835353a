"""customer-identity-photo: pictures of a customer."""

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Entity, Identifier, Reference, Thresholds
from cdp_pipeline.entities.model import PangoModel, column


class CustomerIdentityPhoto(PangoModel):
    """One row per photo of a customer.

    Sent by CRM systems, without any timestamp. A customer may have several photos per source; a new link is a new
    photo.
    """

    customer_id: str = column("customerId", kinds.PERSON_IDENTIFIER, "The customer in the photo.", required=True)
    source: str = column(
        "source",
        kinds.TEXT,
        "Where the photo comes from, such as Facebook; not the system that sent the row.",
        required=True,
    )
    image_url: str = column("imageUrl", kinds.LINK, "Link to the photo.", required=True, personal=True)


CUSTOMER_IDENTITY_PHOTO = Entity(
    object_type="customer-identity-photo",
    model=CustomerIdentityPhoto,
    natural_key=("customer_id", "source", "image_url"),
    source_id="customer_id",
    business_time=(),
    role="child",
    identifiers=(Identifier("customer_id", "customer_id", "strong"),),
    # Photos are uploaded on some days only.
    thresholds=Thresholds(spared_rows=3, comes_daily=False, fresh_days=30),
    references=(Reference("customer_id", ("customer-identity",), "customer_id"),),
    has_custom_fields=False,
)
