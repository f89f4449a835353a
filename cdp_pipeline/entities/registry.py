"""All entities, in the order of the landing folders.

The only list of entities. Each entity is declared in its own module.
"""

from collections.abc import Mapping

from cdp_pipeline.entities.customer_identity import CUSTOMER_IDENTITY
from cdp_pipeline.entities.customer_identity_address import CUSTOMER_IDENTITY_ADDRESS
from cdp_pipeline.entities.customer_identity_email import CUSTOMER_IDENTITY_EMAIL
from cdp_pipeline.entities.customer_identity_photo import CUSTOMER_IDENTITY_PHOTO
from cdp_pipeline.entities.customer_membership import CUSTOMER_MEMBERSHIP
from cdp_pipeline.entities.customer_product_activity import CUSTOMER_PRODUCT_ACTIVITY
from cdp_pipeline.entities.customer_product_comment import CUSTOMER_PRODUCT_COMMENT
from cdp_pipeline.entities.customer_product_review import CUSTOMER_PRODUCT_REVIEW
from cdp_pipeline.entities.customer_product_subscriber import CUSTOMER_PRODUCT_SUBSCRIBER
from cdp_pipeline.entities.customer_relationship import CUSTOMER_RELATIONSHIP
from cdp_pipeline.entities.email_interaction import EMAIL_INTERACTION
from cdp_pipeline.entities.entity import Entity
from cdp_pipeline.entities.lead_information import LEAD_INFORMATION
from cdp_pipeline.entities.lead_status_history import LEAD_STATUS_HISTORY
from cdp_pipeline.entities.moego_lead import MOEGO_LEAD
from cdp_pipeline.entities.sms_interaction import SMS_INTERACTION

ENTITIES: tuple[Entity, ...] = (
    LEAD_INFORMATION,
    LEAD_STATUS_HISTORY,
    CUSTOMER_IDENTITY,
    CUSTOMER_RELATIONSHIP,
    CUSTOMER_MEMBERSHIP,
    CUSTOMER_IDENTITY_ADDRESS,
    CUSTOMER_IDENTITY_EMAIL,
    CUSTOMER_IDENTITY_PHOTO,
    CUSTOMER_PRODUCT_ACTIVITY,
    EMAIL_INTERACTION,
    SMS_INTERACTION,
    CUSTOMER_PRODUCT_COMMENT,
    CUSTOMER_PRODUCT_REVIEW,
    CUSTOMER_PRODUCT_SUBSCRIBER,
    MOEGO_LEAD,
)

BY_OBJECT_TYPE: Mapping[str, Entity] = {entity.object_type: entity for entity in ENTITIES}
"""Entities by the hyphenated name of their landing folder."""

BY_NAME: Mapping[str, Entity] = {entity.name: entity for entity in ENTITIES}
"""Entities by the stem of their tables and assets."""
