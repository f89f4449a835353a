"""Common columns of comments and reviews: author, text and product."""

from cdp_pipeline.entities import kinds
from cdp_pipeline.entities.model import PangoModel, column


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
