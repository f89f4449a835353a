"""customer-product-activity: an action of a customer on a product, such as a search or a wish list entry."""

import pandera.polars as pa
import polars as pl
from pandera.polars import PolarsData

from cdp_pipeline.entities import kinds, rules
from cdp_pipeline.entities.entity import Entity, Identifier, PersonColumns, Reference, Thresholds
from cdp_pipeline.entities.model import PangoModel, column
from cdp_pipeline.entities.rules import negative_prices


class CustomerProductActivity(PangoModel):
    """One row per action of a customer on a product.

    Sent by web and shop systems. The result of the action is in one of four columns, by its type. Unlike for comments
    and reviews, the product category is required, and the price column is named price.
    """

    action_id: str = column("actionId", kinds.IDENTIFIER, "The action's id in its system.", required=True)
    action: str = column("action", kinds.TEXT, "What was done, such as Search or Wishlist.", required=True)
    action_at: int = column("actionAt", kinds.EVENT_TIMESTAMP, "When it was done.", required=True)
    action_status: str = column("actionStatus", kinds.TEXT, "How the action ended, in the sender's words.")
    text_result: str = column("textResult", kinds.TEXT, "Result of the action, if it is a text.")
    bool_result: bool = column("boolResult", kinds.FLAG, "Result of the action, if it is true or false.")
    long_result: int = column("longResult", kinds.WHOLE_NUMBER, "Result of the action, if it is a whole number.")
    double_result: float = column("doubleResult", kinds.NUMBER, "Result of the action, if it is a number.")
    customer_id: str = column("customerId", kinds.PERSON_IDENTIFIER, "The customer who did it.", required=True)
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
    product_category_id: str = column("productCategoryId", kinds.IDENTIFIER, "The product's category.", required=True)
    product_image_link: str = column("productImageLink", kinds.LINK, "Link to a picture of the product.")
    product_link: str = column("productLink", kinds.LINK, "Link to the product.")
    price: float = column("price", kinds.NUMBER, "Price of the product; the source names no currency.")
    quantity: int = column("quantity", kinds.WHOLE_NUMBER, "How many of the product.")

    @pa.dataframe_check(name="CUSTOMER_PHONE_OR_EMAIL", n_failure_cases=1)
    def has_customer_phone_or_email(cls, data: PolarsData) -> pl.LazyFrame:
        """One of customerPhone and customerEmail is needed."""
        return data.lazyframe.select(rules.any_present("customer_phone", "customer_email"))


CUSTOMER_PRODUCT_ACTIVITY = Entity(
    object_type="customer-product-activity",
    model=CustomerProductActivity,
    natural_key=("action_id",),
    source_id="action_id",
    business_time=("action_at",),
    role="contact",
    person=PersonColumns(full_name="customer_name", phone="customer_phone", email="customer_email"),
    identifiers=(
        Identifier("customer_id", "customer_id", "strong"),
        Identifier("phone", "customer_phone_e164", "medium"),
        Identifier("email", "customer_email_normalized", "medium"),
    ),
    # Visitors get a shop id long before they become customers.
    thresholds=Thresholds(unknown_references=0.2),
    references=(Reference("customer_id", ("customer-identity",), "customer_id"),),
    findings=negative_prices(price="price"),
    occurred_at="action_at",
    supports_ignored_update_cfs=True,
)
