"""Columns that two entities share: events of e-mail and SMS messages; opinions in comments and reviews."""

import polars as pl

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.entity import Finding
from cdp_pipeline.entities.kinds import TextList
from cdp_pipeline.entities.model import PangoModel, column

ACTION_LONG_BEFORE = Finding(
    "contradiction:actionAt",
    "The action is more than a day older than the event.",
    pl.col("action_at") < pl.col("event_at") - 24 * 60 * 60 * 1000,
)


class MessageEvent(PangoModel):
    """Base of the entities in which a provider reports an event of a message."""

    id: str = column(
        "id",
        kinds.IDENTIFIER,
        "The provider's id of the event or of its message; not unique by itself.",
        required=True,
    )
    event_at: int = column("eventAt", kinds.EVENT_TIMESTAMP, "When it happened.", required=True)
    track_id: str = column("trackId", kinds.IDENTIFIER, "Key of the mailing in the sender's own system.")
    ga_tid: str = column("gaTid", kinds.IDENTIFIER, "Google Analytics property that tracked the visit.")
    ga_cid: str = column("gaCid", kinds.PERSON_IDENTIFIER, "Google Analytics client: one browser of the recipient.")
    o2o_cid: str = column("o2oCid", kinds.PERSON_IDENTIFIER, "Online-to-offline client of the recipient.")
    link: str = column("link", kinds.LINK, "Link that was clicked.")
    link_2: str = column("link2", kinds.LINK, "Second link that was clicked.")
    message_id: str = column("messageId", kinds.IDENTIFIER, "The provider's id of the message.")
    template_id: str = column("templateId", kinds.IDENTIFIER, "Template of the message.")
    template_name: str = column("templateName", kinds.TEXT, "The template's name.")
    campaign_id: str = column("campaignId", kinds.IDENTIFIER, "Campaign of the message.")
    campaign_name: str = column("campaignName", kinds.TEXT, "The campaign's name.")
    webhook_id: str = column("webhookId", kinds.IDENTIFIER, "Call by which the provider reported the event.")
    reason: str = column(
        "reason", kinds.PERSONAL_TEXT, "Why, in the provider's words; a bounce often repeats the recipient."
    )
    tags: TextList = column("tags", kinds.TEXT_LIST, "Labels of the message.")


class ProductOpinion(PangoModel):
    """Base of the entities in which a customer writes about a product.

    Has columns only, because Pandera gives the name of an inherited check to the first subclass only.
    """

    content: str = column("content", kinds.PERSONAL_TEXT, "What the customer wrote.", required=True)
    ip_address: str = column("ipAddress", kinds.PERSONAL_TEXT, "Internet address it was written from.")
    customer_id: str = column("customerId", kinds.PERSON_IDENTIFIER, "The customer who wrote it.", required=True)
    customer_name: str = column("customerName", kinds.PERSON_NAME, "The customer's whole name.", required=True)
    customer_phone: str = column(
        "customerPhone", kinds.PHONE, "The customer's phone as sent; this or the e-mail must be present."
    )
    customer_email: str = column(
        "customerEmail", kinds.EMAIL, "The customer's e-mail as sent; this or the phone must be present."
    )
    product_id: str = column(
        "productId", kinds.IDENTIFIER, "The product's id; sent in practice though not documented here."
    )
    product_sku: str = column("productSku", kinds.IDENTIFIER, "The product's stock number.", required=True)
    product_name: str = column("productName", kinds.TEXT, "The product's name.", required=True)
    product_category: str = column("productCategory", kinds.TEXT, "The product category's name.")
    product_category_id: str = column("productCategoryId", kinds.IDENTIFIER, "The product's category.")
    product_image_link: str = column("productImageLink", kinds.LINK, "Link to a picture of the product.")
    product_link: str = column("productLink", kinds.LINK, "Link to the product.")
    product_price: float = column("productPrice", kinds.NUMBER, "List price; the source names no currency.")
    product_price_4_sale: float = column("productPrice4Sale", kinds.NUMBER, "Price after discount.")
