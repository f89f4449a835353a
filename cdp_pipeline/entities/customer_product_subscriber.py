"""customer-product-subscriber: the subscription of a customer to news about a product."""

import pandera.polars as pa
import polars as pl
from pandera.polars import PolarsData

from cdp_pipeline.entities import kinds, rules
from cdp_pipeline.entities.entity import Entity, Identifier, PersonColumns, Reference
from cdp_pipeline.entities.model import PangoModel, column


class CustomerProductSubscriber(PangoModel):
    """One row per subscription of a customer to a product.

    Sent by web and shop systems. The status has precedence over the two channels: Unsubscribed applies to both. A
    channel that is not sent is unknown, not declined.
    """

    subscribe_at: int = column(
        "subscribeAt", kinds.EVENT_TIMESTAMP, "When the customer subscribed or unsubscribed.", required=True
    )
    subscribe_id: str = column("subscribeId", kinds.IDENTIFIER, "The subscription's id in its system.", required=True)
    customer_id: str = column("customerId", kinds.PERSON_IDENTIFIER, "The customer who subscribed.")
    customer_name: str = column("customerName", kinds.PERSON_NAME, "The customer's whole name.", required=True)
    customer_phone: str = column(
        "customerPhone", kinds.PHONE, "The customer's phone as sent; this or the e-mail must be present."
    )
    customer_email: str = column(
        "customerEmail", kinds.EMAIL, "The customer's e-mail as sent; this or the phone must be present."
    )
    customer_country: str = column("customerCountry", kinds.ADDRESS_PART, "The customer's country by name or code.")
    customer_city: str = column("customerCity", kinds.ADDRESS_PART, "The customer's city or province.")
    customer_district: str = column("customerDistrict", kinds.ADDRESS_PART, "The customer's district.")
    customer_address: str = column("customerAddress", kinds.ADDRESS_PART, "The customer's street and house number.")
    product_id: str = column("productId", kinds.IDENTIFIER, "The product's id.")
    product_sku: str = column("productSku", kinds.IDENTIFIER, "The product's stock number.", required=True)
    product_name: str = column("productName", kinds.TEXT, "The product's name.", required=True)
    status: str = column(
        "status",
        kinds.CHOICE,
        "Whether the customer wants to hear about the product.",
        required=True,
        allowed=("Subscribed", "Unsubscribed"),
        unknown="reject",
    )
    store_id: str = column("storeId", kinds.IDENTIFIER, "Store in which the customer subscribed.")
    store_name: str = column("storeName", kinds.TEXT, "The store's name.")
    store_city: str = column("storeCity", kinds.TEXT, "The store's city.")
    store_district: str = column("storeDistrict", kinds.TEXT, "The store's district.")
    subscribe_email: bool = column("subscribeEmail", kinds.FLAG, "Whether the customer may be e-mailed about it.")
    subscribe_phone: bool = column("subscribePhone", kinds.FLAG, "Whether the customer may be phoned about it.")
    source_channel: str = column(
        "sourceChannel", kinds.CHOICE, "Where the customer came from.", allowed=("Online", "Offline"), unknown="null"
    )
    source_name: str = column("sourceName", kinds.TEXT, "Source within the channel, such as Website.")
    source_name_level_2: str = column("sourceNameLevel2", kinds.TEXT, "Source, one level down.")

    @pa.dataframe_check(name="CUSTOMER_PHONE_OR_EMAIL", n_failure_cases=1)
    def has_customer_phone_or_email(cls, data: PolarsData) -> pl.LazyFrame:
        """One of customerPhone and customerEmail is needed."""
        return data.lazyframe.select(rules.any_present("customer_phone", "customer_email"))


CUSTOMER_PRODUCT_SUBSCRIBER = Entity(
    object_type="customer-product-subscriber",
    model=CustomerProductSubscriber,
    natural_key=("subscribe_id",),
    source_id="subscribe_id",
    business_time=("subscribe_at",),
    role="contact",
    person=PersonColumns(
        full_name="customer_name", country="customer_country", phone="customer_phone", email="customer_email"
    ),
    identifiers=(
        Identifier("customer_id", "customer_id", "strong"),
        Identifier("phone", "customer_phone_e164", "medium"),
        Identifier("email", "customer_email_normalized", "medium"),
    ),
    references=(Reference("customer_id", ("customer-identity",), "customer_id"),),
    occurred_at="subscribe_at",
    supports_ignored_update_cfs=True,
)
