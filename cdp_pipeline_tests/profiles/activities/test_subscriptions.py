from datetime import UTC, datetime

from cdp_pipeline.entities.customer_product_subscriber import CUSTOMER_PRODUCT_SUBSCRIBER
from cdp_pipeline.profiles.activities.subscriptions import (
    PROFILE_SUBSCRIPTIONS,
    build_profile_subscriptions,
    summarize_subscriptions,
)


def subscribe(records, day: int, status: str = "Subscribed", sku: str = "SKU1", person: str = "P1") -> str:
    at = datetime(2026, 1, day, tzinfo=UTC)
    return records.add(CUSTOMER_PRODUCT_SUBSCRIBER, person, day, subscribe_at=at, status=status, product_sku=sku)


def test_there_is_one_row_per_subscription_record_and_the_latest_of_each_product_is_current(records, rows_of):
    subscribe(records, 1)
    subscribe(records, 3, "Unsubscribed")
    subscribe(records, 2, sku="SKU2")
    subscribe(records, 1, person="P2")
    built = build_profile_subscriptions(records.current, records.record_persons)
    rows = rows_of(built, PROFILE_SUBSCRIPTIONS, "record_key", "product_sku", "status", "is_current")
    assert [tuple(row.values()) for row in rows] == [
        ("r1", "SKU1", "Subscribed", False),
        ("r2", "SKU1", "Unsubscribed", True),
        ("r3", "SKU2", "Subscribed", True),
        ("r4", "SKU1", "Subscribed", True),
    ]


def test_of_two_words_at_the_same_moment_the_one_that_unsubscribes_holds(records, rows_of):
    subscribe(records, 1)
    subscribe(records, 1, "Unsubscribed")
    built = build_profile_subscriptions(records.current, records.record_persons)
    assert [row["is_current"] for row in rows_of(built, PROFILE_SUBSCRIPTIONS)] == [False, True]


def test_the_profile_counts_products_by_the_word_that_holds(records):
    subscribe(records, 1)
    subscribe(records, 3, "Unsubscribed")
    subscribe(records, 2, sku="SKU2")
    built = build_profile_subscriptions(records.current, records.record_persons)
    assert summarize_subscriptions(built).collect().rows() == [("P1", 2, 1)]
