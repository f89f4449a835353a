"""profile_subscriptions: what a person subscribed to or unsubscribed from, and the current state per product.

    current records + record_persons -> profile_subscriptions

`profile_consents` has the channels that a subscription allows; the profile counts the active subscriptions.
"""

import polars as pl
from pandera.typing.polars import LazyFrame

from cdp_pipeline.current import Records
from cdp_pipeline.entities.customer_product_subscriber import CUSTOMER_PRODUCT_SUBSCRIBER
from cdp_pipeline.entities.table import TableModel, column
from cdp_pipeline.identity import RecordPersons
from cdp_pipeline.profiles.records.records import records_of
from cdp_pipeline.profiles.shared_columns import OF_PROFILE, RecordOfPerson, record_table


class ProfileSubscriptions(
    RecordOfPerson,
    key=("record_key",),
    foreign_keys=OF_PROFILE,
    indexes=(("person_id",), ("source_id",), ("product_sku",)),
):
    """One row per subscription record; the current one of each product shows whether the person subscribes."""

    is_current: bool = column(
        "Whether it is the person's latest record on this product, by subscribe_at.", nullable=False
    )


PROFILE_SUBSCRIPTIONS = record_table(ProfileSubscriptions, CUSTOMER_PRODUCT_SUBSCRIBER)


class SubscriptionSummary(TableModel):
    """The subscription columns of a profile, as `summarize_subscriptions` returns them."""

    subscription_count: int = column("Products the person ever subscribed to or left.", nullable=False)
    active_subscription_count: int = column("Products the person subscribes to now.", nullable=False)


def build_profile_subscriptions(
    current: Records, record_persons: LazyFrame[RecordPersons]
) -> LazyFrame[ProfileSubscriptions]:
    """One row per live subscription record with a person; one per person and product is current.

    The latest is current; ties go to the one that unsubscribes, then to the smallest record key.
    """
    newest_first = records_of(CUSTOMER_PRODUCT_SUBSCRIBER, current, record_persons).sort(
        "person_id", "product_sku", "subscribe_at", pl.col("status") == "Subscribed", "record_key",
        descending=[False, False, True, False, False],
        nulls_last=True,
    )  # fmt: skip
    is_current = pl.struct("person_id", "product_sku").is_first_distinct()
    return PROFILE_SUBSCRIPTIONS.conform(newest_first.with_columns(is_current.alias("is_current")))


def summarize_subscriptions(subscriptions: pl.LazyFrame) -> pl.LazyFrame:
    """One row per person of `profile_subscriptions`: person_id and the columns of SubscriptionSummary."""
    current = subscriptions.filter("is_current")
    return current.group_by("person_id").agg(
        pl.len().alias("subscription_count"),
        (pl.col("status") == "Subscribed").sum().alias("active_subscription_count"),
    )
